"""Empties a namespace that is being deleted, then removes it (kubernetes `controller/namespace`)."""

from __future__ import annotations

from cluster.engine.cluster import Cluster
from cluster.engine.watch import Change
from cluster.objects import kinds
from cluster.objects.event import Event
from cluster.objects.meta import Key
from cluster.objects.namespace import Namespace
from cluster.objects.pod import Pod

TERMINATING = "Terminating"

_CONTENT = tuple(
    kind for kind in kinds.STORED if kind.namespaced and kind not in (kinds.EVENT, kinds.POD)
)
"""Pods go after what would make new ones; events go last, since pods tell of their end."""


class NamespaceController:
    """Controller `namespace`."""

    name = "namespace"
    watches: tuple[type, ...] = (Namespace, Pod)

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """A namespace that is to go, looked at again with each of its pods that went."""
        if change.kind is kinds.NAMESPACE:
            return [change.key] if _is_terminating(change.new) else []
        if change.new is not None:
            return []
        name = change.key.namespace
        return [Key("", name)] if _is_terminating(cluster.store.get(Namespace, "", name)) else []

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Delete the content; once the last pod has ended, events and the namespace itself."""
        namespace = cluster.store.get(Namespace, *key)
        if namespace is None or not _is_terminating(namespace):
            return None
        for kind in _CONTENT:
            for each in cluster.store.list(kind.cls, key.name):
                cluster.remove(each)
        for pod in cluster.store.list(Pod, key.name):
            if not pod.is_terminating:
                cluster.delete(pod)
        if cluster.store.count(Pod, key.name):
            return None
        for event in cluster.store.list(Event, key.name):
            cluster.remove(event)
        cluster.remove(namespace)
        return None


def _is_terminating(namespace: Namespace | None) -> bool:
    return namespace is not None and namespace.status.phase == TERMINATING
