"""What a container will do, worked out once per container definition: image, application, probes.

Stands for the kubelet's prober (`kubelet/prober`) and the process that it watches. Pods of one template
share their containers, so ten thousand pods share one program.
"""

from __future__ import annotations

from typing import Any

from cluster.engine.kubelet import images
from cluster.engine.kubelet.application import Application, application_of
from cluster.engine.kubelet.command_line import outcome_of
from cluster.engine.kubelet.images import ImageFacts, ImagePullError
from cluster.objects.pod import Container, Probe

PROBED = 137
"""Exit status of a container that was killed: 128 + SIGKILL."""


class Program:
    """A container's image and application, and the moments that follow from its start."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.image: ImageFacts | None = None
        self.error: ImagePullError | None = None
        self.application: Application | None = None
        try:
            self.image = images.resolve(container.image)
        except ImagePullError as error:
            self.error = error
        else:
            environment = {each.name: each.value for each in container.env}
            self.application = application_of(
                self.image, environment, container.command, container.args
            )
        self.killed_after = self._killed_after()
        self.lifetime = self._lifetime()

    def serves_on(self, port: int) -> bool:
        """Whether something listens on a port, once the application is up."""
        if self.image is None or self.application is None or not self.application.serves:
            return False
        declared = (each.container_port for each in self.container.ports)
        return port in self.image.ports or port in declared

    def readiness_delay(self, phase: float) -> float | None:
        """Seconds from start to readiness; None when its probe never succeeds."""
        probe = self.container.readiness_probe
        if probe is None:
            return 0.0
        if self.application is None or not self._succeeds(probe):
            return None
        at, period = _first(probe, phase), probe.period_seconds or 10
        while at < self.application.ready_delay:
            at += period
        return at + ((probe.success_threshold or 1) - 1) * period

    def failing_probe(self, since_start: float, phase: float) -> float | None:
        """Seconds from start to the next readiness probe that fails, not before `since_start`."""
        probe = self.container.readiness_probe
        if probe is None or self.application is None:
            return None
        at, period = _first(probe, phase), probe.period_seconds or 10
        if at < since_start:
            at += -(-(since_start - at) // period) * period
        fails = not self._succeeds(probe) or at < self.application.ready_delay
        return at if fails else None

    def probe_failure(self, probe: Probe, address: str) -> str:
        """What the failed probe reports."""
        if probe.exec:
            return "OCI runtime exec failed: command terminated with non-zero exit status"
        endpoint = f"{address}:{self._port(probe)}"
        refused = f"dial tcp {endpoint}: connect: connection refused"
        if probe.http_get is None:
            return refused
        scheme = (probe.http_get.scheme or "HTTP").lower()
        return f"Get {scheme}://{endpoint}{probe.http_get.path or '/'}: {refused}"

    def _killed_after(self) -> float | None:
        """Seconds from start until the liveness probe has failed too often; None: it does not."""
        probe = self.container.liveness_probe
        if probe is None or self.application is None:
            return None
        first, period = float(probe.initial_delay_seconds), probe.period_seconds or 10
        last = first + ((probe.failure_threshold or 3) - 1) * period
        if self._succeeds(probe) and self.application.ready_delay <= last:
            return None
        return max(last, 1.0)

    def _lifetime(self) -> float | None:
        ends = self.application.crash_after if self.application is not None else None
        known = [each for each in (ends, self.killed_after) if each is not None]
        return min(known, default=None)

    @property
    def killed(self) -> bool:
        """Whether the container is ended by its liveness probe rather than by itself."""
        return self.killed_after is not None and self.lifetime == self.killed_after

    @property
    def exit_code(self) -> int:
        """The exit status of the container's end."""
        if self.killed or self.application is None:
            return PROBED
        return self.application.exit_code

    def _succeeds(self, probe: Probe) -> bool:
        """Whether a probe succeeds once the application listens."""
        if probe.http_get is not None or probe.tcp_socket is not None:
            return self.serves_on(self._port(probe))
        command: Any = probe.exec.get("command") or ()
        return not command or outcome_of([str(each) for each in command]).exit_code == 0

    def _port(self, probe: Probe) -> int:
        """The number of the probed port; 0 for a name that the container does not declare."""
        action = probe.http_get or probe.tcp_socket
        port = action.port if action is not None else 0
        if isinstance(port, int):
            return port
        declared = {each.name: each.container_port for each in self.container.ports}
        return declared.get(port, int(port) if port.isdecimal() else 0)


def _first(probe: Probe, phase: float) -> float:
    """Seconds from start to the first probe: its initial delay, then anywhere in a period."""
    return round(probe.initial_delay_seconds + phase * (probe.period_seconds or 10), 1)
