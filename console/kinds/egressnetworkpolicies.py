"""EgressNetworkPolicies: the rules in their order, the addresses of DNS names, and what spoils them."""

from __future__ import annotations

from typing import Any

from cluster.objects import kinds
from cluster.objects.clusternetwork import ClusterNetwork
from cluster.objects.egressnetworkpolicy import EgressNetworkPolicy
from cluster.objects.event import Event
from cluster.objects.kind import Object
from cluster.objects.netnamespace import NetNamespace
from cluster.objects.pod import Pod
from cluster.runtime.client import Client
from console.kinds import common
from console.kinds.base import CREATED, NAME, NAMESPACE, Col, Page, ResourceView, Tab


def _row(obj: Object, client: Client) -> dict[str, Any]:
    state = client.network.egress_rules().state(obj.metadata.namespace)
    effect = "Dropping all" if state.drops_all else "Ignored" if state.ignored else "In effect"
    return {
        "count": len(obj.spec.egress),
        "pods_count": client.count(kinds.POD, obj.metadata.namespace),
        "effect": effect,
    }


def _details(page: Page) -> dict[str, Any]:
    rules = page.client.network.egress_rules()
    state = rules.state(page.namespace)
    return {
        **common.summary(page),
        **_row(page.obj, page.client),
        "state": state,
        "rules": [
            {
                "number": number,
                "type": rule.type,
                "to": rule.to.cidr_selector or rule.to.dns_name,
                "is_name": not rule.to.cidr_selector,
                "blocks": [str(block) for block in rules.blocks(rule.to)],
            }
            for number, rule in enumerate(page.obj.spec.egress, 1)
        ],
    }


VIEW = ResourceView(
    kind=kinds.EGRESSNETWORKPOLICY,
    columns=(
        NAME,
        NAMESPACE,
        Col("Rules", lambda obj: len(obj.spec.egress)),
        Col("Effect"),
        Col("Affected pods"),
        CREATED,
    ),
    tabs=(
        Tab("details", "Details", "resources/egressnetworkpolicies/details.html", _details),
        common.YAML,
        common.EVENTS,
    ),
    row=_row,
    actions=common.plain_actions,
    related=(EgressNetworkPolicy, NetNamespace, ClusterNetwork, Pod),
    detail_related=(EgressNetworkPolicy, NetNamespace, ClusterNetwork, Pod, Event),
    create=lambda namespace: common.create_link(kinds.EGRESSNETWORKPOLICY, namespace),
)
