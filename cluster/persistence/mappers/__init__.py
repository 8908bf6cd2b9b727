"""Objects and rows, one module a kind."""

from collections.abc import Mapping

from cluster.objects import kinds
from cluster.persistence.mappers.base import Corrupt, Mapper, Reader
from cluster.persistence.mappers.clusternetwork import CLUSTERNETWORK
from cluster.persistence.mappers.deploymentconfig import DEPLOYMENTCONFIG
from cluster.persistence.mappers.egressnetworkpolicy import EGRESSNETWORKPOLICY
from cluster.persistence.mappers.endpoints import ENDPOINTS
from cluster.persistence.mappers.endpointslice import ENDPOINTSLICE
from cluster.persistence.mappers.event import EVENT
from cluster.persistence.mappers.hostsubnet import HOSTSUBNET
from cluster.persistence.mappers.ingresscontroller import INGRESSCONTROLLER
from cluster.persistence.mappers.namespace import NAMESPACE
from cluster.persistence.mappers.netnamespace import NETNAMESPACE
from cluster.persistence.mappers.networkpolicy import NETWORKPOLICY
from cluster.persistence.mappers.node import NODE
from cluster.persistence.mappers.pod import POD
from cluster.persistence.mappers.replicationcontroller import REPLICATIONCONTROLLER
from cluster.persistence.mappers.rolebinding import ROLEBINDING
from cluster.persistence.mappers.route import ROUTE
from cluster.persistence.mappers.secret import SECRET
from cluster.persistence.mappers.service import SERVICE
from cluster.persistence.mappers.visitors import VISITORS

_ALL: tuple[Mapper, ...] = (
    CLUSTERNETWORK,
    DEPLOYMENTCONFIG,
    EGRESSNETWORKPOLICY,
    ENDPOINTS,
    ENDPOINTSLICE,
    EVENT,
    HOSTSUBNET,
    INGRESSCONTROLLER,
    NAMESPACE,
    NETNAMESPACE,
    NETWORKPOLICY,
    NODE,
    POD,
    REPLICATIONCONTROLLER,
    ROLEBINDING,
    ROUTE,
    SECRET,
    SERVICE,
    VISITORS,
)
_BY_KIND = {each.kind.name: each for each in _ALL}
MAPPERS: Mapping[str, Mapper] = {kind.name: _BY_KIND[kind.name] for kind in kinds.STORED}
"""Mappers by the kind's name, in the registry's order; a stored kind without one fails here."""

__all__ = ["MAPPERS", "Corrupt", "Mapper", "Reader"]
