"""EgressNetworkPolicy: first match wins, outside alone, and what makes OpenShift SDN drop everything."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

import pytest

from cluster.engine.network.plugins.facts import OVS_SUBNET
from cluster.engine.network.policy import EgressRules
from cluster.engine.network.policy.egress import SIMULATED_OUTSIDE, simulated_addresses
from cluster.engine.network.view import NetworkView
from cluster.objects.codec import decode
from cluster.objects.egressnetworkpolicy import EgressNetworkPolicy
from tests.running_cluster import demo_engine


class Projects:
    """VNIDs by project, and policies."""

    def __init__(self, vnids: dict[str, int], *policies: EgressNetworkPolicy) -> None:
        self.vnids = vnids
        self.policies = policies

    def namespaces(self) -> Sequence[str]:
        return list(self.vnids)

    def vnid(self, namespace: str) -> int:
        return self.vnids[namespace]

    def egress_policies_in(self, namespace: str) -> Sequence[EgressNetworkPolicy]:
        return [each for each in self.policies if each.metadata.namespace == namespace]


def policy(namespace: str, name: str, *rules: tuple[str, str]) -> EgressNetworkPolicy:
    egress: list[dict[str, Any]] = [
        {"type": verb, "to": {"cidrSelector" if "/" in to else "dnsName": to}} for verb, to in rules
    ]
    document = {"metadata": {"namespace": namespace, "name": name}, "spec": {"egress": egress}}
    return decode(EgressNetworkPolicy, document)[0]


RULES = policy(
    "shop",
    "outside",
    ("Allow", "203.0.113.0/24"),
    ("Deny", "203.0.0.0/16"),
    ("Allow", "www.example.com"),
    ("Deny", "0.0.0.0/32"),
)


@pytest.mark.parametrize(
    ("ip", "allowed", "rule"),
    [
        ("203.0.113.9", True, 0),
        ("203.0.114.9", False, 1),
        (simulated_addresses("www.example.com")[0], True, 2),
        ("8.8.8.8", False, 3),
    ],
)
def test_the_first_rule_that_matches_decides(ip: str, allowed: bool, rule: int) -> None:
    rules = EgressRules(Projects({"shop": 7, "dev": 8}, RULES))
    verdict = rules.verdict("shop", ip)
    assert (verdict.allowed, verdict.policy, verdict.rule) == (allowed, RULES.metadata.key, rule)
    assert rules.verdict("dev", ip).allowed


def test_what_no_rule_matches_passes() -> None:
    only = policy("shop", "outside", ("Deny", "203.0.113.0/24"))
    verdict = EgressRules(Projects({"shop": 7}, only)).verdict("shop", "8.8.8.8")
    assert verdict.allowed
    assert verdict.said == "No rule of EgressNetworkPolicy outside matches 8.8.8.8, so it passes."


def test_dns_to_the_own_node_always_passes() -> None:
    rules = EgressRules(Projects({"shop": 7}, policy("shop", "none", ("Deny", "0.0.0.0/0"))))
    node = "192.168.122.11"
    assert rules.verdict("shop", node, 53, "UDP", node_ip=node).allowed
    assert not rules.verdict("shop", node, 80, "TCP", node_ip=node).allowed
    assert not rules.verdict("shop", "192.168.122.12", 53, "UDP", node_ip=node).allowed


def test_two_policies_in_a_project_drop_everything() -> None:
    two = policy("shop", "one", ("Allow", "0.0.0.0/0")), policy("shop", "two")
    verdict = EgressRules(Projects({"shop": 7}, *two)).verdict("shop", "8.8.8.8")
    assert not verdict.allowed
    assert verdict.said == (
        "multiple EgressNetworkPolicies in same network namespace (shop:one, shop:two) is not"
        " allowed; dropping all traffic"
    )


def test_a_policy_in_a_shared_network_drops_everything_for_all_who_share_it() -> None:
    rules = EgressRules(
        Projects({"shop": 7, "dev": 7}, policy("shop", "one", ("Allow", "0.0.0.0/0")))
    )
    assert rules.verdict("dev", "8.8.8.8").said == (
        "EgressNetworkPolicy not allowed in shared NetNamespace (shop, dev); dropping all traffic"
    )
    assert not rules.verdict("shop", "8.8.8.8").allowed


def test_the_global_network_ignores_policies() -> None:
    deny = policy("default", "one", ("Deny", "0.0.0.0/0"))
    verdict = EgressRules(Projects({"default": 0, "shop": 0}, deny)).verdict("default", "8.8.8.8")
    assert verdict.allowed
    assert verdict.said == (
        "EgressNetworkPolicy in global network is not allowed (default:one); ignoring"
    )


def test_names_have_one_lasting_address_set_aside_for_tests() -> None:
    names = ["www.example.com", "api.example.org", "a.b.c"]
    assert simulated_addresses("WWW.example.com.") == simulated_addresses("www.example.com")
    for name in names:
        (address,) = simulated_addresses(name)
        assert ipaddress.IPv4Address(address) in SIMULATED_OUTSIDE


def test_a_resolver_of_the_caller_is_asked_instead() -> None:
    only = policy("shop", "outside", ("Deny", "www.example.com"))
    rules = EgressRules(Projects({"shop": 7}, only), lambda name: ["203.0.113.1", "203.0.113.2"])
    assert not rules.verdict("shop", "203.0.113.2").allowed
    assert rules.verdict("shop", simulated_addresses("www.example.com")[0]).allowed


def test_a_running_cluster_is_read_through_its_view() -> None:
    engine = demo_engine()
    view = NetworkView(engine.store, engine.config)
    assert view.plugin.name == OVS_SUBNET
    engine.cluster.create(policy("demo", "none", ("Deny", "0.0.0.0/0")))
    assert EgressRules.of(view).verdict("demo", "8.8.8.8").allowed
