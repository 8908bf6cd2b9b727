"""Defaults of Service (kubernetes `core/v1: SetDefaults_Service`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cluster.objects.service import CLIENT_IP, DEFAULT_AFFINITY_SECONDS, Service, ServicePort


def default_service(service: Service) -> Service:
    """A service with type, session affinity, protocols and target ports filled in."""
    spec = service.spec
    kind = spec.type or "ClusterIP"
    external = kind in ("NodePort", "LoadBalancer")
    return replace(
        service,
        spec=replace(
            spec,
            type=kind,
            session_affinity=spec.session_affinity or "None",
            external_traffic_policy=spec.external_traffic_policy or ("Cluster" if external else ""),
            ports=tuple(_default_port(port) for port in spec.ports),
            extra=_affinity(service),
        ),
    )


def _affinity(service: Service) -> Mapping[str, Any]:
    """Clients that stay with their endpoint do so for three hours, unless it says otherwise."""
    spec, name = service.spec, "sessionAffinityConfig"
    if spec.session_affinity != CLIENT_IP or name in spec.extra:
        return spec.extra
    return {**spec.extra, name: {"clientIP": {"timeoutSeconds": DEFAULT_AFFINITY_SECONDS}}}


def _default_port(port: ServicePort) -> ServicePort:
    return replace(port, protocol=port.protocol or "TCP", target_port=port.effective_target)
