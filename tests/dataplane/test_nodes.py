"""Real requests to pods whose machine is off: packets are lost, the timeout decides, others answer."""

from __future__ import annotations

from pathlib import Path

from cluster.objects import kinds
from tests.dataplane.lab import Lab, a_deployment, a_lab, a_route, a_service

CONNECT = 0.05
"""Seconds that the router waits for a connection here; its own five would be five of the test's."""
STICKLESS = {
    "haproxy.router.openshift.io/disable_cookies": "true",
    "haproxy.router.openshift.io/balance": "roundrobin",
}


def impatient(lab: Lab) -> None:
    timeouts = lab.plane.router.timeouts
    timeouts["connect"] = CONNECT


def node_of(lab: Lab) -> dict[str, str]:
    return {each.metadata.name: each.node_name for each in lab.client.list(kinds.POD, "demo")}


async def test_a_pod_on_a_machine_that_is_off_is_tried_in_vain_and_another_answers(
    tmp_path: Path,
) -> None:
    async with a_lab(
        tmp_path, a_deployment("web", 2), a_service("web"), a_route(annotations=STICKLESS)
    ) as lab:
        impatient(lab)
        homes = node_of(lab)
        assert set(homes.values()) == {"node-1", "node-2"}
        assert {(await lab.get()).json["pod"] for _ in range(4)} == set(homes)
        await lab.do(lab.client.nodes.power_off("node-1"))
        answers = [await lab.get() for _ in range(4)]
        assert {each.status for each in answers} == {200}
        assert {homes[each.json["pod"]] for each in answers} == {"node-2"}
        dead = next(pod for pod in lab.pods() if pod.node_name == "node-1")
        assert not lab.plane.network.listens(dead.status.pod_ip, 8080)


async def test_the_only_pod_on_a_machine_that_is_off_means_503(tmp_path: Path) -> None:
    async with a_lab(
        tmp_path, a_deployment("web", 1), a_service("web"), a_route(annotations=STICKLESS)
    ) as lab:
        impatient(lab)
        (node,) = node_of(lab).values()
        await lab.do(lab.client.nodes.power_off(node))
        assert (await lab.get()).status == 503


async def test_a_node_that_is_cut_from_the_routers_answers_again_when_it_is_connected(
    tmp_path: Path,
) -> None:
    async with a_lab(
        tmp_path, a_deployment("web", 1), a_service("web"), a_route(annotations=STICKLESS)
    ) as lab:
        impatient(lab)
        (node,) = node_of(lab).values()
        assert (await lab.get()).status == 200
        await lab.do(*lab.client.nodes.cut(node, ["master"]))
        assert (await lab.get()).status == 503
        await lab.do(*lab.client.nodes.cut(node, []))
        assert (await lab.get()).status == 200
