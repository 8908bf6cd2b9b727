"""Fixtures: a lab with the web application behind routes of every kind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.dataplane.lab import Lab, a_deployment, a_lab, a_route, a_service


@pytest_asyncio.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    """Two pods `web` behind the routes web, edge, redirect, allow, reencrypt and through."""
    objects = (
        a_deployment("web", 2),
        a_service("web"),
        a_route("web"),
        a_route("edge", termination="edge"),
        a_route("redirect", termination="edge", policy="Redirect"),
        a_route("allow", termination="edge", policy="Allow"),
        a_route("reencrypt", termination="reencrypt"),
        a_route("through", termination="passthrough", policy="Redirect"),
    )
    async with a_lab(tmp_path, *objects) as made:
        yield made
