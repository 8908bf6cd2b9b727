"""Why a connection passes or not, in one plain sentence that names the policy to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from cluster.engine.network.policy.compiling import CompiledPolicy
from cluster.engine.network.policy.ends import End, PolicyPod, is_pod, title
from cluster.engine.network.policy.parts import Ports, Rule
from cluster.engine.network.policy.verdict import RuleReference
from cluster.objects.networkpolicy import EGRESS

ITSELF: Final = "A pod always reaches itself."
OWN_NODE: Final = "A node always reaches the pods that run on it."
AT_HOME: Final = "A pod always reaches the node that it runs on."
UNENFORCED: Final = "The network plugin does not enforce NetworkPolicy."
NO_POLICY: Final = "No NetworkPolicy selects a pod of this connection."
SHOWN = 3
"""How many policies a sentence names before it counts the others."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The connection in question. A destination's port has names only if a pod stands there."""

    source: End
    destination: End
    port: int
    protocol: str

    def sides(self, direction: str) -> tuple[PolicyPod, End]:
        """The pod whose policies are asked, and the other end."""
        ends = (self.source, self.destination)
        pod, other = ends if direction == EGRESS else ends[::-1]
        return cast(PolicyPod, pod), other

    def is_port_of(self, ports: Ports) -> bool:
        """Whether a rule's ports admit the connection's."""
        if ports.admit_number(self.port, self.protocol):
            return True
        if not ports.names or not is_pod(self.destination):
            return False
        return ports.admit_name(self.port, self.protocol, self.destination.named_ports)

    def said(self, direction: str) -> str:
        """`dev/tool on TCP 8080`: the other end and the port."""
        return f"{title(self.sides(direction)[1])} on {self.protocol} {self.port}"


def said_unselected(pod: PolicyPod, direction: str) -> str:
    """No policy speaks for the pod."""
    return f"No NetworkPolicy selects {pod.key} for {direction.lower()}."


def said_allowed(rule: RuleReference, asked: Asked) -> str:
    """The rule that lets it pass."""
    return (
        f"{rule.direction} rule {rule.index + 1} of NetworkPolicy {rule.policy.name}"
        f" allows {asked.said(rule.direction)}."
    )


def said_denied(
    direction: str,
    asked: Asked,
    policies: Sequence[CompiledPolicy],
    near: tuple[CompiledPolicy, Rule] | None,
) -> str:
    """Nothing lets it pass: the policies that isolate the pod, and the rule that comes nearest."""
    pod, _ = asked.sides(direction)
    verb = "selects" if len(policies) == 1 else "select"
    noun = "NetworkPolicy" if len(policies) == 1 else "NetworkPolicies"
    start = f"{noun} {_names(policies)} {verb} {pod.key} for {direction.lower()}"
    fallback = next((each for each in policies if each.fallback), None)
    if fallback is not None:
        return f"{start}, and {fallback.key.name} allows nothing: {fallback.fallback}."
    if near is not None:
        policy, rule = near
        return (
            f"{start}; rule {rule.index + 1} of {policy.key.name} matches"
            f" {title(asked.sides(direction)[1])}, but {_ports(rule.ports)}."
        )
    return f"{start}, and no {direction.lower()} rule allows {asked.said(direction)}."


def _names(policies: Sequence[CompiledPolicy]) -> str:
    names = [each.key.name for each in policies]
    if len(names) > SHOWN:
        names = [*names[:SHOWN], f"{len(names) - SHOWN} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _ports(ports: Ports) -> str:
    """What a rule's ports are, where they are not the connection's."""
    shown = []
    for each in ports.ranges:
        if each.is_whole:
            shown.append(f"any {each.protocol} port")
        elif each.low == each.high:
            shown.append(f"{each.protocol} {each.low}")
        else:
            shown.append(f"{each.protocol} {each.low}-{each.high}")
    shown += [f"{each.protocol} {each.name}" for each in ports.names]
    return (
        f"only on {', '.join(shown)}" if shown else "none of its ports can be read by this plugin"
    )
