"""All controllers of a cluster, in the order in which their queues are worked off."""

from __future__ import annotations

from cluster.engine.cluster import Reconciler
from cluster.engine.config import EngineConfig
from cluster.engine.controllers.deploymentconfig import DeploymentConfigController
from cluster.engine.controllers.endpoints import EndpointsController
from cluster.engine.controllers.endpointslice import EndpointSliceController
from cluster.engine.controllers.garbage import GarbageCollector
from cluster.engine.controllers.hostsubnet import HostSubnetController
from cluster.engine.controllers.ingressip import IngressIPController
from cluster.engine.controllers.ingressoperator import IngressOperator
from cluster.engine.controllers.namespace import NamespaceController
from cluster.engine.controllers.netnamespace import NetNamespaceController
from cluster.engine.controllers.nodelifecycle import NodeLifecycle
from cluster.engine.controllers.pluginswitch import PluginSwitchController
from cluster.engine.controllers.podcidr import PodCIDRController
from cluster.engine.controllers.replicationcontroller import ReplicationControllers
from cluster.engine.kubelet.kubelet import Kubelet
from cluster.engine.kubelet.node_status import NodeStatusReporter
from cluster.engine.scheduler.scheduler import Scheduler


def all_controllers(config: EngineConfig) -> list[Reconciler]:
    """New controllers; the order is part of what makes a history repeatable."""
    return [
        PluginSwitchController(),
        HostSubnetController(),
        PodCIDRController(),
        NodeStatusReporter(config),
        NodeLifecycle(config),
        NamespaceController(),
        NetNamespaceController(),
        GarbageCollector(),
        DeploymentConfigController(),
        ReplicationControllers(),
        Scheduler(config),
        Kubelet(),
        EndpointsController(),
        EndpointSliceController(),
        IngressIPController(has_ingress_ips=config.profile.name != "4"),
        IngressOperator(),
    ]
