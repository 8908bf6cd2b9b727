"""Service: core/v1. A stable name and cluster IP in front of the pods that a selector matches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster.objects.meta import EMPTY, IntOrString, ObjectMeta, named, verbatim

HEADLESS = "None"


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


def port_text(port: ServicePort) -> str:
    """A port as `oc get services` prints it: `8080/TCP`, with a node port `80:30080/TCP`."""
    number = f"{port.port}:{port.node_port}" if port.node_port else str(port.port)
    return f"{number}/{port.protocol or 'TCP'}"
