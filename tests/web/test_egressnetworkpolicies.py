"""EgressNetworkPolicies in the console: the rules in order, and what spoils them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client as Browser

from cluster.objects.clusternetwork import ClusterNetwork
from cluster.objects.codec import decode
from cluster.objects.egressnetworkpolicy import EgressNetworkPolicy
from cluster.objects.netnamespace import NetNamespace
from cluster.runtime import running
from tests.web.route_cluster import DemoCluster, sign_in
from tests.web.route_forms import text_of

pytestmark = pytest.mark.django_db

LIST = "/k8s/ns/demo/egressnetworkpolicies"


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> DemoCluster:
    cluster = DemoCluster()
    network = cluster.engine.store.get(ClusterNetwork, "", "default")
    assert network is not None
    changed = replace(network, plugin_name="redhat/openshift-ovs-multitenant")
    cluster.engine.cluster.update(changed, intent=True)
    cluster.run(15)
    monkeypatch.setattr(running, "current", lambda: cluster.client)
    return cluster


@pytest.fixture
def browser(client: Browser) -> Browser:
    sign_in(client)
    return client


def make(demo: DemoCluster, name: str, *rules: dict[str, Any]) -> None:
    document = {"metadata": {"name": name, "namespace": "demo"}, "spec": {"egress": list(rules)}}
    demo.create(decode(EgressNetworkPolicy, document)[0])


def test_the_page_shows_the_rules_in_order_with_their_addresses(
    demo: DemoCluster, browser: Browser
) -> None:
    make(
        demo,
        "outside",
        {"type": "Allow", "to": {"dnsName": "www.example.com"}},
        {"type": "Deny", "to": {"cidrSelector": "0.0.0.0/0"}},
    )
    assert demo.engine.store.get(NetNamespace, "", "demo") is not None
    text = text_of(browser.get(f"{LIST}/outside"))
    (address,) = demo.client.network.egress_rules().state("demo").rules[0].blocks
    assert text.index("www.example.com") < text.index("0.0.0.0/0")
    assert str(address) in text
    assert "dropped" not in text
    assert "In effect" in text_of(browser.get(LIST))


def test_a_second_policy_is_said_to_drop_everything(demo: DemoCluster, browser: Browser) -> None:
    make(demo, "one")
    make(demo, "two")
    assert "All traffic out of the cluster is dropped" in text_of(browser.get(f"{LIST}/one"))
    assert text_of(browser.get(LIST)).count("Dropping all") == 2


def test_without_netnamespaces_the_policy_is_said_to_be_ignored(
    demo: DemoCluster, browser: Browser
) -> None:
    make(demo, "one")
    network = demo.engine.store.get(ClusterNetwork, "", "default")
    assert network is not None
    demo.engine.cluster.update(replace(network, plugin_name="flannel/vxlan"))
    text = text_of(browser.get(f"{LIST}/one"))
    assert "The network plugin does not enforce EgressNetworkPolicy." in text
