"""A NetworkPolicy compiled for one dialect: what each deviates in is decided here, once for a policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cluster.engine.network.policy.parts import (
    LAST_PORT,
    Anyone,
    Peer,
    PodsOf,
    PortName,
    PortRange,
    Ports,
    Rule,
    VnidOf,
    VnidsOf,
    block_of,
)
from cluster.engine.network.policy.selectors import EVERYTHING, Selector, compile_selector
from cluster.engine.network.policy.semantics import SDN_3_11, SDN_4
from cluster.engine.network.walk.model import TCP, UDP
from cluster.objects.meta import Key
from cluster.objects.networkpolicy import (
    EGRESS,
    INGRESS,
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicyPort,
)

Rules = tuple[Rule, ...]
PeerReading = Callable[[NetworkPolicyPeer, str, str], Peer | None]


class UnsupportedPolicyError(Exception):
    """The dialect cannot express the policy: why, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """A policy in one dialect. A direction that the policy is not about is None.

    `fallback` says why the policy's rules allow nothing whatever they say, "" where they count.
    """

    policy: NetworkPolicy
    pods: Selector
    ingress: Rules | None
    egress: Rules | None
    fallback: str = ""

    @property
    def key(self) -> Key:
        """The policy's key."""
        return self.policy.metadata.key

    def rules(self, direction: str) -> Rules | None:
        """The rules of a direction; None if the policy is not about it."""
        return self.ingress if direction == INGRESS else self.egress


def compile_policy(policy: NetworkPolicy, semantics: str) -> CompiledPolicy:
    """The policy as a dialect reads it."""
    pods = compile_selector(policy.spec.pod_selector)
    namespace = policy.metadata.namespace
    types = policy.spec.policy_types
    if semantics == SDN_3_11:
        return _compile_3_11(policy, pods)
    peer = _peer_4 if semantics == SDN_4 else _peer_kubernetes
    port = _port_4 if semantics == SDN_4 else _port_kubernetes

    def read(
        rules: Sequence[NetworkPolicyIngressRule | NetworkPolicyEgressRule], direction: str
    ) -> Rules | None:
        return _rules(rules, direction, namespace, peer, port) if direction in types else None

    return CompiledPolicy(
        policy, pods, read(policy.spec.ingress, INGRESS), read(policy.spec.egress, EGRESS)
    )


def _compile_3_11(policy: NetworkPolicy, pods: Selector) -> CompiledPolicy:
    """Ingress alone; a policy with a port that it cannot read denies all to the whole project."""
    if INGRESS not in policy.spec.policy_types:
        return CompiledPolicy(policy, pods, None, None)
    namespace = policy.metadata.namespace
    try:
        rules = _rules(policy.spec.ingress, INGRESS, namespace, _peer_3_11, _port_3_11)
    except UnsupportedPolicyError as reason:
        why = f"OpenShift SDN 3.11 takes it as deny-all for the whole project, because {reason}"
        return CompiledPolicy(policy, EVERYTHING, (), None, why)
    return CompiledPolicy(policy, pods, rules, None)


def _rules(
    rules: Sequence[NetworkPolicyIngressRule | NetworkPolicyEgressRule],
    direction: str,
    namespace: str,
    peer: PeerReading,
    port: Callable[[NetworkPolicyPort], PortRange | PortName | None],
) -> Rules:
    compiled = []
    for index, rule in enumerate(rules):
        ports = _ports(rule.ports, port)
        read = (peer(each, namespace, direction) for each in rule.peers)
        peers = tuple(each for each in read if each is not None) if rule.peers else (Anyone(),)
        compiled.append(Rule(index, peers, ports))
    return tuple(compiled)


def _ports(
    ports: Iterable[NetworkPolicyPort],
    read: Callable[[NetworkPolicyPort], PortRange | PortName | None],
) -> Ports:
    compiled = [read(each) for each in ports]
    if not compiled:
        return Ports(all_of_them=True)
    return Ports(
        ranges=tuple(each for each in compiled if isinstance(each, PortRange)),
        names=tuple(each for each in compiled if isinstance(each, PortName)),
    )


# --- ports ---------------------------------------------------------------------------------------


def _port_kubernetes(port: NetworkPolicyPort) -> PortRange | PortName | None:
    protocol = port.protocol or TCP
    if port.port is None:
        return PortRange(protocol, 0, LAST_PORT)
    if isinstance(port.port, str):
        return PortName(protocol, port.port)
    return PortRange(protocol, port.port, port.end_port or port.port)


def _port_4(port: NetworkPolicyPort) -> PortRange | PortName | None:
    """A port entry with a name is left out (SDN4 `parsePortFlows`)."""
    return None if isinstance(port.port, str) else _port_kubernetes(port)


def _port_3_11(port: NetworkPolicyPort) -> PortRange | PortName | None:
    """Numbers of TCP and UDP alone (SDN311 `parseNetworkPolicy`).

    Its API knew no endPort; a policy that has one all the same is read as it is written.
    """
    protocol = port.protocol or TCP
    if protocol not in (TCP, UDP):
        raise UnsupportedPolicyError(f"it specifies the protocol {protocol}")
    if port.port is None:
        raise UnsupportedPolicyError("it has a port entry without a number")
    if isinstance(port.port, str):
        raise UnsupportedPolicyError(f'it specifies the named port "{port.port}"')
    return _port_kubernetes(port)


# --- peers ---------------------------------------------------------------------------------------


def _peer_kubernetes(peer: NetworkPolicyPeer, namespace: str, direction: str) -> Peer | None:
    """Selectors match pods, never outside addresses; blocks match any address."""
    if peer.ip_block is not None:
        return block_of(peer.ip_block.cidr, peer.ip_block.excluded)
    return _pods(peer, namespace)


def _pods(peer: NetworkPolicyPeer, namespace: str) -> PodsOf | None:
    pods = EVERYTHING if peer.pod_selector is None else compile_selector(peer.pod_selector)
    if peer.namespace_selector is not None:
        return PodsOf(None, compile_selector(peer.namespace_selector), pods)
    return None if peer.pod_selector is None else PodsOf(namespace, EVERYTHING, pods)


def _peer_4(peer: NetworkPolicyPeer, namespace: str, direction: str) -> Peer | None:
    """SDN4 `parsePeerFlows`: VNIDs say who comes in, pod addresses where it goes out to."""
    if peer.ip_block is not None:
        block = block_of(peer.ip_block.cidr, peer.ip_block.excluded)
        return block if block is not None and block.version == 4 else None
    if direction == INGRESS:
        return _by_vnid(peer, namespace) or _pods(peer, namespace)
    alone = peer.namespace_selector is not None and peer.pod_selector is None
    pods = _pods(peer, namespace)
    return Anyone() if alone and pods == PodsOf(None) else pods


def _peer_3_11(peer: NetworkPolicyPeer, namespace: str, direction: str) -> Peer | None:
    """SDN311 `parseNetworkPolicy`: blocks, and both selectors in one peer, yield nothing."""
    both = peer.namespace_selector is not None and peer.pod_selector is not None
    if both or peer.ip_block is not None:
        return None
    return _by_vnid(peer, namespace) or _pods(peer, namespace)


def _by_vnid(peer: NetworkPolicyPeer, namespace: str) -> Peer | None:
    """The peers that are told by their VNID: whole projects. An empty selector asks for nothing."""
    if peer.namespace_selector is None:
        whole = (
            peer.pod_selector is not None and not compile_selector(peer.pod_selector).requirements
        )
        return VnidOf(namespace) if whole else None
    if peer.pod_selector is not None:
        return None
    namespaces = compile_selector(peer.namespace_selector)
    return VnidsOf(namespaces) if namespaces.requirements else Anyone()
