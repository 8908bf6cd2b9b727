"""A pod's resolv.conf, policy by policy, release by release."""

from __future__ import annotations

import pytest

from cluster.engine.network.dns.resolv import query_order, resolv_conf
from tests.unit.engine.network.dns.cluster import a_pod


def test_a_pod_of_openshift_3_asks_its_node() -> None:
    conf = resolv_conf(a_pod(), "course")
    assert conf.text == (
        "search demo.svc.cluster.local svc.cluster.local cluster.local\n"
        "nameserver 192.168.122.11\n"
        "options ndots:5\n"
    )
    assert (conf.policy, conf.ndots, conf.asks_cluster) == ("ClusterFirst", 5, True)


def test_a_pod_of_openshift_4_asks_the_service_dns_default() -> None:
    conf = resolv_conf(a_pod(), "4")
    assert conf.nameservers == ("172.30.0.10",)
    assert conf.search == ("demo.svc.cluster.local", "svc.cluster.local", "cluster.local")


def test_the_policy_default_and_the_hosts_network_take_the_nodes_file() -> None:
    for pod in (a_pod(dnsPolicy="Default"), a_pod(hostNetwork=True)):
        conf = resolv_conf(pod, "4")
        assert (conf.policy, conf.asks_cluster, conf.search) == ("Default", False, ())
        assert resolv_conf(pod, "3.11").asks_cluster  # dnsmasq on the node serves both
    asks = a_pod(hostNetwork=True, dnsPolicy="ClusterFirstWithHostNet")
    assert resolv_conf(asks, "4").nameservers == ("172.30.0.10",)


def test_the_policy_none_takes_what_the_pod_says() -> None:
    config = {
        "nameservers": ["1.1.1.1"],
        "searches": ["example.com"],
        "options": [{"name": "ndots", "value": "2"}, {"name": "edns0"}],
    }
    conf = resolv_conf(a_pod(dnsPolicy="None", dnsConfig=config), "course")
    assert conf.text == "search example.com\nnameserver 1.1.1.1\noptions ndots:2 edns0\n"
    assert (conf.ndots, conf.asks_cluster) == (2, False)
    assert resolv_conf(a_pod(dnsPolicy="None"), "course").nameservers == ()


def test_what_a_pod_adds_comes_last_and_its_options_win() -> None:
    config = {
        "searches": ["example.com", "svc.cluster.local"],
        "options": [{"name": "ndots", "value": "1"}],
    }
    conf = resolv_conf(a_pod(dnsConfig=config), "course")
    assert conf.search[-1] == "example.com"
    assert conf.options == ("ndots:1",)


def test_too_many_servers_and_domains_are_left_out_with_a_warning() -> None:
    config = {
        "nameservers": ["1.1.1.1", "1.1.1.2", "1.1.1.3"],
        "searches": [f"d{number}.example.com" for number in range(8)],
    }
    conf = resolv_conf(a_pod(dnsConfig=config), "course")
    assert len(conf.nameservers) == 3
    assert len(conf.search) == 6
    assert [each.split(" limits")[0] for each in conf.problems] == ["Nameserver", "Search Line"]
    assert conf.problems[0].endswith("line is: 192.168.122.11 1.1.1.1 1.1.1.2")
    assert len(resolv_conf(a_pod(dnsConfig=config), "4").search) == 11


def test_a_search_list_of_old_releases_has_256_characters() -> None:
    config = {"searches": ["a" * 60 + ".example.com", "b" * 60 + ".example.com", "c" * 63 + ".org"]}
    conf = resolv_conf(a_pod(dnsConfig=config), "course")
    assert len(" ".join(conf.search)) <= 256
    assert len(conf.search) == 5
    assert conf.problems


SEARCH = ("demo.svc.cluster.local", "svc.cluster.local", "cluster.local")


@pytest.mark.parametrize(
    ("name", "ndots", "first", "number"),
    [
        ("web", 5, "web.demo.svc.cluster.local.", 4),
        ("www.example.com", 5, "www.example.com.demo.svc.cluster.local.", 4),
        ("www.example.com", 2, "www.example.com.", 4),
        ("a.b.c.d.e.f", 5, "a.b.c.d.e.f.", 4),
        ("web.", 5, "web.", 1),
    ],
)
def test_dots_decide_what_is_tried_first(name: str, ndots: int, first: str, number: int) -> None:
    order = query_order(name, SEARCH, ndots)
    assert order[0] == first
    assert len(order) == number
