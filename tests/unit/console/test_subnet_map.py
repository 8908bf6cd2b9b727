"""The map of a node's subnet: every address once, each in its state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cluster.objects.meta import Timestamp
from cluster.objects.pod import Pod
from console.network.blocks import host_block
from console.network.subnet_map import Cell, SubnetMap, subnet_map
from tests.builders import EPOCH, a_pod


class OneNode:
    """As much of a client as the map uses."""

    def __init__(self, *pods: Pod) -> None:
        self.pods = pods

    def pods_on(self, node: str) -> list[Pod]:
        return [each for each in self.pods if each.node_name == node]


def drawn(*pods: Pod, subnet: str = "10.129.0.0/23") -> SubnetMap:
    client: Any = OneNode(*pods)
    return subnet_map(client, host_block("node-1", subnet, "192.168.122.12"))


def cells(found: SubnetMap) -> dict[str, Cell]:
    return {cell.address: cell for line in found.lines for cell in line.cells}


def test_an_empty_subnet_shows_its_first_line_with_what_is_reserved() -> None:
    found = drawn()
    [line] = found.lines
    states = [cell.state for cell in line.cells]
    assert states == ["network", "gateway"] + ["free"] * 30
    assert (found.used, found.capacity, found.holders) == (0, 509, ())


def test_a_pod_stands_at_its_address_and_leads_to_its_page() -> None:
    cell = cells(drawn(a_pod(ip="10.129.0.2")))["10.129.0.2"]
    assert cell == Cell(
        "10.129.0.2", "pod", "10.129.0.2 demo/web-1 Running", "/k8s/ns/demo/pods/web-1", "2"
    )


def test_lines_in_which_nothing_lives_are_left_out() -> None:
    found = drawn(a_pod(ip="10.129.1.70"))
    assert [line.first for line in found.lines] == ["10.129.0.0", "10.129.1.64"]
    assert cells(found)["10.129.1.64"].text == ".1.64"


def test_pods_that_are_not_ready_or_are_leaving_look_different() -> None:
    ready = a_pod("ready", ip="10.129.0.2")
    starting = a_pod("starting", ip="10.129.0.3")
    starting = replace(starting, status=replace(starting.status, ready=False))
    leaving = a_pod("leaving", ip="10.129.0.4")
    gone = replace(leaving.metadata, deletion_timestamp=Timestamp(EPOCH + 30))
    found = cells(drawn(ready, starting, replace(leaving, metadata=gone)))
    states = [found[f"10.129.0.{number}"].state for number in (2, 3, 4)]
    assert states == ["pod", "pending", "leaving"]
    assert found["10.129.0.4"].label == "10.129.0.4 demo/leaving Terminating"


def test_the_holders_are_listed_by_address_as_numbers() -> None:
    pods = [a_pod(f"web-{number}", ip=f"10.129.0.{number}") for number in (100, 9, 20)]
    found = drawn(*pods)
    assert [address for address, _, _ in found.holders] == [
        "10.129.0.9", "10.129.0.20", "10.129.0.100",
    ]  # fmt: skip
    assert found.used == 3


def test_pods_of_other_nodes_and_without_address_are_not_on_the_map() -> None:
    found = drawn(a_pod(node="node-2"), a_pod("waiting", ip=""))
    assert found.used == 0


def test_the_last_address_is_the_broadcast() -> None:
    found = cells(drawn(a_pod(ip="10.129.1.254")))
    assert found["10.129.1.255"].state == "broadcast"


def test_a_small_subnet_is_drawn_whole() -> None:
    found = drawn(subnet="10.129.0.0/29")
    [line] = found.lines
    assert [cell.state for cell in line.cells] == [
        "network", "gateway", *["free"] * 5, "broadcast",
    ]  # fmt: skip
    assert found.capacity == 5


def test_pods_of_projects_that_the_viewer_may_not_see_lose_their_names() -> None:
    host = host_block("node-1", "10.129.0.0/23", "192.168.122.12")
    client: Any = OneNode(a_pod(ip="10.129.0.2"))
    found = subnet_map(client, host, lambda namespace: namespace != "demo")
    cell = cells(found)["10.129.0.2"]
    assert (cell.state, cell.href) == ("pod", "")
    assert cell.label == "10.129.0.2 pod of another project, Running"
    assert (found.used, found.hidden, found.holders) == (1, 1, ())
