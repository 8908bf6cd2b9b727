"""What the NetworkPolicy form's templates draw: every control with its name, value and errors."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from cluster.objects import kinds
from cluster.objects.label_selector import DOES_NOT_EXIST, EXISTS, IN, NOT_IN
from cluster.objects.networkpolicy import NetworkPolicy
from console.forms.policy_errors import Errors
from console.forms.policy_values import (
    BLOCK,
    EQUALS,
    NAMESPACES,
    PODS,
    PODS_IN_NAMESPACES,
    PeerValues,
    PolicyValues,
    PortValues,
    Rows,
    RuleValues,
    SideValues,
)
from console.urls_for import list_url, url_of

OPERATORS = (
    (EQUALS, "equals"),
    (IN, "In"),
    (NOT_IN, "NotIn"),
    (EXISTS, "Exists"),
    (DOES_NOT_EXIST, "DoesNotExist"),
)
PROTOCOLS = ("TCP", "UDP", "SCTP")
PEER_KINDS = (
    (PODS, "Pods from the same namespace"),
    (NAMESPACES, "All pods of namespaces"),
    (PODS_IN_NAMESPACES, "Pods in namespaces"),
    (BLOCK, "IP block"),
)
SIDES = {
    "ingress": {
        "title": "Ingress",
        "about": "Add ingress rules to be applied to your selected pods. Traffic is allowed from"
        " pods if it matches at least one rule.",
        "deny": "Deny all ingress traffic",
        "govern": "Ingress: the policy is about connections that the pods take",
        "rule": "Ingress rule",
        "peers": "Allow traffic from",
        "peers_about": "Sources in this list are combined using a logical OR operation. Without a"
        " source, traffic from everywhere is allowed.",
        "peer": "source",
    },
    "egress": {
        "title": "Egress",
        "about": "Add egress rules to be applied to your selected pods. Traffic is allowed to pods"
        " if it matches at least one rule.",
        "deny": "Deny all egress traffic",
        "govern": "Egress: the policy is about connections that the pods open",
        "rule": "Egress rule",
        "peers": "Allow traffic to",
        "peers_about": "Destinations in this list are combined using a logical OR operation."
        " Without a destination, traffic to everywhere is allowed.",
        "peer": "destination",
    },
}
PORTS_ABOUT = (
    "Add ports to restrict traffic through them. If no ports are provided, your policy will make"
    " all ports accessible to traffic."
)


def form_context(
    namespace: str,
    policy: NetworkPolicy | None,
    form_url: str,
    values: PolicyValues,
    errors: Errors,
) -> dict[str, Any]:
    """All that `resources/networkpolicies/form.html` draws, the preview aside."""
    name = policy.metadata.name if policy else ""
    return {
        "ns": namespace,
        "policy": policy,
        "form_url": form_url,
        "cancel_url": url_of(policy) if policy else list_url(kinds.NETWORKPOLICY, namespace),
        "title": f"Edit NetworkPolicy {name}" if policy else "Create NetworkPolicy",
        "crumbs": _crumbs(namespace, policy),
        "import_url": f"{reverse('import', args=[namespace])}?sample=networkpolicy",
        "values": values,
        "failed": bool(errors),
        "general_errors": errors.get("", []),
        "name_errors": errors.get("name", []),
        "type_errors": errors.get("types", []),
        "selector": _rows("selector", values.selector, errors),
        "sides": [_side("ingress", values.ingress, errors), _side("egress", values.egress, errors)],
        "operators": OPERATORS,
        "protocols": PROTOCOLS,
        "peer_kinds": PEER_KINDS,
        "ports_about": PORTS_ABOUT,
    }


def _crumbs(namespace: str, policy: NetworkPolicy | None) -> list[dict[str, str]]:
    crumbs = [{"label": "NetworkPolicies", "href": list_url(kinds.NETWORKPOLICY, namespace)}]
    if policy is None:
        return [*crumbs, {"label": "Create NetworkPolicy"}]
    own = {"label": policy.metadata.name, "href": url_of(policy)}
    return [*crumbs, own, {"label": "Edit NetworkPolicy"}]


def _rows(name: str, rows: Rows, errors: Errors) -> dict[str, Any]:
    return {
        "name": name,
        "errors": errors.get(name, []),
        "rows": [
            {
                "path": f"{name}.{index}",
                "number": index + 1,
                "row": row,
                "needs_values": row.operator not in (EXISTS, DOES_NOT_EXIST),
            }
            for index, row in enumerate(rows)
        ],
    }


def _side(name: str, side: SideValues, errors: Errors) -> dict[str, Any]:
    return {
        "name": name,
        "words": SIDES[name],
        "side": side,
        "rules": [
            _rule(f"{name}.rules.{index}", index, rule, errors)
            for index, rule in enumerate(side.rules)
        ],
    }


def _rule(path: str, index: int, rule: RuleValues, errors: Errors) -> dict[str, Any]:
    return {
        "path": path,
        "number": index + 1,
        "summary": rule_summary(rule),
        "peers": [
            _peer(f"{path}.peers.{at}", at, each, errors) for at, each in enumerate(rule.peers)
        ],
        "ports": [
            _port(f"{path}.ports.{at}", at, each, errors) for at, each in enumerate(rule.ports)
        ],
    }


def rule_summary(rule: RuleValues) -> str:
    """A rule in a few words: how many peers and ports."""
    peers = f"{len(rule.peers)} peer{'s'[: len(rule.peers) != 1]}" if rule.peers else "everybody"
    ports = f"{len(rule.ports)} port{'s'[: len(rule.ports) != 1]}" if rule.ports else "all ports"
    return f"{peers}, {ports}"


def _peer(path: str, index: int, peer: PeerValues, errors: Errors) -> dict[str, Any]:
    return {
        "path": path,
        "number": index + 1,
        "peer": peer,
        "has_namespaces": peer.kind in (NAMESPACES, PODS_IN_NAMESPACES),
        "has_pods": peer.kind in (PODS, PODS_IN_NAMESPACES),
        "is_block": peer.kind == BLOCK,
        "namespaces": _rows(f"{path}.namespaces", peer.namespaces, errors),
        "pods": _rows(f"{path}.pods", peer.pods, errors),
        "errors": errors.get(f"{path}.kind", []),
        "cidr_errors": errors.get(f"{path}.cidr", []),
        "except_errors": errors.get(f"{path}.except", []),
    }


def _port(path: str, index: int, port: PortValues, errors: Errors) -> dict[str, Any]:
    found = [*errors.get(f"{path}.protocol", []), *errors.get(f"{path}.port", [])]
    return {
        "path": path,
        "number": index + 1,
        "port": port,
        "errors": [*found, *errors.get(f"{path}.end", [])],
    }
