"""The network tells one story: walk, matrix, evaluator, DNS and kube-proxy's choice agree for any cluster.

What is held against what: the walk runs through flows, chains and ACLs; the matrix and the pairs say the
rules once more without tables; the evaluator reads policies as the API or the plugin does; services are
judged naively (`tests/naive_network.py`). Each disagreement that was found stays below as an example.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.engine.network.dns import Question, resolver_for
from cluster.engine.network.kube_proxy import (
    affinity_seed,
    choose_endpoint,
    targets,
)
from cluster.engine.network.plugins.facts import (
    CONTIV,
    NUAGE,
    NUAGE_FAMILY,
    OVN_KUBERNETES,
    OVS_MULTITENANT,
    OVS_NETWORKPOLICY,
    OVS_SUBNET,
    PLUGINS,
)
from cluster.engine.network.policy import PolicyIndex
from cluster.engine.network.policy.egress import simulated_addresses
from cluster.engine.network.reachability import Reachability
from cluster.engine.network.view import NetworkView, NodeSite, PodSite
from cluster.engine.network.walk.dispatch import WALKERS, walk
from cluster.engine.network.walk.model import (
    DELIVERED,
    DROPPED,
    REFUSED,
    TCP,
    Connection,
    OfPod,
    OnNode,
    Outside,
    ToAddress,
    ToNodePort,
    ToService,
    Walk,
)
from cluster.engine.network.walk.sockets import listener_on_node, listener_on_pod
from cluster.engine.traffic.calls.attempt import Attempt, Attempts
from cluster.engine.traffic.calls.outcome import HTTP_ERROR, NAME_ERROR, NO_ROUTE, OK, TIMEOUT
from cluster.engine.traffic.calls.outcome import REFUSED as REFUSED_CALL
from cluster.objects.calls import HTTP, CallTarget
from cluster.objects.service import HEADLESS, Service, ServicePort, affinity_seconds
from tests.naive_network import (
    admits,
    choices_at_node_port,
    comes_by_node_port,
    comes_by_service,
    is_on,
    may_leave,
    may_use,
    someone_listens,
    towards_pods,
)
from tests.property.network_strategies import (
    Front,
    Machine,
    Project,
    Sketch,
    Workload,
    sketches,
    stored,
)

WALKED = tuple(name for name, plugin in PLUGINS.items() if plugin.family in WALKERS)
QUESTIONS = st.tuples(
    st.sampled_from([80, 81, 443]), st.sampled_from(["TCP", "TCP", "UDP", "SCTP"])
)
OUTSIDE = "203.0.113.9"

quickly = settings(max_examples=40, deadline=None, print_blob=True)
thoroughly = settings(max_examples=400, deadline=None, print_blob=True)


def pods_of(view: NetworkView) -> list[PodSite]:
    """All pods with their network, those on the hosts' too."""
    return [site for name in view.namespaces() for site in view.pods_in(name)]


def listener(view: NetworkView, site: PodSite, port: int, protocol: str) -> str:
    if site.on_host_network:
        return listener_on_node(view, site.node, port, protocol)
    return listener_on_pod(site, port)


def expected(arrives: bool, listens: bool) -> str:
    """The verdict for a packet that arrives, or does not, where something listens, or not."""
    if not arrives:
        return DROPPED
    return DELIVERED if listens else REFUSED


# --- pods ------------------------------------------------------------------------------------------------


def pods_agree(sketch: Sketch, port: int, protocol: str) -> None:
    """Walk, matrix, pair and policies say the same of every pair of pods."""
    view = stored(sketch).view
    pods = pods_of(view)
    reachability, policies = Reachability(view), PolicyIndex.of(view)
    matrix = reachability.matrix(pods, port, protocol)
    assert matrix.shape == (len(pods), len(pods))
    for row, one in enumerate(pods):
        for column, other in enumerate(pods):
            pair = reachability.between(one, other, port, protocol)
            about = f"{one.key} → {other.key} {protocol} {port}: {pair.said}"
            assert bool(matrix[row, column]) == pair.allowed, about
            if pair.allowed:
                assert policies.verdict(one, other, port, protocol).allowed, about
            if view.plugin.family in WALKERS:
                connection = Connection(
                    source=OfPod(one.key),
                    destination=OfPod(other.key),
                    port=port,
                    protocol=protocol,
                )
                walked = walk(view, connection)
                heard = bool(listener(view, other, port, protocol))
                assert walked.verdict == expected(pair.allowed, heard), (about, walked.said)
                reasons_agree(walked, pair.reason)


def reasons_agree(walked: Walk, reason: str) -> None:
    """A broken wire and a foreign network have one name everywhere."""
    if walked.verdict == DROPPED and walked.reason in ("machine-off", "no-link", "other-network"):
        assert walked.reason == reason, walked.said


@quickly
@given(sketches(), QUESTIONS)
def test_pods_meet_as_matrix_pair_and_policies_say(
    sketch: Sketch, question: tuple[int, str]
) -> None:
    pods_agree(sketch, *question)


# --- services --------------------------------------------------------------------------------------------


def ports_of(view: NetworkView) -> Iterator[tuple[Service, ServicePort]]:
    for service in view.objects.list(Service):
        for port in service.spec.ports:
            yield service, port


def services_agree(sketch: Sketch, seed: int) -> None:
    """Every pod's connection to every service's port ends as the rules for its endpoints say."""
    view = stored(sketch).view
    for service, port in ports_of(view):
        for source in pods_of(view):
            if service.spec.cluster_ip == HEADLESS:
                headless_agrees(view, source, service, port, seed)
            else:
                endpoints_agree(view, source, service, port)
                choice_agrees(view, source, service, port, seed)


def endpoints_agree(
    view: NetworkView, source: PodSite, service: Service, port: ServicePort
) -> None:
    for target in targets(view, service, port):
        walked = walk(view, to_service(source, service, port, str(target)))
        arrives = comes_by_service(view, source, service, target, port.protocol)
        listens = someone_listens(view, target, port.protocol)
        about = f"{source.key} → {service.metadata.key}:{port.port} → {target}: {walked.said}"
        assert walked.verdict == expected(arrives, listens), about
        if walked.verdict != DROPPED:
            assert walked.endpoint == str(target), about


def choice_agrees(
    view: NetworkView, source: PodSite, service: Service, port: ServicePort, seed: int
) -> None:
    found = targets(view, service, port)
    walked = walk(view, to_service(source, service, port, seed=seed))
    about = f"{source.key} → {service.metadata.key}:{port.port}: {walked.said}"
    if not found:
        refused = is_on(view, source.node) and may_use(view, source, service)
        assert walked.verdict == (REFUSED if refused else DROPPED), about
        return
    client = walked.steps[0].before.src if walked.steps else ""
    chosen = choose_endpoint(found, affinity_seed(client) if affinity_seconds(service) else seed)
    arrives = comes_by_service(view, source, service, chosen, port.protocol) if chosen else False
    listens = chosen is not None and someone_listens(view, chosen, port.protocol)
    assert walked.verdict == expected(arrives, listens), about
    if walked.verdict != DROPPED:
        assert walked.endpoint == str(chosen), about


def headless_agrees(
    view: NetworkView, source: PodSite, service: Service, port: ServicePort, seed: int
) -> None:
    """A headless service's name is its endpoints' addresses; nobody translates the port."""
    walked = walk(view, to_service(source, service, port, seed=seed))
    found = resolved(view, service)
    about = f"{source.key} → {service.metadata.key}:{port.port}: {walked.said}"
    if not found:
        assert (walked.verdict, walked.reason) == (REFUSED, "no-endpoints"), about
        return
    if not is_on(view, source.node):
        assert walked.verdict == DROPPED, about
        return
    dialled = walked.steps[0].before.dst
    assert dialled in found, about
    sites = [each for each in pods_of(view) if each.ip == dialled]
    if not sites:
        assert walked.reason == "left-cluster", about
        return
    assert walked.verdict in {
        expected(
            Reachability(view).between(source, site, port.port, port.protocol).allowed,
            bool(listener(view, site, port.port, port.protocol)),
        )
        for site in sites
    }, about


def to_service(
    source: PodSite, service: Service, port: ServicePort, endpoint: str = "", seed: int = 0
) -> Connection:
    return Connection(
        source=OfPod(source.key),
        destination=ToService(service.metadata.key, endpoint),
        port=port.port,
        protocol=port.protocol,
        seed=seed,
    )


@quickly
@given(sketches(WALKED), st.integers(0, 9))
def test_services_lead_where_the_rules_of_their_endpoints_say(sketch: Sketch, seed: int) -> None:
    services_agree(sketch, seed)


# --- names -----------------------------------------------------------------------------------------------


def resolved(view: NetworkView, service: Service) -> tuple[str, ...]:
    """The A records of a service's full name."""
    resolver = resolver_for(view.config.profile.name, view.objects)
    name = f"{service.metadata.name}.{service.metadata.namespace}.svc.cluster.local."
    return resolver.answer(Question(name)).addresses


def names_agree(sketch: Sketch) -> None:
    """A service's name is the address that a walk to the service dials."""
    view = stored(sketch).view
    for service, port in ports_of(view):
        found = resolved(view, service)
        if service.spec.cluster_ip != HEADLESS:
            assert found == (service.spec.cluster_ip,)
        for source in pods_of(view):
            walked = walk(view, to_service(source, service, port))
            if walked.steps:
                dialled = walked.steps[0].before.dst
                assert dialled in found
                same = walk(
                    view,
                    Connection(
                        source=OfPod(source.key),
                        destination=ToAddress(dialled),
                        port=port.port,
                        protocol=port.protocol,
                    ),
                )
                assert (same.verdict, same.reason) == (walked.verdict, walked.reason)


@quickly
@given(sketches(WALKED))
def test_a_service_is_dialled_at_the_address_of_its_name(sketch: Sketch) -> None:
    names_agree(sketch)


# --- node ports, the router, the world outside -----------------------------------------------------------


def node_ports_agree(sketch: Sketch, seed: int) -> None:
    """From outside and from pods, a node port leads where the rules for what comes in there say."""
    view = stored(sketch).view
    opened = [(service, port) for service, port in ports_of(view) if port.node_port]
    for service, port in opened:
        for node in view.nodes():
            if node.is_on:
                comes_in(view, Outside(OUTSIDE), OUTSIDE, node, (service, port), seed)
            for site in pods_of(view):
                if view.are_linked(site.node, node.name) and not site.on_host_network:
                    client = seen_by(view, site, node)
                    if may_leave(view, site, node.ip, port.node_port, port.protocol):
                        comes_in(view, OfPod(site.key), client, node, (service, port), seed)


def seen_by(view: NetworkView, site: PodSite, node: NodeSite) -> str:
    """A pod's address as a node sees it: its node's, as what leaves the pods' network is masqueraded.

    Nuage's nodes are in the overlay themselves.
    """
    there = view.node(site.node)
    is_inside = there is None or site.node == node.name or view.plugin.family == NUAGE_FAMILY
    return site.ip if is_inside or there is None else there.ip


def comes_in(
    view: NetworkView,
    source: OfPod | Outside,
    client: str,
    node: NodeSite,
    served: tuple[Service, ServicePort],
    seed: int,
) -> None:
    service, port = served
    walked = walk(
        view,
        Connection(
            source=source,
            destination=ToNodePort(node.name),
            port=port.node_port,
            protocol=port.protocol,
            seed=seed,
        ),
    )
    about = f"{source} → {node.name}:{port.node_port}: {walked.said}"
    if not targets(view, service, port):
        assert walked.verdict == REFUSED, about
        return
    chosen = choose_endpoint(choices_at_node_port(view, node, client, service, port), seed)
    if chosen is None:
        assert walked.verdict == DROPPED, about
        return
    arrives = comes_by_node_port(view, node, client, service, chosen, port.protocol)
    assert walked.verdict == expected(arrives, someone_listens(view, chosen, port.protocol)), about
    if arrives:
        assert walked.endpoint == str(chosen), about


@pytest.mark.slow
@quickly
@given(sketches(WALKED).filter(lambda sketch: not sketch.fences), st.integers(0, 9))
def test_node_ports_lead_where_their_node_says(sketch: Sketch, seed: int) -> None:
    node_ports_agree(sketch, seed)


def nodes_agree(sketch: Sketch, port: int, protocol: str) -> None:
    """A process on a node, the router too, reaches the pods that policies let VNID 0 into."""
    view = stored(sketch).view
    for node in view.nodes():
        for site in pods_of(view):
            for is_router in (False, True):
                walked = walk(
                    view,
                    Connection(
                        source=OnNode(node.name, router=is_router),
                        destination=OfPod(site.key),
                        port=port,
                        protocol=protocol,
                    ),
                )
                arrives = view.are_linked(node.name, site.node) and (
                    site.on_host_network
                    or admits(view, towards_pods(view, node), site, port, protocol)
                )
                heard = bool(listener(view, site, port, protocol))
                about = f"{node.name} → {site.key}: {walked.said}"
                assert walked.verdict == expected(arrives, heard), about


@pytest.mark.slow
@quickly
@given(sketches(WALKED), QUESTIONS)
def test_nodes_reach_the_pods_that_let_them_in(sketch: Sketch, question: tuple[int, str]) -> None:
    nodes_agree(sketch, *question)


def outside_agrees(sketch: Sketch, port: int, protocol: str) -> None:
    """What leaves a pod's switch is what egress policies of both kinds let out."""
    view = stored(sketch).view
    ips = ["203.0.113.80", "198.18.0.7", *simulated_addresses("www.example.com")]
    for site in pods_of(view):
        for ip in ips:
            connection = Connection(
                source=OfPod(site.key), destination=ToAddress(ip), port=port, protocol=protocol
            )
            walked = walk(view, connection)
            leaves = is_on(view, site.node) and may_leave(view, site, ip, port, protocol)
            assert (walked.verdict == DELIVERED) == leaves, (str(site.key), ip, walked.said)


@quickly
@given(sketches(WALKED), QUESTIONS)
def test_pods_leave_the_cluster_as_their_egress_rules_say(
    sketch: Sketch, question: tuple[int, str]
) -> None:
    outside_agrees(sketch, *question)


# --- calls -----------------------------------------------------------------------------------------------


VERDICTS = {
    OK: DELIVERED,
    HTTP_ERROR: DELIVERED,
    REFUSED_CALL: REFUSED,
    TIMEOUT: DROPPED,
    NO_ROUTE: DROPPED,
}
"""What a call's end says of its packet."""


def calls_agree(sketch: Sketch) -> None:
    """What pods experience when they call is what walk, rules and listeners say of every way."""
    view = stored(sketch).view
    resolver = resolver_for(view.config.profile.name, view.objects)
    attempts = Attempts(view, resolver)
    for site in pods_of(view):
        for service, port in ports_of(view):
            name = f"{service.metadata.name}.{service.metadata.namespace}.svc"
            dialling = attempts.dialling(site.key, CallTarget(HTTP, name, port.port, "/"))
            assert dialling is not None
            # A node's own resolv.conf need not lead to the cluster's DNS.
            if not site.on_host_network:
                assert dialling.addresses == resolved(view, service), (
                    str(site.key),
                    name,
                    dialling,
                )
            assert (dialling.failure is None) == bool(dialling.addresses)
            if dialling.ways and service.spec.cluster_ip != HEADLESS and port.protocol == TCP:
                found = [str(each) for each in targets(view, service, port)]
                ways = [each.endpoint for each in dialling.ways]
                assert ways == (found or [""])
            for way in dialling.ways:
                connection = Connection(
                    source=OfPod(site.key),
                    destination=ToAddress(way.ip, way.endpoint),
                    port=port.port,
                )
                call_agrees(view, attempts.attempt(site.key, dialling, way), connection)
            if port.protocol == TCP:
                ways_agree(view, site, service, port, attempts)
        nowhere = attempts.dialling(site.key, CallTarget(HTTP, "nobody.shop.svc", 80, "/"))
        assert nowhere is not None
        assert nowhere.failure is not None
        assert nowhere.failure.kind == NAME_ERROR


def call_agrees(view: NetworkView, attempt: Attempt, connection: Connection) -> None:
    walked = walk(view, connection)
    kind = attempt.outcome.kind
    assert VERDICTS[kind] == walked.verdict, (connection, attempt.outcome.said, walked.said)
    assert (kind == NO_ROUTE) == (walked.reason == "no-such-address")
    assert attempt.outcome.reason == walked.reason


def ways_agree(
    view: NetworkView, site: PodSite, service: Service, port: ServicePort, attempts: Attempts
) -> None:
    """Every endpoint that kube-proxy may choose: whether it is reached, and whether it listens."""
    name = f"{service.metadata.name}.{service.metadata.namespace}.svc"
    dialling = attempts.dialling(site.key, CallTarget(HTTP, name, port.port, "/"))
    assert dialling is not None
    by_place = {str(each): each for each in targets(view, service, port)}
    for way in dialling.ways:
        target = by_place.get(way.endpoint)
        if target is None:
            continue
        arrives = comes_by_service(view, site, service, target)
        wanted = expected(arrives, someone_listens(view, target, TCP))
        outcome = attempts.attempt(site.key, dialling, way).outcome
        assert VERDICTS[outcome.kind] == wanted, (str(site.key), str(way.place), outcome.said)


@pytest.mark.slow
@quickly
@given(sketches(WALKED))
def test_calls_end_as_their_packets_do(sketch: Sketch) -> None:
    calls_agree(sketch)


# --- the long run ------------------------------------------------------------------------------------------


@pytest.mark.slow
@thoroughly
@given(sketches(WALKED), QUESTIONS, st.integers(0, 9))
def test_everything_agrees_in_a_long_run(
    sketch: Sketch, question: tuple[int, str], seed: int
) -> None:
    pods_agree(sketch, *question)
    nodes_agree(sketch, *question)
    outside_agrees(sketch, *question)
    services_agree(sketch, seed)
    names_agree(sketch)
    calls_agree(sketch)
    if not sketch.fences:
        node_ports_agree(sketch, seed)


# --- what disagreed once -----------------------------------------------------------------------------------

TWO = (Machine(), Machine())
HOMES = (Project("default", 0), Project("shop", 101), Project("dev", 102))


def paper(plugin: str, *pods: Workload, modern: bool = False, **fields: Any) -> Sketch:
    given_ = {"machines": TWO, "projects": HOMES, **fields}
    return Sketch(plugin=plugin, modern=modern, pods=pods, **given_)


def test_a_node_that_is_cut_from_itself_still_reaches_its_own_pods() -> None:
    cut = (Machine(cut_from=(0,)), Machine())
    pods_agree(paper(OVS_SUBNET, Workload("shop", 0), Workload("dev", 0), machines=cut), 80, TCP)


@pytest.mark.parametrize("plugin", [OVS_MULTITENANT, OVS_NETWORKPOLICY])
def test_an_egress_network_policy_is_in_the_matrix_for_pods_on_nodes_networks(plugin: str) -> None:
    fence = (("shop", (("Deny", "192.168.122.12/32"),)),)
    sketch = paper(plugin, Workload("shop", 0), Workload("dev", 1, on_host=True), fences=fence)
    pods_agree(sketch, 80, TCP)
    view = stored(sketch).view
    one, other = pods_of(view)
    assert not Reachability(view).between(one, other, 80).allowed


@pytest.mark.parametrize("modern", [False, True])
def test_a_dns_name_of_an_egress_network_policy_has_flows(modern: bool) -> None:
    fence = (("shop", (("Deny", "www.example.com"),)),)
    outside_agrees(
        paper(OVS_MULTITENANT, Workload("shop", 0), fences=fence, modern=modern), 443, TCP
    )


@pytest.mark.parametrize(
    ("plugin", "block"), [(OVS_NETWORKPOLICY, "10.128.0.1/32"), (OVN_KUBERNETES, "10.128.0.2/32")]
)
def test_an_ip_block_sees_a_node_by_the_address_of_its_packets(plugin: str, block: str) -> None:
    spec = {"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": block}}]}]}
    sketch = paper(
        plugin,
        Workload("dev", 0, on_host=True),
        Workload("shop", 1),
        modern=True,
        policies=(("shop", spec),),
    )
    pods_agree(sketch, 80, TCP)
    nodes_agree(sketch, 80, TCP)
    view = stored(sketch).view
    host, pod = sorted(pods_of(view), key=lambda site: not site.on_host_network)
    assert Reachability(view).between(host, pod, 80).allowed


def test_a_range_of_ports_is_read_alike_in_3_11() -> None:
    spec = {"podSelector": {}, "ingress": [{"ports": [{"port": 80, "endPort": 81}]}]}
    pods = Workload("dev", 0), Workload("shop", 1)
    pods_agree(paper(OVS_NETWORKPOLICY, *pods, policies=(("shop", spec),)), 81, TCP)


def test_nuage_keeps_zones_from_the_services_of_others_wherever_they_lead() -> None:
    own = Front("dev", None, addresses=("10.128.0.1",))
    services_agree(paper(NUAGE, Workload("shop", 0), Workload("shop", 1), services=(own,)), 0)


@pytest.mark.parametrize("seed", range(4))
def test_node_ports_under_ovn_keep_to_local_pods_when_told_to(seed: int) -> None:
    front = Front("shop", {}, has_node_port=True, local=True)
    sketch = paper(OVN_KUBERNETES, Workload("shop", 0), Workload("shop", 1), services=(front,))
    node_ports_agree(sketch, seed)


def test_a_call_from_a_node_to_an_outside_endpoint_comes_back_under_ovn() -> None:
    front = Front("shop", None, addresses=("203.0.113.80",))
    calls_agree(paper(OVN_KUBERNETES, Workload("shop", 0, on_host=True), services=(front,)))


@pytest.mark.parametrize("plugin", [CONTIV, NUAGE, OVN_KUBERNETES])
def test_every_way_of_a_call_leads_to_its_own_endpoint(plugin: str) -> None:
    pods = Workload("shop", 0), Workload("shop", 1, ports=()), Workload("shop", 1)
    calls_agree(paper(plugin, *pods, services=(Front("shop", {}),)))
