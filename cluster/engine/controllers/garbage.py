"""Deletes what depends on owners that are gone, and pods of nodes that are gone.

Stands for kubernetes `controller/garbagecollector` (background deletion) and `controller/podgc`. An owner
deleted with `orphan` has left no references behind, so nothing follows it.
"""

from __future__ import annotations

from cluster.engine.cluster import Cluster
from cluster.engine.watch import Change
from cluster.objects import kinds
from cluster.objects.deploymentconfig import DeploymentConfig
from cluster.objects.kind import Object
from cluster.objects.meta import Key, OwnerReference
from cluster.objects.node import Node
from cluster.objects.pod import Pod
from cluster.objects.replicationcontroller import ReplicationController

BATCH = 500
OWNER, NODE = "", "node"
"""What a key's name is: the uid of an owner, or the name of a node."""


class GarbageCollector:
    """Controller `garbage`."""

    name = "garbage"
    watches: tuple[type, ...] = (DeploymentConfig, ReplicationController, Pod, Node)

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """Owners that went; owners of what came, for they may have gone before; nodes that went."""
        if change.kind is kinds.NODE:
            return [Key(NODE, change.key.name)] if change.new is None else []
        if change.new is None:
            return [Key(OWNER, change.object.metadata.uid)]
        if change.old is not None:
            return []
        owners = [Key(OWNER, each.uid) for each in change.new.metadata.owner_references]
        if change.kind is kinds.POD and change.new.node_name:
            owners.append(Key(NODE, change.new.node_name))
        return owners

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Delete in batches."""
        if key.namespace == NODE:
            self._collect_node(key.name, cluster)
            return None
        dependents = cluster.store.owned(key.name)
        if not dependents or _owner_exists(dependents[0], key.name, cluster):
            return None
        lost = [each for each in dependents if _is_lost(each, cluster)]
        for each in lost[:BATCH]:
            cluster.delete(each)
        return 0.0 if len(lost) > BATCH else None

    def _collect_node(self, name: str, cluster: Cluster) -> None:
        if cluster.store.get(Node, "", name) is None:
            for pod in cluster.store.pods_on(name):
                cluster.remove(pod)


def _owner_exists(dependent: Object, uid: str, cluster: Cluster) -> bool:
    references = dependent.metadata.owner_references
    return any(each.uid == uid and _exists(each, dependent, cluster) for each in references)


def _is_lost(dependent: Object, cluster: Cluster) -> bool:
    """Whether none of an object's owners exists, and nobody deletes it yet."""
    metadata = dependent.metadata
    return metadata.deletion_timestamp is None and not any(
        _exists(each, dependent, cluster) for each in metadata.owner_references
    )


def _exists(reference: OwnerReference, dependent: Object, cluster: Cluster) -> bool:
    """An owner of a kind that is not known here counts as existing: it is not ours to judge."""
    kind = kinds.find(reference.api_version, reference.kind)
    if kind is None or kind is kinds.PROJECT:
        return True
    namespace = dependent.metadata.namespace if kind.namespaced else ""
    held = cluster.store.get(kind.cls, namespace, reference.name)
    return held is not None and held.metadata.uid == reference.uid
