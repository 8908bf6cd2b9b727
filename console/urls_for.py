"""Where things are in the console: OpenShift's own URL scheme, built in one place."""

from __future__ import annotations

from django.urls import reverse

from cluster.objects import kinds
from cluster.objects.kind import Kind, Object


def list_url(kind: Kind, namespace: str = "") -> str:
    """The list of a kind, in a project or in all of them."""
    if not kind.namespaced:
        return reverse("list-cluster", args=[kind.plural])
    if namespace:
        return reverse("list", args=[namespace, kind.plural])
    return reverse("list-all", args=[kind.plural])


def name_url(kind: Kind, namespace: str, name: str, tab: str = "") -> str:
    """The page of an object by its name; `tab` names one of its tabs."""
    if kind is kinds.PROJECT and not tab:
        return reverse("overview", args=[name])
    place = [namespace] if kind.namespaced else []
    suffix = "" if kind.namespaced else "-cluster"
    if tab:
        return reverse(f"tab{suffix}", args=[*place, kind.plural, name, tab])
    return reverse(f"detail{suffix}", args=[*place, kind.plural, name])


def url_of(obj: Object, tab: str = "") -> str:
    """The page of an object."""
    kind = kinds.kind_of(obj)
    return name_url(kind, obj.metadata.namespace, obj.metadata.name, tab)


def action_url(obj: Object, action: str) -> str:
    """Where an action on an object is posted: `scale`, `delete` …"""
    kind = kinds.kind_of(obj)
    suffix = "" if kind.namespaced else "-cluster"
    place = [obj.metadata.namespace] if kind.namespaced else []
    return reverse(f"{action}{suffix}", args=[*place, kind.plural, obj.metadata.name])
