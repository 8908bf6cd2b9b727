"""A DNS server over the demo cluster, on a free loopback port, and ways to ask it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import dns.message
import dns.query

from cluster.dataplane.dns.server import DnsServer
from cluster.engine.access import SYSTEM_ADMIN
from cluster.engine.assembly import build_engine
from cluster.engine.commands import Create
from cluster.engine.config import PROFILES
from cluster.objects.endpoints import EndpointAddress, EndpointPort, Endpoints, EndpointSubset
from cluster.objects.kind import Object
from cluster.objects.meta import ObjectMeta
from cluster.objects.service import HEADLESS, Service, ServicePort, ServiceSpec
from cluster.runtime.client import Client
from cluster.scenarios import first_boot
from tests.builders import a_config
from tests.running_cluster import KUBEADMIN, running

MANY = 400
"""Endpoints of the service `crowd`: too many for a UDP packet."""


class DnsLab:
    """The server and its cluster."""

    def __init__(self, client: Client, server: DnsServer, port: int) -> None:
        self.client = client
        self.server = server
        self.port = port

    async def udp(self, query: dns.message.Message) -> dns.message.Message:
        """Ask over UDP."""
        return await asyncio.to_thread(
            dns.query.udp, query, "127.0.0.1", timeout=10, port=self.port
        )

    async def tcp(self, query: dns.message.Message) -> dns.message.Message:
        """Ask over TCP."""
        return await asyncio.to_thread(
            dns.query.tcp, query, "127.0.0.1", timeout=10, port=self.port
        )

    async def ask(self, name: str, type_: str = "A") -> dns.message.Message:
        """Ask for a name over UDP."""
        return await self.udp(dns.message.make_query(name, type_))

    async def dig(self, *arguments: str) -> str:
        """What the real dig prints."""
        process = await asyncio.create_subprocess_exec(
            "dig", "@127.0.0.1", "-p", str(self.port), "+time=5", "+tries=1", *arguments,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await asyncio.wait_for(process.communicate(), 30)
        return output.decode()

    async def create(self, *objects: Object) -> None:
        """Create objects."""
        await asyncio.to_thread(self.client.execute, [Create(each) for each in objects], KUBEADMIN)


def a_server(client: Client, port: int = 0) -> DnsServer:
    """A server over a cluster."""
    return DnsServer(client.dns.resolver(), lambda: client.version, "127.0.0.1", port)


def a_service(name: str, *ports: tuple[str, int], **fields: object) -> Service:
    """A service of the project demo without a selector."""
    made = tuple(ServicePort(name=each, port=port) for each, port in ports)
    return Service(
        metadata=ObjectMeta(name=name, namespace="demo"),
        spec=ServiceSpec(ports=made, **fields),  # type: ignore[arg-type]
    )


def crowd() -> Endpoints:
    """Very many endpoints."""
    addresses = tuple(
        EndpointAddress(ip=f"203.0.{number // 250}.{number % 250 + 1}") for number in range(MANY)
    )
    subset = EndpointSubset(addresses=addresses, ports=(EndpointPort(name="http", port=8080),))
    return Endpoints(metadata=ObjectMeta(name="crowd", namespace="demo"), subsets=(subset,))


@asynccontextmanager
async def a_dns_lab(profile: str = "course") -> AsyncIterator[DnsLab]:
    """The demo cluster's DNS, with a few more services in `demo`."""
    engine = build_engine(a_config(profile=PROFILES[profile]))
    first_boot(engine)
    more = (
        a_service("db", ("pg", 5432), cluster_ip="172.30.200.1"),
        a_service("crowd", ("http", 80), cluster_ip=HEADLESS),
        crowd(),
        a_service("outside", type="ExternalName", external_name="www.example.com"),
        a_service("broken", type="ExternalName", external_name=f"{'x' * 62}.example"),
    )
    engine.execute([Create(each) for each in more], SYSTEM_ADMIN)
    with running(engine) as client:
        server = a_server(client)
        address = await server.start()
        try:
            yield DnsLab(client, server, address.port)
        finally:
            await server.stop()
