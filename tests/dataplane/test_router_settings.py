"""Settings of the router that change while it serves: seen on the sockets, through either router."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from cluster.dataplane.service import EMBEDDED, HAPROXY
from cluster.dataplane.tls.authority import new_authority
from cluster.engine.commands import Create, Delete, Edit
from cluster.engine.routing.router_object import ROUTER
from cluster.objects import kinds
from cluster.objects.codec import decode
from cluster.objects.ingresscontroller import (
    ROUTER_NAMESPACE,
    IngressController,
    IngressControllerSpec,
)
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.namespace import Project
from cluster.objects.secret import TLS, Secret
from tests.dataplane.haproxy_lab import a_haproxy_lab, needs_haproxy
from tests.dataplane.lab import Lab, a_deployment, a_lab, a_route, a_service, until

BOTH = pytest.mark.parametrize("router", [EMBEDDED, pytest.param(HAPROXY, marks=needs_haproxy)])
HOST = "web-demo.apps.localhost"
STICKLESS = {"haproxy.router.openshift.io/disable_cookies": "true"}


@asynccontextmanager
async def a_router(kind: str, directory: Path, *objects: Any) -> AsyncIterator[Lab]:
    """A lab with either router."""
    made = a_lab if kind == EMBEDDED else a_haproxy_lab
    async with made(directory, *objects) as lab:
        if lab.plane.haproxy is not None:
            await lab.plane.haproxy.update()
        yield lab


async def set_router(lab: Lab, **fields: Any) -> None:
    """Change the router's object; fields in their JSON names."""

    def change(old: IngressController) -> IngressController:
        spec, _ = decode(IngressControllerSpec, {"domain": old.spec.domain, **fields})
        return replace(old, spec=spec)

    await lab.do(Edit(kinds.INGRESSCONTROLLER, ROUTER, change))
    await lab.settle(1)


def a_tls_secret(name: str, certificate: str, key: str) -> Secret:
    """A secret in the router's project."""
    data = {
        field: base64.b64encode(text.encode()).decode()
        for field, text in (("tls.crt", certificate), ("tls.key", key))
    }
    return Secret(metadata=ObjectMeta(name=name, namespace=ROUTER_NAMESPACE), type=TLS, data=data)


async def shown_names(lab: Lab, host: str = HOST) -> list[str]:
    """The DNS names of the certificate that a TLS client is shown for a host."""
    return await asyncio.to_thread(_handshake, lab.https_port, host)


def _handshake(port: int, host: str) -> list[str]:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        data = secured.getpeercert(binary_form=True)
    assert data is not None
    leaf = x509.load_der_x509_certificate(data)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return names.value.get_values_for_type(x509.DNSName)


async def until_shown(lab: Lab, names: list[str]) -> None:
    """HAProxy reloads a moment later."""
    for _ in range(200):
        if await shown_names(lab) == names:
            return
        await asyncio.sleep(0.05)
    assert await shown_names(lab) == names


@BOTH
async def test_a_tls_client_sees_the_new_default_certificate(router: str, tmp_path: Path) -> None:
    made = new_authority("own-ca")
    first, second = made.issue(["*.first.test"]), made.issue(["*.second.test"])
    objects = (a_deployment("web"), a_service("web"), a_route(host=HOST, termination="edge"))
    async with a_router(router, tmp_path, *objects) as lab:
        self_made = ["*.apps.localhost", "apps.localhost"]
        assert await shown_names(lab) == self_made
        await lab.create(a_tls_secret("custom", first.certificate, first.key))
        assert await shown_names(lab) == self_made
        await set_router(lab, defaultCertificate={"name": "custom"})
        await until_shown(lab, ["*.first.test"])
        renewed = a_tls_secret("custom", second.certificate, second.key)
        key = Key(ROUTER_NAMESPACE, "custom")
        await lab.do(Edit(kinds.SECRET, key, lambda old: replace(old, data=renewed.data)))
        await until_shown(lab, ["*.second.test"])
        await lab.do(Delete(kinds.SECRET, key))
        await until_shown(lab, self_made)
        found = lab.client.default_certificate()
        assert found is not None and "not found" in found.problem


@BOTH
async def test_projects_share_a_host_as_soon_as_they_may(router: str, tmp_path: Path) -> None:
    objects = (a_deployment("web"), a_service("web"), a_route("web", host="shared.test"))
    async with a_router(router, tmp_path, *objects) as lab:
        await lab.do(Create(Project(metadata=ObjectMeta(name="other"))))
        late = a_route("late", host="shared.test", path="/late")
        late = replace(late, metadata=replace(late.metadata, namespace="other"))
        await lab.create(late)
        await lab.settle(2)
        # Nobody serves project other's service: 503 means that its own route was chosen.
        await until_status(lab, "shared.test", "/late", 200)
        await set_router(lab, routeAdmission={"namespaceOwnership": "InterNamespaceAllowed"})
        await until_status(lab, "shared.test", "/late", 503)
        assert (await lab.get("shared.test")).status == 200
        await set_router(lab, routeAdmission={"namespaceOwnership": "Strict"})
        await until_status(lab, "shared.test", "/late", 200)


async def until_status(lab: Lab, host: str, path: str, status: int) -> None:
    """HAProxy reloads a moment later."""
    for _ in range(200):
        if (await lab.get(host, path)).status == status:
            return
        await asyncio.sleep(0.05)
    assert (await lab.get(host, path)).status == status


@BOTH
async def test_requests_go_by_the_new_algorithm(router: str, tmp_path: Path) -> None:
    objects = (
        a_deployment("web", replicas=2),
        a_service("web"),
        a_route(annotations=STICKLESS),
    )
    async with a_router(router, tmp_path, *objects) as lab:
        assert len({(await lab.get()).json["pod"] for _ in range(6)}) == 1  # source: one client
        await set_router(
            lab, unsupportedConfigOverrides={"env": {"ROUTER_LOAD_BALANCE_ALGORITHM": "roundrobin"}}
        )
        assert "balance roundrobin" in lab.client.haproxy_config().text
        if lab.plane.haproxy is not None:
            await lab.plane.haproxy.update()
        assert len({(await lab.get()).json["pod"] for _ in range(6)}) == 2


async def test_a_router_that_is_full_takes_no_more_connections(tmp_path: Path) -> None:
    objects = (a_deployment("web"), a_service("web"), a_route())
    async with a_lab(tmp_path, *objects) as lab:
        assert (await lab.get()).status == 200
        _, held = await asyncio.open_connection("127.0.0.1", lab.http_port)
        await until(lambda: bool(lab.plane.router.connections))
        await set_router(lab, unsupportedConfigOverrides={"env": {"ROUTER_MAX_CONNECTIONS": "1"}})
        assert await lab.raw(b"GET / HTTP/1.1\r\n\r\n") == b""
        await set_router(lab)
        assert (await lab.get()).status == 200
        held.close()
