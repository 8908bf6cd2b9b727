"""NetworkPolicy and EgressNetworkPolicy are refused in the API server's words."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.objects import validation
from cluster.objects.codec import decode, encode
from cluster.objects.egressnetworkpolicy import EgressNetworkPolicy
from tests.policy_cluster import policy

LABEL_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.',"
    " and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or"
    " '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)


def errors_of(spec: dict[str, Any]) -> list[str]:
    return [str(each) for each in validation.validate_networkpolicy(policy("shop", "p", spec))]


def peer(**fields: Any) -> dict[str, Any]:
    return {"podSelector": {}, "ingress": [{"from": [fields]}]}


def port(**fields: Any) -> dict[str, Any]:
    return {"podSelector": {}, "egress": [{"ports": [fields]}]}


def block(cidr: str, *excluded: str) -> dict[str, Any]:
    return peer(ipBlock={"cidr": cidr, "except": list(excluded)})


def expression(**fields: Any) -> dict[str, Any]:
    return {"podSelector": {"matchExpressions": [fields]}}


FROM, PORT = "spec.ingress[0].from[0]", "spec.egress[0].ports[0]"
EXPRESSION = "spec.podSelector.matchExpressions[0]"


@pytest.mark.parametrize(
    "spec",
    [
        {"podSelector": {}},
        peer(podSelector={}, namespaceSelector={}),
        block("10.0.0.0/8", "10.1.0.0/16"),
        block("10.1.2.3/8"),
        block("2001:db8::/32", "2001:db8:1::/48"),
        port(port=80, endPort=90),
        port(port="http", protocol="SCTP"),
        port(protocol="UDP"),
        expression(key="app", operator="In", values=["", "web"]),
        {"podSelector": {}, "policyTypes": ["Egress", "Ingress"]},
    ],
)
def test_a_good_policy_is_accepted(spec: dict[str, Any]) -> None:
    assert errors_of(spec) == []


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        (peer(), f"{FROM}: Required value: must specify a peer"),
        (
            peer(podSelector={}, ipBlock={"cidr": "10.0.0.0/8"}),
            f"{FROM}: Forbidden: may not specify both ipBlock and another peer",
        ),
        (block(""), f"{FROM}.ipBlock.cidr: Required value"),
        (
            block("10.0.0.0"),
            f'{FROM}.ipBlock.cidr: Invalid value: "10.0.0.0": not a valid CIDR',
        ),
        (
            block("10.0.0.0/255.0.0.0"),
            f'{FROM}.ipBlock.cidr: Invalid value: "10.0.0.0/255.0.0.0": not a valid CIDR',
        ),
        (
            block("10.0.0.0/8", "10.1.0.0"),
            f'{FROM}.ipBlock.except[0]: Invalid value: "10.1.0.0": not a valid CIDR',
        ),
        (
            block("10.0.0.0/8", "10.0.0.0/8"),
            f'{FROM}.ipBlock.except[0]: Invalid value: "10.0.0.0/8":'
            " must be a strict subset of `cidr`",
        ),
        (
            block("10.0.0.0/8", "10.1.0.0/16", "11.0.0.0/16"),
            f'{FROM}.ipBlock.except[1]: Invalid value: "11.0.0.0/16":'
            " must be a strict subset of `cidr`",
        ),
        (port(port=0), f"{PORT}.port: Invalid value: 0: must be between 1 and 65535, inclusive"),
        (
            port(port="web_1"),
            f'{PORT}.port: Invalid value: "web_1":'
            " must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
        ),
        (
            port(port=80, protocol="ICMP"),
            f'{PORT}.protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
        ),
        (
            port(port=80, endPort=70),
            f"{PORT}.endPort: Invalid value: 80: must be greater than or equal to `port`",
        ),
        (
            port(port=80, endPort=70000),
            f"{PORT}.endPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
        ),
        (
            port(port="http", endPort=90),
            f"{PORT}.endPort: Invalid value: 90: may not be specified when `port` is non-numeric",
        ),
        (
            port(endPort=90),
            f"{PORT}.endPort: Invalid value: 90: may not be specified when `port` is not specified",
        ),
        (
            {"podSelector": {}, "policyTypes": ["Inbound"]},
            'spec.policyTypes[0]: Unsupported value: "Inbound":'
            ' supported values: "Egress", "Ingress"',
        ),
        (
            {"podSelector": {}, "policyTypes": ["Egress", "Ingress", "Egress"]},
            'spec.policyTypes: Invalid value: ["Egress","Ingress","Egress"]:'
            " may not specify more than two policyTypes",
        ),
        (
            {"podSelector": {"matchLabels": {"app": "-web"}}},
            f'spec.podSelector.matchLabels: Invalid value: "-web": {LABEL_RULE}',
        ),
        (
            expression(key="app", operator="In"),
            f"{EXPRESSION}.values: Required value:"
            " must be specified when `operator` is 'In' or 'NotIn'",
        ),
        (
            expression(key="app", operator="Exists", values=["x"]),
            f"{EXPRESSION}.values: Forbidden:"
            " may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        ),
        (
            expression(key="app", operator="Equals", values=["x"]),
            f'{EXPRESSION}.operator: Invalid value: "Equals": not a valid selector operator',
        ),
        (
            expression(key="app", operator="NotIn", values=["x", "y!"]),
            f'{EXPRESSION}.values[1]: Invalid value: "y!": {LABEL_RULE}',
        ),
        (
            peer(namespaceSelector={"matchExpressions": [{"key": "a", "operator": "In"}]}),
            f"{FROM}.namespaceSelector.matchExpressions[0].values: Required value:"
            " must be specified when `operator` is 'In' or 'NotIn'",
        ),
    ],
)
def test_a_bad_policy_is_refused_at_its_field(spec: dict[str, Any], error: str) -> None:
    assert errors_of(spec) == [error]


def test_a_change_is_checked_as_a_new_one() -> None:
    old, new = policy("shop", "p", {"podSelector": {}}), policy("shop", "p", peer())
    assert len(validation.validate_networkpolicy_update(new, old)) == 1
    assert validation.validate_networkpolicy_update(old, new) == []


def egress_errors(*rules: dict[str, Any]) -> list[str]:
    document = {"metadata": {"name": "p", "namespace": "shop"}, "spec": {"egress": list(rules)}}
    obj, unknown = decode(EgressNetworkPolicy, document)
    assert not unknown
    return [str(each) for each in validation.validate_egressnetworkpolicy(obj)]


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        (
            {"type": "Reject", "to": {"cidrSelector": "1.2.3.0/24"}},
            'spec.egress[0].type: Invalid value: "Reject": invalid policy type',
        ),
        (
            {"type": "Deny", "to": {}},
            "spec.egress[0].to: Invalid value: {}: must specify cidrSelector or dnsName",
        ),
        (
            {"type": "Deny", "to": {"cidrSelector": "1.2.3.0/24", "dnsName": "a.example.com"}},
            'spec.egress[0].to: Invalid value: {"cidrSelector":"1.2.3.0/24",'
            '"dnsName":"a.example.com"}: either specify cidrSelector or dnsName but not both',
        ),
        (
            {"type": "Deny", "to": {"cidrSelector": "1.2.3.4"}},
            'spec.egress[0].to.cidrSelector: Invalid value: "1.2.3.4":'
            " invalid CIDR address: 1.2.3.4",
        ),
        (
            {"type": "Deny", "to": {"cidrSelector": "1.2.3.4/24"}},
            'spec.egress[0].to.cidrSelector: Invalid value: "1.2.3.4/24": CIDR network'
            ' specification "1.2.3.4/24" is not in canonical form'
            " (should be 1.2.3.0/24 or 1.2.3.4/32?)",
        ),
        (
            {"type": "Allow", "to": {"dnsName": "*.example.com"}},
            'spec.egress[0].to.dnsName: Invalid value: "*.example.com":'
            " must conform to DNS 952 subdomain conventions",
        ),
    ],
)
def test_a_bad_egress_rule_is_refused_at_its_field(rule: dict[str, Any], error: str) -> None:
    good = {"type": "Allow", "to": {"dnsName": "www.example.com"}}
    assert egress_errors(rule, good) == [error]


def test_an_empty_selector_is_written_and_read_again() -> None:
    spec = {**peer(podSelector={}, namespaceSelector={}), "policyTypes": ["Ingress"]}
    obj = policy("shop", "p", spec)
    assert encode(obj.spec) == spec
    assert policy("shop", "p", encode(obj.spec)) == obj
