"""NetworkPolicies as access control lists of a logical switch: which row lets a packet pass or drops it.

OVN-Kubernetes makes port groups and ACLs of them (priority 1001 to allow, 1000 to deny by default), Nuage
policy groups with ACL entries; both read policies as the Kubernetes API says.
"""

from __future__ import annotations

from collections.abc import Iterator

from cluster.engine.network.policy import PolicyIndex
from cluster.engine.network.policy.verdict import RuleReference, Side
from cluster.engine.network.view import NetworkView
from cluster.engine.network.walk.blame import POLICY
from cluster.engine.network.walk.journey import Ended, Journey
from cluster.engine.network.walk.model import DROPPED, Fix, Header
from cluster.objects.networkpolicy import EGRESS, INGRESS

ALLOW, DENY = 1001, 1000
DEFAULT_ROW = {
    INGRESS: "ls_out_acl_eval priority=0 match=(1) action=(next;)",
    EGRESS: "ls_in_acl_eval priority=0 match=(1) action=(next;)",
}
_WAYS = {INGRESS: ("to-lport", "outport", "src"), EGRESS: ("from-lport", "inport", "dst")}


def allow_row(rule: RuleReference) -> str:
    """The ACL of one rule of a policy."""
    way, port, other = _WAYS[rule.direction]
    group = f"{rule.policy.namespace}_{rule.policy.name}"
    match = f"{port} == @{group} && ip4.{other} == ${group}.{rule.path}"
    return f"{way} {ALLOW} ({match}) allow-related"


def deny_row(namespace: str, direction: str) -> str:
    """The ACL that drops what no rule allows, for the pods of a project that policies isolate."""
    way, port, _ = _WAYS[direction]
    return f"{way} {DENY} ({port} == @{namespace}_{direction.lower()}DefaultDeny) drop"


def policy_rows(view: NetworkView, index: PolicyIndex) -> Iterator[str]:
    """All ACLs that come from policies."""
    for namespace in sorted(view.namespaces()):
        for direction in (EGRESS, INGRESS):
            about = [
                each for each in index.policies(namespace) if each.rules(direction) is not None
            ]
            if about:
                yield deny_row(namespace, direction)
            for each in about:
                spec = each.policy.spec
                count = len(spec.ingress if direction == INGRESS else spec.egress)
                for number in range(count):
                    yield allow_row(RuleReference(each.key, direction, number))


def judge(
    journey: Journey, node: str, switch: str, side: Side | None, direction: str, header: Header
) -> Ended | None:
    """Note the ACL that decides in a direction; how the packet ends if it is dropped."""
    if side is None or not side.is_isolated:
        said = "No policy speaks for the pod in this direction: on."
        journey.note(node, switch, said, header, table="acl", rule=DEFAULT_ROW[direction])
        return None
    if side.rule is not None:
        journey.note(node, switch, side.said, header, table="acl", rule=allow_row(side.rule))
        return None
    row = deny_row(side.pod.namespace, direction)
    journey.note(node, switch, side.said, header, table="acl", rule=row)
    advice = "Add a rule for this connection, or make the policy select other pods."
    fixes = tuple(Fix(kind="NetworkPolicy", key=key, said=advice) for key in side.selected_by)
    return Ended(DROPPED, POLICY, f"{node} drops it: {side.said}", fixes)
