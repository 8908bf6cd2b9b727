"""NetNamespaces: which project lives on which virtual network, and `oc adm pod-network` as a menu."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from cluster.objects import kinds
from cluster.objects.kind import Object
from cluster.objects.netnamespace import GLOBAL_VNID, MULTICAST, NetNamespace
from cluster.runtime.client import Client
from cluster.runtime.network import OVS_MULTITENANT
from console.kinds import common
from console.kinds.base import CREATED, NAME, Action, Col, Page, ResourceView, Tab, printed
from console.urls_for import name_url


def sharing(obj: NetNamespace, client: Client) -> list[str]:
    """The other projects on the same virtual network."""
    found: list[NetNamespace] = client.list(kinds.NETNAMESPACE)
    return sorted(
        each.netname for each in found if each.netid == obj.netid and each.netname != obj.netname
    )


def has_multicast(obj: NetNamespace) -> bool:
    """Whether multicast is switched on for the project."""
    return obj.metadata.annotations.get(MULTICAST) == "true"


def _row(obj: Object, client: Client) -> dict[str, Any]:
    return {
        "project_url": name_url(kinds.PROJECT, "", obj.netname),
        "is_global": obj.netid == GLOBAL_VNID,
        "shares_with": [
            (name, name_url(kinds.NETNAMESPACE, "", name)) for name in sharing(obj, client)
        ],
        "multicast": has_multicast(obj),
    }


def _details(page: Page) -> dict[str, Any]:
    plugin = page.client.network.plugin
    return {
        **common.summary(page),
        **_row(page.obj, page.client),
        "plugin": plugin,
        "is_isolating": plugin.name == OVS_MULTITENANT,
        "matrix_url": f"{reverse('reachability')}?project={page.obj.netname}",
    }


def _actions(page: Page) -> list[Action]:
    name = page.obj.metadata.name
    refused = not page.may_edit or page.client.network.plugin.name != OVS_MULTITENANT

    def change(label: str, wanted: str) -> Action:
        return {
            "label": label,
            "post": f"{reverse('netnamespace-change', args=[name])}?change={wanted}",
            "disabled": refused,
        }

    multicast = has_multicast(page.obj)
    return [
        {
            "label": "Join another project's network",
            "get": reverse("netnamespace-join", args=[name]),
            "disabled": refused,
        },
        change("Isolate project", "isolate"),
        change("Make project global", "global"),
        {"separator": True},
        {
            "label": "Disable multicast" if multicast else "Enable multicast",
            "post": f"{reverse('netnamespace-multicast', args=[name])}?on={'' if multicast else 1}",
            "disabled": not page.may_edit,
        },
        common.yaml_action(page),
        common.edit_yaml_action(page),
    ]


VIEW = ResourceView(
    kind=kinds.NETNAMESPACE,
    columns=(
        NAME,
        printed(kinds.NETNAMESPACE, "NETID", "NetID"),
        Col("Shares its network with"),
        Col("Egress IPs"),
        Col("Multicast"),
        CREATED,
    ),
    tabs=(
        Tab("details", "Details", "resources/netnamespaces/details.html", _details),
        common.YAML,
        common.EVENTS,
    ),
    row=_row,
    actions=_actions,
    related=(NetNamespace,),
    detail_related=(NetNamespace,),
)
