"""kube-proxy's chains: names, probabilities, affinity, what is rejected, and that the choice is fair."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from cluster.engine.network.iptables.evaluate import Choice, evaluate
from cluster.engine.network.iptables.listing import iptables, iptables_save
from cluster.engine.network.iptables.port_rules import probability
from cluster.engine.network.iptables.rule import HostPacket
from cluster.engine.network.iptables.tables import tables_of
from cluster.engine.network.kube_proxy import Draw, chain_name, choose_endpoint
from cluster.engine.network.walk.model import Header
from cluster.objects.meta import Key
from cluster.objects.service import ServiceStatus
from tests.network_cluster import (
    OVS_NETWORKPOLICY,
    P1,
    P2,
    P3,
    WEB,
    NetworkCluster,
    fixture,
)

KUBERNETES = Key("default", "kubernetes")


def saved(cluster: NetworkCluster, node: str = "node-a") -> list[str]:
    return iptables_save(cluster.view, node).splitlines()


@pytest.mark.parametrize(
    ("service", "protocol", "name"),
    [
        ("default/kubernetes:https", "tcp", "KUBE-SVC-NPX46M4PTMTKRN6Y"),
        ("kube-system/kube-dns:dns", "udp", "KUBE-SVC-TCOU7JCQXEZGVUNU"),
        ("kube-system/kube-dns:dns-tcp", "tcp", "KUBE-SVC-ERIFXISQEP7F7OF4"),
    ],
)
def test_names_of_chains_are_those_of_every_cluster(service: str, protocol: str, name: str) -> None:
    assert chain_name("KUBE-SVC", service, protocol) == name


@pytest.mark.parametrize(
    ("one_in", "of_3", "of_4"),
    [
        (2, "0.50000000000", "0.50000000000"),
        (3, "0.33332999982", "0.33333333349"),
        (7, "0.14286000002", "0.14285714272"),
    ],
)
def test_probabilities_are_what_the_kernel_keeps(one_in: int, of_3: str, of_4: str) -> None:
    assert probability(one_in, False) == of_3
    assert probability(one_in, True) == of_4


def test_three_endpoints_are_drawn_with_falling_odds() -> None:
    cluster = fixture()
    cluster.service(WEB, "172.30.44.5", [P1, P2, P3])
    rules = [line for line in saved(cluster) if line.startswith("-A KUBE-SVC-R3QLXARIJDVMZQ3A")]
    odds = [line.partition("--probability ")[2].partition(" ")[0] for line in rules]
    assert odds == ["0.33332999982", "0.50000000000", ""]
    assert all("-j KUBE-SEP-" in line for line in rules)


def nat(cluster: NetworkCluster, header: Header, seed: int = 0, **fields: Any) -> Header:
    packet = HostPacket(header=header, **fields)
    tables = tables_of(cluster.view, "node-a")
    run = evaluate(tables, "nat", "PREROUTING", packet, Choice(Draw(seed)))
    return run.packet.header


def test_the_choice_is_fair_and_is_that_of_choose_endpoint() -> None:
    cluster = fixture()
    cluster.service(WEB, "172.30.44.5", [P1, P2, P3])
    endpoints = ["10.128.0.5:8080", "10.128.0.6:8080", "10.129.0.7:8080"]
    header = Header(src="10.129.0.9", dst="172.30.44.5", dst_port=80)
    counts: Counter[str] = Counter()
    for seed in range(600):
        after = nat(cluster, header, seed)
        counts[after.dst] += 1
        assert f"{after.dst}:{after.dst_port}" == choose_endpoint(endpoints, seed)
    assert all(150 < count < 250 for count in counts.values())
    assert len(counts) == 3


def test_choosing_among_none_and_one() -> None:
    assert choose_endpoint([], 7) is None
    assert choose_endpoint(["only"], 7) == "only"


def test_client_ip_affinity_is_remembered_for_three_hours() -> None:
    cluster = fixture()
    cluster.service(WEB, "172.30.44.5", [P1, P2], session_affinity="ClientIP")
    lines = saved(cluster)
    remembered = [line for line in lines if "--rcheck --seconds 10800 --reap" in line]
    assert len(remembered) == 2
    assert "--mask 255.255.255.255 --rsource" in remembered[0]
    assert sum("-m recent --set --name KUBE-SEP-" in line for line in lines) == 2
    config = {"sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 60}}}
    cluster.service(WEB, "172.30.44.5", [P1], session_affinity="ClientIP", extra=config)
    assert any("--seconds 60" in line for line in saved(cluster))


def test_what_comes_from_outside_is_masqueraded() -> None:
    lines = saved(fixture())
    assert (
        "-A KUBE-SERVICES ! -s 10.128.0.0/14 -d 172.30.44.5/32 -p tcp -m comment"
        ' --comment "shop/web: cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ'
    ) in lines
    assert "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000" in lines
    assert (
        '-A KUBE-SEP-P7XP6YDZFASKNRCM -p tcp -m comment --comment "shop/web:" -m tcp -j DNAT'
        " --to-destination 10.128.0.6:8080"
    ) in lines


def test_the_name_of_an_unnamed_port_has_a_colon_only_in_3_11() -> None:
    assert any('--comment "shop/web: cluster IP"' in line for line in saved(fixture()))
    assert any('--comment "shop/web cluster IP"' in line for line in saved(fixture(modern=True)))


def test_external_and_load_balancer_addresses() -> None:
    cluster = fixture()
    cluster.service(WEB, "172.30.44.5", [P1], external_ips=("198.51.100.7",))
    status = ServiceStatus(load_balancer={"ingress": [{"ip": "198.51.100.8"}]})
    service = cluster.view.service_at("172.30.44.5")
    assert service is not None
    cluster.add(replace(service, status=status))
    lines = saved(cluster)
    assert any("-d 198.51.100.7/32" in line and "external IP" in line for line in lines)
    assert any("physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL" in line for line in lines)
    firewall = [line for line in lines if line.startswith("-A KUBE-FW-")]
    assert [line.rpartition(" ")[2] for line in firewall][::2] == [
        "KUBE-MARK-MASQ",
        "KUBE-MARK-DROP",
    ]
    header = Header(src="203.0.113.9", dst="198.51.100.8", dst_port=80)
    assert nat(cluster, header).dst == "10.128.0.5"


def test_local_traffic_policy_has_a_chain_of_local_endpoints() -> None:
    cluster = fixture()
    cluster.service(WEB, "172.30.44.5", [P3], node_port=31080, external_traffic_policy="Local")
    here, there = saved(cluster), saved(cluster, "node-b")
    assert any("has no local endpoints" in line and "KUBE-MARK-DROP" in line for line in here)
    assert any('"Balancing rule 0 for shop/web:"' in line for line in there)
    redirect = "Redirect pods trying to reach external loadbalancer VIP to clusterIP"
    assert any(redirect in line for line in here)


def test_openshift_4_takes_what_comes_from_outside_through_a_chain_of_its_own() -> None:
    cluster = fixture(modern=True)
    lines = saved(cluster)
    assert (
        '-A KUBE-NODEPORTS -p tcp -m comment --comment "shop/web" -m tcp --dport 31080'
        " -j KUBE-EXT-E3PXEPMWAWIUT6ZV"
    ) in lines
    assert any("masquerade traffic for shop/web external destinations" in line for line in lines)
    assert any('--comment "shop/web -> 10.128.0.6:8080"' in line for line in lines)
    assert "-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0" in lines
    assert not any("KUBE-MARK-DROP" in line for line in lines)
    cluster.service(WEB, "172.30.44.5", [P3], node_port=31080, external_traffic_policy="Local")
    assert any("has no local endpoints" in line and "-j DROP" in line for line in saved(cluster))
    assert any("-j KUBE-SVL-" in line for line in saved(cluster, "node-b"))


def test_without_endpoints_it_rejects_at_the_cluster_ip_and_the_node_port() -> None:
    cluster = fixture()
    cluster.service(WEB, "172.30.44.5", node_port=31080)
    lines = [line for line in saved(cluster) if "shop/web: has no endpoints" in line]
    assert [line.split()[1] for line in lines] == ["KUBE-EXTERNAL-SERVICES", "KUBE-SERVICES"]
    assert all(line.endswith("-j REJECT --reject-with icmp-port-unreachable") for line in lines)


def test_masquerading_by_plugin_and_generation() -> None:
    def chain(cluster: NetworkCluster) -> list[str]:
        return [line for line in saved(cluster) if line.startswith("-A OPENSHIFT-MASQUERADE")]

    assert len(chain(fixture())) == 1
    assert chain(fixture())[0].endswith("-j MASQUERADE")
    assert chain(fixture(OVS_NETWORKPOLICY)) == [
        '-A OPENSHIFT-MASQUERADE -s 10.128.0.0/14 -m comment --comment "masquerade pod-to-external'
        ' traffic" -j OPENSHIFT-MASQUERADE-2',
        '-A OPENSHIFT-MASQUERADE-2 -d 10.128.0.0/14 -m comment --comment "masquerade pod-to-external'
        ' traffic" -j RETURN',
        "-A OPENSHIFT-MASQUERADE-2 -j MASQUERADE",
    ]
    assert "--mark 0x4000/0x4000 -j RETURN" in chain(fixture(modern=True))[0]


def test_the_listing_is_a_whole_iptables_save() -> None:
    cluster = fixture()
    lines = saved(cluster)
    chains = iptables(cluster.view, "node-a")
    assert [line for line in lines if line.startswith("*")] == ["*nat", "*filter"]
    assert lines.count("COMMIT") == 2
    declared = {line[1:].split()[0] for line in lines if line.startswith(":")}
    assert declared == {chain.name for chain in chains}
    jumps = {rule.leads_to for chain in chains for rule in chain.rules} - {""}
    assert jumps <= declared
    assert sum(line.startswith("-A") for line in lines) == sum(len(each.rules) for each in chains)


def test_the_administrators_chain_is_there_and_empty() -> None:
    chains = {chain.name: chain for chain in iptables(fixture().view, "node-a")}
    assert chains["OPENSHIFT-ADMIN-OUTPUT-RULES"].rules == ()
    assert chains["FORWARD"].policy == "ACCEPT"
