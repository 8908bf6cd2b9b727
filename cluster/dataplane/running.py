"""The data plane of this process: `manage.py up` says how it is to be, the server's lifespan starts and
stops it."""

from __future__ import annotations

from collections.abc import Callable

from cluster.dataplane.service import DataPlane, DataPlaneSetup
from cluster.runtime.client import Client


class _Slot:
    """What is wanted, and what runs."""

    def __init__(self) -> None:
        self.setup: DataPlaneSetup | None = None
        self.say: Callable[[str], None] = lambda text: None
        self.plane: DataPlane | None = None


_slot = _Slot()


def configure(setup: DataPlaneSetup | None, say: Callable[[str], None] = lambda text: None) -> None:
    """What the next start shall do; None: nothing. `say` gets lines for the user."""
    _slot.setup, _slot.say = setup, say


async def start(client: Client) -> DataPlane | None:
    """Start what was configured, on this event loop, and say where it listens."""
    setup = _slot.setup
    if setup is None or (setup.http_port is None and setup.https_port is None):
        return None
    try:
        plane = DataPlane(client, setup)
    except (OSError, ValueError) as error:
        _slot.say(f"The router cannot start: {error}")
        return None
    address = await plane.start()
    _slot.plane = plane
    shown = "localhost" if setup.host in ("127.0.0.1", "0.0.0.0") else setup.host
    for trouble in plane.troubles:
        _slot.say(trouble)
    ports = (("http", address.http_port), ("https", address.https_port))
    places = [f"{scheme}://{shown}:{port}/" for scheme, port in ports if port]
    if places:
        _slot.say(f"Router: {' and '.join(places)}")
    return plane


async def stop() -> None:
    """Stop it; nothing happens when nothing runs."""
    plane, _slot.plane = _slot.plane, None
    if plane is not None:
        await plane.stop()


def current() -> DataPlane | None:
    """The running data plane, None where there is none."""
    return _slot.plane
