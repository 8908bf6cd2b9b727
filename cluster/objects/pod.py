"""Pod and the pod template: core/v1 `Pod`, `PodTemplateSpec`.

A pod shares its owner's `PodSpec` object, and its conditions are kept as moments in time and written
out as Kubernetes' condition list only when somebody asks, so that 150,000 pods fit into memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster.objects.meta import (
    EMPTY,
    IntOrString,
    ObjectMeta,
    Timestamp,
    named,
    rfc3339,
    verbatim,
)

PENDING, RUNNING, SUCCEEDED, FAILED, UNKNOWN = (
    "Pending",
    "Running",
    "Succeeded",
    "Failed",
    "Unknown",
)
WAITING, TERMINATED = "waiting", "terminated"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerPort:
    """A port that a container says it listens on."""

    name: str = ""
    container_port: int = named("containerPort", 0, keep=True)
    protocol: str = "TCP"
    host_port: int = 0
    host_ip: str = named("hostIP", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvVar:
    """An environment variable; `value_from` is stored as written."""

    name: str = named("name", "", keep=True)
    value: str = ""
    value_from: Mapping[str, Any] = EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class HTTPGetAction:
    """An HTTP probe."""

    path: str = ""
    port: IntOrString = named("port", 0, keep=True)
    host: str = ""
    scheme: str = ""
    http_headers: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TCPSocketAction:
    """A TCP probe."""

    port: IntOrString = named("port", 0, keep=True)
    host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Readiness and liveness. Times in seconds; 0 stands for the API's default."""

    http_get: HTTPGetAction | None = None
    tcp_socket: TCPSocketAction | None = None
    exec: Mapping[str, Any] = EMPTY
    initial_delay_seconds: int = 0
    timeout_seconds: int = 0
    period_seconds: int = 0
    success_threshold: int = 0
    failure_threshold: int = 0
    extra: Mapping[str, Any] = verbatim("grpc", "terminationGracePeriodSeconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A container of a pod."""

    name: str = named("name", "", keep=True)
    image: str = ""
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    ports: tuple[ContainerPort, ...] = ()
    env: tuple[EnvVar, ...] = ()
    readiness_probe: Probe | None = None
    liveness_probe: Probe | None = None
    image_pull_policy: str = ""
    extra: Mapping[str, Any] = verbatim(
        "resources", "volumeMounts", "volumeDevices", "securityContext", "workingDir", "envFrom",
        "lifecycle", "startupProbe", "terminationMessagePath", "terminationMessagePolicy", "stdin",
        "stdinOnce", "tty", "resizePolicy", "restartPolicy",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PodSpec:
    """What a pod runs; the node that it is bound to stands in `Pod.node_name`."""

    containers: tuple[Container, ...] = named("containers", (), keep=True)
    restart_policy: str = ""
    termination_grace_period_seconds: int | None = None
    node_selector: Mapping[str, str] = EMPTY
    tolerations: tuple[Mapping[str, Any], ...] = ()
    extra: Mapping[str, Any] = verbatim(
        "volumes", "initContainers", "ephemeralContainers", "dnsPolicy", "dnsConfig", "serviceAccountName",
        "serviceAccount", "securityContext", "schedulerName", "hostNetwork", "hostPID", "hostIPC",
        "imagePullSecrets", "affinity", "hostname", "subdomain", "priority", "priorityClassName",
        "enableServiceLinks", "automountServiceAccountToken", "activeDeadlineSeconds", "hostAliases",
        "runtimeClassName", "preemptionPolicy", "overhead", "topologySpreadConstraints", "readinessGates",
        "shareProcessNamespace", "setHostnameAsFQDN", "os", "hostUsers", "schedulingGates",
        "resourceClaims",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PodTemplateSpec:
    """The template in a ReplicationController or DeploymentConfig."""

    metadata: ObjectMeta = named("metadata", ObjectMeta())
    spec: PodSpec = named("spec", PodSpec())


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerStatus:
    """`status.containerStatuses[]`; `state` is waiting, running or terminated."""

    name: str = ""
    image: str = ""
    state: str = WAITING
    reason: str = ""
    message: str = ""
    ready: bool = False
    restart_count: int = 0
    started_at: Timestamp | None = None
    finished_at: Timestamp | None = None
    exit_code: int = 0
    last_reason: str = ""
    last_exit_code: int = 0
    last_started_at: Timestamp | None = None
    last_finished_at: Timestamp | None = None

    def to_document(self, document: dict[str, Any]) -> dict[str, Any]:
        """Kubernetes' nested form: `state: {running: {startedAt: …}}`."""
        return {
            "name": self.name,
            "image": self.image,
            "ready": self.ready,
            "restartCount": self.restart_count,
            "started": self.state == "running",
            "state": {self.state: self._state()},
            "lastState": self._last_state(),
        }

    def _state(self) -> dict[str, Any]:
        if self.state == "running":
            return {"startedAt": rfc3339(self.started_at or 0)}
        shown: dict[str, Any] = {"reason": self.reason}
        if self.message:
            shown["message"] = self.message
        if self.state == TERMINATED:
            shown["exitCode"] = self.exit_code
            shown["startedAt"] = rfc3339(self.started_at or 0)
            shown["finishedAt"] = rfc3339(self.finished_at or 0)
        return shown

    def _last_state(self) -> dict[str, Any]:
        if self.last_finished_at is None:
            return {}
        return {
            TERMINATED: {
                "reason": self.last_reason,
                "exitCode": self.last_exit_code,
                "startedAt": rfc3339(self.last_started_at or 0),
                "finishedAt": rfc3339(self.last_finished_at),
            }
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Back from the nested form."""
        held: Mapping[str, Any]
        state, held = next(iter((document.get("state") or {}).items()), (WAITING, EMPTY))
        last: Mapping[str, Any] = (document.get("lastState") or {}).get(TERMINATED) or {}
        flat = {
            "state": state,
            "reason": held.get("reason"),
            "message": held.get("message"),
            "startedAt": held.get("startedAt"),
            "finishedAt": held.get("finishedAt"),
            "exitCode": held.get("exitCode"),
            "lastReason": last.get("reason"),
            "lastExitCode": last.get("exitCode"),
            "lastStartedAt": last.get("startedAt"),
            "lastFinishedAt": last.get("finishedAt"),
        }
        kept = ("name", "image", "ready", "restartCount")
        return {name: document[name] for name in kept if name in document} | {
            name: each for name, each in flat.items() if each is not None
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PodStatus:
    """`status`. `ready_at` is the moment since which the pod is (or is not) `ready`."""

    phase: str = PENDING
    reason: str = ""
    message: str = ""
    pod_ip: str = ""
    host_ip: str = ""
    start_time: Timestamp | None = None
    scheduled_at: Timestamp | None = None
    unschedulable: str = ""
    ready: bool = False
    ready_at: Timestamp | None = None
    container_statuses: tuple[ContainerStatus, ...] = ()

    def to_document(self, document: dict[str, Any]) -> dict[str, Any]:
        """Conditions and address lists as Kubernetes writes them."""
        for compact in ("scheduledAt", "unschedulable", "ready", "readyAt", "podIp", "hostIp"):
            document.pop(compact, None)
        if self.host_ip:
            document["hostIP"] = self.host_ip
        if self.pod_ip:
            document |= {"podIP": self.pod_ip, "podIPs": [{"ip": self.pod_ip}]}
        conditions = self._conditions()
        if conditions:
            document["conditions"] = conditions
        return document

    def _conditions(self) -> list[dict[str, Any]]:
        if self.unschedulable:
            since = rfc3339(self.scheduled_at or 0)
            return [_condition("PodScheduled", False, since, "Unschedulable", self.unschedulable)]
        if self.scheduled_at is None:
            return []
        scheduled, changed = rfc3339(self.scheduled_at), rfc3339(self.ready_at or self.scheduled_at)
        unready = [each.name for each in self.container_statuses if not each.ready]
        # On a silent node a pod is not ready whatever its containers last said of themselves.
        all_ready = bool(self.container_statuses) and not unready
        reason = "" if self.ready or all_ready else "ContainersNotReady"
        message = f"containers with unready status: [{' '.join(unready)}]" if reason else ""
        return [
            _condition("Initialized", True, scheduled),
            _condition("Ready", self.ready, changed, reason, message),
            _condition("ContainersReady", self.ready or all_ready, changed, reason, message),
            _condition("PodScheduled", True, scheduled),
        ]

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """The compact form of a written status."""
        held = {each["type"]: each for each in document.get("conditions") or ()}
        ready, scheduled = held.get("Ready", {}), held.get("PodScheduled", {})
        bound = scheduled.get("status") == "True"
        kept = ("phase", "reason", "message", "startTime", "containerStatuses")
        flat = {
            "podIp": document.get("podIP"),
            "hostIp": document.get("hostIP"),
            "scheduledAt": scheduled.get("lastTransitionTime"),
            "unschedulable": None if bound else scheduled.get("message"),
            "ready": ready.get("status") == "True",
            "readyAt": ready.get("lastTransitionTime"),
        }
        return {name: document[name] for name in kept if name in document} | {
            name: each for name, each in flat.items() if each is not None
        }


def _condition(
    kind: str, holds: bool, since: str, reason: str = "", message: str = ""
) -> dict[str, Any]:
    shown = {"type": kind, "status": "True" if holds else "False", "lastTransitionTime": since}
    if reason:
        shown |= {"reason": reason, "message": message}
    return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """A pod. `node_name` is `spec.nodeName` in JSON."""

    metadata: ObjectMeta
    spec: PodSpec = named("spec", PodSpec(), keep=True)
    node_name: str = ""
    status: PodStatus = PodStatus()

    def to_document(self, document: dict[str, Any]) -> dict[str, Any]:
        """`nodeName` belongs into the spec."""
        document.pop("nodeName", None)
        if self.node_name:
            document["spec"]["nodeName"] = self.node_name
        return document

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take `nodeName` out of the spec."""
        spec = document.get("spec")
        if not isinstance(spec, Mapping) or "nodeName" not in spec:
            return document
        rest = {name: each for name, each in spec.items() if name != "nodeName"}
        return {**document, "spec": rest, "nodeName": spec["nodeName"]}

    @property
    def is_terminating(self) -> bool:
        """Whether the pod has been asked to stop."""
        return self.metadata.deletion_timestamp is not None

    @property
    def is_on_host_network(self) -> bool:
        """Whether it lives in its node's own network and has the node's address."""
        return bool(self.spec.extra) and bool(self.spec.extra.get("hostNetwork"))

    @property
    def is_finished(self) -> bool:
        """Whether its containers have ended for good."""
        return self.status.phase in (SUCCEEDED, FAILED)


def ready_counts(pod: Pod) -> tuple[int, int]:
    """Ready containers and all containers: the READY column's two numbers."""
    return sum(each.ready for each in pod.status.container_statuses), len(pod.spec.containers)


def restarts(pod: Pod) -> int:
    """The RESTARTS column."""
    return sum(each.restart_count for each in pod.status.container_statuses)


def status_word(pod: Pod) -> str:
    """The STATUS column of `oc get pods` (kubernetes `printers/internalversion: printPod`)."""
    word = pod.status.reason or pod.status.phase
    has_running = False
    for each in reversed(pod.status.container_statuses):
        if each.state in (WAITING, TERMINATED) and each.reason:
            word = each.reason
        elif each.state == TERMINATED:
            word = f"ExitCode:{each.exit_code}"
        elif each.ready and each.state == "running":
            has_running = True
    if word == "Completed" and has_running:
        word = RUNNING if pod.status.ready else "NotReady"
    if pod.is_terminating:
        return UNKNOWN if pod.status.reason == "NodeLost" else "Terminating"
    return word


def container_port(spec: PodSpec, name: str, protocol: str = "TCP") -> int | None:
    """The number of a named container port, or None."""
    for container in spec.containers:
        for port in container.ports:
            if port.name == name and port.protocol == protocol:
                return port.container_port
    return None
