"""Random small clusters for the network: drawn as plain data, which a failure prints whole, then stored.

A `Sketch` is a cluster on paper. `stored(sketch)` puts it into a store as the controllers would have
left it under its plugin: subnets where the plugin gives nodes some, Endpoints from selectors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from cluster.engine.config import OPENSHIFT_3_11, OPENSHIFT_4
from cluster.engine.network.plugins.facts import PLUGINS
from cluster.objects.egressnetworkpolicy import (
    ALLOW,
    DENY,
    EgressNetworkPolicy,
    EgressNetworkPolicyPeer,
    EgressNetworkPolicyRule,
    EgressNetworkPolicySpec,
)
from cluster.objects.endpoints import (
    EndpointAddress,
    EndpointPort,
    Endpoints,
    EndpointSubset,
    ObjectReference,
)
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.meta import Key
from cluster.objects.namespace import Namespace
from cluster.objects.netnamespace import NetNamespace
from cluster.objects.node import CUT_FROM, MACHINE, OFF, Node, NodeAddress, NodeSpec, NodeStatus
from cluster.objects.pod import Container, ContainerPort, Pod, PodSpec, PodStatus
from cluster.objects.service import HEADLESS, Service, ServicePort, ServiceSpec
from tests.builders import metadata
from tests.network_cluster import NetworkCluster
from tests.policy_cluster import policy
from tests.property.test_policy import PORTS, SELECTORS, optional

PROJECTS = ("default", "shop", "dev", "openshift-host-network")
VNIDS = (0, 101, 102, 103)
LABELS = st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"), max_size=2)
ADDRESSES_OF_A_NODE = 12


@dataclass(frozen=True)
class Machine:
    """A node. `cut_from` are numbers of nodes."""

    off: bool = False
    cut_from: tuple[int, ...] = ()
    has_subnet: bool = True


@dataclass(frozen=True)
class Project:
    """A project."""

    name: str
    vnid: int
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Workload:
    """A pod. `ports` are what its container declares: name, number, protocol."""

    project: str
    node: int
    labels: dict[str, str] = field(default_factory=dict)
    ports: tuple[tuple[str, int, str], ...] = (("web", 80, "TCP"),)
    on_host: bool = False
    ready: bool = True


@dataclass(frozen=True)
class Front:
    """A service. `ports` are port, target and protocol. `addresses` are Endpoints written by hand."""

    project: str
    selector: dict[str, str] | None
    ports: tuple[tuple[int, int | str, str], ...] = ((80, 80, "TCP"),)
    headless: bool = False
    has_node_port: bool = False
    local: bool = False
    sticky: bool = False
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sketch:
    """A cluster on paper. `policies` are projects and specs, `fences` EgressNetworkPolicies."""

    plugin: str
    modern: bool
    machines: tuple[Machine, ...]
    projects: tuple[Project, ...]
    pods: tuple[Workload, ...]
    services: tuple[Front, ...] = ()
    policies: tuple[tuple[str, dict[str, Any]], ...] = ()
    fences: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()

    def pod_key(self, number: int) -> Key:
        """The key of a pod."""
        return Key(self.pods[number].project, f"pod-{number}")

    def service_key(self, number: int) -> Key:
        """The key of a service."""
        return Key(self.services[number].project, f"web-{number}")


def node_name(number: int) -> str:
    return f"node-{number}"


def node_ip(number: int) -> str:
    return f"192.168.122.{11 + number}"


def node_subnet(number: int) -> str:
    return f"10.{128 + number}.0.0/23"


# --- from paper into a store ---------------------------------------------------------------------------


def stored(sketch: Sketch) -> NetworkCluster:
    """The cluster in a store."""
    cluster = NetworkCluster(sketch.plugin, OPENSHIFT_4 if sketch.modern else OPENSHIFT_3_11)
    for number, machine in enumerate(sketch.machines):
        cluster.add(*_machine(sketch, number, machine))
    for project in sketch.projects:
        cluster.add(Namespace(metadata=metadata(project.name, "", labels=project.labels)))
        if PLUGINS[sketch.plugin].has_netnamespaces:
            meta = metadata(project.name, "")
            cluster.add(NetNamespace(metadata=meta, netname=project.name, netid=project.vnid))
    for number, workload in enumerate(sketch.pods):
        cluster.add(_pod(sketch, number, workload))
    for number, front in enumerate(sketch.services):
        cluster.add(_service(sketch, number, front), _endpoints(sketch, number, front))
    for number, (project_name, spec) in enumerate(sketch.policies):
        cluster.add(policy(project_name, f"policy-{number}", spec))
    for number, (project_name, rules) in enumerate(sketch.fences):
        cluster.add(_fence(project_name, f"fence-{number}", rules))
    return cluster


def _machine(sketch: Sketch, number: int, machine: Machine) -> Iterator[Node | HostSubnet]:
    plugin, name = PLUGINS[sketch.plugin], node_name(number)
    annotations = {MACHINE: OFF} if machine.off else {}
    if machine.cut_from:
        annotations[CUT_FROM] = ",".join(map(node_name, machine.cut_from))
    holds = machine.has_subnet and plugin.has_pod_cidrs
    yield Node(
        metadata=metadata(name, "", annotations=annotations),
        spec=NodeSpec(extra={"podCIDR": node_subnet(number)} if holds else {}),
        status=NodeStatus(addresses=(NodeAddress(type="InternalIP", address=node_ip(number)),)),
    )
    if machine.has_subnet and plugin.has_hostsubnets:
        subnet = node_subnet(number)
        yield HostSubnet(
            metadata=metadata(name, ""), host=name, host_ip=node_ip(number), subnet=subnet
        )


def pod_ip(sketch: Sketch, number: int) -> str:
    """A pod's address: its node's on the host's network; else by the plugin's addressing."""
    workload, plugin = sketch.pods[number], PLUGINS[sketch.plugin]
    if workload.on_host:
        return node_ip(workload.node)
    if plugin.has_hostsubnets or plugin.has_pod_cidrs:
        return f"10.{128 + workload.node}.0.{3 + number}"
    return f"10.128.0.{1 + number}"


def _pod(sketch: Sketch, number: int, workload: Workload) -> Pod:
    ports = tuple(
        ContainerPort(container_port=port, name=name, protocol=protocol)
        for name, port, protocol in workload.ports
    )
    image = "example/web:1" if ports else "busybox"
    key = sketch.pod_key(number)
    return Pod(
        metadata=metadata(key.name, key.namespace, labels=workload.labels),
        spec=PodSpec(
            containers=(Container(name="main", image=image, ports=ports),),
            extra={"hostNetwork": True} if workload.on_host else {},
        ),
        node_name=node_name(workload.node),
        status=PodStatus(
            phase="Running",
            pod_ip=pod_ip(sketch, number),
            host_ip=node_ip(workload.node),
            ready=workload.ready,
        ),
    )


def service_ip(number: int) -> str:
    return f"172.30.1.{1 + number}"


def _service(sketch: Sketch, number: int, front: Front) -> Service:
    ports = tuple(
        ServicePort(
            name=f"p{place}" if len(front.ports) > 1 else "",
            port=port,
            protocol=protocol,
            target_port=target,
            node_port=31_000 + 10 * number + place if front.has_node_port else 0,
        )
        for place, (port, target, protocol) in enumerate(front.ports)
    )
    key = sketch.service_key(number)
    spec = ServiceSpec(
        ports=ports,
        selector=front.selector or {},
        cluster_ip=HEADLESS if front.headless else service_ip(number),
        type="NodePort" if front.has_node_port else "ClusterIP",
        external_traffic_policy="Local" if front.local and front.has_node_port else "",
        session_affinity="ClientIP" if front.sticky else "None",
    )
    return Service(metadata=metadata(key.name, key.namespace), spec=spec)


def _endpoints(sketch: Sketch, number: int, front: Front) -> Endpoints:
    """What the endpoints controller writes: a subset for every pod, or for the addresses by hand."""
    key = sketch.service_key(number)
    subsets = [
        EndpointSubset(addresses=(EndpointAddress(ip=ip),), ports=_served(front, ()))
        for ip in front.addresses
        if front.selector is None
    ]
    for place, workload in enumerate(sketch.pods):
        if front.selector is None or workload.project != front.project:
            continue
        served = _served(front, workload.ports)
        if served and front.selector.items() <= workload.labels.items():
            address = _address(sketch, place)
            lists = ((address,), ()) if workload.ready else ((), (address,))
            subsets.append(
                EndpointSubset(addresses=lists[0], not_ready_addresses=lists[1], ports=served)
            )
    return Endpoints(metadata=metadata(key.name, key.namespace), subsets=tuple(subsets))


def _address(sketch: Sketch, number: int) -> EndpointAddress:
    key = sketch.pod_key(number)
    return EndpointAddress(
        ip=pod_ip(sketch, number),
        node_name=node_name(sketch.pods[number].node),
        target_ref=ObjectReference(kind="Pod", namespace=key.namespace, name=key.name),
    )


def _served(front: Front, declared: tuple[tuple[str, int, str], ...]) -> tuple[EndpointPort, ...]:
    """A pod's numbers for a service's ports; a named port that it does not declare is left out."""
    numbers = {(name, protocol): number for name, number, protocol in declared}
    found = []
    for place, (_, target, protocol) in enumerate(front.ports):
        number = target if isinstance(target, int) else numbers.get((target, protocol))
        if number is not None:
            name = f"p{place}" if len(front.ports) > 1 else ""
            found.append(EndpointPort(name=name, port=number, protocol=protocol))
    return tuple(found)


def _fence(project: str, name: str, rules: tuple[tuple[str, str], ...]) -> EgressNetworkPolicy:
    read = tuple(
        EgressNetworkPolicyRule(
            type=kind,
            to=EgressNetworkPolicyPeer(cidr_selector=to)
            if to[0].isdigit()
            else EgressNetworkPolicyPeer(dns_name=to),
        )
        for kind, to in rules
    )
    spec = EgressNetworkPolicySpec(egress=read)
    return EgressNetworkPolicy(metadata=metadata(name, project), spec=spec)


# --- strategies ----------------------------------------------------------------------------------------

BLOCKS = st.sampled_from(
    [
        {"cidr": "10.128.0.0/23"},
        {"cidr": "10.128.0.0/14", "except": ["10.129.0.0/23"]},
        {"cidr": "10.128.0.0/30"},
        {"cidr": "10.129.0.1/32"},
        {"cidr": "10.128.0.4/31"},
        {"cidr": "192.168.122.0/24", "except": ["192.168.122.12/32"]},
        {"cidr": "0.0.0.0/0", "except": ["192.168.122.0/24", "10.128.0.3/32"]},
        {"cidr": "203.0.113.7/24"},
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
    st.builds(lambda each: {"ipBlock": each}, BLOCKS),
)


def _rules(peers: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    parts = {peers: st.lists(PEERS, max_size=2), "ports": st.lists(PORTS, max_size=2)}
    return st.lists(optional(**parts), max_size=2)


SPECS = st.fixed_dictionaries(
    {"podSelector": SELECTORS},
    optional={
        "policyTypes": st.sampled_from([["Ingress"], ["Egress"], ["Ingress", "Egress"]]),
        "ingress": _rules("from"),
        "egress": _rules("to"),
    },
)
FENCES = st.lists(
    st.tuples(
        st.sampled_from([ALLOW, DENY]),
        st.sampled_from(
            ["0.0.0.0/0", "0.0.0.0/32", "192.168.122.12/32", "198.18.0.0/16", "www.example.com"]
        ),
    ),
    min_size=1,
    max_size=2,
).map(tuple)
DECLARED = st.sampled_from(
    [
        (),
        (("web", 80, "TCP"),),
        (("web", 81, "TCP"),),
        (("web", 80, "TCP"), ("admin", 81, "TCP")),
        (("web", 80, "UDP"),),
    ]
)
SERVED = st.sampled_from(
    [
        ((80, 80, "TCP"),),
        ((80, "web", "TCP"),),
        ((443, 81, "TCP"), (80, "web", "TCP")),
        ((80, 80, "UDP"),),
    ]
)


def rarely(often: int = 5) -> st.SearchStrategy[bool]:
    """True once in so many."""
    return st.integers(1, often).map(lambda drawn: drawn == often)


@st.composite
def sketches(draw: st.DrawFn, plugins: tuple[str, ...] = tuple(PLUGINS)) -> Sketch:
    """Any small cluster under one of these plugins."""
    plugin = draw(st.sampled_from(plugins))
    count = draw(st.integers(2, 4))
    nodes = st.integers(0, count - 1)
    machines = tuple(
        Machine(
            off=draw(rarely(8)),
            cut_from=draw(st.lists(nodes, max_size=1).map(tuple)) if draw(rarely()) else (),
        )
        for _ in range(count)
    )
    projects = draw(st.integers(2, len(PROJECTS)).flatmap(_projects(plugin)))
    names = st.sampled_from([each.name for each in projects])
    workloads = st.builds(
        Workload,
        project=names,
        node=nodes,
        labels=LABELS,
        ports=DECLARED,
        on_host=rarely(4),
        ready=rarely(8).map(lambda drawn: not drawn),
    )
    pods = tuple(draw(st.lists(workloads, min_size=4, max_size=10)))
    sketch = Sketch(plugin, draw(st.booleans()), machines, projects, pods)
    by_policies = PLUGINS[plugin].obeys_policies
    return replace(
        sketch,
        services=tuple(draw(st.lists(_fronts(sketch, names), max_size=4))),
        policies=tuple(draw(st.lists(st.tuples(names, SPECS), max_size=4 if by_policies else 1))),
        fences=tuple(draw(st.lists(st.tuples(names, FENCES), max_size=2)))
        if PLUGINS[plugin].obeys_egress_policies and draw(rarely(3))
        else (),
    )


def _projects(plugin: str) -> Any:
    """Projects with labels; under ovs-multitenant some joined, some global."""
    may_share = PLUGINS[plugin].name.endswith("multitenant")

    @st.composite
    def drawn(draw: st.DrawFn, count: int) -> tuple[Project, ...]:
        found = []
        for place, name in enumerate(PROJECTS[:count]):
            vnid = draw(st.sampled_from(VNIDS)) if may_share and place else VNIDS[place]
            found.append(Project(name, vnid, draw(LABELS)))
        return tuple(found)

    return drawn


def _fronts(sketch: Sketch, names: st.SearchStrategy[str]) -> st.SearchStrategy[Front]:
    """Services of every kind; the addresses written by hand are pods', nodes' and outside ones."""
    ips = [*(pod_ip(sketch, place) for place in range(len(sketch.pods))), "203.0.113.80"]
    by_hand = st.builds(
        Front,
        project=names,
        selector=st.none(),
        addresses=st.lists(st.sampled_from(ips), max_size=2, unique=True).map(tuple),
    )
    selecting = st.builds(
        Front,
        project=names,
        selector=st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"), max_size=1),
        ports=SERVED,
        headless=rarely(4),
        sticky=rarely(4),
    )
    opened = st.builds(
        Front,
        project=names,
        selector=st.just({}),
        ports=SERVED,
        has_node_port=st.just(True),
        local=st.booleans(),
    )
    return st.one_of(selecting, selecting, opened, by_hand)
