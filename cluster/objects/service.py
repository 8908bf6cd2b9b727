"""Service: core/v1. A stable name and cluster IP in front of the pods that a selector matches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster.objects.meta import EMPTY, IntOrString, ObjectMeta, named, verbatim

HEADLESS = "None"
CLUSTER_IP, NODE_PORT, LOAD_BALANCER, EXTERNAL_NAME = (
    "ClusterIP",
    "NodePort",
    "LoadBalancer",
    "ExternalName",
)
CLIENT_IP = "ClientIP"
DEFAULT_AFFINITY_SECONDS = 10_800


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePort:
    """A port of a service; `target_port` is a container's port number or port name."""

    name: str = ""
    protocol: str = ""
    port: int = named("port", 0, keep=True)
    target_port: IntOrString | None = None
    node_port: int = 0
    app_protocol: str = ""

    @property
    def effective_target(self) -> IntOrString:
        """The target port, which is the port itself where none is given."""
        return self.target_port if self.target_port not in (None, 0, "") else self.port


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSpec:
    """`spec`."""

    ports: tuple[ServicePort, ...] = ()
    selector: Mapping[str, str] = EMPTY
    cluster_ip: str = named("clusterIP", "")
    type: str = ""
    session_affinity: str = ""
    external_name: str = ""
    external_ips: tuple[str, ...] = named("externalIPs", ())
    publish_not_ready_addresses: bool = False
    external_traffic_policy: str = ""
    extra: Mapping[str, Any] = verbatim(
        "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy", "loadBalancerIP",
        "loadBalancerSourceRanges", "loadBalancerClass", "healthCheckNodePort", "sessionAffinityConfig",
        "allocateLoadBalancerNodePorts", "trafficDistribution",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """`status`: only load balancers have one."""

    load_balancer: Mapping[str, Any] = named("loadBalancer", EMPTY, keep=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service."""

    metadata: ObjectMeta
    spec: ServiceSpec = named("spec", ServiceSpec(), keep=True)
    status: ServiceStatus = named("status", ServiceStatus(), keep=True)


def has_node_ports(service: Service) -> bool:
    """Whether every node listens for the service."""
    return service.spec.type in (NODE_PORT, LOAD_BALANCER)


def node_ports(service: Service) -> frozenset[int]:
    """The node ports that a service holds."""
    return frozenset(port.node_port for port in service.spec.ports if port.node_port)


def ingress_addresses(service: Service) -> tuple[str, ...]:
    """The addresses at which a load balancer serves it."""
    given = service.status.load_balancer.get("ingress") or ()
    return tuple(str(each.get("ip") or each.get("hostname") or "") for each in given)


def affinity_seconds(service: Service) -> int:
    """For how long a client stays with its endpoint; 0 without session affinity."""
    if service.spec.session_affinity != CLIENT_IP:
        return 0
    config = service.spec.extra.get("sessionAffinityConfig") or {}
    seconds = (config.get("clientIP") or {}).get("timeoutSeconds")
    return DEFAULT_AFFINITY_SECONDS if seconds is None else int(seconds)


def port_text(port: ServicePort) -> str:
    """A port as `oc get services` prints it: `8080/TCP`, with a node port `80:30080/TCP`."""
    number = f"{port.port}:{port.node_port}" if port.node_port else str(port.port)
    return f"{number}/{port.protocol or 'TCP'}"
