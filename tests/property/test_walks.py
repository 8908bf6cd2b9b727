"""For any small cluster: a walk ends, its steps join, and it agrees with the plugin's rules of isolation.

And the tables' short cuts are none: what a look-up finds is what reading the whole table finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise, product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.engine.config import OPENSHIFT_3_11, OPENSHIFT_4
from cluster.engine.network.iptables.rule import HostPacket
from cluster.engine.network.iptables.tables import SHARED, tables_of
from cluster.engine.network.ovs.bridge import Bridge, bridge_of
from cluster.engine.network.ovs.fields import ARP, IP, Field, Packet, fits, number, packet
from cluster.engine.network.plugins.facts import PLUGINS as ALL_PLUGINS
from cluster.engine.network.policy import PolicyIndex
from cluster.engine.network.reachability import Reachability
from cluster.engine.network.view import NetworkView, PodSite
from cluster.engine.network.walk.dispatch import walk
from cluster.engine.network.walk.model import (
    DELIVERED,
    DROPPED,
    REFUSED,
    Connection,
    Header,
    OfPod,
    OnNode,
    Outside,
    Source,
    Step,
    ToAddress,
    ToNodePort,
    ToService,
    Walk,
)
from cluster.objects.meta import Key
from tests.network_cluster import (
    OVS_MULTITENANT,
    OVS_NETWORKPOLICY,
    OVS_SUBNET,
    NetworkCluster,
)
from tests.policy_cluster import policy
from tests.property.test_policy import PROJECTS, SPECS

PLUGINS = tuple(ALL_PLUGINS)
NODES = (
    ("node-a", "192.168.122.11", "10.128.0.0/23"),
    ("node-b", "192.168.122.12", "10.129.0.0/23"),
    ("node-c", "192.168.122.13", "10.130.0.0/23"),
)
SERVICE = Key("shop", "web")
NODE_PORT = 31080
LABELS = st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"), max_size=2)


@st.composite
def clusters(draw: st.DrawFn, plugins: Iterable[str] = PLUGINS) -> NetworkCluster:
    """Three nodes, four projects, up to six pods, a service, policies."""
    plugin = draw(st.sampled_from(list(plugins)))
    modern = draw(st.booleans())
    cluster = NetworkCluster(plugin, OPENSHIFT_4 if modern else OPENSHIFT_3_11)
    off = draw(st.sampled_from(["", "", "", "node-c"]))
    cut = draw(st.sampled_from(["", "", "", "node-a"]))
    for name, ip, subnet in NODES:
        cluster.node(name, ip, subnet, off=name == off, cut_from=cut if name == "node-b" else "")
    for place, name in enumerate(PROJECTS):
        shared = plugin == OVS_MULTITENANT and draw(st.booleans())
        vnid = 0 if name == "default" else 100 if shared else 101 + place
        cluster.project(name, vnid, labels=draw(LABELS))
    keys = _pods(draw, cluster)
    cluster.pod(Key("dev", "agent"), "node-b", "192.168.122.12", port=80, on_host=True)
    served = draw(st.lists(st.sampled_from(keys), max_size=3, unique=True))
    local = draw(st.sampled_from(["", "", "Local"]))
    cluster.service(
        SERVICE,
        "172.30.1.1",
        served,
        target=80,
        node_port=NODE_PORT,
        external_traffic_policy=local,
    )
    if ALL_PLUGINS[plugin].obeys_policies:
        for place, spec in enumerate(draw(st.lists(SPECS, max_size=3))):
            project = draw(st.sampled_from(PROJECTS))
            cluster.add(policy(project, f"policy-{place}", spec))
    return cluster


def _pods(draw: st.DrawFn, cluster: NetworkCluster) -> list[Key]:
    keys = []
    for place in range(draw(st.integers(1, 6))):
        _, _, subnet = node = draw(st.sampled_from(NODES))
        # openshift-host-network stands for the nodes' own network: no pod is ever in it.
        key = Key(draw(st.sampled_from(PROJECTS[:3])), f"pod-{place}")
        ip = f"{subnet.rpartition('.')[0]}.{5 + place}"
        cluster.pod(key, node[0], ip, port=80, labels=draw(LABELS))
        keys.append(key)
    return keys


def sites(view: NetworkView) -> list[PodSite]:
    return [site for node in view.nodes() for site in view.pods_on(node.name)]


def pairs(view: NetworkView) -> Iterator[tuple[PodSite, PodSite]]:
    agent = view.pod(Key("dev", "agent"))
    assert agent is not None
    found = [*sites(view), agent]
    return product(found, repeat=2)


def asked(view: NetworkView) -> Iterator[Connection]:
    """Questions of every kind."""
    sources: list[Source] = [OfPod(site.key) for site in sites(view)]
    sources += [OnNode("node-a"), OnNode("node-b", router=True), Outside("203.0.113.9")]
    targets: list[tuple[Any, int]] = [(OfPod(site.key), 80) for site in sites(view)[:3]]
    targets += [(OfPod(site.key), 81) for site in sites(view)[:1]]
    targets += [
        (ToService(SERVICE), 80),
        (ToService(SERVICE), 99),
        (ToNodePort("node-a"), NODE_PORT),
        (ToAddress("8.8.8.8"), 443),
        (ToAddress("10.128.1.99"), 80),
        (ToAddress("10.255.0.1"), 80),
        (ToAddress("172.30.99.99"), 80),
        (ToAddress("192.168.122.12"), 10250),
        (ToAddress("192.168.122.11"), 9999),
        (ToAddress("10.129.0.1"), 22),
        (ToAddress("10.128.0.1"), 22),
        (ToAddress("10.128.0.0"), 22),
        (ToAddress("127.0.0.1"), 80),
        (ToAddress("0.0.0.0"), 80),
        (ToAddress("255.255.255.255"), 80),
    ]
    for place, source in enumerate(sources):
        for target, port in targets:
            yield Connection(source=source, destination=target, port=port, seed=place)


@settings(max_examples=30, deadline=None)
@given(clusters())
def test_every_walk_ends_and_its_steps_join(cluster: NetworkCluster) -> None:
    view = cluster.view
    for connection in asked(view):
        walk_ = walk(view, connection)
        assert walk_.verdict in (DELIVERED, REFUSED, DROPPED)
        assert walk_.reason
        assert walk_.said
        assert walk_.reason != "loop"
        join(walk_.steps)
        join(walk_.reply)
        if walk_.verdict != DROPPED and walk_.seen_source:
            comes_back(walk_)


def join(steps: tuple[Step, ...]) -> None:
    for step, following in pairwise(steps):
        assert step.after == following.before


def comes_back(walk_: Walk) -> None:
    """The answer comes from where the client dialled, to where it dialled from."""
    sent, answer = walk_.steps[0].before, walk_.reply[-1].after
    expected = Header(
        src=sent.dst,
        dst=sent.src,
        protocol=sent.protocol,
        src_port=sent.dst_port,
        dst_port=sent.src_port,
    )
    assert answer == expected


@settings(max_examples=40, deadline=None)
@given(clusters())
def test_pods_meet_as_the_matrix_says(cluster: NetworkCluster) -> None:
    view = cluster.view
    reachability = Reachability(view)
    for one, other in pairs(view):
        connection = Connection(source=OfPod(one.key), destination=OfPod(other.key), port=80)
        walk_ = walk(view, connection)
        if one.key == other.key:
            continue
        expected = reachability.between(one, other, 80)
        assert (walk_.verdict == DELIVERED) == expected.allowed, (walk_.said, expected.said)
        # The evaluator of policies gives no slug for the reader of a walk, and a policy that keeps a
        # packet from leaving comes before a wire that is broken.
        is_policy = expected.reason == "policy" or walk_.reason == "network-policy"
        if not expected.allowed and not is_policy:
            assert walk_.reason == expected.reason


@settings(max_examples=60, deadline=None)
@given(
    clusters([OVS_NETWORKPOLICY]), st.sampled_from([80, 81, 443]), st.sampled_from(["TCP", "UDP"])
)
def test_table_80_decides_as_the_policies_say(
    cluster: NetworkCluster, port: int, protocol: str
) -> None:
    view = cluster.view
    index = PolicyIndex.of(view)
    for one, other in pairs(view):
        if one.key == other.key or not view.are_linked(one.node, other.node):
            continue
        connection = Connection(
            source=OfPod(one.key), destination=OfPod(other.key), port=port, protocol=protocol
        )
        walk_ = walk(view, connection)
        expected = index.verdict(one, other, port, protocol)
        assert (walk_.verdict != DROPPED) == expected.allowed, (walk_.said, expected.said)


@settings(max_examples=40, deadline=None)
@given(clusters([OVS_SUBNET, OVS_MULTITENANT]))
def test_only_other_networks_are_blocked_and_only_other_nodes_need_a_tunnel(
    cluster: NetworkCluster,
) -> None:
    view = cluster.view
    for one, other in product(sites(view), repeat=2):
        connection = Connection(source=OfPod(one.key), destination=OfPod(other.key), port=80)
        walk_ = walk(view, connection)
        vnids = view.vnid(one.namespace), view.vnid(other.namespace)
        is_open = vnids[0] == vnids[1] or 0 in vnids
        if view.are_linked(one.node, other.node):
            assert (walk_.reason == "other-network") == (not is_open and one.key != other.key)
            wrapped = any(step.after.vni is not None for step in walk_.steps)
            assert wrapped == (one.node != other.node)


@settings(max_examples=40, deadline=None)
@given(clusters(), st.data())
def test_a_lookup_finds_what_reading_the_table_finds(
    cluster: NetworkCluster, data: st.DataObject
) -> None:
    view = cluster.view
    bridge = bridge_of(view, data.draw(st.sampled_from(["node-a", "node-b"])))
    assert bridge is not None
    for _ in range(20):
        values = data.draw(packets(view))
        for table in bridge.numbers:
            assert bridge.lookup(table, values) == first_fit(bridge, table, values)


def first_fit(bridge: Bridge, table: int, values: Packet) -> object:
    return next((flow for flow in bridge.flows(table) if fits(flow.match, values)), None)


def packets(view: NetworkView) -> st.SearchStrategy[Packet]:
    ips = [site.ip for site in sites(view)]
    ips += ["10.128.0.1", "10.129.0.1", "10.130.0.9", "172.30.1.1", "8.8.8.8", "192.168.122.11"]
    addresses = st.sampled_from([number(ip) for ip in ips])
    vnids = st.sampled_from([0, *sorted({view.vnid(name) for name in PROJECTS}), 99])
    return st.builds(
        lambda **fields: packet(**fields),
        eth_type=st.sampled_from([IP, IP, ARP]),
        nw_proto=st.sampled_from([6, 17]),
        ct_state=st.sampled_from([0, 0x21, 0x2A]),
        in_port=st.integers(1, 12),
        nw_src=addresses,
        nw_dst=addresses,
        arp_sha=addresses,
        reg0=vnids,
        reg1=vnids,
        tun_src=st.sampled_from([number(ip) for _, ip, _ in NODES]),
        tp_dst=st.sampled_from([53, 80, 81, 443]),
    )


@settings(max_examples=40, deadline=None)
@given(clusters(), st.data())
def test_a_chain_near_a_packet_misses_no_rule(cluster: NetworkCluster, data: st.DataObject) -> None:
    view = cluster.view
    tables = tables_of(view, "node-a")
    ips = st.sampled_from(["172.30.1.1", "192.168.122.11", "10.128.0.5", "8.8.8.8"])
    for _ in range(10):
        header = Header(
            src=data.draw(ips),
            dst=data.draw(ips),
            dst_port=data.draw(st.sampled_from([80, NODE_PORT])),
        )
        asked_ = HostPacket(header=header, local=frozenset(["192.168.122.11"]))
        chains = [chain for table in ("nat", "filter") for chain in tables.chains(table)]
        for chain in chains:
            if (chain.table, chain.name) not in SHARED:
                continue
            found = tables.near(chain.table, chain.name, asked_)
            near = [rule for rule in found if rule.fits(asked_)]
            assert near == [rule for rule in chain.rules if rule.fits(asked_)]


def test_packets_carry_all_fields() -> None:
    values = packet(in_port=3, nw_src=7)
    assert (values[Field.IN_PORT], values[Field.NW_SRC], len(values)) == (3, 7, len(Field))
