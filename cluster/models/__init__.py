"""The durable schema of the store: one table a kind, named as in `cluster.objects`."""

from cluster.models.clusternetwork import ClusterNetwork
from cluster.models.deploymentconfig import DeploymentConfig
from cluster.models.egressnetworkpolicy import EgressNetworkPolicy
from cluster.models.endpoints import Endpoints
from cluster.models.endpointslice import EndpointSlice
from cluster.models.enginestate import EngineState
from cluster.models.event import Event
from cluster.models.hostsubnet import HostSubnet
from cluster.models.ingresscontroller import IngressController
from cluster.models.lease import Lease
from cluster.models.namespace import Namespace
from cluster.models.netnamespace import NetNamespace
from cluster.models.networkpolicy import NetworkPolicy
from cluster.models.node import Node
from cluster.models.pod import Pod, PodTemplate
from cluster.models.replicationcontroller import ReplicationController
from cluster.models.rolebinding import RoleBinding
from cluster.models.route import Route
from cluster.models.secret import Secret
from cluster.models.service import Service
from cluster.models.visitors import Visitors

__all__ = [
    "ClusterNetwork",
    "DeploymentConfig",
    "EgressNetworkPolicy",
    "EndpointSlice",
    "Endpoints",
    "EngineState",
    "Event",
    "HostSubnet",
    "IngressController",
    "Lease",
    "Namespace",
    "NetNamespace",
    "NetworkPolicy",
    "Node",
    "Pod",
    "PodTemplate",
    "ReplicationController",
    "RoleBinding",
    "Route",
    "Secret",
    "Service",
    "Visitors",
]
