"""Keeps as many pods as each ReplicationController wants.

Stands for kubernetes `controller/replication`: pods in excess go in the order of `ActivePods`, pods
without an owner that match are adopted, pods that no longer match are let go.
"""

from __future__ import annotations

from collections.abc import Mapping

from cluster.engine.cluster import Cluster, owner_reference
from cluster.engine.copying import changed
from cluster.engine.watch import Change
from cluster.objects import kinds
from cluster.objects.event import NORMAL
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.namespace import Namespace
from cluster.objects.pod import (
    FAILED,
    PENDING,
    SUCCEEDED,
    UNKNOWN,
    Pod,
    PodTemplateSpec,
    restarts,
)
from cluster.objects.replicationcontroller import (
    ReplicationController,
    ReplicationControllerStatus,
)
from cluster.objects.selector import matches

COMPONENT = "replication-controller"
BURST = 500
"""Pods created or deleted in one go (kubernetes `BurstReplicas`)."""


class ReplicationControllers:
    """Controller `replicationcontroller`."""

    name = "replicationcontroller"
    watches: tuple[type, ...] = (ReplicationController, Pod)

    def __init__(self) -> None:
        self._may_adopt: set[Key] = set()

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """The controller itself, or the one that a pod's change concerns; most changes do not."""
        if change.kind is kinds.REPLICATIONCONTROLLER:
            if change.old is None or change.old.spec is not change.object.spec:
                self._may_adopt.add(change.key)
            return [change.key]
        old, new = change.old, change.new
        if old is not None and new is not None and not _counts_differently(old, new):
            return []
        return list(dict.fromkeys(self._concerned(change.object, cluster)))

    def _concerned(self, pod: Pod, cluster: Cluster) -> list[Key]:
        namespace = pod.metadata.namespace
        controller = pod.metadata.controller()
        if controller is not None:
            own = controller.kind == kinds.REPLICATIONCONTROLLER.name
            return [Key(namespace, controller.name)] if own else []
        adopters = [
            each.metadata.key
            for each in cluster.store.list(ReplicationController, namespace)
            if matches(each.spec.selector, pod.metadata.labels)
        ]
        self._may_adopt.update(adopters)
        return adopters

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Create or delete pods up to the wanted number, then count."""
        controller = cluster.store.get(ReplicationController, *key)
        if controller is None or controller.spec.template is None:
            self._may_adopt.discard(key)
            return None
        pods = self._claim(controller, cluster)
        wanted = 1 if controller.spec.replicas is None else controller.spec.replicas
        missing = wanted - len(pods)
        if missing > 0 and _is_active(key.namespace, cluster):
            pods += self._create(controller, controller.spec.template, missing, cluster)
        elif missing < 0:
            pods = self._delete(controller, pods, -missing, cluster)
        status, again = _status(controller, pods, cluster.now)
        cluster.update_status(controller, status)
        return again

    # --- whose pods ----------------------------------------------------------------------------------

    def _claim(self, controller: ReplicationController, cluster: Cluster) -> list[Pod]:
        """The controller's active pods, after adopting and releasing (`ClaimPods`)."""
        selector, uid = controller.spec.selector, controller.metadata.uid
        known: dict[int, bool] = {}  # pods share their labels: each mapping is matched once
        held: list[Pod] = []
        for pod in cluster.store.owned(uid):
            if not _is_counted(pod):
                continue
            labels = pod.metadata.labels
            if id(labels) not in known:
                known[id(labels)] = matches(selector, labels)
            if known[id(labels)]:
                held.append(pod)
            else:
                self._release(pod, uid, cluster)
        for pod in self._orphans(controller, cluster):
            owners = (*pod.metadata.owner_references, owner_reference(controller))
            metadata = changed(pod.metadata, owner_references=owners)
            held.append(cluster.update(changed(pod, metadata=metadata)))
        return held

    def _orphans(self, controller: ReplicationController, cluster: Cluster) -> list[Pod]:
        """Matching pods that nobody owns; looked for only after something made one possible."""
        if controller.metadata.key not in self._may_adopt:
            return []
        self._may_adopt.discard(controller.metadata.key)
        return [
            pod
            for pod in cluster.store.pods_matching(
                controller.metadata.namespace, controller.spec.selector
            )
            if not pod.metadata.owner_references and _is_counted(pod)
        ]

    def _release(self, pod: Pod, uid: str, cluster: Cluster) -> None:
        owners = tuple(each for each in pod.metadata.owner_references if each.uid != uid)
        metadata = changed(pod.metadata, owner_references=owners)
        cluster.update(changed(pod, metadata=metadata))

    # --- more and fewer --------------------------------------------------------------------------------

    def _create(
        self,
        controller: ReplicationController,
        template: PodTemplateSpec,
        missing: int,
        cluster: Cluster,
    ) -> list[Pod]:
        """New pods; they share spec, labels, annotations and owner with one another."""
        metadata = ObjectMeta(
            generate_name=f"{controller.metadata.name}-",
            namespace=controller.metadata.namespace,
            labels=template.metadata.labels,
            annotations=template.metadata.annotations,
            owner_references=(owner_reference(controller),),
        )
        created: list[Pod] = []
        for _ in range(min(missing, BURST)):
            pod = cluster.create(Pod(metadata=metadata, spec=template.spec))
            message = f"Created pod: {pod.metadata.name}"
            cluster.record(controller, NORMAL, "SuccessfulCreate", message, COMPONENT)
            created.append(pod)
        return created

    def _delete(
        self, controller: ReplicationController, pods: list[Pod], excess: int, cluster: Cluster
    ) -> list[Pod]:
        ordered = sorted(pods, key=deletion_order)
        count = min(excess, BURST)
        for pod in ordered[:count]:
            cluster.delete(pod)
            message = f"Deleted pod: {pod.metadata.name}"
            cluster.record(controller, NORMAL, "SuccessfulDelete", message, COMPONENT)
        return ordered[count:]


def deletion_order(pod: Pod) -> tuple[bool, int, bool, float, int, float, str]:
    """The order in which pods in excess go: kubernetes `controller.ActivePods`.

    Without a node before bound; Pending, Unknown, Running; not ready before ready; ready for a short
    time before ready for long; more restarts before fewer; young before old.
    """
    status = pod.status
    return (
        bool(pod.node_name),
        {PENDING: 0, UNKNOWN: 1}.get(status.phase, 2),
        status.ready,
        -(status.ready_at or 0.0) if status.ready else 0.0,
        -restarts(pod),
        -(pod.metadata.creation_timestamp or 0.0),
        pod.metadata.name,
    )


def _is_counted(pod: Pod) -> bool:
    return pod.metadata.deletion_timestamp is None and pod.status.phase not in (SUCCEEDED, FAILED)


def _is_active(namespace: str, cluster: Cluster) -> bool:
    held = cluster.store.get(Namespace, "", namespace)
    return held is not None and held.status.phase == "Active"


def _counts_differently(old: Pod, new: Pod) -> bool:
    return (
        old.status.ready is not new.status.ready
        or old.status.phase != new.status.phase
        or old.is_terminating is not new.is_terminating
        or old.metadata.labels is not new.metadata.labels
        or old.metadata.owner_references is not new.metadata.owner_references
    )


def _status(
    controller: ReplicationController, pods: list[Pod], now: float
) -> tuple[ReplicationControllerStatus, float | None]:
    """The counts, and the seconds until the next ready pod becomes available."""
    template_labels: Mapping[str, str] = {}
    if controller.spec.template is not None:
        template_labels = controller.spec.template.metadata.labels
    patience = controller.spec.min_ready_seconds
    labelled = ready = available = 0
    again: float | None = None
    for pod in pods:
        labels = pod.metadata.labels
        labelled += labels is template_labels or matches(template_labels, labels)
        if not pod.status.ready:
            continue
        ready += 1
        left = (pod.status.ready_at or 0.0) + patience - now if patience else 0.0
        if left <= 0:
            available += 1
        elif again is None or left < again:
            again = left
    status = ReplicationControllerStatus(
        replicas=len(pods),
        fully_labeled_replicas=labelled,
        ready_replicas=ready,
        available_replicas=available,
        observed_generation=controller.metadata.generation,
    )
    return status, again
