"""The client's part for names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cluster.objects import kinds
from cluster.runtime.client import Client
from cluster.runtime.dns import DnsAddress, Question
from tests.running_cluster import KUBEADMIN, SETTLED, demo_engine, running


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """The demo cluster, settled."""
    with running(demo_engine()) as made:
        made.advance(KUBEADMIN, SETTLED)
        yield made


def test_a_pod_of_the_demo_finds_its_service_and_not_its_neighbour(client: Client) -> None:
    one, other = client.list(kinds.POD, "demo")[:2]
    service = client.list(kinds.SERVICE, "demo")[0]
    found = client.dns.look_up(one, service.metadata.name)
    assert found.lookup.addresses == (service.spec.cluster_ip,)
    assert found.why is None
    assert [each.key.rpartition("/")[0] for each in found.keys] == [
        f"/skydns/local/cluster/svc/demo/{service.metadata.name}"
    ]
    pod = client.dns.look_up(one, other.metadata.name)
    assert pod.why is not None
    assert "names of pods do not resolve" in pod.why.reason
    assert any(each.name.endswith(".demo.pod.cluster.local") for each in pod.why.use)
    assert pod.keys == ()


def test_a_pods_resolv_conf_names_its_node(client: Client) -> None:
    pod = client.list(kinds.POD, "demo")[0]
    assert client.dns.resolv_conf(pod).nameservers == (pod.status.host_ip,)


def test_the_masters_service_has_its_name(client: Client) -> None:
    answer = client.dns.resolver().answer(Question("openshift.default.svc.cluster.local"))
    assert answer.addresses == ("172.30.0.1",)


def test_where_dns_listens_is_announced(client: Client) -> None:
    assert client.dns.address() is None
    client.dns.announce(DnsAddress("127.0.0.1", 8053))
    assert client.dns.address() == DnsAddress("127.0.0.1", 8053)
    client.dns.announce(None)
    assert client.dns.address() is None
