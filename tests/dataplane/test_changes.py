"""What happens to real requests while the cluster changes under them, through either router.

HAProxy itself loses a request whose pod dies while it answers, one whose pod has taken the connection and
not the request, and one that is refused by a pod and, after three retries, by the other one where the
fourth goes (`option redispatch`). It loses none to a single pod that refuses connections, and none to a
reload, where the old worker ends its kept connections.

So pods need a readiness probe, here as on a real cluster: without one they are endpoints before they
listen. And they listen on for their grace period after they have left the endpoints. With both, nothing
of what happens here may cost a request.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from cluster.dataplane.pods.listeners import loopback
from cluster.dataplane.service import EMBEDDED, HAPROXY
from cluster.objects import kinds
from cluster.objects.deploymentconfig import DeploymentConfig
from cluster.objects.kind import Object
from cluster.objects.pod import EnvVar, HTTPGetAction, Probe
from tests.dataplane.haproxy_lab import a_haproxy_lab, needs_haproxy
from tests.dataplane.lab import Answer, Lab, a_deployment, a_lab, a_route, a_service, until

STICKLESS = {"haproxy.router.openshift.io/disable_cookies": "true"}
REQUEST = b"GET / HTTP/1.1\r\nHost: web.test\r\nAccept: application/json\r\n\r\n"


CONNECTIONS = 4


class Load:
    """About 200 requests/s over four kept connections; nothing may be lost.

    A kept connection that ends while it is idle, or just as it is used again, costs no request: like
    every client of HTTP this one asks again on a new one (RFC 9112, 9.3.1). HAProxy does that to
    each connection when it is reloaded, for its old worker takes no more requests.
    """

    def __init__(self, port: int) -> None:
        self.statuses: Counter[int] = Counter()
        self.lost: list[str] = []
        self.repeated = 0
        """Requests that found their kept connection closed."""
        self.stopping = False
        self._port = port

    async def run(self) -> None:
        """One connection after another."""
        while not self.stopping:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            try:
                await self._use(reader, writer)
            except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError) as error:
                self.lost.append(repr(error))
            finally:
                writer.close()

    async def _use(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_kept = False
        while not self.stopping:
            try:
                writer.write(REQUEST)
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                if not is_kept or getattr(error, "partial", b""):
                    raise
                self.repeated += 1
                return
            answer = Answer(head)
            self.statuses[answer.status] += 1
            if answer.status != 200:
                raise ValueError(answer.first)
            await reader.readexactly(int(answer.header("content-length")))
            await asyncio.sleep(0.02)
            if answer.header("connection") == "close":
                return
            is_kept = True


@asynccontextmanager
async def under_load(lab: Lab) -> AsyncIterator[Load]:
    """Requests all the time; at the end all must have been answered by pods."""
    load = Load(lab.http_port)
    tasks = [asyncio.create_task(load.run()) for _ in range(CONNECTIONS)]
    try:
        yield load
        served = sum(load.statuses.values())
        await until(lambda: sum(load.statuses.values()) > served + 40)
    finally:
        load.stopping = True
        await asyncio.gather(*tasks)
    reloads = lab.plane.haproxy.reloads if lab.plane.haproxy is not None else 0
    assert load.lost == []
    assert set(load.statuses) == {200}
    assert load.repeated <= CONNECTIONS * reloads


async def pass_time(lab: Lab, seconds: int) -> None:
    """Let the cluster's time go by in small steps, with requests in between.

    No step before HAProxy serves by the last one: nobody's cluster runs a minute in half a second.
    """
    for _ in range(seconds * 2):
        await lab.settle(0.5)
        if lab.plane.haproxy is not None:
            await lab.plane.haproxy.update()


@pytest.fixture(
    params=[EMBEDDED, pytest.param(HAPROXY, marks=[needs_haproxy, pytest.mark.slow])],
)
def router(request: pytest.FixtureRequest) -> str:
    """Who serves: both are to lose nothing."""
    name: str = request.param
    return name


@asynccontextmanager
async def a_router_lab(directory: Path, router: str, *objects: Object) -> AsyncIterator[Lab]:
    """A lab with this router, up to date."""
    made = a_haproxy_lab if router == HAPROXY else a_lab
    async with made(directory, *objects) as lab:
        if lab.plane.haproxy is not None:
            await lab.plane.haproxy.update()
        yield lab


def probed(deployment: DeploymentConfig) -> DeploymentConfig:
    """The same with a readiness probe."""
    template = deployment.spec.template
    probe = Probe(http_get=HTTPGetAction(path="/", port=8080), period_seconds=1)
    container = replace(template.spec.containers[0], readiness_probe=probe)
    pod_spec = replace(template.spec, containers=(container,))
    spec = replace(deployment.spec, template=replace(template, spec=pod_spec))
    return replace(deployment, spec=spec)


@asynccontextmanager
async def a_busy_lab(directory: Path, router: str) -> AsyncIterator[Lab]:
    """Two applications of two pods, answering after 5 ms."""
    slow = {"APP_LATENCY_MS": "5"}
    objects = (
        probed(a_deployment("one", 2, slow)), a_service("one"),
        probed(a_deployment("two", 2, slow)), a_service("two"),
        a_route("web", ("one", 80), ("two", 20), annotations=STICKLESS),
    )  # fmt: skip
    async with a_router_lab(directory, router, *objects) as lab:
        yield lab


async def test_scaling_loses_no_request(tmp_path: Path, router: str) -> None:
    async with a_busy_lab(tmp_path, router) as lab, under_load(lab):
        for replicas in (5, 1, 3):
            await lab.scale("one", replicas)
            await pass_time(lab, 40)
        assert len(lab.pods("one")) == 3


async def test_rolling_out_loses_no_request(tmp_path: Path, router: str) -> None:
    async with a_busy_lab(tmp_path, router) as lab, under_load(lab):
        held = lab.client.get(kinds.DEPLOYMENTCONFIG, "demo", "one")
        assert isinstance(held, DeploymentConfig)
        before = {pod.metadata.name for pod in lab.pods("one")}
        template = held.spec.template
        container = template.spec.containers[0]
        env = (*container.env, EnvVar(name="APP_COLOR", value="green"))
        pod_spec = replace(template.spec, containers=(replace(container, env=env),))
        spec = replace(held.spec, template=replace(template, spec=pod_spec))
        await lab.replace(replace(held, spec=spec))
        await pass_time(lab, 90)
        assert not before & {pod.metadata.name for pod in lab.pods("one")}
        assert len([pod for pod in lab.pods("one") if pod.status.ready]) == 2


async def test_moving_the_weights_loses_no_request(tmp_path: Path, router: str) -> None:
    async with a_busy_lab(tmp_path, router) as lab, under_load(lab) as load:
        for one, two in ((50, 50), (0, 100), (100, 0), (30, 70)):
            await lab.replace(a_route("web", ("one", one), ("two", two), annotations=STICKLESS))
            served = sum(load.statuses.values())
            await until(lambda seen=served: sum(load.statuses.values()) > seen + 20)  # type: ignore[misc]


async def test_real_requests_are_answered_while_the_clusters_clock_stands(
    tmp_path: Path, router: str
) -> None:
    """Delays and timeouts of real connections are the wall's, or a paused cluster would hang browsers."""
    objects = (
        a_deployment("web", 1, {"APP_LATENCY_MS": "150"}), a_service("web"), a_route("web"),
        a_route("hasty", annotations={"haproxy.router.openshift.io/timeout": "20ms"}),
    )  # fmt: skip
    async with a_router_lab(tmp_path, router, *objects) as lab:
        stands = lab.client.clock()
        assert not stands.running
        assert (await lab.get("web.test")).status == 200
        assert (await lab.get("hasty.test")).status == 504
        assert lab.client.clock().now == stands.now


async def test_a_reload_leaves_requests_where_they_are(tmp_path: Path) -> None:
    env = {"APP_LATENCY_MS": "400"}
    async with a_lab(tmp_path, a_deployment("web", 1, env), a_service("web"), a_route()) as lab:
        waiting = asyncio.create_task(lab.get())
        await until(lambda: bool(lab.plane.router.connections))
        await asyncio.sleep(0.05)
        await lab.replace(a_route("web", annotations=STICKLESS))
        assert (await waiting).status == 200


async def test_a_pod_that_has_gone_is_tried_elsewhere(tmp_path: Path) -> None:
    """Its endpoint is still there, as after a crash that nobody has noticed yet."""
    async with a_lab(
        tmp_path, a_deployment("web", 3), a_service("web"), a_route(annotations=STICKLESS)
    ) as lab:
        dead = lab.pods()[0].status.pod_ip
        del lab.plane.network._pods[dead]
        answers = [await lab.get() for _ in range(9)]
        assert {each.status for each in answers} == {200}
        assert dead not in {each.json["address"] for each in answers}


async def test_a_cookie_of_a_pod_that_has_gone_is_replaced(tmp_path: Path) -> None:
    async with a_lab(tmp_path, a_deployment("web", 2), a_service("web"), a_route()) as lab:
        first = await lab.get()
        cookie = first.header("set-cookie").partition(";")[0]
        await lab.delete(kinds.POD, first.json["pod"])
        await lab.settle(60)
        again = await lab.get(headers={"Cookie": cookie})
        assert again.status == 200 and again.json["pod"] != first.json["pod"]
        assert again.header("set-cookie").partition("=")[0] == cookie.partition("=")[0]


async def test_a_pod_refuses_connections_until_its_program_listens(tmp_path: Path) -> None:
    """Another router tries a refused connection elsewhere; one that breaks costs the request."""
    async with a_lab(tmp_path, a_service("web"), pods_on_loopback=True) as lab:
        network, listeners = lab.plane.network, lab.plane.listeners
        assert listeners is not None
        await lab.create(a_deployment("web", 1))
        async with asyncio.timeout(15):
            while not any(network.ports(pod) for pod in lab.pods()):
                await lab.settle(0.1)
        [pod] = lab.pods()
        url = f"http://{loopback(pod.status.pod_ip)}:8080/"
        await listeners.update()
        assert not network.listens(pod.status.pod_ip, 8080)
        assert (await lab.curl(url))[0] == 7
        await lab.settle(10)
        await until(lambda: bool(listeners._servers))
        assert (await lab.curl(url))[0] == 0


async def test_pods_listen_on_loopback_addresses_for_another_router(tmp_path: Path) -> None:
    objects = (a_deployment("web", 1), a_service("web"))
    async with a_lab(tmp_path, *objects, pods_on_loopback=True) as lab:
        listeners = lab.plane.listeners
        assert listeners is not None
        address = lab.pods()[0].status.pod_ip
        await listeners.update()
        assert loopback(address).startswith("127.12")
        url = f"http://{loopback(address)}:8080/"
        assert (
            f'"address":"{address}"' in (await lab.curl("-H", "Accept: application/json", url))[1]
        )
        await lab.scale("web", 0)
        await lab.settle(60)
        await listeners.update()
        assert (await lab.curl(url))[0] == 7
