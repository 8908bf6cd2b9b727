"""The navigation: every listed kind, in the chosen project, the open page marked once."""

from __future__ import annotations

import pytest

from cluster.objects import kinds
from cluster.objects.kind import Kind
from console import navigation
from console.urls_for import list_url, name_url


def entries(path: str, namespace: str) -> dict[str, navigation.Item]:
    sections = navigation.sections(path, namespace)
    return {item.label: item for section in sections for item in section.items}


def current(path: str, namespace: str = "demo") -> list[str]:
    return [label for label, item in entries(path, namespace).items() if item.current]


def test_the_sections_stand_in_openshifts_order() -> None:
    labels = [section.label for section in navigation.sections("/", "demo")]
    assert labels == ["Home", "Workloads", "Networking", "Compute", "User Management"]


def test_every_kind_with_a_section_is_listed_and_no_other() -> None:
    listed = set(entries("/", "demo"))
    pages = {"Overview", "Cluster network", "Reachability", "Packet walk", "DNS explorer", "Router"}
    assert listed - pages == {k.title for k in kinds.KINDS if k.section}


def test_links_lead_into_the_chosen_project_or_over_all() -> None:
    assert entries("/", "demo")["Pods"].href == "/k8s/ns/demo/pods"
    assert entries("/", "")["Pods"].href == "/k8s/all-namespaces/pods"
    assert entries("/", "demo")["Nodes"].href == "/k8s/cluster/nodes"
    assert entries("/", "demo")["Overview"].href == "/overview/ns/demo"
    assert "Overview" not in entries("/", "")


@pytest.mark.parametrize("kind", [k for k in kinds.KINDS if k.section], ids=lambda k: k.plural)
def test_a_list_and_its_pages_mark_their_kind_alone(kind: Kind) -> None:
    assert current(list_url(kind, "demo")) == [kind.title]
    assert current(list_url(kind)) == [kind.title]
    assert current(list_url(kind), "") == [kind.title]
    assert current(name_url(kind, "demo", "web", "yaml")) == [kind.title]


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/network", "Cluster network"),
        ("/router", "Router"),
        ("/k8s/ns/demo/routes/web/tester", "Routes"),
        ("/overview/ns/demo", "Overview"),
        ("/k8s/ns/demo/routes/web/form", "Routes"),
        ("/k8s/ns/demo/routes/~new/form", "Routes"),
    ],
)
def test_pages_of_their_own_mark_their_entry(path: str, label: str) -> None:
    assert current(path) == [label]


@pytest.mark.parametrize("path", ["/k8s/ns/demo/import", "/", "/projects/~new", "/k8s/ns/demo/"])
def test_other_pages_mark_nothing(path: str) -> None:
    assert current(path) == []
