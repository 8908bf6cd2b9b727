"""NetworkPolicies: pod selector, types, affected pods; on the page the rules in words and the pods."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from cluster.objects import kinds, label_selector
from cluster.objects.clusternetwork import ClusterNetwork
from cluster.objects.event import Event
from cluster.objects.kind import Object
from cluster.objects.namespace import Namespace
from cluster.objects.pod import Pod
from cluster.runtime.client import Client
from console.kinds import common, policy_words
from console.kinds.base import CREATED, NAME, NAMESPACE, Action, Col, Page, ResourceView, Tab


def create_link(namespace: str) -> tuple[str, str]:
    """The button of the list: the form in a project, else the YAML editor."""
    if namespace:
        return "Create NetworkPolicy", reverse("networkpolicy-new", args=[namespace])
    return common.create_link(kinds.NETWORKPOLICY, namespace)


def _row(obj: Object, client: Client) -> dict[str, Any]:
    selector = obj.spec.pod_selector
    plain = selector.match_labels if not selector.match_expressions else {}
    everything = policy_words.is_everything(selector)
    all_pods = f"All pods within {obj.metadata.namespace}"
    return {
        "selector_labels": plain,
        "selector_text": all_pods if everything else label_selector.text(selector),
        "types": ", ".join(obj.spec.policy_types),
        "affected": client.network.count_affected(obj),
    }


def _details(page: Page) -> dict[str, Any]:
    network = page.client.network
    return {
        **common.summary(page),
        **_row(page.obj, page.client),
        "enforced": network.enforces_policies,
        "plugin": network.plugin,
        "target": policy_words.target(page.obj),
        "tables": policy_words.tables(page.obj),
        "matrix_url": f"{reverse('reachability')}?level=pods&project={page.namespace}",
        "edit_url": reverse("networkpolicy-edit", args=[page.namespace, page.obj.metadata.name]),
        "may_edit": page.may_edit,
        **_pods(page),
    }


def _pods(page: Page) -> dict[str, Any]:
    pods = [site.pod for site in page.client.network.affected_pods(page.obj)]
    return common.pod_table(pods, page.client)


def _actions(page: Page) -> list[Action]:
    place = [page.namespace, page.obj.metadata.name]
    return [
        {
            "label": "Edit NetworkPolicy",
            "href": reverse("networkpolicy-edit", args=place),
            "disabled": not page.may_edit,
        },
        *common.plain_actions(page),
    ]


VIEW = ResourceView(
    kind=kinds.NETWORKPOLICY,
    columns=(
        NAME,
        NAMESPACE,
        Col("Pod selector", lambda obj: label_selector.text(obj.spec.pod_selector)),
        Col("Policy types", lambda obj: obj.spec.policy_types),
        Col("Affected pods"),
        CREATED,
    ),
    tabs=(
        Tab("details", "Details", "resources/networkpolicies/details.html", _details),
        common.YAML,
        common.EVENTS,
    ),
    row=_row,
    actions=_actions,
    related=(Pod, ClusterNetwork),
    detail_related=(Pod, Namespace, ClusterNetwork, Event),
    create=create_link,
)
