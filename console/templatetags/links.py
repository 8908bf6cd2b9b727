"""Links to objects, and their menus, in rows and tables."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString

from cluster.objects import kinds, pod
from cluster.objects.kind import Object
from console.templatetags.badges import resource_link, status
from console.urls_for import action_url, name_url, url_of

register = template.Library()


@register.simple_tag
def object_link(obj: Object) -> SafeString:
    """Badge and name, leading to the object's page."""
    return resource_link(kinds.kind_of(obj).name, obj.metadata.name, url_of(obj))


@register.simple_tag
def node_link(name: str) -> SafeString:
    """A node by its name."""
    return resource_link("Node", name, name_url(kinds.NODE, "", name))


@register.simple_tag
def pod_status(obj: Object) -> SafeString:
    """Icon and word of a pod's status."""
    return status(pod.status_word(obj))


@register.filter
def pod_ready(obj: Object) -> str:
    """`1/1`."""
    return "{}/{}".format(*pod.ready_counts(obj))


@register.filter
def pod_restarts(obj: Object) -> int:
    """How often its containers were restarted."""
    return pod.restarts(obj)


@register.inclusion_tag("resources/row_menu.html")
def row_menu(obj: Object) -> dict[str, Any]:
    """The kebab of a row: its entries are fetched when it is opened, with the reader's own rights."""
    return {
        "menu_id": f"menu-{obj.metadata.uid}",
        "menu_url": action_url(obj, "menu"),
        "name": obj.metadata.name,
    }
