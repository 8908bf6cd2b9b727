"""A lab whose routes a real HAProxy serves, alone or beside the embedded router before the same pods."""

from __future__ import annotations

import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from cluster.dataplane.haproxy.router import HaproxyRouter, HaproxySetup
from cluster.objects.kind import Object
from cluster.runtime.client import RouterAddress
from tests.dataplane.lab import Lab, a_lab

needs_haproxy = pytest.mark.skipif(
    not shutil.which("haproxy") and not shutil.which("haproxy", path="/usr/sbin"),
    reason="haproxy is not installed (apt install haproxy)",
)


@contextmanager
def a_free_range() -> Iterator[int]:
    """The shift of loopback addresses that no other test and no user's cluster has."""
    for shift in range(4, 128, 4):
        with socket.socket() as claim:
            try:
                claim.bind((f"127.{(128 + shift) % 256}.0.1", 39_999))
            except OSError:
                continue
            yield shift
            return
    raise AssertionError("all ranges are taken")


@asynccontextmanager
async def a_haproxy_lab(directory: Path, *objects: Object, **setup: Any) -> AsyncIterator[Lab]:
    """A lab with HAProxy on its ports, reloading as often as it likes."""
    setup = {"router": "haproxy", "reload_interval": 0.1, **setup}
    with a_free_range() as shift:
        async with a_lab(directory, *objects, loopback_shift=shift, **setup) as lab:
            yield lab


@asynccontextmanager
async def beside(lab: Lab, directory: Path) -> AsyncIterator[tuple[HaproxyRouter, RouterAddress]]:
    """HAProxy for the routes of a lab that the embedded router serves too."""
    plane = lab.plane
    assert plane.listeners is not None, "the pods need sockets of their own"
    setup = HaproxySetup(directory=directory, host="127.0.0.1", http_port=0, https_port=0)
    router = HaproxyRouter(
        lab.client, plane.listeners, plane.certificates, setup, lambda host, target: ""
    )
    address = await router.start()
    try:
        yield router, address
    finally:
        await router.stop()
