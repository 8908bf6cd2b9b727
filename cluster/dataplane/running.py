"""The data plane of this process: `manage.py up` says how it is to be, the server's lifespan starts and
stops it."""

from __future__ import annotations

from collections.abc import Callable

from cluster.dataplane.dns.server import DnsError, DnsServer
from cluster.dataplane.service import HAPROXY, OFF, DataPlane, DataPlaneSetup
from cluster.runtime.client import Client


class _Slot:
    """What is wanted, and what runs."""

    def __init__(self) -> None:
        self.setup: DataPlaneSetup | None = None
        self.say: Callable[[str], None] = lambda text: None
        self.plane: DataPlane | None = None
        self.dns: tuple[DnsServer, Client] | None = None


_slot = _Slot()


def configure(setup: DataPlaneSetup | None, say: Callable[[str], None] = lambda text: None) -> None:
    """What the next start shall do; None: nothing. `say` gets lines for the user."""
    _slot.setup, _slot.say = setup, say


async def start(client: Client) -> DataPlane | None:
    """Start what was configured, on this event loop, and say where it listens. None: no router."""
    setup = _slot.setup
    if setup is None:
        return None
    plane = await _start_router(client, setup)
    await _start_dns(client, setup)
    return plane


async def _start_router(client: Client, setup: DataPlaneSetup) -> DataPlane | None:
    if setup.router == OFF or (setup.http_port is None and setup.https_port is None):
        return None
    try:
        plane = DataPlane(client, setup)
    except (OSError, ValueError) as error:
        _slot.say(f"The router cannot start: {error}")
        return None
    address = await plane.start()
    _slot.plane = plane
    for trouble in plane.troubles:
        _slot.say(trouble)
    ports = (("http", address.http_port), ("https", address.https_port))
    shown = "localhost" if setup.host in ("127.0.0.1", "0.0.0.0") else setup.host
    places = [f"{scheme}://{shown}:{port}/" for scheme, port in ports if port]
    if places:
        name = "Router (HAProxy)" if setup.router == HAPROXY else "Router"
        _slot.say(f"{name}: {' and '.join(places)}")
    return plane


async def _start_dns(client: Client, setup: DataPlaneSetup) -> None:
    """The cluster's DNS; a port in use is told, and the rest runs."""
    if setup.dns_port is None:
        return
    resolver = client.dns.resolver()
    server = DnsServer(resolver, lambda: client.version, setup.host, setup.dns_port)
    try:
        address = await server.start()
    except DnsError as error:
        _slot.say(str(error))
        return
    _slot.dns = server, client
    client.dns.announce(address)
    shown = f"[{address.host}]" if ":" in address.host else address.host
    _slot.say(f"DNS: {shown}:{address.port}")


async def stop() -> None:
    """Stop it; nothing happens when nothing runs."""
    dns, _slot.dns = _slot.dns, None
    if dns is not None:
        server, client = dns
        client.dns.announce(None)
        await server.stop()
    plane, _slot.plane = _slot.plane, None
    if plane is not None:
        await plane.stop()


def current() -> DataPlane | None:
    """The running data plane, None where there is none."""
    return _slot.plane
