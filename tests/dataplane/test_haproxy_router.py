"""The real HAProxy as a part of the data plane: it follows the cluster, survives, counts, and ends."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import CertificateBuilder, random_serial_number

from cluster.dataplane.haproxy import router as haproxy_router
from cluster.dataplane.haproxy.command_line import workers
from cluster.dataplane.haproxy.router import HaproxyRouter
from cluster.dataplane.tls.authority import new_authority
from cluster.engine.routing.haproxy_config import HaproxyConfig, render
from cluster.objects import kinds
from cluster.runtime.client import AccessEntry
from tests.dataplane.haproxy_lab import a_haproxy_lab, needs_haproxy
from tests.dataplane.lab import Answer, Lab, a_deployment, a_lab, a_route, a_service, until

pytestmark = [pytest.mark.slow, needs_haproxy]

H = "haproxy.router.openshift.io/"
NO_COOKIES = {f"{H}balance": "roundrobin", f"{H}disable_cookies": "true"}


def objects() -> tuple:  # type: ignore[type-arg]
    """An application and its routes."""
    return (
        a_deployment("web", 2), a_service("web"), a_service("dead", target=9999),
        a_route("web", annotations=NO_COOKIES),
        a_route("dead", ("dead", 1)),
        a_route("denied", annotations={f"{H}ip_allowlist": "10.0.0.0/8"}),
        a_route("through", termination="passthrough"),
    )  # fmt: skip


@pytest_asyncio.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    """A lab that HAProxy serves, up to date."""
    async with a_haproxy_lab(tmp_path, *objects()) as made:
        await haproxy(made).update()
        yield made


def haproxy(lab: Lab) -> HaproxyRouter:
    """The lab's HAProxy."""
    assert lab.plane.haproxy is not None
    return lab.plane.haproxy


def master(pid: int | None) -> bool:
    """Whether a process is there."""
    assert pid is not None
    return Path(f"/proc/{pid}").exists()


async def answers(lab: Lab, host: str, status: int) -> None:
    """Wait until a host gives a status."""
    async with asyncio.timeout(15):
        while True:
            try:
                if (await lab.get(host)).status == status:
                    return
            except OSError:
                pass
            await asyncio.sleep(0.05)


async def restarted(lab: Lab) -> None:
    """Kill HAProxy, and wait until another one serves."""
    router = haproxy(lab)
    before = router.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    await until(lambda: router.pid not in (None, before))
    await answers(lab, "web.test", 200)


# --- following -------------------------------------------------------------------------------------------


async def test_a_route_that_comes_is_served_and_one_that_goes_is_not(lab: Lab) -> None:
    assert (await lab.get("new.test")).status == 503
    await lab.create(a_route("new"))
    await lab.settle(1)
    await answers(lab, "new.test", 200)
    await lab.delete(kinds.ROUTE, "new")
    await answers(lab, "new.test", 503)
    assert haproxy(lab).reloads >= 2


async def test_new_pods_get_requests_soon(lab: Lab) -> None:
    await lab.scale("web", 3)
    await lab.settle()
    wanted = {pod.metadata.name for pod in lab.pods()}
    seen: set[str] = set()
    async with asyncio.timeout(15):
        while seen != wanted:
            seen.add((await lab.get()).json["pod"])


async def test_what_changes_nothing_for_haproxy_reloads_nothing(lab: Lab) -> None:
    router = haproxy(lab)
    before = router.reloads
    await lab.create(a_deployment("other", 1), a_service("other"))
    await lab.settle()
    await router.update()
    assert router.reloads == before


async def test_a_request_that_is_under_way_outlives_the_reload(tmp_path: Path) -> None:
    slow = a_deployment("slow", 1, {"APP_LATENCY_MS": "1500"})
    route = a_route("slow", ("slow", 1))
    async with a_haproxy_lab(tmp_path, slow, a_service("slow"), route) as lab:
        router = haproxy(lab)
        await router.update()
        asked = asyncio.create_task(lab.get("slow.test"))
        before = router.reloads
        await until(lambda: any(lab.plane.network._open.values()))
        await lab.create(a_route("another", ("slow", 1)))
        await until(lambda: router.reloads > before)
        assert not asked.done()
        assert (await asked).status == 200


async def test_a_configuration_that_haproxy_refuses_is_not_used(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    router, right = haproxy(lab), haproxy_router.render

    def wrong(*arguments: object) -> HaproxyConfig:
        made = right(*arguments)  # type: ignore[arg-type]
        return HaproxyConfig(made.text + "  no such thing\n", made.files, {}, {})

    monkeypatch.setattr(haproxy_router, "render", wrong)
    await router.update()
    assert "HAProxy refuses the configuration" in router.trouble
    assert "unknown keyword 'such'" in router.trouble
    assert (await lab.get()).status == 200
    monkeypatch.undo()
    # What lies on the disk is still good: HAProxy can be started with it again.
    await restarted(lab)


async def test_a_certificate_that_openssl_refuses_costs_only_its_route(lab: Lab) -> None:
    certificate, key = a_weak_pair("weak.test")
    route = a_route("weak", termination="edge", certificate=certificate, key=key)
    await lab.create(route, a_route("good"))
    await lab.settle(1)
    await answers(lab, "good.test", 200)
    assert haproxy(lab).trouble == ""
    _, said = await lab.curl(
        "-k", "-o", "/dev/null", "-w", "%{http_code}",
        "--resolve", f"weak.test:{lab.https_port}:127.0.0.1", f"https://weak.test:{lab.https_port}/",
    )  # fmt: skip
    assert said == "200"


def a_weak_pair(host: str) -> tuple[str, str]:
    """A certificate whose key is too short for today's OpenSSL, though nothing else is wrong."""
    issuer = new_authority("weak")._certificate
    key = rsa.generate_private_key(65537, 1024)
    made = (
        CertificateBuilder(issuer.subject, issuer.subject, key.public_key(), random_serial_number())
        .not_valid_before(issuer.not_valid_before_utc)
        .not_valid_after(issuer.not_valid_after_utc)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    text = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return made.public_bytes(pem).decode(), text


# --- living and ending -----------------------------------------------------------------------------------


async def test_a_haproxy_that_dies_is_started_again(lab: Lab) -> None:
    await restarted(lab)


async def test_it_ends_with_the_data_plane(tmp_path: Path) -> None:
    async with a_haproxy_lab(tmp_path, *objects()) as lab:
        router = haproxy(lab)
        assert (await lab.get()).status in (200, 503)
        found = await workers(router._process.master)  # type: ignore[union-attr]
    assert not master(found.master)
    assert found.current is not None
    await until(lambda: not master(found.current))


async def test_without_haproxy_the_user_is_told_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *arguments, **options: None)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    deep = tmp_path / ("d" * 100)
    async with a_haproxy_lab(tmp_path, *objects(), haproxy_directory=deep) as lab:
        assert lab.plane.haproxy is None
        assert "apt install haproxy" in lab.plane.troubles[0]
        assert lab.client.router_address() is None
    assert not list(tmp_path.glob("shiftlab-haproxy-*"))


async def test_a_port_in_use_is_named_with_the_option_that_moves_it(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with a_haproxy_lab(tmp_path, *objects(), http_port=port) as lab:
            (trouble,) = lab.plane.troubles
    assert trouble.startswith(f"The router cannot listen on 127.0.0.1:{port}: Address already in")
    assert "--router-http-port" in trouble


async def test_ports_that_are_off_are_not_listened_on(tmp_path: Path) -> None:
    async with a_haproxy_lab(tmp_path, *objects(), https_port=None) as lab:
        await haproxy(lab).update()
        assert (await lab.get()).status == 200
        address = lab.client.router_address()
        assert address is not None and address.https_port is None


async def test_a_router_that_is_off_serves_nothing(tmp_path: Path) -> None:
    async with a_lab(tmp_path, *objects(), router="off") as lab:
        assert lab.client.router_address() is None


# --- counting ----------------------------------------------------------------------------------------------


async def all_counted(lab: Lab) -> None:
    """Wait until nothing that was served is missing in the measurements."""
    router = haproxy(lab)
    await router.count()
    await until(lambda: not router._counting._statuses.is_waiting)
    await lab.settle(1)


async def test_requests_count_by_pod_and_status_across_reloads(lab: Lab) -> None:
    router = haproxy(lab)
    for number in range(3):
        for _ in range(10):
            assert (await lab.get()).status == 200
        if number < 2:
            await lab.create(a_route(f"more-{number}"))
            await lab.settle(1)
            await router.update()
    await all_counted(lab)
    seen = lab.client.traffic("demo", "web")
    assert seen is not None
    assert seen.totals.statuses == {200: 30}
    assert sum(seen.totals.pods.values()) == 30
    assert len([count for count in seen.totals.pods.values() if count]) == 2


async def test_what_no_pod_answers_counts_by_what_clients_saw(lab: Lab) -> None:
    for _ in range(2):
        assert (await lab.get("dead.test")).status == 503
        assert (await lab.get("denied.test")).raw == b""
    resolve = ("--resolve", f"through.test:{lab.https_port}:127.0.0.1")
    for _ in range(3):
        code, _ = await lab.curl("-k", *resolve, f"https://through.test:{lab.https_port}/")
        assert code == 0
    await all_counted(lab)
    counted = {
        name: Counter(traffic.totals.statuses)
        for name in ("dead", "denied", "through")
        if (traffic := lab.client.traffic("demo", name)) is not None
    }
    assert counted == {"dead": {503: 2}, "denied": {0: 2}, "through": {200: 3}}


async def test_every_request_of_a_burst_counts_even_if_log_lines_are_lost(lab: Lab) -> None:
    async def ask() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", lab.http_port)
        for _ in range(50):
            writer.write(b"GET / HTTP/1.1\r\nHost: web.test\r\nAccept: application/json\r\n\r\n")
            answer = Answer(await reader.readuntil(b"\r\n\r\n"))
            await reader.readexactly(int(answer.header("content-length")))
        writer.close()

    await asyncio.gather(*(ask() for _ in range(30)))

    def counted() -> int:
        seen = lab.client.traffic("demo", "web")
        return sum(seen.totals.statuses.values()) if seen is not None else 0

    async with asyncio.timeout(15):
        while counted() < 1_500:
            await lab.settle(0.25)
    await all_counted(lab)
    seen = lab.client.traffic("demo", "web")
    assert seen is not None and seen.totals.statuses == {200: 1_500}
    log = haproxy(lab).log
    assert len(log.entries.entries()) + log.unread <= 1_500


async def test_statuses_count_exactly_not_by_class_alone(tmp_path: Path) -> None:
    made = (
        a_deployment("slow", 1, {"APP_LATENCY_MS": "1500"}), a_service("slow"),
        a_deployment("bad", 1, {"APP_LATENCY_MS": "0", "APP_ERROR_RATE": "1"}), a_service("bad"),
        a_route("slow", ("slow", 1), annotations={f"{H}timeout": "100ms"}),
        a_route("bad", ("bad", 1)),
        a_route("redirect", ("bad", 1), termination="edge", policy="Redirect"),
    )  # fmt: skip
    async with a_haproxy_lab(tmp_path, *made) as lab:
        await haproxy(lab).update()
        assert (await lab.get("slow.test")).status == 504
        assert (await lab.get("bad.test")).status == 500
        assert (await lab.get("redirect.test")).status == 302

        def statuses(route: str) -> dict[int, int]:
            seen = lab.client.traffic("demo", route)
            return dict(seen.totals.statuses) if seen is not None else {}

        for route, status in (("slow", 504), ("bad", 500), ("redirect", 302)):
            async with asyncio.timeout(15):
                while not statuses(route):
                    await lab.settle(0.25)
            assert statuses(route) == {status: 1}


# --- the log -----------------------------------------------------------------------------------------------


async def test_requests_show_in_their_routes_log(lab: Lab) -> None:
    answer = await lab.get(path="/cart?n=1")
    assert (await lab.get("denied.test")).raw == b""
    assert (await lab.get("dead.test")).status == 503
    resolve = ("--resolve", f"through.test:{lab.https_port}:127.0.0.1")
    assert (await lab.curl("-k", *resolve, f"https://through.test:{lab.https_port}/"))[0] == 0

    def log(route: str) -> list[AccessEntry]:
        return lab.client.access_log("demo", route) or []

    await until(lambda: all(log(each) for each in ("web", "denied", "dead", "through")))
    [served] = log("web")
    assert (served.status, served.host, served.target) == (200, "web.test", "/cart?n=1")
    assert served.pod == answer.json["pod"] and served.service == "web"
    [denied], [dead], [passed] = log("denied"), log("dead"), log("through")
    assert (denied.status, denied.flags[:2]) == (0, "PR")
    assert (dead.status, dead.flags[:2], dead.pod) == (503, "SC", "")
    assert (passed.host, passed.status) == ("through.test", 200) and passed.pod
    assert lab.client.access_log("demo", "web", since=served.number) == []


async def test_the_log_socket_goes_with_haproxy_however_deep_its_directory(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    async with a_haproxy_lab(tmp_path, *objects(), haproxy_directory=deep) as lab:
        await haproxy(lab).update()
        await lab.get()
        await until(lambda: bool(lab.client.access_log("demo", "web")))
        place = haproxy(lab)._sockets
        assert (place / "log.sock").is_socket()
    assert not (place / "log.sock").exists()


async def test_the_shown_configuration_has_no_log_but_what_openshifts_router_has(lab: Lab) -> None:
    running = haproxy(lab)._files.configuration.read_text()
    assert "  option httplog" in running and "capture request header Host" in running
    shown = render((), lab.client.router()).text
    assert "log" not in {line.split()[0] for line in shown.splitlines() if line.strip()}
    assert "httplog" not in shown


# --- the charts --------------------------------------------------------------------------------------------


async def test_charts_get_requests_without_being_asked(lab: Lab) -> None:
    await lab.get()

    def counted() -> bool:
        seen = lab.client.traffic("demo", "web")
        return seen is not None

    await until(counted)
