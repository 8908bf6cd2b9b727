"""The evaluator: compiled policies by project, asked for one connection or for a whole grid of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cluster.engine.network.policy.compiling import CompiledPolicy, compile_policy
from cluster.engine.network.policy.ends import (
    End,
    PolicyPod,
    PolicySource,
    is_pod,
    node_of,
)
from cluster.engine.network.policy.grid import Booleans, Grid
from cluster.engine.network.policy.overlay import Overlay
from cluster.engine.network.policy.parts import Rule
from cluster.engine.network.policy.projects import Projects
from cluster.engine.network.policy.reasons import (
    AT_HOME,
    ITSELF,
    NO_POLICY,
    OWN_NODE,
    UNENFORCED,
    Asked,
    said_allowed,
    said_denied,
    said_unselected,
)
from cluster.engine.network.policy.semantics import (
    KUBERNETES,
    NOT_ENFORCED,
    SDN_4,
    semantics_of,
)
from cluster.engine.network.policy.verdict import PolicyVerdict, RuleReference, Side
from cluster.engine.network.policy.volume import Volume
from cluster.engine.network.view import NetworkView
from cluster.engine.network.walk.model import TCP
from cluster.objects.meta import Key
from cluster.objects.networkpolicy import EGRESS, INGRESS, NetworkPolicy

Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Selecting:
    """The policies that isolate pods of one project with the same labels."""

    ingress: tuple[CompiledPolicy, ...]
    egress: tuple[CompiledPolicy, ...]


class PolicyIndex:
    """The NetworkPolicies of a cluster at one moment, in one dialect.

    It reads lazily: a verdict compiles the policies of the two projects that it is about. Throw it
    away when the cluster has changed; `previous` lets the next one keep what is compiled already.
    """

    def __init__(
        self, source: PolicySource, semantics: str, previous: PolicyIndex | None = None
    ) -> None:
        self.source = source
        self.semantics = semantics
        self.projects = Projects(source)
        self._volume = Volume(source, self.projects)
        self._compiled: dict[str, tuple[CompiledPolicy, ...]] = {}
        self._known: dict[Key, CompiledPolicy] = {}
        self._earlier: dict[Key, CompiledPolicy] = {}
        self._selecting: dict[tuple[str, Labels], _Selecting] = {}
        if previous is not None and previous.semantics == semantics:
            self._earlier = previous._known or previous._earlier

    @classmethod
    def of(cls, view: NetworkView, previous: PolicyIndex | None = None) -> PolicyIndex:
        """The index of the cluster as its plugin enforces policies."""
        return cls(view, semantics_of(view.plugin, view.is_modern), previous)

    @property
    def is_enforced(self) -> bool:
        """Whether policies have an effect at all."""
        return self.semantics != NOT_ENFORCED

    def policies(self, namespace: str) -> tuple[CompiledPolicy, ...]:
        """The compiled policies of a project, in order of creation."""
        held = self._compiled.get(namespace)
        if held is None:
            policies = self.source.policies_in(namespace) if self.is_enforced else ()
            held = tuple(map(self._compile, policies))
            if self.semantics == SDN_4:
                held = tuple(map(self._volume.limited, held))
            self._compiled[namespace] = held
        return held

    def with_policy(
        self, policy: NetworkPolicy | None, replacing: Key | None = None
    ) -> PolicyIndex:
        """The index as it would be with one more policy, and without the one that it replaces.

        A policy replaces the stored one of its own name. `None` takes `replacing` away.
        """
        changed = PolicyIndex(Overlay(self.source, policy, replacing), self.semantics, self)
        # Projects and pods are the same: what is known of them holds for both.
        changed.projects, changed._volume = self.projects, self._volume
        return changed

    def selected_by(self, pod: PolicyPod, direction: str) -> tuple[CompiledPolicy, ...]:
        """The policies that isolate a pod in a direction; pods on the host's network never are."""
        if pod.on_host_network:
            return ()
        labels = pod.labels
        key = (pod.namespace, frozenset(labels.items()))
        held = self._selecting.get(key)
        if held is None:
            selecting = [each for each in self.policies(pod.namespace) if each.pods.matches(labels)]
            held = self._selecting[key] = _Selecting(
                tuple(each for each in selecting if each.ingress is not None),
                tuple(each for each in selecting if each.egress is not None),
            )
        return held.ingress if direction == INGRESS else held.egress

    def verdict(
        self, source: End, destination: End, port: int, protocol: str = TCP
    ) -> PolicyVerdict:
        """Whether policies let a connection pass, and why.

        The destination is the real one: for a service, the endpoint that was chosen. Outside
        addresses are taken as the pod's node sees them.
        """
        free = self._is_free(source, destination)
        if free:
            return PolicyVerdict(True, free)
        asked = Asked(source, destination, port, protocol)
        egress = self._side(EGRESS, asked) if is_pod(source) else None
        if egress is not None and not egress.allowed:
            return PolicyVerdict(False, egress.said, egress)
        ingress = self._side(INGRESS, asked) if is_pod(destination) else None
        sides = [side for side in (ingress, egress) if side is not None and side.is_isolated]
        said = sides[0].said if sides else NO_POLICY
        allowed = ingress is None or ingress.allowed
        return PolicyVerdict(allowed, said, egress, ingress)

    def grid(
        self, sources: Sequence[End], destinations: Sequence[End], port: int, protocol: str = TCP
    ) -> Booleans:
        """`verdict(...).allowed` for all pairs at once: bool[sources, destinations]."""
        return Grid(self, sources, destinations, port, protocol).allowed()

    def matrix(self, pods: Sequence[PolicyPod], port: int, protocol: str = TCP) -> Booleans:
        """Which pods reach which: bool[from, to]."""
        return self.grid(pods, pods, port, protocol)

    def affected_pods(self, policy: NetworkPolicy) -> list[PolicyPod]:
        """The pods that a policy, stored or not, isolates in one direction or in both."""
        if not self.is_enforced:
            return []
        compiled = self._compile(policy)
        if compiled.ingress is None and compiled.egress is None:
            return []
        return [
            pod
            for pod in self.source.pods_in(policy.metadata.namespace)
            if not pod.on_host_network and compiled.pods.matches(pod.labels)
        ]

    def _compile(self, policy: NetworkPolicy) -> CompiledPolicy:
        key = policy.metadata.key
        held = self._known.get(key) or self._earlier.get(key)
        if held is None or held.policy is not policy:
            held = compile_policy(policy, self.semantics)
        self._known[key] = held
        return held

    def _is_free(self, source: End, destination: End) -> str:
        """Why no policy is asked, "" if they are: a pod and itself, a node and its own pods."""
        if not self.is_enforced:
            return UNENFORCED
        if is_pod(source) and is_pod(destination) and source.key == destination.key:
            return ITSELF
        if is_pod(destination) and node_of(source) == destination.node:
            return OWN_NODE
        if self.semantics != KUBERNETES or not is_pod(source):
            return ""
        return AT_HOME if node_of(destination) == source.node else ""

    def _side(self, direction: str, asked: Asked) -> Side:
        pod, other = asked.sides(direction)
        policies = self.selected_by(pod, direction)
        if not policies:
            return Side(direction, pod.key, (), None, said_unselected(pod, direction))
        names = tuple(each.key for each in policies)
        near: tuple[CompiledPolicy, Rule] | None = None
        for policy in policies:
            for rule in policy.rules(direction) or ():
                if not any(self.projects.admits(peer, other, direction) for peer in rule.peers):
                    continue
                if asked.is_port_of(rule.ports):
                    found = RuleReference(policy.key, direction, rule.index)
                    return Side(direction, pod.key, names, found, said_allowed(found, asked))
                near = near or (policy, rule)
        return Side(direction, pod.key, names, None, said_denied(direction, asked, policies, near))
