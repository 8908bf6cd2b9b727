"""The API server's rules, kind by kind: each function returns what is wrong, in the server's own words."""

from cluster.objects.validation.clusternetwork import (
    validate_clusternetwork,
    validate_clusternetwork_update,
)
from cluster.objects.validation.deploymentconfig import (
    validate_deploymentconfig,
    validate_deploymentconfig_update,
)
from cluster.objects.validation.egressnetworkpolicy import (
    validate_egressnetworkpolicy,
    validate_egressnetworkpolicy_update,
)
from cluster.objects.validation.endpoints import validate_endpoints, validate_endpoints_update
from cluster.objects.validation.endpointslice import (
    validate_endpointslice,
    validate_endpointslice_update,
)
from cluster.objects.validation.event import validate_event, validate_event_update
from cluster.objects.validation.hostsubnet import validate_hostsubnet, validate_hostsubnet_update
from cluster.objects.validation.ingresscontroller import (
    validate_ingresscontroller,
    validate_ingresscontroller_update,
)
from cluster.objects.validation.namespace import validate_namespace, validate_namespace_update
from cluster.objects.validation.netnamespace import (
    validate_netnamespace,
    validate_netnamespace_update,
)
from cluster.objects.validation.networkpolicy import (
    validate_networkpolicy,
    validate_networkpolicy_update,
)
from cluster.objects.validation.node import validate_node, validate_node_update
from cluster.objects.validation.pod import validate_pod, validate_pod_update
from cluster.objects.validation.project import validate_project, validate_project_update
from cluster.objects.validation.replicationcontroller import (
    validate_replicationcontroller,
    validate_replicationcontroller_update,
)
from cluster.objects.validation.rolebinding import validate_rolebinding, validate_rolebinding_update
from cluster.objects.validation.route import validate_route, validate_route_update
from cluster.objects.validation.secret import validate_secret, validate_secret_update
from cluster.objects.validation.service import validate_service, validate_service_update
from cluster.objects.validation.visitors import validate_visitors, validate_visitors_update

__all__ = [
    "validate_clusternetwork",
    "validate_clusternetwork_update",
    "validate_deploymentconfig",
    "validate_deploymentconfig_update",
    "validate_egressnetworkpolicy",
    "validate_egressnetworkpolicy_update",
    "validate_endpoints",
    "validate_endpoints_update",
    "validate_endpointslice",
    "validate_endpointslice_update",
    "validate_event",
    "validate_event_update",
    "validate_hostsubnet",
    "validate_hostsubnet_update",
    "validate_ingresscontroller",
    "validate_ingresscontroller_update",
    "validate_namespace",
    "validate_namespace_update",
    "validate_netnamespace",
    "validate_netnamespace_update",
    "validate_networkpolicy",
    "validate_networkpolicy_update",
    "validate_node",
    "validate_node_update",
    "validate_pod",
    "validate_pod_update",
    "validate_project",
    "validate_project_update",
    "validate_replicationcontroller",
    "validate_replicationcontroller_update",
    "validate_rolebinding",
    "validate_rolebinding_update",
    "validate_route",
    "validate_route_update",
    "validate_secret",
    "validate_secret_update",
    "validate_service",
    "validate_service_update",
    "validate_visitors",
    "validate_visitors_update",
]
