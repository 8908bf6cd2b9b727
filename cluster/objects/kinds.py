"""The registry: every kind, declared once. API, YAML import, tables and navigation read this list."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cluster.objects import columns, defaults, validation
from cluster.objects.clusternetwork import ClusterNetwork
from cluster.objects.deploymentconfig import DeploymentConfig
from cluster.objects.egressnetworkpolicy import EgressNetworkPolicy
from cluster.objects.endpoints import Endpoints
from cluster.objects.endpointslice import EndpointSlice
from cluster.objects.event import Event
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.ingresscontroller import IngressController
from cluster.objects.kind import Kind, Object
from cluster.objects.namespace import Namespace, Project
from cluster.objects.netnamespace import NetNamespace
from cluster.objects.networkpolicy import NetworkPolicy
from cluster.objects.node import Node
from cluster.objects.pod import Pod
from cluster.objects.replicationcontroller import ReplicationController
from cluster.objects.rolebinding import RoleBinding
from cluster.objects.route import Route
from cluster.objects.secret import Secret
from cluster.objects.service import Service
from cluster.objects.visitors import Visitors

HOME, WORKLOADS, NETWORKING, COMPUTE = "Home", "Workloads", "Networking", "Compute"

PROJECT = Kind(
    name="Project",
    cls=Project,
    plural="projects",
    title="Projects",
    badge="PR",
    group="project.openshift.io",
    section=HOME,
    namespaced=False,
    legacy=("v1",),
    default=defaults.default_project,
    validate=validation.validate_project,
    validate_update=validation.validate_project_update,
    columns=columns.PROJECT,
)
NAMESPACE = Kind(
    name="Namespace",
    cls=Namespace,
    plural="namespaces",
    title="Namespaces",
    badge="NS",
    namespaced=False,
    short_names=("ns",),
    default=defaults.default_namespace,
    validate=validation.validate_namespace,
    validate_update=validation.validate_namespace_update,
    columns=columns.NAMESPACE,
)
EVENT = Kind(
    name="Event",
    cls=Event,
    plural="events",
    title="Events",
    badge="E",
    section=HOME,
    user_made=False,
    short_names=("ev",),
    desired=(),
    validate=validation.validate_event,
    validate_update=validation.validate_event_update,
    columns=columns.EVENT,
)
POD = Kind(
    name="Pod",
    cls=Pod,
    plural="pods",
    title="Pods",
    badge="P",
    section=WORKLOADS,
    short_names=("po",),
    default=defaults.default_pod,
    validate=validation.validate_pod,
    validate_update=validation.validate_pod_update,
    columns=columns.POD,
)
DEPLOYMENTCONFIG = Kind(
    name="DeploymentConfig",
    cls=DeploymentConfig,
    plural="deploymentconfigs",
    title="DeploymentConfigs",
    badge="DC",
    group="apps.openshift.io",
    section=WORKLOADS,
    short_names=("dc",),
    legacy=("v1",),
    default=defaults.default_deploymentconfig,
    validate=validation.validate_deploymentconfig,
    validate_update=validation.validate_deploymentconfig_update,
    columns=columns.DEPLOYMENTCONFIG,
    scalable=True,
)
REPLICATIONCONTROLLER = Kind(
    name="ReplicationController",
    cls=ReplicationController,
    plural="replicationcontrollers",
    title="ReplicationControllers",
    badge="RC",
    section=WORKLOADS,
    short_names=("rc",),
    default=defaults.default_replicationcontroller,
    validate=validation.validate_replicationcontroller,
    validate_update=validation.validate_replicationcontroller_update,
    columns=columns.REPLICATIONCONTROLLER,
    scalable=True,
)
SERVICE = Kind(
    name="Service",
    cls=Service,
    plural="services",
    title="Services",
    badge="S",
    section=NETWORKING,
    short_names=("svc",),
    default=defaults.default_service,
    validate=validation.validate_service,
    validate_update=validation.validate_service_update,
    columns=columns.SERVICE,
)
ROUTE = Kind(
    name="Route",
    cls=Route,
    plural="routes",
    title="Routes",
    badge="RT",
    group="route.openshift.io",
    section=NETWORKING,
    legacy=("v1",),
    default=defaults.default_route,
    validate=validation.validate_route,
    validate_update=validation.validate_route_update,
    columns=columns.ROUTE,
)
ENDPOINTS = Kind(
    name="Endpoints",
    cls=Endpoints,
    plural="endpoints",
    title="Endpoints",
    badge="EP",
    section=NETWORKING,
    user_made=False,
    admin_made=True,
    short_names=("ep",),
    desired=(),
    validate=validation.validate_endpoints,
    validate_update=validation.validate_endpoints_update,
    columns=columns.ENDPOINTS,
)
VISITORS = Kind(
    name="Visitors",
    cls=Visitors,
    plural="visitors",
    title="Visitors",
    badge="V",
    group="shiftlab.io",
    section=NETWORKING,
    default=defaults.default_visitors,
    validate=validation.validate_visitors,
    validate_update=validation.validate_visitors_update,
    columns=columns.VISITORS,
)
NETWORKPOLICY = Kind(
    name="NetworkPolicy",
    cls=NetworkPolicy,
    plural="networkpolicies",
    title="NetworkPolicies",
    badge="NP",
    group="networking.k8s.io",
    section=NETWORKING,
    short_names=("netpol",),
    legacy=("extensions/v1beta1",),
    default=defaults.default_networkpolicy,
    validate=validation.validate_networkpolicy,
    validate_update=validation.validate_networkpolicy_update,
    columns=columns.NETWORKPOLICY,
)
EGRESSNETWORKPOLICY = Kind(
    name="EgressNetworkPolicy",
    cls=EgressNetworkPolicy,
    plural="egressnetworkpolicies",
    title="EgressNetworkPolicies",
    badge="ENP",
    group="network.openshift.io",
    section=NETWORKING,
    legacy=("v1",),
    validate=validation.validate_egressnetworkpolicy,
    validate_update=validation.validate_egressnetworkpolicy_update,
    columns=columns.EGRESSNETWORKPOLICY,
)
NETNAMESPACE = Kind(
    name="NetNamespace",
    cls=NetNamespace,
    plural="netnamespaces",
    title="NetNamespaces",
    badge="NN",
    group="network.openshift.io",
    section=NETWORKING,
    namespaced=False,
    user_made=False,
    admin_made=True,
    legacy=("v1",),
    desired=("netid", "egress_ips"),
    validate=validation.validate_netnamespace,
    validate_update=validation.validate_netnamespace_update,
    columns=columns.NETNAMESPACE,
)
ENDPOINTSLICE = Kind(
    name="EndpointSlice",
    cls=EndpointSlice,
    plural="endpointslices",
    title="EndpointSlices",
    badge="EPS",
    group="discovery.k8s.io",
    section=NETWORKING,
    user_made=False,
    desired=(),
    validate=validation.validate_endpointslice,
    validate_update=validation.validate_endpointslice_update,
    columns=columns.ENDPOINTSLICE,
)
SECRET = Kind(
    name="Secret",
    cls=Secret,
    plural="secrets",
    title="Secrets",
    badge="S",
    section=WORKLOADS,
    desired=("type", "data", "immutable"),
    default=defaults.default_secret,
    validate=validation.validate_secret,
    validate_update=validation.validate_secret_update,
    columns=columns.SECRET,
)
INGRESSCONTROLLER = Kind(
    name="IngressController",
    cls=IngressController,
    plural="ingresscontrollers",
    title="IngressControllers",
    badge="IC",
    group="operator.openshift.io",
    section=NETWORKING,
    validate=validation.validate_ingresscontroller,
    validate_update=validation.validate_ingresscontroller_update,
    columns=columns.INGRESSCONTROLLER,
)
CLUSTERNETWORK = Kind(
    name="ClusterNetwork",
    cls=ClusterNetwork,
    plural="clusternetworks",
    title="ClusterNetworks",
    badge="CN",
    group="network.openshift.io",
    namespaced=False,
    user_made=False,
    legacy=("v1",),
    desired=("cluster_networks", "service_network", "plugin_name"),
    validate=validation.validate_clusternetwork,
    validate_update=validation.validate_clusternetwork_update,
    columns=columns.CLUSTERNETWORK,
)
HOSTSUBNET = Kind(
    name="HostSubnet",
    cls=HostSubnet,
    plural="hostsubnets",
    title="HostSubnets",
    badge="HS",
    group="network.openshift.io",
    section=NETWORKING,
    namespaced=False,
    user_made=False,
    admin_made=True,
    legacy=("v1",),
    desired=("subnet",),
    validate=validation.validate_hostsubnet,
    validate_update=validation.validate_hostsubnet_update,
    columns=columns.HOSTSUBNET,
)
NODE = Kind(
    name="Node",
    cls=Node,
    plural="nodes",
    title="Nodes",
    badge="N",
    section=COMPUTE,
    namespaced=False,
    user_made=False,
    admin_made=True,
    short_names=("no",),
    validate=validation.validate_node,
    validate_update=validation.validate_node_update,
    columns=columns.NODE,
)
ROLEBINDING = Kind(
    name="RoleBinding",
    cls=RoleBinding,
    plural="rolebindings",
    title="RoleBindings",
    badge="RB",
    group="rbac.authorization.k8s.io",
    section="User Management",
    desired=("role_ref", "subjects"),
    default=defaults.default_rolebinding,
    validate=validation.validate_rolebinding,
    validate_update=validation.validate_rolebinding_update,
    columns=columns.ROLEBINDING,
)

KINDS: tuple[Kind, ...] = (
    PROJECT,
    NAMESPACE,
    EVENT,
    POD,
    DEPLOYMENTCONFIG,
    SECRET,
    REPLICATIONCONTROLLER,
    SERVICE,
    ROUTE,
    ENDPOINTS,
    ENDPOINTSLICE,
    NETWORKPOLICY,
    EGRESSNETWORKPOLICY,
    VISITORS,
    INGRESSCONTROLLER,
    NETNAMESPACE,
    CLUSTERNETWORK,
    HOSTSUBNET,
    NODE,
    ROLEBINDING,
)
BY_NAME: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in KINDS})
BY_PLURAL: Mapping[str, Kind] = MappingProxyType({kind.plural: kind for kind in KINDS})
BY_CLASS: Mapping[type, Kind] = MappingProxyType({kind.cls: kind for kind in KINDS})

STORED: tuple[Kind, ...] = tuple(kind for kind in KINDS if kind is not PROJECT)
"""The kinds that the store keeps; a project is kept as its namespace."""


def kind_of(obj: Object) -> Kind:
    """The declaration of an object's kind."""
    return BY_CLASS[type(obj)]


def find(api_version: str, name: str) -> Kind | None:
    """The kind that a manifest names, under its own apiVersion or an old one."""
    kind = BY_NAME.get(name)
    if kind is None or api_version not in (kind.api_version, *kind.legacy):
        return None
    return kind
