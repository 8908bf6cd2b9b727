"""Rules of containers, their ports, environment and probes (kubernetes `core/validation`)."""

from __future__ import annotations

from cluster.objects.fields import FieldError, duplicate, forbidden, invalid, required, unsupported
from cluster.objects.meta import IntOrString
from cluster.objects.pod import (
    Container,
    ContainerPort,
    EnvVar,
    HTTPGetAction,
    Probe,
)
from cluster.objects.validation.meta import checked, nonnegative, repeated
from cluster.objects.validation.names import (
    dns1123_label,
    environment_name,
    http_header_name,
    port_name,
    port_number,
)

PROTOCOLS = ("SCTP", "TCP", "UDP")
PULL_POLICIES = ("Always", "IfNotPresent", "Never")


def container_errors(containers: tuple[Container, ...], path: str) -> list[FieldError]:
    """What is wrong with the containers of a pod, and with their names together."""
    if not containers:
        return [required(path)]
    errors: list[FieldError] = []
    names: set[str] = set()
    for index, container in enumerate(containers):
        here = f"{path}[{index}]"
        if not container.name:
            errors.append(required(f"{here}.name"))
        else:
            errors += checked(f"{here}.name", container.name, dns1123_label(container.name))
        if container.name and container.name in names:
            errors.append(duplicate(f"{here}.name", container.name))
        names.add(container.name)
        errors += _container_errors(container, here)
    return [*errors, *_host_port_conflicts(containers, path)]


def _container_errors(container: Container, path: str) -> list[FieldError]:
    return [
        *image_errors(container.image, f"{path}.image"),
        *_liveness_errors(container.liveness_probe, f"{path}.livenessProbe"),
        *_probe_errors(container.readiness_probe, f"{path}.readinessProbe"),
        *_port_errors(container.ports, f"{path}.ports"),
        *_environment_errors(container.env, f"{path}.env"),
        *_pull_policy_errors(container.image_pull_policy, f"{path}.imagePullPolicy"),
    ]


def image_errors(image: str, path: str) -> list[FieldError]:
    """An image is named, without blanks around it."""
    if not image:
        return [required(path)]
    if image != image.strip():
        return [invalid(path, image, "must not have leading or trailing whitespace")]
    return []


def _pull_policy_errors(policy: str, path: str) -> list[FieldError]:
    if not policy:
        return [required(path)]
    return [] if policy in PULL_POLICIES else [unsupported(path, policy, PULL_POLICIES)]


# --- ports ---------------------------------------------------------------------------------------


def protocol_errors(protocol: str, path: str) -> list[FieldError]:
    """TCP, UDP or SCTP."""
    if not protocol:
        return [required(path)]
    return [] if protocol in PROTOCOLS else [unsupported(path, protocol, PROTOCOLS)]


def port_or_name_errors(port: IntOrString, path: str) -> list[FieldError]:
    """A port number, or the name of a container's port."""
    return checked(path, port, port_name(port) if isinstance(port, str) else port_number(port))


def _port_errors(ports: tuple[ContainerPort, ...], path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, port in enumerate(ports):
        here = f"{path}[{index}]"
        if port.name:
            errors += checked(f"{here}.name", port.name, port_name(port.name))
        if port.container_port == 0:
            errors.append(required(f"{here}.containerPort"))
        else:
            number = port.container_port
            errors += checked(f"{here}.containerPort", number, port_number(number))
        if port.host_port:
            errors += checked(f"{here}.hostPort", port.host_port, port_number(port.host_port))
        errors += protocol_errors(port.protocol, f"{here}.protocol")
    return [*errors, *repeated(f"{path}[{{}}].name", [port.name for port in ports])]


def _host_port_conflicts(containers: tuple[Container, ...], path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    taken: set[tuple[str, str, int]] = set()
    for outer, container in enumerate(containers):
        for inner, port in enumerate(container.ports):
            claim = (port.protocol, port.host_ip, port.host_port)
            if port.host_port and claim in taken:
                shown = f"{port.protocol}/{port.host_ip}/{port.host_port}"
                errors.append(duplicate(f"{path}[{outer}].ports[{inner}].hostPort", shown))
            taken.add(claim)
    return errors


# --- environment ---------------------------------------------------------------------------------


def _environment_errors(variables: tuple[EnvVar, ...], path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    for index, variable in enumerate(variables):
        here = f"{path}[{index}]"
        if not variable.name:
            errors.append(required(f"{here}.name"))
        else:
            errors += checked(f"{here}.name", variable.name, environment_name(variable.name))
        if variable.value and variable.value_from:
            detail = "may not be specified when `value` is not empty"
            errors.append(invalid(f"{here}.valueFrom", "", detail))
        if len(variable.value_from) > 1:
            detail = "may not have more than one field specified at a time"
            errors.append(invalid(f"{here}.valueFrom", "", detail))
    return errors


# --- probes --------------------------------------------------------------------------------------


def _liveness_errors(probe: Probe | None, path: str) -> list[FieldError]:
    errors = _probe_errors(probe, path)
    if probe is not None and probe.success_threshold != 1:
        errors.append(invalid(f"{path}.successThreshold", probe.success_threshold, "must be 1"))
    return errors


def _probe_errors(probe: Probe | None, path: str) -> list[FieldError]:
    if probe is None:
        return []
    return [
        *_handler_errors(probe, path),
        *nonnegative(f"{path}.initialDelaySeconds", probe.initial_delay_seconds),
        *nonnegative(f"{path}.timeoutSeconds", probe.timeout_seconds),
        *nonnegative(f"{path}.periodSeconds", probe.period_seconds),
        *nonnegative(f"{path}.successThreshold", probe.success_threshold),
        *nonnegative(f"{path}.failureThreshold", probe.failure_threshold),
    ]


def _handler_errors(probe: Probe, path: str) -> list[FieldError]:
    """A probe asks in exactly one way; `exec` counts first, as the server looks at it first."""
    given = {
        "exec": bool(probe.exec),
        "httpGet": probe.http_get is not None,
        "tcpSocket": probe.tcp_socket is not None,
        "grpc": "grpc" in probe.extra,
    }
    ways = [name for name, present in given.items() if present]
    if not ways:
        return [required(path, "must specify a handler type")]
    errors = [
        forbidden(f"{path}.{name}", "may not specify more than 1 handler type") for name in ways[1:]
    ]
    if ways[0] == "exec" and not probe.exec.get("command"):
        errors.append(required(f"{path}.exec.command"))
    if ways[0] == "httpGet" and probe.http_get is not None:
        errors += _http_errors(probe.http_get, f"{path}.httpGet")
    if ways[0] == "tcpSocket" and probe.tcp_socket is not None:
        errors += port_or_name_errors(probe.tcp_socket.port, f"{path}.tcpSocket.port")
    return errors


def _http_errors(action: HTTPGetAction, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if not action.path:
        errors.append(required(f"{path}.path"))
    errors += port_or_name_errors(action.port, f"{path}.port")
    if action.scheme not in ("HTTP", "HTTPS"):
        errors.append(unsupported(f"{path}.scheme", action.scheme, ("HTTP", "HTTPS")))
    for index, header in enumerate(action.http_headers):
        name = header.get("name") or ""
        errors += checked(f"{path}.httpHeaders[{index}].name", name, http_header_name(name))
    return errors
