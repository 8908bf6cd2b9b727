"""The drawn walk: which places in which order, and that no box lies on another, for every plugin."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from cluster.engine.network.plugins.facts import PLUGINS
from cluster.engine.network.walk.dispatch import walk
from cluster.engine.network.walk.model import (
    Connection,
    OfPod,
    OnNode,
    Outside,
    ToAddress,
    ToNodePort,
    ToService,
)
from console.network.walk_picture import picture
from console.network.walk_way import way
from tests.network_cluster import CLERK, OVS_MULTITENANT, OVS_SUBNET, P1, P2, P3, WEB, fixture

REMOTE = "10.129.0.7:8080"
QUESTIONS = {
    "pod on the same node": (OfPod(P1), OfPod(P2), 8080),
    "pod on another node": (OfPod(P1), OfPod(P3), 8080),
    "service": (OfPod(P1), ToService(WEB, REMOTE), 80),
    "itself through its service": (OfPod(P2), ToService(WEB, "10.128.0.6:8080"), 80),
    "node port": (Outside("203.0.113.9"), ToNodePort("node-a", REMOTE), 31080),
    "router": (OnNode("node-a", router=True), OfPod(P3), 8080),
    "out of the cluster": (OfPod(P1), ToAddress("93.184.216.34"), 80),
    "across projects": (OfPod(P1), OfPod(CLERK), 8080),
    "cluster IP from outside": (Outside("203.0.113.9"), ToAddress("172.30.44.5"), 80),
    "nothing there": (OfPod(P1), ToAddress("10.129.0.99"), 80),
}


def drawn(plugin: str, source: Any, destination: Any, port: int) -> tuple[Any, dict[str, Any]]:
    view = fixture(plugin).view
    found = walk(view, Connection(source=source, destination=destination, port=port))
    result = picture(found, view)
    assert result is not None
    return found, result


def devices(plugin: str, question: str) -> list[str]:
    view = fixture(plugin).view
    source, destination, port = QUESTIONS[question]
    found = walk(view, Connection(source=source, destination=destination, port=port))
    return [visit.place.device for visit in way(found, view)]


def test_a_packet_to_another_node_goes_down_through_vxlan0_and_up_again() -> None:
    assert devices(OVS_SUBNET, "pod on another node") == [
        *("pod", "br0", "vxlan0", "eth0"),
        "network",
        *("eth0", "iptables", "vxlan0", "br0", "pod"),
    ]


def test_a_packet_to_a_service_passes_iptables_by_tun0() -> None:
    way_there = devices(OVS_SUBNET, "service")
    assert way_there[:6] == ["pod", "br0", "tun0", "iptables", "tun0", "br0"]


def test_the_place_of_the_drop_is_marked_with_its_table() -> None:
    _, result = drawn(OVS_MULTITENANT, *QUESTIONS["across projects"])
    [end] = [box for box in result["boxes"] if box.end]
    assert (end.place.node, end.place.device, end.end) == ("node-b", "br0", "dropped")
    assert end.lines[-1] == "✕ dropped in table 80"
    assert result["said"].endswith("br0 of node-b: dropped")


def test_the_pod_that_is_not_reached_is_drawn_beside_the_way() -> None:
    _, result = drawn(OVS_MULTITENANT, *QUESTIONS["across projects"])
    [goal] = [box for box in result["boxes"] if box.place.name == str(CLERK)]
    assert not goal.is_passed
    assert goal.place.node == "node-b"


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("plugin", PLUGINS)
def test_every_walk_can_be_drawn(plugin: str, question: str) -> None:
    found, result = drawn(plugin, *QUESTIONS[question])
    numbers = sorted(number for box in result["boxes"] for number in box.steps)
    assert numbers == list(range(1, len(found.steps) + 1))
    assert [arrow.number for arrow in result["arrows"]] == list(range(1, len(result["arrows"]) + 1))
    for box in result["boxes"]:
        assert 0 <= box.x <= box.x + box.width <= result["width"]
        assert 0 <= box.y <= box.y + box.height <= result["height"]
    for one, other in combinations(result["boxes"], 2):
        beside = one.x + one.width <= other.x or other.x + other.width <= one.x
        above = one.y + one.height <= other.y or other.y + other.height <= one.y
        assert beside or above, f"{one.place} lies on {other.place}"
