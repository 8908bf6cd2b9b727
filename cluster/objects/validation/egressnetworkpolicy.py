"""Rules of EgressNetworkPolicy (openshift/origin `network/apis/network/validation`).

One a project and how many rules are not among them: the first is judged by the nodes, which drop all
traffic of a project with two, the second differs between releases and is the registry's.
"""

from __future__ import annotations

from cluster.objects.codec import encode
from cluster.objects.egressnetworkpolicy import (
    ALLOW,
    DENY,
    EgressNetworkPolicy,
    EgressNetworkPolicyPeer,
    EgressNetworkPolicyRule,
)
from cluster.objects.fields import FieldError, invalid
from cluster.objects.validation.meta import validate_meta, validate_meta_update
from cluster.objects.validation.names import dns1123_subdomain, path_segment
from cluster.objects.validation.networkpolicy import cidr_of
from cluster.objects.validation.networks import not_canonical


def validate_egressnetworkpolicy(obj: EgressNetworkPolicy) -> list[FieldError]:
    """What is wrong with a new one."""
    errors = validate_meta(obj.metadata, path_segment, namespaced=True)
    for index, rule in enumerate(obj.spec.egress):
        errors += _rule_errors(rule, f"spec.egress[{index}]")
    return errors


def validate_egressnetworkpolicy_update(
    new: EgressNetworkPolicy, old: EgressNetworkPolicy
) -> list[FieldError]:
    """What is wrong with a change."""
    return [*validate_meta_update(new.metadata, old.metadata), *validate_egressnetworkpolicy(new)]


def _rule_errors(rule: EgressNetworkPolicyRule, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if rule.type not in (ALLOW, DENY):
        errors.append(invalid(f"{path}.type", rule.type, "invalid policy type"))
    return [*errors, *_peer_errors(rule.to, f"{path}.to")]


def _peer_errors(to: EgressNetworkPolicyPeer, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if not to.cidr_selector and not to.dns_name:
        errors.append(invalid(path, encode(to), "must specify cidrSelector or dnsName"))
    elif to.cidr_selector and to.dns_name:
        detail = "either specify cidrSelector or dnsName but not both"
        errors.append(invalid(path, encode(to), detail))
    if to.cidr_selector:
        errors += _cidr_errors(to.cidr_selector, f"{path}.cidrSelector")
    if to.dns_name and dns1123_subdomain(to.dns_name):
        detail = "must conform to DNS 952 subdomain conventions"
        errors.append(invalid(f"{path}.dnsName", to.dns_name, detail))
    return errors


def _cidr_errors(text: str, path: str) -> list[FieldError]:
    """A network in its canonical form (SDN311 `netutils.ParseCIDRMask`)."""
    network = cidr_of(text)
    if network is None:
        return [invalid(path, text, f"invalid CIDR address: {text}")]
    address = text.partition("/")[0]
    if address == str(network.network_address):
        return []
    return [invalid(path, text, not_canonical(text, network, address))]
