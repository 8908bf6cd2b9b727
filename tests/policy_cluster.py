"""A cluster of plain data for the policy evaluator: projects with labels, pods, policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cluster.objects.codec import decode
from cluster.objects.defaults import default_networkpolicy
from cluster.objects.meta import Key
from cluster.objects.networkpolicy import NetworkPolicy


@dataclass(frozen=True, kw_only=True)
class PlainPod:
    """A pod with its network."""

    key: Key
    ip: str
    node: str
    labels: Mapping[str, str] = field(default_factory=dict)
    on_host_network: bool = False
    named_ports: tuple[tuple[str, str, int], ...] = ()

    @property
    def namespace(self) -> str:
        return self.key.namespace

    @property
    def source_ip(self) -> str:
        return self.ip


@dataclass
class PlainCluster:
    """What a PolicySource offers. VNID 0 is project default's; the others have one each."""

    labels: dict[str, dict[str, str]]
    pods: list[PlainPod] = field(default_factory=list)
    policies: list[NetworkPolicy] = field(default_factory=list)

    def namespaces(self) -> list[str]:
        return list(self.labels)

    def namespace_labels(self, name: str) -> Mapping[str, str]:
        return self.labels.get(name, {})

    def vnid(self, namespace: str) -> int:
        return 0 if namespace == "default" else 100 + list(self.labels).index(namespace)

    def policies_in(self, namespace: str) -> Sequence[NetworkPolicy]:
        return [each for each in self.policies if each.metadata.namespace == namespace]

    def pods_in(self, namespace: str) -> Sequence[PlainPod]:
        return [each for each in self.pods if each.namespace == namespace]

    def pod(self, key: str) -> PlainPod:
        return next(each for each in self.pods if str(each.key) == key)


def policy(namespace: str, name: str, spec: dict[str, Any]) -> NetworkPolicy:
    """A policy as the API stores it: with its defaults."""
    document = {"metadata": {"namespace": namespace, "name": name}, "spec": spec}
    decoded, unknown = decode(NetworkPolicy, document)
    assert not unknown
    return default_networkpolicy(decoded)
