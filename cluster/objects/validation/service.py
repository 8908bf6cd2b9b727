"""Rules of Service (kubernetes `core/validation: ValidateService`, as OpenShift 3.11 words them)."""

from __future__ import annotations

from collections.abc import Mapping

from cluster.objects.fields import FieldError, duplicate, forbidden, invalid, required, unsupported
from cluster.objects.service import HEADLESS, Service, ServicePort, ServiceSpec
from cluster.objects.validation.container import port_or_name_errors, protocol_errors
from cluster.objects.validation.meta import (
    checked,
    immutable,
    validate_labels,
    validate_meta,
    validate_meta_update,
)
from cluster.objects.validation.names import (
    dns1035_label,
    dns1123_label,
    dns1123_subdomain,
    ip_address,
    ordinary_address,
    port_number,
)

TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
AFFINITIES = ("ClientIP", "None")
TRAFFIC_POLICIES = ("Cluster", "Local")
NODE_PORTS = range(30000, 32768)
KUBELET_PORT = 10250
MAX_AFFINITY = 86_400  # seconds


def validate_service(service: Service) -> list[FieldError]:
    """What is wrong with a new service."""
    spec = service.spec
    return [
        *validate_meta(service.metadata, dns1035_label, namespaced=True),
        *_presence_errors(spec),
        *_type_specific_errors(spec),
        *_all_port_errors(spec),
        *validate_labels(spec.selector, "spec.selector"),
        *_affinity_errors(spec),
        *_address_errors(spec),
        *_type_errors(spec),
        *_node_port_errors(spec),
        *_duplicate_errors(spec),
        *_traffic_policy_errors(spec),
    ]


def validate_service_update(new: Service, old: Service) -> list[FieldError]:
    """What is wrong with a change: a cluster IP stays, unless the service has or gets none."""
    errors = validate_meta_update(new.metadata, old.metadata)
    external = "ExternalName" in (new.spec.type, old.spec.type)
    if old.spec.cluster_ip and not external:
        errors += immutable("spec.clusterIP", new.spec.cluster_ip, old.spec.cluster_ip)
    return [*errors, *validate_service(new)]


def _presence_errors(spec: ServiceSpec) -> list[FieldError]:
    if spec.ports or spec.cluster_ip == HEADLESS or spec.type == "ExternalName":
        return []
    return [required("spec.ports")]


def _type_specific_errors(spec: ServiceSpec) -> list[FieldError]:
    errors: list[FieldError] = []
    if spec.type == "LoadBalancer":
        detail = f"may not expose port {KUBELET_PORT} externally since it is used by kubelet"
        errors += [
            invalid(f"spec.ports[{index}]", port.port, detail)
            for index, port in enumerate(spec.ports)
            if port.port == KUBELET_PORT
        ]
    if spec.type in ("LoadBalancer", "NodePort") and spec.cluster_ip == HEADLESS:
        detail = f"may not be set to 'None' for {spec.type} services"
        errors.append(invalid("spec.clusterIP", spec.cluster_ip, detail))
    if spec.type == "ExternalName":
        errors += _external_name_errors(spec)
    return errors


def _external_name_errors(spec: ServiceSpec) -> list[FieldError]:
    errors: list[FieldError] = []
    if spec.cluster_ip:
        errors.append(forbidden("spec.clusterIP", "must be empty for ExternalName services"))
    if not spec.external_name:
        return [*errors, required("spec.externalName")]
    name = spec.external_name.removesuffix(".")
    return [*errors, *checked("spec.externalName", spec.external_name, dns1123_subdomain(name))]


def _all_port_errors(spec: ServiceSpec) -> list[FieldError]:
    errors: list[FieldError] = []
    names: set[str] = set()
    for index, port in enumerate(spec.ports):
        path = f"spec.ports[{index}]"
        if port.name in names:
            errors += [duplicate(f"{path}.name", port.name)] if port.name else []
        names.add(port.name)
        errors += _port_errors(port, path, name_needed=len(spec.ports) > 1)
    return errors


def _port_errors(port: ServicePort, path: str, *, name_needed: bool) -> list[FieldError]:
    errors: list[FieldError] = []
    if port.name:
        errors += checked(f"{path}.name", port.name, dns1123_label(port.name))
    elif name_needed:
        errors.append(required(f"{path}.name"))
    return [
        *errors,
        *checked(f"{path}.port", port.port, port_number(port.port)),
        *protocol_errors(port.protocol, f"{path}.protocol"),
        *port_or_name_errors(port.effective_target, f"{path}.targetPort"),
    ]


def _affinity_errors(spec: ServiceSpec) -> list[FieldError]:
    path = "spec.sessionAffinity"
    if not spec.session_affinity:
        return [required(path)]
    if spec.session_affinity not in AFFINITIES:
        return [unsupported(path, spec.session_affinity, AFFINITIES)]
    return _affinity_config_errors(spec)


def _affinity_config_errors(spec: ServiceSpec) -> list[FieldError]:
    """kubernetes `validateClientIPAffinityConfig`."""
    path = "spec.sessionAffinityConfig"
    config = spec.extra.get("sessionAffinityConfig")
    if spec.session_affinity == "None":
        detail = "must not be set when session affinity is None"
        return [forbidden(path, detail)] if config is not None else []
    client = config.get("clientIP") if isinstance(config, Mapping) else None
    seconds = client.get("timeoutSeconds") if isinstance(client, Mapping) else None
    if seconds is None:
        return [required(path, "when session affinity type is ClientIP")]
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds <= MAX_AFFINITY:
        detail = f"must be greater than 0 and less than {MAX_AFFINITY}"
        return [invalid(f"{path}.clientIP.timeoutSeconds", seconds, detail)]
    return []


def _address_errors(spec: ServiceSpec) -> list[FieldError]:
    errors: list[FieldError] = []
    if spec.cluster_ip not in ("", HEADLESS) and ip_address(spec.cluster_ip):
        detail = "must be empty, 'None', or a valid IP address"
        errors.append(invalid("spec.clusterIP", spec.cluster_ip, detail))
    for index, address in enumerate(spec.external_ips):
        broken = ip_address(address) or ordinary_address(address)
        errors += checked(f"spec.externalIPs[{index}]", address, broken)
    return errors


def _type_errors(spec: ServiceSpec) -> list[FieldError]:
    if not spec.type:
        return [required("spec.type")]
    return [] if spec.type in TYPES else [unsupported("spec.type", spec.type, TYPES)]


def _node_port_errors(spec: ServiceSpec) -> list[FieldError]:
    errors: list[FieldError] = []
    taken: set[tuple[str, int]] = set()
    for index, port in enumerate(spec.ports):
        path, number = f"spec.ports[{index}].nodePort", port.node_port
        if not number:
            continue
        if spec.type == "ClusterIP":
            detail = "may not be used when `type` is 'ClusterIP'"
            errors.append(forbidden(path, detail))
        elif number not in NODE_PORTS:
            detail = (
                "provided port is not in the valid range. The range of valid ports is 30000-32767"
            )
            errors.append(invalid(path, number, detail))
        if (port.protocol, number) in taken:
            errors.append(duplicate(path, number))
        taken.add((port.protocol, number))
    return errors


def _duplicate_errors(spec: ServiceSpec) -> list[FieldError]:
    errors: list[FieldError] = []
    taken: set[tuple[str, int]] = set()
    for index, port in enumerate(spec.ports):
        if (port.protocol, port.port) in taken:
            shown = {"protocol": port.protocol, "port": port.port}
            errors.append(duplicate(f"spec.ports[{index}]", shown))
        taken.add((port.protocol, port.port))
    return errors


def _traffic_policy_errors(spec: ServiceSpec) -> list[FieldError]:
    path, policy = "spec.externalTrafficPolicy", spec.external_traffic_policy
    if not policy:
        return []
    if spec.type not in ("NodePort", "LoadBalancer"):
        detail = "ExternalTrafficPolicy can only be set on NodePort and LoadBalancer service"
        return [invalid(path, policy, detail)]
    return [] if policy in TRAFFIC_POLICIES else [unsupported(path, policy, TRAFFIC_POLICIES)]
