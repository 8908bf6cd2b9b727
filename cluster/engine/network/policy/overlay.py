"""A cluster with one policy more, less or other than it has: what a preview evaluates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cluster.engine.network.policy.ends import PolicyPod, PolicySource
from cluster.objects.meta import Key
from cluster.objects.networkpolicy import NetworkPolicy


class Overlay:
    """A policy source in which `policy` takes the place of `replacing` or of its namesake."""

    def __init__(
        self, below: PolicySource, policy: NetworkPolicy | None, replacing: Key | None
    ) -> None:
        self._below = below
        self._policy = policy
        own = None if policy is None else policy.metadata.key
        self._hidden = {key for key in (own, replacing) if key is not None}

    def namespaces(self) -> Iterable[str]:
        """The names of all projects."""
        return self._below.namespaces()

    def namespace_labels(self, name: str) -> Mapping[str, str]:
        """The labels of a project."""
        return self._below.namespace_labels(name)

    def vnid(self, namespace: str) -> int:
        """The VNID of a project."""
        return self._below.vnid(namespace)

    def pods_in(self, namespace: str) -> Sequence[PolicyPod]:
        """The pods of a project."""
        return self._below.pods_in(namespace)

    def policies_in(self, namespace: str) -> Sequence[NetworkPolicy]:
        """The policies of a project, the one in question in its place."""
        policies = self._below.policies_in(namespace)
        kept = [each for each in policies if each.metadata.key not in self._hidden]
        if self._policy is not None and self._policy.metadata.namespace == namespace:
            kept.append(self._policy)
        return kept
