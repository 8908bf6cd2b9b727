"""Rules of NetworkPolicy (kubernetes `networking/validation: ValidateNetworkPolicy`)."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from cluster.objects.fields import FieldError, forbidden, invalid, required, unsupported
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
from cluster.objects.validation.container import PROTOCOLS, port_or_name_errors
from cluster.objects.validation.label_selector import validate_label_selector
from cluster.objects.validation.meta import checked, validate_meta, validate_meta_update
from cluster.objects.validation.names import dns1123_subdomain, port_number

TYPES = (EGRESS, INGRESS)
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


def validate_networkpolicy(obj: NetworkPolicy) -> list[FieldError]:
    """What is wrong with a new one."""
    return [
        *validate_meta(obj.metadata, dns1123_subdomain, namespaced=True),
        *_spec_errors(obj.spec),
    ]


def validate_networkpolicy_update(new: NetworkPolicy, old: NetworkPolicy) -> list[FieldError]:
    """What is wrong with a change."""
    return [*validate_meta_update(new.metadata, old.metadata), *validate_networkpolicy(new)]


def _spec_errors(spec: NetworkPolicySpec) -> list[FieldError]:
    return [
        *validate_label_selector(spec.pod_selector, "spec.podSelector"),
        *_rule_errors(spec.ingress, "spec.ingress", "from"),
        *_rule_errors(spec.egress, "spec.egress", "to"),
        *_type_errors(spec.policy_types),
    ]


def _rule_errors(
    rules: Sequence[NetworkPolicyIngressRule | NetworkPolicyEgressRule], path: str, peers: str
) -> list[FieldError]:
    errors: list[FieldError] = []
    for number, rule in enumerate(rules):
        for index, port in enumerate(rule.ports):
            errors += _port_errors(port, f"{path}[{number}].ports[{index}]")
        for index, peer in enumerate(rule.peers):
            errors += _peer_errors(peer, f"{path}[{number}].{peers}[{index}]")
    return errors


def _type_errors(types: tuple[str, ...]) -> list[FieldError]:
    path = "spec.policyTypes"
    if len(types) > len(TYPES):
        return [invalid(path, list(types), "may not specify more than two policyTypes")]
    return [
        unsupported(f"{path}[{index}]", each, TYPES)
        for index, each in enumerate(types)
        if each not in TYPES
    ]


def _port_errors(port: NetworkPolicyPort, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if port.protocol and port.protocol not in PROTOCOLS:
        errors.append(unsupported(f"{path}.protocol", port.protocol, PROTOCOLS))
    if port.port is not None:
        errors += port_or_name_errors(port.port, f"{path}.port")
    return [*errors, *_end_port_errors(port, f"{path}.endPort")] if port.end_port else errors


def _end_port_errors(port: NetworkPolicyPort, path: str) -> list[FieldError]:
    if port.port is None:
        return [invalid(path, port.end_port, "may not be specified when `port` is not specified")]
    if isinstance(port.port, str):
        return [invalid(path, port.end_port, "may not be specified when `port` is non-numeric")]
    errors: list[FieldError] = []
    if port.end_port < port.port:
        # The server reports the first port here, not the last one.
        errors.append(invalid(path, port.port, "must be greater than or equal to `port`"))
    return [*errors, *checked(path, port.end_port, port_number(port.end_port))]


def _peer_errors(peer: NetworkPolicyPeer, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if peer.pod_selector is not None:
        errors += validate_label_selector(peer.pod_selector, f"{path}.podSelector")
    if peer.namespace_selector is not None:
        errors += validate_label_selector(peer.namespace_selector, f"{path}.namespaceSelector")
    has_selector = peer.pod_selector is not None or peer.namespace_selector is not None
    if peer.ip_block is None:
        return errors if has_selector else [required(path, "must specify a peer")]
    errors += _block_errors(peer.ip_block, f"{path}.ipBlock")
    if has_selector:
        errors.append(forbidden(path, "may not specify both ipBlock and another peer"))
    return errors


def _block_errors(block: IPBlock, path: str) -> list[FieldError]:
    if not block.cidr:
        return [required(f"{path}.cidr")]
    whole = cidr_of(block.cidr)
    if whole is None:
        return [invalid(f"{path}.cidr", block.cidr, "not a valid CIDR")]
    errors: list[FieldError] = []
    for index, text in enumerate(block.excluded):
        part, here = cidr_of(text), f"{path}.except[{index}]"
        if part is None:
            return [*errors, invalid(here, text, "not a valid CIDR")]
        is_inside = part.version == whole.version and part.network_address in whole
        if not is_inside or whole.prefixlen >= part.prefixlen:
            errors.append(invalid(here, text, "must be a strict subset of `cidr`"))
    return errors


def cidr_of(text: str) -> IPNetwork | None:
    """The network of an `address/length` text, bits behind the mask ignored as Go's ParseCIDR does."""
    address, slash, length = text.partition("/")
    if not slash or not (length.isascii() and length.isdecimal()) or "%" in address:
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
