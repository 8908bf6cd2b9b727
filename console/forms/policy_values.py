"""A NetworkPolicy as the form's fields show it, and back: what the form shows unchanged stays as it is
stored, rules that deny-all hides included as long as the form is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cluster.objects.label_selector import (
    DOES_NOT_EXIST,
    EXISTS,
    LabelSelector,
    LabelSelectorRequirement,
)
from cluster.objects.meta import EMPTY, ObjectMeta
from cluster.objects.networkpolicy import (
    EGRESS,
    INGRESS,
    IPBlock,
    NetworkPolicy,
    NetworkPolicyEgressRule,
    NetworkPolicyIngressRule,
    NetworkPolicyPeer,
    NetworkPolicyPort,
    NetworkPolicySpec,
)

EQUALS = "Equals"
"""The operator of a `matchLabels` pair; the API has no such word."""
PODS, NAMESPACES, PODS_IN_NAMESPACES, BLOCK = "pods", "namespaces", "namespaced-pods", "block"
EMPTY_VALUE = '""'
"""How an empty value is written among others."""

Tree = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRow:
    """A condition on a label as typed. `values` are parted by commas; an Equals takes them whole."""

    key: str = ""
    operator: str = EQUALS
    values: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed."""
        return not self.key and not self.values and self.operator == EQUALS

    @property
    def parts(self) -> tuple[str, ...]:
        """The values of an expression."""
        if self.operator in (EXISTS, DOES_NOT_EXIST):
            return ()
        texts = [each.strip() for each in self.values.split(",")]
        return tuple("" if each == EMPTY_VALUE else each for each in texts if each)


Rows = tuple[LabelRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerValues:
    """A source or destination. What another kind of peer would need stays typed."""

    kind: str = PODS
    pods: Rows = ()
    namespaces: Rows = ()
    cidr: str = ""
    excluded: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortValues:
    """A port as typed: a number, a name, or nothing for all ports of the protocol."""

    protocol: str = "TCP"
    port: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleValues:
    """A rule: no peers means everybody, no ports all ports."""

    peers: tuple[PeerValues, ...] = ()
    ports: tuple[PortValues, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SideValues:
    """One direction: whether the policy is about it, and whether it denies all."""

    is_governed: bool = False
    denies_all: bool = False
    rules: tuple[RuleValues, ...] = ()

    @property
    def used(self) -> tuple[RuleValues, ...]:
        """The rules that are saved."""
        return () if self.denies_all else self.rules


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyValues:
    """All fields of the form."""

    name: str = ""
    selector: Rows = ()
    ingress: SideValues = SideValues(is_governed=True)
    egress: SideValues = SideValues()


# --- from a policy, from a posted form -------------------------------------------------------------


def shown(policy: NetworkPolicy) -> PolicyValues:
    """What the form shows of a policy."""
    spec = policy.spec
    types = spec.policy_types
    return PolicyValues(
        name=policy.metadata.name,
        selector=_rows(spec.pod_selector),
        ingress=_side(spec.ingress, INGRESS in types),
        egress=_side(spec.egress, EGRESS in types),
    )


def _side(
    rules: tuple[NetworkPolicyIngressRule, ...] | tuple[NetworkPolicyEgressRule, ...],
    is_governed: bool,
) -> SideValues:
    read = tuple(
        RuleValues(peers=tuple(map(_peer, rule.peers)), ports=tuple(map(_port, rule.ports)))
        for rule in rules
    )
    return SideValues(is_governed=is_governed, denies_all=is_governed and not read, rules=read)


def _peer(peer: NetworkPolicyPeer) -> PeerValues:
    if peer.ip_block is not None:
        block = peer.ip_block
        return PeerValues(kind=BLOCK, cidr=block.cidr, excluded=", ".join(block.excluded))
    if peer.namespace_selector is None:
        return PeerValues(kind=PODS, pods=_rows(peer.pod_selector or LabelSelector()))
    return PeerValues(
        kind=NAMESPACES if peer.pod_selector is None else PODS_IN_NAMESPACES,
        namespaces=_rows(peer.namespace_selector),
        pods=_rows(peer.pod_selector or LabelSelector()),
    )


def _port(port: NetworkPolicyPort) -> PortValues:
    return PortValues(
        protocol=port.protocol or "TCP",
        port="" if port.port is None else str(port.port),
        end=str(port.end_port) if port.end_port else "",
    )


def _rows(selector: LabelSelector) -> Rows:
    pairs = [LabelRow(key=key, values=value) for key, value in selector.match_labels.items()]
    expressions = [
        LabelRow(
            key=each.key,
            operator=each.operator,
            values=", ".join(value or EMPTY_VALUE for value in each.values),
        )
        for each in selector.match_expressions
    ]
    return (*pairs, *expressions)


def values_of(tree: Tree, name: str = "") -> PolicyValues:
    """The fields of a posted form as a tree; `name` is the stored policy's."""
    return PolicyValues(
        name=name or str(tree.get("name", "")).strip(),
        selector=_typed_rows(tree.get("selector", ())),
        ingress=_typed_side(tree.get("ingress", EMPTY)),
        egress=_typed_side(tree.get("egress", EMPTY)),
    )


def _typed_side(tree: Tree) -> SideValues:
    return SideValues(
        is_governed="governed" in tree,
        denies_all="deny" in tree,
        rules=tuple(
            RuleValues(
                peers=tuple(map(_typed_peer, rule.get("peers", ()))),
                ports=tuple(map(_typed_port, rule.get("ports", ()))),
            )
            for rule in tree.get("rules", ())
        ),
    )


def _typed_peer(tree: Tree) -> PeerValues:
    return PeerValues(
        kind=_text(tree, "kind", PODS),
        pods=_typed_rows(tree.get("pods", ())),
        namespaces=_typed_rows(tree.get("namespaces", ())),
        cidr=_text(tree, "cidr"),
        excluded=_text(tree, "except"),
    )


def _typed_port(tree: Tree) -> PortValues:
    return PortValues(
        protocol=_text(tree, "protocol", "TCP"), port=_text(tree, "port"), end=_text(tree, "end")
    )


def _typed_rows(rows: Any) -> Rows:
    return tuple(
        LabelRow(
            key=_text(row, "key"), operator=_text(row, "op", EQUALS), values=_text(row, "values")
        )
        for row in rows
    )


def _text(tree: Tree, name: str, default: str = "") -> str:
    return str(tree.get(name, default)).strip()


# --- back to a policy --------------------------------------------------------------------------------


def policy_of(values: PolicyValues, old: NetworkPolicy | None, namespace: str) -> NetworkPolicy:
    """The policy that the fields describe; of a stored one everything else stays."""
    types = [INGRESS] if values.ingress.is_governed else []
    types += [EGRESS] if values.egress.is_governed else []
    spec = NetworkPolicySpec(
        pod_selector=selector_of(values.selector),
        ingress=tuple(
            NetworkPolicyIngressRule(peers=_peers(rule), ports=_ports(rule))
            for rule in values.ingress.used
        ),
        egress=tuple(
            NetworkPolicyEgressRule(peers=_peers(rule), ports=_ports(rule))
            for rule in values.egress.used
        ),
        policy_types=tuple(types),
    )
    if old is not None:
        same_types = set(old.spec.policy_types) == set(types)
        kept = old.spec.policy_types if same_types else spec.policy_types
        return replace(old, spec=replace(spec, policy_types=kept))
    return NetworkPolicy(metadata=ObjectMeta(name=values.name, namespace=namespace), spec=spec)


def selector_of(rows: Rows) -> LabelSelector:
    """The selector that some rows describe; blank rows say nothing."""
    used = [row for row in rows if not row.is_blank]
    return LabelSelector(
        match_labels={row.key: row.values for row in used if row.operator == EQUALS} or EMPTY,
        match_expressions=tuple(
            LabelSelectorRequirement(key=row.key, operator=row.operator, values=row.parts)
            for row in used
            if row.operator != EQUALS
        ),
    )


def _peers(rule: RuleValues) -> tuple[NetworkPolicyPeer, ...]:
    return tuple(map(_peer_of, rule.peers))


def _peer_of(values: PeerValues) -> NetworkPolicyPeer:
    if values.kind == BLOCK:
        excluded = tuple(each.strip() for each in values.excluded.split(",") if each.strip())
        return NetworkPolicyPeer(ip_block=IPBlock(cidr=values.cidr, excluded=excluded))
    return NetworkPolicyPeer(
        pod_selector=None if values.kind == NAMESPACES else selector_of(values.pods),
        namespace_selector=None if values.kind == PODS else selector_of(values.namespaces),
    )


def _ports(rule: RuleValues) -> tuple[NetworkPolicyPort, ...]:
    return tuple(
        NetworkPolicyPort(
            protocol=each.protocol, port=_number_or_name(each.port), end_port=whole(each.end) or 0
        )
        for each in rule.ports
    )


def _number_or_name(text: str) -> int | str | None:
    if not text:
        return None
    number = whole(text)
    return text if number is None else number


def whole(text: str) -> int | None:
    """A whole number of at most six digits, or None."""
    digits = text.removeprefix("-")
    is_number = digits.isascii() and digits.isdecimal() and len(digits) <= 6
    return int(text) if is_number else None
