"""Where things are in the console: OpenShift's own URL scheme, built in one place."""

from __future__ import annotations

from functools import cache
from urllib.parse import quote

from django.urls import reverse

from cluster.objects import kinds
from cluster.objects.kind import Kind, Object


@cache
def _pattern(url_name: str, places: int) -> str:
    """An address with `~0~`, `~1~` … where its parts go: Django's reverse, asked once."""
    return reverse(url_name, args=[f"~{place}~" for place in range(places)])


def _address(url_name: str, *parts: str) -> str:
    """Rows of lists ask for hundreds of addresses, and `reverse` costs 0.1 ms each."""
    address = _pattern(url_name, len(parts))
    for place, part in enumerate(parts):
        address = address.replace(f"~{place}~", quote(part, safe=""), 1)
    return address


def list_url(kind: Kind, namespace: str = "") -> str:
    """The list of a kind, in a project or in all of them."""
    if not kind.namespaced:
        return _address("list-cluster", kind.plural)
    if namespace:
        return _address("list", namespace, kind.plural)
    return _address("list-all", kind.plural)


def name_url(kind: Kind, namespace: str, name: str, tab: str = "") -> str:
    """The page of an object by its name; `tab` names one of its tabs."""
    if kind is kinds.PROJECT and not tab:
        return _address("overview", name)
    place = [namespace] if kind.namespaced else []
    suffix = "" if kind.namespaced else "-cluster"
    if tab:
        return _address(f"tab{suffix}", *place, kind.plural, name, tab)
    return _address(f"detail{suffix}", *place, kind.plural, name)


def url_of(obj: Object, tab: str = "") -> str:
    """The page of an object."""
    kind = kinds.kind_of(obj)
    return name_url(kind, obj.metadata.namespace, obj.metadata.name, tab)


def action_url(obj: Object, action: str) -> str:
    """Where an action on an object is posted: `scale`, `delete` …"""
    kind = kinds.kind_of(obj)
    suffix = "" if kind.namespaced else "-cluster"
    place = [obj.metadata.namespace] if kind.namespaced else []
    return _address(f"{action}{suffix}", *place, kind.plural, obj.metadata.name)
