"""What a NetworkPolicy would change: who reaches the pods of its project, before and after saving it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cluster.engine.network.policy import (
    NOT_ENFORCED,
    SDN_3_11,
    SDN_4,
    Outside,
    PolicyIndex,
)
from cluster.engine.network.policy.grid import Booleans
from cluster.engine.network.view import NetworkView, PodSite
from cluster.objects.meta import Key
from cluster.objects.networkpolicy import NetworkPolicy


@dataclass(frozen=True)
class PolicyEffect:
    """Verdicts on one port, now and with the policy.

    `others` are the pods of other projects, then the outside addresses. `into_*` is
    bool[pods + others, pods], from rows to columns; `out_of_*` is bool[pods, others].
    `semantics` is the reading by which both were judged.
    """

    pods: tuple[PodSite, ...]
    others: tuple[PodSite | Outside, ...]
    into_before: Booleans
    into_after: Booleans
    out_of_before: Booleans
    out_of_after: Booleans
    semantics: str

    @property
    def changes(self) -> int:
        """How many connections between two ends pass otherwise than before."""
        into = int((self.into_before != self.into_after).sum())
        return into + int((self.out_of_before != self.out_of_after).sum())


def readable(view: NetworkView, previous: PolicyIndex | None = None) -> PolicyIndex:
    """The cluster's policies as its plugin enforces them; as OpenShift SDN's would, where it does not.

    So that a policy can be tried out before the plugin is switched.
    """
    index = PolicyIndex.of(view, previous)
    if index.semantics != NOT_ENFORCED:
        return index
    return PolicyIndex(view, SDN_4 if view.is_modern else SDN_3_11, previous)


def effect_of(
    index: PolicyIndex,
    policy: NetworkPolicy | None,
    replacing: Key | None,
    pods: Iterable[PodSite],
    others: Iterable[PodSite | Outside],
    port: int,
    protocol: str,
) -> PolicyEffect:
    """Judge the same connections twice."""
    changed = index.with_policy(policy, replacing)
    inside, beyond = tuple(pods), tuple(others)
    everyone = (*inside, *beyond)
    return PolicyEffect(
        pods=inside,
        others=beyond,
        into_before=index.grid(everyone, inside, port, protocol),
        into_after=changed.grid(everyone, inside, port, protocol),
        out_of_before=index.grid(inside, beyond, port, protocol),
        out_of_after=changed.grid(inside, beyond, port, protocol),
        semantics=index.semantics,
    )
