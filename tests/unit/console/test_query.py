"""A list's state in the URL: read, written, and turned into a page of objects."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from django.http import QueryDict

from cluster.objects import kinds
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.kind import Kind, Object
from cluster.objects.node import Node, NodeAddress, NodeStatus
from cluster.runtime.commands import Actor
from console import kinds as views
from console.kinds.query import Query, Selection, parse_topic, read, select, topic_of
from tests.builders import a_namespace, a_pod, metadata

DEVELOPER, ADMIN = Actor("developer"), Actor("kubeadmin", is_cluster_admin=True)
PODS = views.of(kinds.POD)


@dataclass
class Listing:
    """As much of a client as a list uses. `member` is the one project of users who are no admins."""

    objects: list[Object] = field(default_factory=list)
    member: str = "demo"

    def list(self, kind: Kind, namespace: str | None = None) -> list[Object]:
        found = [each for each in self.objects if isinstance(each, kind.cls)]
        return [each for each in found if namespace in (None, each.metadata.namespace)]

    def may(self, actor: Actor, verb: str, kind: Kind, namespace: str) -> bool:
        return actor.is_cluster_admin or namespace == self.member

    def projects(self, actor: Actor) -> list[Object]:
        return [a_namespace(self.member)]


def chosen(client: Listing, text: str = "", kind: Kind = kinds.POD, **fields: Any) -> Selection:
    """What a query string selects."""
    view = views.of(kind)
    given = {"namespace": "demo" if kind.namespaced else "", "actor": ADMIN, **fields}
    query = read(view, given["namespace"], QueryDict(text))
    return select(view, query, client, given["actor"])  # type: ignore[arg-type]


def names(selection: Selection) -> list[str]:
    return [each.metadata.name for each in selection.objects]


def pods(count: int) -> Listing:
    return Listing([a_pod(f"web-{number:03}") for number in range(count)])


QUERIES = [
    "",
    "name=web",
    "status=Running&status=Pending",
    "label=app%3Dweb&label=a%3D1&sort=-node&page=3&size=100",
    "name=a%26b&sort=ip-address",
]


@pytest.mark.parametrize("text", QUERIES)
def test_a_query_is_written_as_it_is_read(text: str) -> None:
    query = read(PODS, "demo", QueryDict(text))
    assert query.href("/pods") == (f"/pods?{text}" if text else "/pods")


@pytest.mark.parametrize("text", QUERIES)
def test_a_topic_leads_back_to_its_query(text: str) -> None:
    query = read(PODS, "demo", QueryDict(text))
    _, _, arguments = topic_of(PODS, query, DEVELOPER).partition("?")
    assert parse_topic(PODS, arguments) == (query, "")
    everywhere = replace(query, namespace="")
    _, _, arguments = topic_of(PODS, everywhere, DEVELOPER).partition("?")
    assert parse_topic(PODS, arguments) == (everywhere, "developer")


@pytest.mark.parametrize(
    "text",
    ["sort=nonsense", "sort=labels", "page=0", "page=-2", "page=%D9%A1", "size=51", "status=Dancing",
     "page=99999999999", "dragons=1"],
)  # fmt: skip
def test_what_makes_no_sense_is_the_default(text: str) -> None:
    assert read(PODS, "demo", QueryDict(text)) == Query(namespace="demo")


def test_no_more_than_twenty_labels_are_read() -> None:
    text = "&".join(f"label=a{number}" for number in range(50))
    assert len(read(PODS, "demo", QueryDict(text)).labels) == 20


# --- selecting -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "text", "first", "shown", "page"),
    [
        (0, "", None, 0, 1),
        (50, "", "web-000", 50, 1),
        (51, "page=2", "web-050", 1, 2),
        (100, "page=2", "web-050", 50, 2),
        (100, "page=3", "web-050", 50, 2),
        (100, "page=9&size=20", "web-080", 20, 5),
    ],
)
def test_a_page_beyond_the_end_is_the_last(
    total: int, text: str, first: str | None, shown: int, page: int
) -> None:
    selection = chosen(pods(total), text)
    assert next(iter(names(selection)), None) == first
    assert (len(selection.objects), selection.total) == (shown, total)
    assert selection.query.page == page


def test_pods_are_sorted_by_address_as_numbers() -> None:
    addresses = ("10.129.0.10", "10.129.0.9", "10.128.0.200", "", "10.129.1.1")
    client = Listing([a_pod(f"web-{at}", ip=ip) for at, ip in enumerate(addresses)])
    found = chosen(client, "sort=ip-address").objects
    assert [each.status.pod_ip for each in found] == [
        "", "10.128.0.200", "10.129.0.9", "10.129.0.10", "10.129.1.1",
    ]  # fmt: skip
    assert list(reversed(found)) == list(chosen(client, "sort=-ip-address").objects)


def test_nodes_and_subnets_are_sorted_by_address_as_numbers() -> None:
    hosts = ("192.168.122.100", "192.168.122.11", "192.168.122.20")
    nodes = [
        Node(
            metadata=metadata(f"node-{at}", ""),
            status=NodeStatus(addresses=(NodeAddress(type="InternalIP", address=host),)),
        )
        for at, host in enumerate(hosts)
    ]
    subnets = [
        HostSubnet(
            metadata=metadata(f"node-{at}", ""), host=f"node-{at}", host_ip=host, subnet=subnet
        )
        for at, (host, subnet) in enumerate(
            zip(hosts, ("10.128.10.0/23", "10.128.2.0/23", "10.128.4.0/23"), strict=True)
        )
    ]
    order = ["node-1", "node-2", "node-0"]
    assert names(chosen(Listing(nodes), "sort=internal-ip", kinds.NODE)) == order
    for sort in ("host-ip", "subnet"):
        assert names(chosen(Listing(subnets), f"sort={sort}", kinds.HOSTSUBNET)) == order


def test_objects_of_one_name_follow_their_projects() -> None:
    client = Listing([a_pod("web", namespace=space) for space in ("shop", "demo", "lab")])

    def spaces(text: str) -> list[str]:
        found = chosen(client, text, namespace="").objects
        return [each.metadata.namespace for each in found]

    assert spaces("") == ["demo", "lab", "shop"]
    assert spaces("sort=-name") == ["shop", "lab", "demo"]


def test_a_list_over_projects_holds_those_of_the_user_alone() -> None:
    client = Listing([a_pod(f"in-{space}", namespace=space) for space in ("shop", "demo")])
    assert names(chosen(client, namespace="", actor=DEVELOPER)) == ["in-demo"]
    assert names(chosen(client, namespace="", actor=ADMIN)) == ["in-demo", "in-shop"]


def test_labels_must_match_in_name_and_value() -> None:
    client = pods(3)
    assert chosen(client, "label=app%3Dweb").total == 3
    assert chosen(client, "label=app%3Dother").total == 0
    assert chosen(client, "label=app").total == 0
    assert chosen(client, "label=app%3Dweb&label=tier%3D1").total == 0


def test_the_search_is_for_a_part_of_the_name() -> None:
    assert names(chosen(pods(30), "name=-02")) == [f"web-02{digit}" for digit in range(10)]
