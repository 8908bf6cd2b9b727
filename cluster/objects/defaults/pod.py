"""Defaults of Pod and of pod templates (kubernetes `core/v1: SetDefaults_PodSpec` and its parts)."""

from __future__ import annotations

from dataclasses import replace

from cluster.objects.pod import (
    Container,
    ContainerPort,
    HTTPGetAction,
    Pod,
    PodSpec,
    PodTemplateSpec,
    Probe,
)


def default_pod(pod: Pod) -> Pod:
    """A pod with its spec filled in."""
    return replace(pod, spec=default_pod_spec(pod.spec))


def default_template(template: PodTemplateSpec) -> PodTemplateSpec:
    """A pod template with its spec filled in."""
    return replace(template, spec=default_pod_spec(template.spec))


def default_pod_spec(spec: PodSpec) -> PodSpec:
    """Restart policy, grace period (seconds) and what containers leave out."""
    grace = spec.termination_grace_period_seconds
    return replace(
        spec,
        restart_policy=spec.restart_policy or "Always",
        termination_grace_period_seconds=30 if grace is None else grace,
        containers=tuple(_default_container(each) for each in spec.containers),
    )


def _default_container(container: Container) -> Container:
    return replace(
        container,
        image_pull_policy=container.image_pull_policy or pull_policy(container.image),
        ports=tuple(_default_port(port) for port in container.ports),
        readiness_probe=_default_probe(container.readiness_probe),
        liveness_probe=_default_probe(container.liveness_probe),
    )


def pull_policy(image: str) -> str:
    """`Always` for the tag `latest`, which a name without tag and digest means."""
    name, _, digest = image.partition("@")
    last = name.rpartition("/")[2]
    tag = last.partition(":")[2] or ("" if digest else "latest")
    return "Always" if tag == "latest" else "IfNotPresent"


def _default_port(port: ContainerPort) -> ContainerPort:
    return replace(port, protocol=port.protocol or "TCP")


def _default_probe(probe: Probe | None) -> Probe | None:
    """Times in seconds; `initialDelaySeconds` has no default but 0."""
    if probe is None:
        return None
    return replace(
        probe,
        http_get=None if probe.http_get is None else _default_http(probe.http_get),
        timeout_seconds=probe.timeout_seconds or 1,
        period_seconds=probe.period_seconds or 10,
        success_threshold=probe.success_threshold or 1,
        failure_threshold=probe.failure_threshold or 3,
    )


def _default_http(action: HTTPGetAction) -> HTTPGetAction:
    return replace(action, path=action.path or "/", scheme=action.scheme or "HTTP")
