"""The store: all objects under one resourceVersion counter, as etcd behind the API server.

Only the engine's thread writes. Readers on any thread get immutable objects and snapshot lists; nobody
locks. Indexes serve what controllers ask for often: objects by namespace and by owner, pods by node
and by label.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast

from cluster.engine.copying import changed
from cluster.engine.watch import Change, WatchLog
from cluster.objects import kinds
from cluster.objects.kind import Kind, Object
from cluster.objects.meta import Key
from cluster.objects.pod import Pod

T = TypeVar("T")
Bucket = dict[Key, Any]
Pods = list[Pod]
Objects = list[Object]


class Store:
    """Objects by kind and key, their indexes, and the watch log."""

    def __init__(self, version: int = 0, log_limit: int = 20_000) -> None:
        self.version = version
        self.log = WatchLog(version, log_limit)
        self._objects: dict[str, Bucket] = {kind.name: {} for kind in kinds.STORED}
        self._by_namespace: dict[str, dict[str, Bucket]] = {kind.name: {} for kind in kinds.STORED}
        self._by_owner: dict[str, dict[tuple[str, Key], Object]] = {}
        self._pods_by_node: dict[str, dict[Key, Pod]] = {}
        self._pods_by_label: dict[tuple[str, str, str], dict[Key, Pod]] = {}

    # --- reading ---------------------------------------------------------------------------------

    def get(self, cls: type[T], namespace: str, name: str) -> T | None:
        """The object, or None."""
        held = self._objects[cls.__name__].get(Key(namespace, name))
        return cast(T | None, held)

    def list(self, cls: type[T], namespace: str | None = None) -> list[T]:
        """A snapshot of a kind's objects, of one namespace or of all, in order of creation."""
        if namespace is None:
            return list(self._objects[cls.__name__].values())
        bucket = self._by_namespace[cls.__name__].get(namespace)
        return list(bucket.values()) if bucket else []

    def count(self, cls: type, namespace: str | None = None) -> int:
        """How many there are."""
        if namespace is None:
            return len(self._objects[cls.__name__])
        return len(self._by_namespace[cls.__name__].get(namespace, ()))

    def owned(self, uid: str) -> Objects:
        """The objects that name this uid as an owner."""
        return list(self._by_owner.get(uid, {}).values())

    def pods_on(self, node_name: str) -> Pods:
        """The pods bound to a node."""
        return list(self._pods_by_node.get(node_name, {}).values())

    def pod_count_on(self, node_name: str) -> int:
        """How many pods are bound to a node."""
        return len(self._pods_by_node.get(node_name, ()))

    def pods_matching(self, namespace: str, selector: Mapping[str, str]) -> Pods:
        """The pods of a namespace whose labels carry every pair of a selector; {} matches none."""
        buckets = [
            self._pods_by_label.get((namespace, name, value), {})
            for name, value in selector.items()
        ]
        if not buckets:
            return []
        smallest, *others = sorted(buckets, key=len)
        if not others:
            return list(smallest.values())
        return [pod for key, pod in list(smallest.items()) if all(key in each for each in others)]

    # --- writing: the engine's thread only ---------------------------------------------------------

    def put(self, obj: T, *, intent: bool = False) -> tuple[T, Change]:
        """Store an object, new or changed, under the next version.

        One made for this commit, which carries that version already, is stored as it is.
        """
        kind = kinds.kind_of(obj)
        metadata = cast(Any, obj).metadata
        old = self._objects[kind.name].get(metadata.key)
        self.version += 1
        stored = obj
        if metadata.resource_version != self.version:
            stored = changed(obj, metadata=changed(metadata, resource_version=self.version))
        change = Change(self.version, kind, old, stored, intent)
        self._apply(kind, metadata.key, old, stored)
        self.log.append(change)
        return stored, change

    def remove(self, cls: type, key: Key, *, intent: bool = False) -> Change | None:
        """Take an object out, or None when it is not there."""
        kind = kinds.BY_CLASS[cls]
        old = self._objects[kind.name].get(key)
        if old is None:
            return None
        self.version += 1
        change = Change(self.version, kind, old, None, intent)
        self._apply(kind, key, old, None)
        self.log.append(change)
        return change

    def load(self, objects: Iterable[Object]) -> None:
        """Fill the store from durable rows: no versions are given, nothing is logged."""
        for obj in objects:
            self._apply(kinds.kind_of(obj), obj.metadata.key, None, obj)

    def _apply(self, kind: Kind, key: Key, old: Object | None, new: Object | None) -> None:
        bucket = self._objects[kind.name]
        spaces = self._by_namespace[kind.name]
        if new is None:
            del bucket[key]
            space = spaces[key.namespace]
            del space[key]
            if not space:
                del spaces[key.namespace]
        else:
            bucket[key] = new
            spaces.setdefault(key.namespace, {})[key] = new
        self._index_owner(kind, key, old, new)
        if kind is kinds.POD:
            self._index_pod(key, old, new)

    def _index_owner(self, kind: Kind, key: Key, old: Object | None, new: Object | None) -> None:
        if old is not None:
            for owner in old.metadata.owner_references:
                _discard(self._by_owner, owner.uid, (kind.name, key))
        if new is not None:
            for owner in new.metadata.owner_references:
                self._by_owner.setdefault(owner.uid, {})[(kind.name, key)] = new

    def _index_pod(self, key: Key, old: Pod | None, new: Pod | None) -> None:
        if old is not None:
            if new is None or new.node_name != old.node_name:
                _discard(self._pods_by_node, old.node_name, key)
            if new is None or new.metadata.labels is not old.metadata.labels:
                for name, value in old.metadata.labels.items():
                    _discard(self._pods_by_label, (key.namespace, name, value), key)
        if new is not None:
            if new.node_name:
                self._pods_by_node.setdefault(new.node_name, {})[key] = new
            for name, value in new.metadata.labels.items():
                self._pods_by_label.setdefault((key.namespace, name, value), {})[key] = new


def _discard(index: dict[Any, dict[Any, Any]], name: Any, key: Any) -> None:
    bucket = index.get(name)
    if bucket is not None:
        bucket.pop(key, None)
        if not bucket:
            del index[name]
