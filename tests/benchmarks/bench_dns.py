"""DNS questions per second: the engine alone, the wire format with it, and real sockets.

The cluster has 10,000 services. `distinct` asks for another service each time; `repeated` asks the same,
which the server has in memory until the cluster changes. The client over UDP is a process of its own.
"""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

import django

django.setup()

import asyncio
import socket
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count

import dns.message

from cluster.dataplane.dns.server import DnsServer
from cluster.dataplane.dns.wire import respond
from cluster.engine.network.dns import Question, Resolver, resolver_for
from cluster.engine.network.dns.names import reverse_name
from cluster.engine.store import Store
from tests.unit.engine.network.dns.cluster import a_namespace, a_service, some_endpoints

SERVICES = 10_000
PER_PROJECT = 50
SECONDS = 3.0
WINDOW = 32
"""Questions that the client over UDP has under way."""


def a_cluster() -> Store:
    """10,000 services with two endpoints each."""
    store = Store(log_limit=100)
    for number in range(SERVICES):
        namespace = f"project-{number // PER_PROJECT}"
        if number % PER_PROJECT == 0:
            store.put(a_namespace(namespace))
        store.put(a_service(name_of(number), address_of(number), ("http", 80), namespace=namespace))
        ips = (f"10.{128 + each}.{number // 250}.{number % 250}" for each in range(2))
        store.put(some_endpoints(name_of(number), *ips, namespace=namespace))
    return store


def name_of(number: int) -> str:
    """A service's name."""
    return f"web-{number}"


def address_of(number: int) -> str:
    """Its cluster IP."""
    return f"172.30.{number // 250}.{number % 250 + 1}"


def full_name(number: int) -> str:
    """Its full name."""
    return f"web-{number}.project-{number // PER_PROJECT}.svc.cluster.local."


def numbers() -> Iterator[int]:
    """Every service once, not in order, then again."""
    number = 0
    while True:
        number = (number + 7919) % SERVICES
        yield number


def rate(work: Callable[[int], object]) -> float:
    """How often a second something is done."""
    done, until, each = 0, time.perf_counter() + SECONDS, numbers()
    while time.perf_counter() < until:
        for _ in range(100):
            work(next(each))
        done += 100
    return done / SECONDS


def engine(profile: str, resolver: Resolver) -> None:
    """The engine alone."""
    kinds: dict[str, Callable[[int], Question]] = {
        "A": lambda number: Question(full_name(number)),
        "SRV": lambda number: Question(f"_http._tcp.{full_name(number)}", "SRV"),
        "PTR": lambda number: Question(reverse_name(address_of(number)), "PTR"),
        "NXDOMAIN": lambda number: Question(f"no-{full_name(number)}"),
    }
    for kind, question in kinds.items():
        resolver.answer(question(0))  # builds the index of addresses
        found = rate(lambda number, ask=question: resolver.answer(ask(number)))  # type: ignore[misc]
        print(f"{profile:7} engine alone, {kind:9} {found:>9,.0f} answers/s")


def wire(profile: str, resolver: Resolver) -> None:
    """With the wire format."""
    packets = [dns.message.make_query(full_name(each), "A").to_wire() for each in range(1_000)]
    found = rate(lambda number: respond(packets[number % 1_000], resolver.answer, is_udp=True))
    print(f"{profile:7} with the wire format    {found:>9,.0f} answers/s")


async def sockets(profile: str, store: Store, resolver: Resolver) -> None:
    """Over UDP."""
    for what in ("distinct", "repeated"):
        # `distinct`: every answer is made anew, as in a cluster that changes all the time.
        version = count().__next__ if what == "distinct" else lambda: store.version
        server = DnsServer(resolver, version, "127.0.0.1", 0)
        address = await server.start()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.benchmarks.bench_dns", "client", str(address.port),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        used = time.process_time()
        output, _ = await process.communicate()
        used = time.process_time() - used
        answered = float(output)
        cost = (
            f"{used / (answered * SECONDS) * 1e6:.0f} µs of this process each" if answered else ""
        )
        print(f"{profile:7} over UDP, {what}      {answered:>9,.0f} answers/s, {cost}")
        await server.stop()


def client(port: int) -> None:
    """The client process: prints answers a second."""
    packets = [dns.message.make_query(full_name(each), "A").to_wire() for each in range(1_000)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(1)
        asking.connect(("127.0.0.1", port))
        for each in packets[:WINDOW]:
            asking.send(each)
        done, until = 0, time.perf_counter() + SECONDS
        while time.perf_counter() < until:
            asking.recv(4096)
            done += 1
            asking.send(packets[done % len(packets)])
    print(done / SECONDS)


async def main() -> None:
    """Prints the rates of both servers."""
    store = a_cluster()
    for profile in ("course", "4"):
        resolver = resolver_for(profile, store)
        engine(profile, resolver)
        wire(profile, resolver)
        await sockets(profile, store, resolver)


if __name__ == "__main__":
    if sys.argv[1:2] == ["client"]:
        client(int(sys.argv[2]))
    else:
        asyncio.run(main())
