"""What the console asks about policies: part of the network port, from any thread."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from cluster.engine.network.policy import (
    NOT_ENFORCED,
    EgressRules,
    Outside,
    PolicyIndex,
    semantics_of,
)
from cluster.engine.network.view import NetworkView, PodSite
from cluster.engine.network.walk.model import TCP
from cluster.objects.label_selector import selects
from cluster.objects.meta import Key
from cluster.objects.networkpolicy import NetworkPolicy
from cluster.runtime.policy_effect import PolicyEffect, effect_of, readable


class PolicyQuestions(ABC):
    """Questions about NetworkPolicy and EgressNetworkPolicy, answered from the cluster as it is now."""

    def __init__(self) -> None:
        self._policies: tuple[NetworkView, PolicyIndex] | None = None

    @abstractmethod
    def view(self) -> NetworkView:
        """The network as it is."""

    @abstractmethod
    def sites(self, namespaces: Iterable[str]) -> list[PodSite]:
        """The pods of some projects that have their network."""

    @property
    def enforces_policies(self) -> bool:
        """Whether NetworkPolicies have an effect under the cluster's plugin."""
        view = self.view()
        return semantics_of(view.plugin, view.is_modern) != NOT_ENFORCED

    def policies(self) -> PolicyIndex:
        """The NetworkPolicies as the plugin enforces them, or as OpenShift SDN's would where it
        enforces none; the same index until the next commit, and compiled ones are kept beyond it."""
        view, held = self.view(), self._policies
        if held is None or held[0] is not view:
            previous = None if held is None else held[1]
            held = self._policies = view, readable(view, previous)
        return held[1]

    def egress_rules(self) -> EgressRules:
        """The EgressNetworkPolicies as the plugin enforces them."""
        return EgressRules.of(self.view())

    def selected_pods(self, policy: NetworkPolicy) -> list[PodSite]:
        """The pods that a policy's `podSelector` matches, by name, whatever the plugin makes of it."""
        found = self.view().pods_in(policy.metadata.namespace)
        selector = policy.spec.pod_selector
        return sorted(
            (pod for pod in found if selects(selector, pod.labels)), key=lambda pod: pod.key
        )

    def affected_pods(self, policy: NetworkPolicy) -> list[PodSite]:
        """The pods that a policy, stored or not, isolates: as `policies()` reads it, by name."""
        keys = {pod.key for pod in self.policies().affected_pods(policy)}
        return [pod for pod in self.sites([policy.metadata.namespace]) if pod.key in keys]

    def count_affected(self, policy: NetworkPolicy) -> int:
        """How many pods a policy isolates: what a long list asks of each of its rows."""
        return len(self.policies().affected_pods(policy))

    def policy_effect(
        self,
        namespace: str,
        policy: NetworkPolicy | None,
        replacing: Key | None = None,
        *,
        others: Iterable[str] = (),
        outside: Iterable[str] = (),
        port: int = 8080,
        protocol: str = TCP,
        most: int | None = None,
    ) -> PolicyEffect:
        """What saving `policy` in place of `replacing` would change for the pods of a project.

        `None` takes `replacing` away. `others` are projects whose pods are the other ends, `outside`
        addresses beyond the cluster. `most` bounds how many pods are judged on either side.
        """
        beyond: list[PodSite | Outside] = [*self.sites(others)[:most], *map(Outside, outside)]
        pods = self.sites([namespace])[:most]
        return effect_of(self.policies(), policy, replacing, pods, beyond, port, protocol)
