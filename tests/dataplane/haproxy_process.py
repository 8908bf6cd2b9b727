"""A real HAProxy with the configuration that OpenShift's router would write for a lab's routes, before
the same pods."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from cluster.dataplane.pods.listeners import loopback
from cluster.engine.routing.haproxy_config import render, served_by
from cluster.engine.routing.haproxy_layout import Layout
from tests.dataplane.lab import Lab


@dataclass(frozen=True, slots=True)
class Haproxy:
    """Where it listens."""

    http_port: int
    https_port: int


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@asynccontextmanager
async def a_haproxy(lab: Lab, directory: Path) -> AsyncIterator[Haproxy]:
    """HAProxy for the routes as they are now."""
    assert lab.plane.listeners is not None, "the pods need sockets of their own"
    await lab.plane.listeners.update()
    where = Haproxy(free_port(), free_port())
    layout = Layout(
        configuration=str(directory / "conf"),
        sockets=str(directory),
        work=str(directory),
        http_bind=f"127.0.0.1:{where.http_port}",
        https_bind=f"127.0.0.1:{where.https_port}",
        stats_bind=f"127.0.0.1:{free_port()}",
        default_certificate=str(lab.plane.certificates.write_default()),
        default_destination_ca=str(lab.plane.certificates.directory / "service-ca.crt"),
        server_address=loopback,
    )
    engine = lab.client._engine
    settings = lab.plane.router.settings
    made = render(served_by(engine.store, engine.config, settings), settings, layout)
    for name, text in made.files.items():
        file = Path(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    configuration = directory / "haproxy.config"
    configuration.write_text(made.text)
    process = await asyncio.create_subprocess_exec("haproxy", "-db", "-f", str(configuration))
    try:
        await _listening(where.http_port, process)
        yield where
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _listening(port: int, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(15):
        while True:
            assert process.returncode is None, "HAProxy has ended"
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
