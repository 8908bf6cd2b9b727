"""A route's certificate out of a secret, as clients see it, through both routers and while it changes."""

from __future__ import annotations

import base64
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from cluster.dataplane.tls.authority import Pair, new_authority
from cluster.engine.config import PROFILES
from cluster.objects import kinds
from cluster.objects.meta import ObjectMeta
from cluster.objects.rolebinding import RoleBinding, RoleRef, Subject
from cluster.objects.route import LocalObjectReference
from cluster.objects.secret import TLS, Secret
from tests.dataplane.haproxy_lab import a_haproxy_lab, needs_haproxy
from tests.dataplane.lab import Lab, a_deployment, a_lab, a_route, a_service, run

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")

HOST = "shop.test"
FIRST, SECOND = (new_authority(name).issue([HOST]) for name in ("First CA", "Second CA"))


def a_secret(pair: Pair) -> Secret:
    texts = {"tls.crt": pair.certificate, "tls.key": pair.key}
    data = {name: base64.b64encode(text.encode()).decode() for name, text in texts.items()}
    return Secret(metadata=ObjectMeta(name="cert", namespace="demo"), type=TLS, data=data)


def objects() -> tuple:  # type: ignore[type-arg]
    """An application, its certificate, and the permission to read it; the route comes last."""
    router = Subject(kind="ServiceAccount", namespace="openshift-ingress", name="router")
    grant = RoleBinding(
        metadata=ObjectMeta(name="router", namespace="demo"),
        role_ref=RoleRef(name="edit"),
        subjects=(router,),
    )
    reference = LocalObjectReference(name="cert")
    route = a_route("shop", termination="edge", external_certificate=reference)
    return a_deployment("web"), a_service("web"), a_secret(FIRST), grant, route


@pytest_asyncio.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    """A lab of OpenShift 4's generation."""
    async with a_lab(tmp_path, *objects(), profile=PROFILES["4"]) as made:
        yield made


async def issuer(lab: Lab) -> str:
    """Who has signed what is shown for the host."""
    where = f"127.0.0.1:{lab.https_port}"
    _, output = await run("openssl", "s_client", "-connect", where, "-servername", HOST)
    return next(line for line in output.splitlines() if line.startswith("issuer="))


async def status(lab: Lab) -> str:
    where = f"{HOST}:{lab.https_port}"
    _, output = await lab.curl(
        "-k", "-o", "/dev/null", "-w", "%{http_code}", "--resolve", f"{where}:127.0.0.1",
        f"https://{where}/",
    )  # fmt: skip
    return output


async def change(lab: Lab, pair: Pair) -> None:
    held: Secret = lab.client.get(kinds.SECRET, "demo", "cert")
    await lab.replace(replace(held, data=a_secret(pair).data))
    await lab.settle(1)


async def test_the_secrets_certificate_is_shown_and_followed(lab: Lab) -> None:
    assert "First CA" in await issuer(lab)
    assert await status(lab) == "200"
    await change(lab, SECOND)
    assert "Second CA" in await issuer(lab)


async def test_without_the_secret_the_host_is_not_served(lab: Lab) -> None:
    await lab.delete(kinds.SECRET, "cert")
    await lab.settle(1)
    assert "ingress-operator" in await issuer(lab)
    assert await status(lab) == "503"
    await lab.create(a_secret(SECOND))
    await lab.settle(1)
    assert "Second CA" in await issuer(lab)
    assert await status(lab) == "200"


@needs_haproxy
@pytest.mark.slow
async def test_haproxy_shows_and_follows_it_too(tmp_path: Path) -> None:
    async with a_haproxy_lab(tmp_path, *objects(), profile=PROFILES["4"]) as lab:
        assert lab.plane.haproxy is not None
        await lab.plane.haproxy.update()
        assert "First CA" in await issuer(lab)
        await change(lab, SECOND)
        await lab.plane.haproxy.update()
        assert "Second CA" in await issuer(lab)
