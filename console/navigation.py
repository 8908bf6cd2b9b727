"""The left navigation, read from the kinds' declarations, and the pages that no kind has."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from cluster.objects import kinds
from cluster.objects.kind import Kind
from console.urls_for import list_url

ORDER = (kinds.HOME, kinds.WORKLOADS, kinds.NETWORKING, kinds.COMPUTE, "User Management")

ADMINS_ONLY = (kinds.INGRESSCONTROLLER,)
"""Kinds that only cluster admins find objects of."""


@dataclass(frozen=True, slots=True)
class Item:
    """A link of the navigation."""

    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A group of links that opens and closes. `entries` are its links."""

    label: str
    items: tuple[Item, ...]


def sections(path: str, namespace: str, *, is_cluster_admin: bool = True) -> list[Section]:
    """The navigation for a page; `namespace` is the chosen project or ""."""
    found = []
    for label in ORDER:
        entries = [*_pages(label, namespace), *_lists(label, namespace, is_cluster_admin)]
        items = tuple(Item(text, href, _is_current(path, href)) for text, href in entries)
        if items:
            found.append(Section(label, items))
    return found


def _pages(section: str, namespace: str) -> list[tuple[str, str]]:
    if section == kinds.HOME and namespace:
        return [("Overview", reverse("overview", args=[namespace]))]
    if section == kinds.NETWORKING:
        return [
            ("Cluster network", reverse("network")),
            ("Reachability", reverse("reachability")),
            ("Packet walk", reverse("walk")),
            ("DNS explorer", reverse("dns")),
            ("Router", reverse("router")),
        ]
    return []


def _lists(section: str, namespace: str, is_cluster_admin: bool) -> list[tuple[str, str]]:
    hidden = () if is_cluster_admin else ADMINS_ONLY
    listed: list[Kind] = [
        kind for kind in kinds.KINDS if kind.section == section and kind not in hidden
    ]
    return [(kind.title, list_url(kind, namespace)) for kind in listed]


def _is_current(path: str, href: str) -> bool:
    """A page below a list belongs to the list, in whatever project it was opened."""
    return path == href or path.startswith(href + "/") or _resource(path) == _resource(href) != ""


def _resource(path: str) -> str:
    parts = path.strip("/").split("/")
    if parts[:2] == ["k8s", "ns"]:
        return parts[3] if len(parts) > 3 else ""
    if parts[0] == "k8s":
        return parts[2] if len(parts) > 2 else ""
    return ""
