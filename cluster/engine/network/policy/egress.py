"""EgressNetworkPolicy: where the pods of a project may go outside the cluster, first match first.

Stands for `UpdateEgressNetworkPolicyRules` of openshift/sdn (table 101 in 3.11, table 100 in 4.x) and
for its `EgressDNS`. No real name server is asked: unless the caller brings a resolver, every DNS name
has one address of 198.18.0.0/15 (RFC 2544, set aside for such purposes), always the same for a name.
"""

from __future__ import annotations

import ipaddress
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from cluster.engine.network.plugins.facts import SDN
from cluster.engine.network.view import NetworkView
from cluster.engine.network.walk.model import TCP, UDP
from cluster.objects.egressnetworkpolicy import (
    ALLOW,
    EgressNetworkPolicy,
    EgressNetworkPolicyPeer,
)
from cluster.objects.meta import Key
from cluster.objects.netnamespace import GLOBAL_VNID

Resolver = Callable[[str], Sequence[str]]
EVERYWHERE: Final = ipaddress.IPv4Network("0.0.0.0/0")
CORRECTED: Final = "0.0.0.0/32"
"""Written by many for "everything", and taken so (SDN311 `ovscontroller.go`)."""
SIMULATED_OUTSIDE: Final = ipaddress.IPv4Network("198.18.0.0/15")
DNS_PORT: Final = 53


class EgressSource(Protocol):
    """The cluster as far as egress rules look at it. `NetworkView` is one."""

    def namespaces(self) -> Iterable[str]:
        """The names of all projects."""
        ...

    def vnid(self, namespace: str) -> int:
        """The VNID of a project."""
        ...

    def egress_policies_in(self, namespace: str) -> Sequence[EgressNetworkPolicy]:
        """The EgressNetworkPolicies of a project."""
        ...


@dataclass(frozen=True, slots=True)
class EgressRule:
    """A rule with its addresses, names resolved. `index` counts from 0; no address: nothing matches."""

    index: int
    allows: bool
    blocks: tuple[ipaddress.IPv4Network, ...]

    def matches(self, ip: str) -> bool:
        """Whether an address is the rule's."""
        address = ipaddress.ip_address(ip)
        return any(address in block for block in self.blocks)


@dataclass(frozen=True, slots=True)
class EgressState:
    """What a project's pods may do outside. `drops_all` says why nothing passes, "" if rules decide.

    `ignored` says why the policies that there are have no effect.
    """

    policies: tuple[Key, ...] = ()
    rules: tuple[EgressRule, ...] = ()
    drops_all: str = ""
    ignored: str = ""


@dataclass(frozen=True, slots=True)
class EgressVerdict:
    """Whether packets leave; the policy and the rule (from 0) that decided, None if none did."""

    allowed: bool
    said: str
    policy: Key | None = None
    rule: int | None = None


class EgressRules:
    """The EgressNetworkPolicies of a cluster at one moment."""

    def __init__(
        self,
        source: EgressSource,
        resolve: Resolver | None = None,
        *,
        is_enforced: bool = True,
    ) -> None:
        self._source = source
        self._resolve = resolve or simulated_addresses
        self._is_enforced = is_enforced
        self._states: dict[str, EgressState] = {}

    @classmethod
    def of(cls, view: NetworkView, resolve: Resolver | None = None) -> EgressRules:
        """The rules of a cluster: OpenShift SDN alone knows them."""
        return cls(view, resolve, is_enforced=view.plugin.family == SDN)

    def state(self, namespace: str) -> EgressState:
        """What holds for a project."""
        held = self._states.get(namespace)
        if held is None:
            held = self._states[namespace] = self._read(namespace)
        return held

    def verdict(
        self, namespace: str, ip: str, port: int = 0, protocol: str = TCP, node_ip: str = ""
    ) -> EgressVerdict:
        """Whether pods of a project reach an address outside the cluster.

        `node_ip` is the address of the pod's own node: DNS to it always passes. Traffic to pods
        and services is no business of these rules; the caller does not ask for it.
        """
        state = self.state(namespace)
        if ip == node_ip and port == DNS_PORT and protocol in (TCP, UDP):
            return EgressVerdict(True, "DNS to the pod's own node always passes.")
        if state.ignored:
            return EgressVerdict(True, state.ignored)
        if state.drops_all:
            return EgressVerdict(False, state.drops_all, state.policies[0])
        if not state.policies:
            return EgressVerdict(True, f"Project {namespace} has no EgressNetworkPolicy.")
        policy = state.policies[0]
        for rule in state.rules:
            if rule.matches(ip):
                verb = "allows" if rule.allows else "denies"
                said = f"Rule {rule.index + 1} of EgressNetworkPolicy {policy.name} {verb} {ip}."
                return EgressVerdict(rule.allows, said, policy, rule.index)
        said = f"No rule of EgressNetworkPolicy {policy.name} matches {ip}, so it passes."
        return EgressVerdict(True, said, policy)

    def _read(self, namespace: str) -> EgressState:
        vnid = self._source.vnid(namespace)
        sharing = [name for name in self._source.namespaces() if self._source.vnid(name) == vnid]
        if vnid == GLOBAL_VNID or not self._is_enforced:
            sharing = [namespace]
        policies = [each for name in sharing for each in self._source.egress_policies_in(name)]
        keys = tuple(each.metadata.key for each in policies)
        if not policies:
            return EgressState()
        if not self._is_enforced:
            said = "The network plugin does not enforce EgressNetworkPolicy."
            return EgressState(keys, ignored=said)
        shown = ", ".join(f"{key.namespace}:{key.name}" for key in keys)
        if vnid == GLOBAL_VNID:
            said = f"EgressNetworkPolicy in global network is not allowed ({shown}); ignoring"
            return EgressState(keys, ignored=said)
        if len(sharing) > 1:
            said = (
                f"EgressNetworkPolicy not allowed in shared NetNamespace ({', '.join(sharing)});"
                " dropping all traffic"
            )
            return EgressState(keys, drops_all=said)
        if len(policies) > 1:
            said = (
                f"multiple EgressNetworkPolicies in same network namespace ({shown}) is not"
                " allowed; dropping all traffic"
            )
            return EgressState(keys, drops_all=said)
        return EgressState(keys, self._rules(policies[0]))

    def _rules(self, policy: EgressNetworkPolicy) -> tuple[EgressRule, ...]:
        return tuple(
            EgressRule(index, rule.type == ALLOW, self.blocks(rule.to))
            for index, rule in enumerate(policy.spec.egress)
        )

    def blocks(self, to: EgressNetworkPolicyPeer) -> tuple[ipaddress.IPv4Network, ...]:
        """The addresses of a rule's other end, a DNS name resolved."""
        if to.cidr_selector:
            if to.cidr_selector == CORRECTED:
                return (EVERYWHERE,)
            texts: Sequence[str] = (to.cidr_selector,)
        else:
            texts = self._resolve(to.dns_name)
        return tuple(block for block in map(_network, texts) if block is not None)


def simulated_addresses(name: str) -> tuple[str, ...]:
    """The address that stands for a DNS name outside: from 198.18.0.0/15, the same for ever."""
    spread = SIMULATED_OUTSIDE.num_addresses - 2
    offset = 1 + zlib.crc32(name.rstrip(".").lower().encode()) % spread
    return (str(SIMULATED_OUTSIDE[offset]),)


def _network(text: str) -> ipaddress.IPv4Network | None:
    """IPv4 alone: the flows match nothing else."""
    try:
        return ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        return None
