"""The strategies of the kinds that need one (openshift and kubernetes `registry/*/strategy.go`)."""

from __future__ import annotations

from collections.abc import Mapping

from cluster.engine.strategies.base import Strategy
from cluster.engine.strategies.clusternetwork import ClusterNetworkStrategy
from cluster.engine.strategies.egressnetworkpolicy import EgressNetworkPolicyStrategy
from cluster.engine.strategies.ingresscontroller import IngressControllerStrategy
from cluster.engine.strategies.namespace import NamespaceStrategy, ProjectStrategy
from cluster.engine.strategies.netnamespace import NetNamespaceStrategy
from cluster.engine.strategies.node import NodeStrategy
from cluster.engine.strategies.pod import PodStrategy
from cluster.engine.strategies.route import RouteStrategy
from cluster.engine.strategies.service import ServiceStrategy
from cluster.engine.strategies.workload import DeploymentConfigStrategy
from cluster.objects import kinds
from cluster.objects.kind import Kind

_PLAIN = Strategy()
_STRATEGIES: Mapping[str, Strategy] = {
    kinds.PROJECT.name: ProjectStrategy(),
    kinds.NAMESPACE.name: NamespaceStrategy(),
    kinds.EGRESSNETWORKPOLICY.name: EgressNetworkPolicyStrategy(),
    kinds.NETNAMESPACE.name: NetNamespaceStrategy(),
    kinds.NODE.name: NodeStrategy(),
    kinds.POD.name: PodStrategy(),
    kinds.CLUSTERNETWORK.name: ClusterNetworkStrategy(),
    kinds.INGRESSCONTROLLER.name: IngressControllerStrategy(),
    kinds.ROUTE.name: RouteStrategy(),
    kinds.SERVICE.name: ServiceStrategy(),
    kinds.DEPLOYMENTCONFIG.name: DeploymentConfigStrategy(),
}


def of(kind: Kind) -> Strategy:
    """The strategy of a kind."""
    return _STRATEGIES.get(kind.name, _PLAIN)
