"""What controllers work with: the store, the clock's reading, timers, random streams, addresses.

It is the in-process counterpart of a controller's API client: every write becomes a commit that
watchers see. Controllers write status (written behind); users' writes go through `transaction`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast, runtime_checkable

from cluster.engine.address_plan import AddressPlan
from cluster.engine.config import EngineConfig
from cluster.engine.copying import changed as copied
from cluster.engine.events import EventRecorder
from cluster.engine.rng import RandomStream
from cluster.engine.store import Store
from cluster.engine.timers import Timers
from cluster.engine.watch import Change
from cluster.objects import kinds
from cluster.objects.kind import Object
from cluster.objects.meta import Key, ObjectMeta, OwnerReference, Timestamp

T = TypeVar("T")
MOMENT = 0.001
"""The shortest wait, in seconds."""


class Reconciler(Protocol):
    """A controller: it turns keys into commits until the world is as the objects want it.

    `reconcile` looks at the store alone (level-triggered), never sleeps, and may return after how
    many seconds of cluster time the key is to be looked at again.
    """

    name: str
    watches: tuple[type, ...]

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """The keys that a commit concerns."""
        ...

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Bring one key into order."""
        ...


@runtime_checkable
class Paced(Protocol):
    """A controller that measures: its samples are as far apart on the wall's clock at any speed."""

    def set_speed(self, speed: float) -> None:
        """The cluster's clock goes so many times as fast as the wall's from now on."""
        ...


class Cluster:
    """The cluster's state and the ways to change it. Belongs to the engine's thread."""

    def __init__(self, config: EngineConfig, store: Store, now: float, rng: RandomStream) -> None:
        self.config = config
        self.store = store
        self.now = now
        self.rng = rng
        self.timers = Timers()
        self.addresses = AddressPlan(config, rng.child("service-addresses"), store)
        self.recorder = EventRecorder()
        self._listeners: list[Callable[[Change], None]] = [self.addresses.follow]

    # --- commits -----------------------------------------------------------------------------------

    def on_change(self, listener: Callable[[Change], None]) -> None:
        """Call a listener for each commit, on the engine's thread, right after it."""
        self._listeners.append(listener)

    def create(self, obj: T, *, intent: bool = False) -> T:
        """Store a new object: uid, creation time and generation are given here."""
        given = cast(Any, obj).metadata
        metadata = self.new_metadata(given, self.store.version + 1)
        while not given.name and self.store.get(type(obj), *metadata.key) is not None:
            # The suffix is taken: a client would try again.
            metadata = self.new_metadata(given, self.store.version + 1)
        return cast(T, self._put(copied(cast(Any, obj), metadata=metadata), intent))

    def new_metadata(self, metadata: ObjectMeta, version: int = 0) -> ObjectMeta:
        """The metadata of an object that comes into being now (`rest.FillObjectMetaSystemFields`)."""
        name = metadata.name
        if not name and metadata.generate_name:
            name = metadata.generate_name[:58] + self.rng.choices_suffix(5)
        return copied(
            metadata,
            name=name,
            uid=self.rng.uuid(),
            resource_version=version,
            generation=1,
            creation_timestamp=Timestamp(self.now),
            deletion_timestamp=None,
            deletion_grace_period_seconds=None,
        )

    def update(self, obj: T, *, intent: bool = False) -> T:
        """Store a changed object; its generation rises if what the user wrote changed."""
        kind = kinds.kind_of(obj)
        changed = cast(Any, obj)
        old: Any = self.store.get(kind.cls, *changed.metadata.key)
        if old is not None and kind.spec_changed(changed, old):
            generation = old.metadata.generation + 1
            metadata = copied(changed.metadata, generation=generation)
            changed = copied(changed, metadata=metadata)
        return cast(T, self._put(changed, intent))

    def update_status(self, obj: T, status: Any) -> T:
        """Store an object with another status, unless it is the same."""
        if cast(Any, obj).status == status:
            return obj
        metadata = copied(cast(Any, obj).metadata, resource_version=self.store.version + 1)
        return cast(T, self._put(copied(cast(Any, obj), status=status, metadata=metadata), False))

    def remove(self, obj: Object, *, intent: bool = False) -> None:
        """Take an object out of the store."""
        change = self.store.remove(type(obj), obj.metadata.key, intent=intent)
        if change is not None:
            self._tell(change)

    def delete(self, obj: Object, *, grace: int | None = None, intent: bool = False) -> None:
        """Delete as the API does: a bound pod ends after its grace period, all else goes at once."""
        if not isinstance(obj, kinds.POD.cls) or not obj.node_name or obj.is_finished:
            self.remove(obj, intent=intent)
            return
        default = obj.spec.termination_grace_period_seconds
        seconds = grace if grace is not None else 30 if default is None else default
        end = self.now + seconds
        if seconds == 0:
            self.remove(obj, intent=intent)
        elif obj.metadata.deletion_timestamp is None or end < obj.metadata.deletion_timestamp:
            metadata = copied(
                obj.metadata,
                deletion_timestamp=Timestamp(end),
                deletion_grace_period_seconds=seconds,
            )
            self._put(copied(obj, metadata=metadata), intent)

    def record(
        self, obj: Object, type_: str, reason: str, message: str, component: str, host: str = ""
    ) -> None:
        """Record an event about an object; the same one again only counts up."""
        event, outdated = self.recorder.event(
            self.store, self.now, obj, type_, reason, message, component, host
        )
        if event.metadata.uid:
            self._put(event, False)
        else:
            self.create(event)
        for each in outdated:
            self.remove(each)

    def _put(self, obj: T, intent: bool) -> T:
        stored, change = self.store.put(obj, intent=intent)
        self._tell(change)
        return stored

    def _tell(self, change: Change) -> None:
        for listener in self._listeners:
            listener(change)

    # --- time --------------------------------------------------------------------------------------

    def after(self, seconds: float, queue: str, key: Key) -> None:
        """Have a key looked at by a controller after some cluster time."""
        self.timers.schedule(self.moment_after(seconds), queue, key)

    def moment_after(self, seconds: float) -> float:
        """The time so many seconds from now: a whole millisecond, later than now.

        Seconds since 1970 resolve no finer than a quarter of a microsecond. A remainder such as
        `due - age` may be too small to move the clock, and a controller would wait for it for ever.
        """
        later: float = round(self.now + seconds, 3)
        return later if later > self.now else round(self.now + MOMENT, 3)


def owner_reference(owner: Object) -> OwnerReference:
    """The reference by which a dependent names its controller."""
    kind = kinds.kind_of(owner)
    return OwnerReference(
        api_version=kind.api_version,
        kind=kind.name,
        name=owner.metadata.name,
        uid=owner.metadata.uid,
        controller=True,
        block_owner_deletion=True,
    )
