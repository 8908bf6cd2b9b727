"""The kubelets of all nodes: they bring bound pods to life, keep them, and end them.

Stands for `kubelet.syncPod` and the CNI call of OpenShift SDN. What happens to a container, and when,
is the table in `stages`; here is what concerns the pod as a whole: admission, the sandbox with its
address, phase and readiness, and the end.
"""

from __future__ import annotations

import hashlib

from cluster.engine.cluster import Cluster
from cluster.engine.copying import changed
from cluster.engine.kubelet.entries import COMPONENT, Entries
from cluster.engine.kubelet.image_cache import ImageCache
from cluster.engine.kubelet.phase import phase_of
from cluster.engine.kubelet.program import Program
from cluster.engine.kubelet.sandbox import had_sandbox
from cluster.engine.kubelet.stages import (
    ADMISSION,
    CREATING,
    SANDBOX,
    SANDBOX_RETRY,
    SYNC,
    Seen,
    jitter,
    next_transition,
    probe_phase,
    quantised,
)
from cluster.engine.network.plugins.addressing import NetworkNotReadyError
from cluster.engine.network.pod_addresses import AddressesExhaustedError
from cluster.engine.watch import Change
from cluster.objects.event import NORMAL, WARNING
from cluster.objects.meta import Key, Timestamp
from cluster.objects.node import BOOT_ID, Node, internal_ip, is_ready, is_reporting
from cluster.objects.pod import Container, ContainerStatus, Pod, PodStatus

_PROGRAMS_KEPT = 4096
NOT_READY = (
    "network is not ready: [runtime network not ready: NetworkReady=false"
    " reason:NetworkPluginNotReady message:docker: network plugin is not ready:"
    " cni config uninitialized]"
)
NOT_READY_MODERN = (
    "network is not ready: container runtime network not ready: NetworkReady=false"
    " reason:NetworkPluginNotReady message:Network plugin returns error: No CNI configuration file in"
    " /etc/kubernetes/cni/net.d/. Has your network provider started?"
)


class Kubelet:
    """Controller `kubelet`: keys are pods that have a node."""

    name = "kubelet"
    watches: tuple[type, ...] = (Pod, Node)

    def __init__(self) -> None:
        self._cache = ImageCache()
        self._entries = Entries(self._cache)
        self._programs: dict[int, Program] = {}
        self._stopping: set[str] = set()

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """Pods that were bound, changed by somebody else, asked to stop, or lost their sandbox."""
        if isinstance(change.object, Node):
            return self._follow_node(change, cluster)
        old, new = change.old, change.new
        if new is None:
            self._stopping.discard(change.object.metadata.uid)
            return []
        if not new.node_name:
            return []
        seen = (
            old is not None
            and old.node_name == new.node_name
            and old.metadata.deletion_timestamp == new.metadata.deletion_timestamp
            and old.spec == new.spec
            and (new.status.pod_ip != "" or old.status.pod_ip == "")
        )
        return [] if seen else [change.key]

    def _follow_node(self, change: Change, cluster: Cluster) -> list[Key]:
        """All pods of a node whose kubelet can be at work again."""
        old, new = change.old, change.new
        if new is None:
            self._cache.forget(change.key.name)
            return []
        if old is None or not is_reporting(new) or _work(old) == _work(new):
            return []
        return [pod.metadata.key for pod in cluster.store.pods_on(change.key.name)]

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Do what is due for a pod; returns the seconds until more is."""
        pod = cluster.store.get(Pod, *key)
        if pod is None or not pod.node_name or pod.is_finished:
            return None
        if not self._is_at_work(pod, cluster):
            return None
        if pod.is_terminating:
            return self._stop(pod, cluster)
        if pod.status.start_time is None:
            due = self._admission(pod, cluster)
            if due > cluster.now:
                return due - cluster.now
            pod = self._admit(pod, cluster)
        if not cluster.addresses.holds(pod):
            due = quantised((pod.status.start_time or 0.0) + jitter(pod, "sandbox", SANDBOX))
            if due > cluster.now:
                return due - cluster.now
            made = self._make_sandbox(pod, cluster)
            if made is None:
                return SANDBOX_RETRY
            pod = made
        return self._sync(pod, cluster)

    def _is_at_work(self, pod: Pod, cluster: Cluster) -> bool:
        """Whether the pod's kubelet runs, hears the masters, and can do what is due for the pod.

        While the network plugin starts it only ends pods; without a network it says why it cannot.
        """
        node = cluster.store.get(Node, "", pod.node_name)
        if node is None:
            return True
        if not is_reporting(node):
            return False
        if pod.is_terminating or is_ready(node):
            return True
        return not cluster.addresses.has_network(pod.node_name)

    # --- admission and sandbox -------------------------------------------------------------------

    def _admission(self, pod: Pod, cluster: Cluster) -> float:
        bound = pod.status.scheduled_at or pod.metadata.creation_timestamp or cluster.now
        return quantised(bound + jitter(pod, "admission", ADMISSION))

    def _admit(self, pod: Pod, cluster: Cluster) -> Pod:
        node = cluster.store.get(Node, "", pod.node_name)
        status = changed(
            pod.status,
            host_ip=internal_ip(node) if node is not None else "",
            start_time=Timestamp(cluster.now),
            scheduled_at=pod.status.scheduled_at or Timestamp(cluster.now),
            container_statuses=tuple(
                ContainerStatus(name=each.name, image=each.image, reason=CREATING)
                for each in pod.spec.containers
            ),
        )
        return cluster.update_status(pod, status)

    def _make_sandbox(self, pod: Pod, cluster: Cluster) -> Pod | None:
        """Give the pod its address and set out for its containers; None when there is no address."""
        try:
            address = self._address(pod, cluster)
        except NetworkNotReadyError:
            text = NOT_READY_MODERN if cluster.config.profile.name == "4" else NOT_READY
            cluster.record(pod, WARNING, "NetworkNotReady", text, COMPONENT, pod.node_name)
            return None
        except AddressesExhaustedError as error:
            text = _sandbox_failure(pod, str(error))
            cluster.record(pod, WARNING, "FailedCreatePodSandBox", text, COMPONENT, pod.node_name)
            return None
        if had_sandbox(pod):
            text = "Pod sandbox changed, it will be killed and re-created."
            cluster.record(pod, NORMAL, "SandboxChanged", text, COMPONENT, pod.node_name)
        status = pod.status
        statuses = tuple(
            self._entries.creating(Seen(pod, each, self._program(container)), cluster)
            for container, each in zip(pod.spec.containers, status.container_statuses, strict=True)
        )
        return cluster.update_status(
            cluster.addresses.annotated(pod, address),
            changed(status, pod_ip=address, ready=False, container_statuses=statuses),
        )

    def _address(self, pod: Pod, cluster: Cluster) -> str:
        """What the network plugin gives the pod; on the host's network it has the node's address."""
        return pod.status.host_ip if pod.is_on_host_network else cluster.addresses.allocate_pod(pod)

    # --- containers --------------------------------------------------------------------------------

    def _sync(self, pod: Pod, cluster: Cluster) -> float | None:
        """Carry every container through what is due, store the outcome, tell when more is due."""
        due: float | None = None
        statuses = []
        for container, status in zip(
            pod.spec.containers, pod.status.container_statuses, strict=True
        ):
            seen, next_due = self._advance(Seen(pod, status, self._program(container)), cluster)
            statuses.append(seen.status)
            if next_due is not None and (due is None or next_due < due):
                due = next_due
        stored = cluster.update_status(pod, _pod_status(pod, tuple(statuses), cluster.now))
        if due is None or stored.is_finished:
            return None
        return due - cluster.now

    def _advance(self, seen: Seen, cluster: Cluster) -> tuple[Seen, float | None]:
        while (coming := next_transition(seen)) is not None:
            due, transition = coming
            if due > cluster.now:
                return seen, _earlier(due, self._probe(seen, cluster))
            status = self._entries.enter(transition.target, seen, cluster)
            seen = changed(seen, status=status)
        return seen, self._probe(seen, cluster)

    def _probe(self, seen: Seen, cluster: Cluster) -> float | None:
        """Report a readiness probe that fails now; the time of the next that will."""
        status, probe = seen.status, seen.program.container.readiness_probe
        if probe is None or status.state != "running" or status.ready:
            return None
        phase, running = probe_phase(seen.pod), cluster.now - seen.began
        failing = seen.program.failing_probe(running - 0.05, phase)
        if failing is not None and failing <= running + 0.05:
            failure = seen.program.probe_failure(probe, seen.pod.status.pod_ip)
            text = f"Readiness probe failed: {failure}"
            cluster.record(seen.pod, WARNING, "Unhealthy", text, COMPONENT, seen.pod.node_name)
            failing = seen.program.failing_probe(running + 0.05, phase)
        return None if failing is None else quantised(seen.began + failing)

    def _program(self, container: Container) -> Program:
        """Pods of one template share their container objects, so programs are kept by identity."""
        known = self._programs.get(id(container))
        if known is None or known.container is not container:
            if len(self._programs) >= _PROGRAMS_KEPT:
                self._programs.clear()
            known = self._programs[id(container)] = Program(container)
        return known

    # --- the end -------------------------------------------------------------------------------------

    def _stop(self, pod: Pod, cluster: Cluster) -> float | None:
        """Stop the containers; when the grace period is over the pod is gone."""
        running = [each for each in pod.status.container_statuses if each.state == "running"]
        if running and pod.metadata.uid not in self._stopping:
            self._stopping.add(pod.metadata.uid)
            for each in running:
                text = f"Stopping container {each.name}"
                cluster.record(pod, NORMAL, "Killing", text, COMPONENT, pod.node_name)
        end = float(pod.metadata.deletion_timestamp or cluster.now)
        if not running:
            end = min(end, end - (pod.metadata.deletion_grace_period_seconds or 0) + SYNC)
        if end > cluster.now:
            return end - cluster.now
        cluster.remove(pod)
        return None


def _work(node: Node) -> tuple[object, ...]:
    """What of a node decides on the work of its kubelet."""
    return is_reporting(node), is_ready(node), node.status.node_info.get(BOOT_ID)


def _earlier(one: float, other: float | None) -> float:
    return one if other is None else min(one, other)


def _pod_status(pod: Pod, statuses: tuple[ContainerStatus, ...], now: float) -> PodStatus:
    """The pod's status from its containers'."""
    old = pod.status
    ready = all(each.ready for each in statuses)
    if statuses == old.container_statuses and ready is old.ready:
        return old
    phase = phase_of(pod.spec.restart_policy or "Always", statuses)
    ready_at = old.ready_at if ready is old.ready else Timestamp(now)
    return changed(old, phase=phase, ready=ready, ready_at=ready_at, container_statuses=statuses)


def _sandbox_failure(pod: Pod, detail: str) -> str:
    """The chain of words from host-local through the SDN's CNI plugin up to the kubelet."""
    namespace, name = pod.metadata.key
    sandbox = hashlib.sha256(pod.metadata.uid.encode()).hexdigest()
    return (
        f"Failed create pod sandbox: rpc error: code = Unknown desc = failed to set up sandbox"
        f' container "{sandbox}" network for pod "{name}": NetworkPlugin cni failed to set up pod'
        f' "{name}_{namespace}" network: failed to run IPAM for {sandbox}: failed to run CNI IPAM'
        f" ADD: {detail}"
    )
