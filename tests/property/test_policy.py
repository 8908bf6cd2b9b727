"""For any cluster and any policies: one by one, as a grid, and naively, the verdicts are the same."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.engine.network.policy import (
    KUBERNETES,
    SDN_3_11,
    SDN_4,
    End,
    NodeEnd,
    Outside,
    PolicyIndex,
)
from cluster.objects.meta import Key
from tests.naive_policy import allows
from tests.policy_cluster import PlainCluster, PlainPod, policy

PROJECTS = ("default", "shop", "dev", "openshift-host-network")
LABELS = st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"), max_size=2)
PROTOCOLS = st.sampled_from(["TCP", "UDP", "SCTP"])
NUMBERS = st.sampled_from([80, 81, 443])


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


@st.composite
def expressions(draw: st.DrawFn) -> dict[str, Any]:
    operator = draw(st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist"]))
    found: dict[str, Any] = {"key": draw(st.sampled_from("abc")), "operator": operator}
    if operator in ("In", "NotIn"):
        found["values"] = draw(st.lists(st.sampled_from("xyz"), min_size=1, max_size=2))
    return found


SELECTORS = st.one_of(
    st.just({}),
    optional(matchLabels=LABELS, matchExpressions=st.lists(expressions(), max_size=1)),
)
BLOCKS = st.sampled_from(
    [
        {"cidr": "10.128.0.0/23"},
        {"cidr": "10.128.0.0/14", "except": ["10.129.0.0/23"]},
        {"cidr": "203.0.113.7/24"},
        {"cidr": "0.0.0.0/0", "except": ["192.168.122.0/24", "10.128.0.2/32"]},
        {"cidr": "2001:db8::/64"},
    ]
)
PEERS = st.one_of(
    st.builds(lambda each: {"podSelector": each}, SELECTORS),
    st.builds(lambda each: {"namespaceSelector": each}, SELECTORS),
    st.builds(
        lambda one, other: {"namespaceSelector": one, "podSelector": other}, SELECTORS, SELECTORS
    ),
    st.builds(lambda each: {"ipBlock": each}, BLOCKS),
)
PORTS = st.one_of(
    optional(protocol=PROTOCOLS, port=NUMBERS),
    st.builds(lambda name: {"protocol": "TCP", "port": name}, st.sampled_from(["web", "admin"])),
    st.just({"protocol": "TCP", "port": 80, "endPort": 81}),
)


def rules(peers: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    parts = {peers: st.lists(PEERS, max_size=2), "ports": st.lists(PORTS, max_size=2)}
    return st.lists(optional(**parts), max_size=2)


SPECS = st.fixed_dictionaries(
    {"podSelector": SELECTORS},
    optional={
        "policyTypes": st.sampled_from([["Ingress"], ["Egress"], ["Ingress", "Egress"]]),
        "ingress": rules("from"),
        "egress": rules("to"),
    },
)
DOCUMENTS = st.lists(
    st.fixed_dictionaries({"namespace": st.sampled_from(PROJECTS[:3]), "spec": SPECS}), max_size=5
)


@st.composite
def clusters(draw: st.DrawFn) -> PlainCluster:
    pods = [
        PlainPod(
            key=Key(draw(st.sampled_from(PROJECTS[:3])), f"pod-{number}"),
            ip=f"10.{128 + number % 2}.0.{number + 2}",
            node=f"node-{number % 3}",
            labels=draw(LABELS),
            on_host_network=draw(st.sampled_from([False, False, False, True])),
            named_ports=draw(st.sampled_from([(), (("web", "TCP", 80),), (("web", "TCP", 81),)])),
        )
        for number in range(draw(st.integers(1, 7)))
    ]
    return PlainCluster({name: draw(LABELS) for name in PROJECTS}, pods)


@settings(max_examples=400, deadline=None)
@given(
    cluster=clusters(),
    documents=DOCUMENTS,
    semantics=st.sampled_from([KUBERNETES, SDN_3_11, SDN_4]),
    port=NUMBERS,
    protocol=PROTOCOLS,
)
def test_grid_verdict_and_the_rules_read_naively_agree(
    cluster: PlainCluster,
    documents: list[dict[str, Any]],
    semantics: str,
    port: int,
    protocol: str,
) -> None:
    for number, each in enumerate(documents):
        cluster.policies.append(policy(each["namespace"], f"policy-{number}", each["spec"]))
    index = PolicyIndex(cluster, semantics)
    ends: list[End] = [
        *cluster.pods,
        NodeEnd("node-0", "192.168.122.11"),
        Outside("203.0.113.9"),
        Outside("2001:db8::9"),
    ]

    grid = index.grid(ends, ends, port, protocol)

    for row, source in enumerate(ends):
        for column, destination in enumerate(ends):
            verdict = index.verdict(source, destination, port, protocol)
            naive = allows(cluster, documents, semantics, source, destination, port, protocol)
            assert verdict.allowed is naive, (source, destination, verdict.said)
            assert bool(grid[row, column]) is naive, (source, destination)


@settings(max_examples=100, deadline=None)
@given(cluster=clusters(), documents=DOCUMENTS, spec=SPECS, name=st.sampled_from(["policy-0", "p"]))
def test_a_preview_is_what_saving_would_give(
    cluster: PlainCluster, documents: list[dict[str, Any]], spec: dict[str, Any], name: str
) -> None:
    for number, each in enumerate(documents):
        cluster.policies.append(policy(each["namespace"], f"policy-{number}", each["spec"]))
    typed = policy("shop", name, spec)
    index = PolicyIndex(cluster, KUBERNETES)
    index.matrix(cluster.pods, 80)

    preview = index.with_policy(typed).matrix(cluster.pods, 80)

    kept = [each for each in cluster.policies if each.metadata.key != typed.metadata.key]
    saved = PlainCluster(cluster.labels, cluster.pods, [*kept, typed])
    assert (preview == PolicyIndex(saved, KUBERNETES).matrix(cluster.pods, 80)).all()
