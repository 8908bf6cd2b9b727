"""Carrying out commands: the API server's registry. Stage everything, then commit all of it or nothing.

A command is checked for permission, defaulted, prepared by its kind's strategy and validated against the
store as the commands before it leave it. What a strategy takes outside the store (an address) is given
back when the transaction does not commit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from cluster.engine import access, strategies
from cluster.engine.access import CREATE, DELETE, UPDATE, Actor
from cluster.engine.cluster import Cluster
from cluster.engine.commands import Apply, Command, Create, Delete, Edit, Replace, Scale
from cluster.objects import kinds
from cluster.objects.errors import (
    AlreadyExists,
    ApiError,
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
)
from cluster.objects.fields import invalid
from cluster.objects.kind import Kind, Object
from cluster.objects.meta import Key
from cluster.objects.namespace import Namespace, Project, as_namespace

T = TypeVar("T")
CREATED, REPLACED, UNCHANGED, DELETED = "create", "replace", "unchanged", "delete"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one command: the object before and after, or the error that refused it."""

    action: str
    old: Object | None = None
    new: Object | None = None
    error: ApiError | None = None


class Transaction:
    """Commands staged over the store. Reads see what was staged before."""

    def __init__(self, cluster: Cluster, actor: Actor) -> None:
        self.cluster = cluster
        self.actor = actor
        self._staged: dict[tuple[str, Key], Object | None] = {}
        self._commits: list[Callable[[], None]] = []
        self._undo: list[Callable[[], None]] = []

    # --- for strategies ----------------------------------------------------------------------------

    def get(self, cls: type[T], namespace: str, name: str) -> T | None:
        """An object as the transaction would leave it."""
        staged = (cls.__name__, Key(namespace, name))
        if staged in self._staged:
            return cast(T | None, self._staged[staged])
        return self.cluster.store.get(cls, namespace, name)

    def list(self, cls: type[T], namespace: str | None = None) -> list[T]:
        """The objects of a kind as the transaction would leave them."""
        name = cls.__name__
        stored = {
            cast(Any, obj).metadata.key: obj for obj in self.cluster.store.list(cls, namespace)
        }
        for (staged, key), obj in self._staged.items():
            if staged == name and namespace in (None, key.namespace):
                stored[key] = cast(T, obj)
        return [obj for obj in stored.values() if obj is not None]

    def undo(self, action: Callable[[], None]) -> None:
        """Call this if the transaction does not commit."""
        self._undo.append(action)

    def stage_new(self, obj: T) -> T:
        """Stage an object that a strategy makes beside the user's own."""
        filled = cast(Any, obj)
        filled = dataclasses.replace(filled, metadata=self.cluster.new_metadata(filled.metadata))
        self._stage(kinds.kind_of(obj), filled)
        self._commits.append(lambda: self._store(filled))
        return cast(T, filled)

    # --- commands ------------------------------------------------------------------------------------

    def carry_out(self, command: Command) -> Outcome:
        """Stage one command. Raises ApiError; then nothing of it is staged."""
        match command:
            case Create(obj):
                return self._create(obj)
            case Replace(obj):
                return self._replace(obj)
            case Apply(obj):
                return self._apply(obj)
            case Edit(kind, key, change, version):
                old = self._existing(kind, key)
                self._check_version(kind, old, version)
                return self._change(kind, old, change(old))
            case Scale(kind, key, replicas):
                return self._scale(kind, key, replicas)
            case Delete(kind, key, grace, orphan):
                return self._delete(kind, key, grace, orphan)

    def commit(self) -> None:
        """Store everything that was staged."""
        for each in self._commits:
            each()
        self._undo.clear()

    def roll_back(self) -> None:
        """Give back what strategies took."""
        for each in reversed(self._undo):
            each()

    def _apply(self, obj: Object) -> Outcome:
        kind = kinds.kind_of(obj)
        metadata = self._placed(kind, obj.metadata)
        if metadata.name and self._stored(kind, metadata.key) is not None:
            return self._replace(obj)
        return self._create(obj)

    def _create(self, obj: Object) -> Outcome:
        kind = kinds.kind_of(obj)
        metadata = self._placed(kind, obj.metadata)
        access.check(self, self.actor, CREATE, kind, metadata.namespace)
        self._check_namespace(kind, metadata.namespace)
        strategy = strategies.of(kind)
        fresh = dataclasses.replace(obj, metadata=self.cluster.new_metadata(metadata))
        if hasattr(fresh, "status"):
            fresh = dataclasses.replace(fresh, status=type(fresh.status)())
        if self._stored(kind, fresh.metadata.key) is not None:
            raise AlreadyExists(kind.resource, fresh.metadata.name)
        fresh = strategy.prepare_create(kind.default(fresh), self)
        errors = kind.validate(fresh) + strategy.check_create(fresh, self)
        if errors:
            raise Invalid(kind.qualified, fresh.metadata.name, errors)
        fresh = strategy.allocate(fresh, None, self)
        return self._accept(kind, CREATED, None, fresh, strategy)

    def _replace(self, obj: Object) -> Outcome:
        kind = kinds.kind_of(obj)
        metadata = self._placed(kind, obj.metadata)
        old = self._existing(kind, metadata.key)
        self._check_version(kind, old, metadata.resource_version)
        return self._change(kind, old, dataclasses.replace(obj, metadata=metadata))

    def _change(self, kind: Kind, old: Object, new: Object) -> Outcome:
        access.check(self, self.actor, UPDATE, kind, _scope(kind, old))
        if new.metadata.uid and new.metadata.uid != old.metadata.uid:
            raise Conflict(
                kind.resource,
                old.metadata.name,
                f"Precondition failed: UID in precondition: {new.metadata.uid},"
                f" UID in object meta: {old.metadata.uid}",
            )
        strategy = strategies.of(kind)
        new = kind.default(_keep_system_fields(new, old))
        new = strategy.prepare_update(new, old, self)
        errors = kind.validate(new) + kind.validate_update(new, old)
        errors += strategy.check_update(new, old, self)
        if errors:
            raise Invalid(kind.qualified, new.metadata.name, errors)
        if new == old:
            return Outcome(UNCHANGED, old, old)
        new = strategy.allocate(new, old, self)
        if kind.spec_changed(new, old):
            metadata = dataclasses.replace(new.metadata, generation=old.metadata.generation + 1)
            new = dataclasses.replace(new, metadata=metadata)
        return self._accept(kind, REPLACED, old, new, strategy)

    def _scale(self, kind: Kind, key: Key, replicas: int) -> Outcome:
        if not kind.scalable:
            raise BadRequest(f"{kind.resource} cannot be scaled")
        old = self._existing(kind, key)
        if replicas < 0:
            error = invalid("spec.replicas", replicas, "must be greater than or equal to 0")
            raise Invalid("Scale.autoscaling", key.name, [error])
        spec = dataclasses.replace(old.spec, replicas=replicas)
        return self._change(kind, old, dataclasses.replace(old, spec=spec))

    def _delete(self, kind: Kind, key: Key, grace: int | None, orphan: bool) -> Outcome:
        old = self._existing(kind, key)
        access.check(self, self.actor, DELETE, kind, _scope(kind, old))
        strategies.of(kind).check_delete(old, self)
        if kind is kinds.NAMESPACE or kind is kinds.PROJECT:
            self._commits.append(lambda: self._terminate(old))
            return Outcome(DELETED, old)
        self._staged[kind.name, key] = None
        self._commits.append(lambda: self._remove(kind, key, grace, orphan))
        return Outcome(DELETED, old)

    # --- staging -------------------------------------------------------------------------------------

    def _accept(
        self, kind: Kind, action: str, old: Object | None, new: Object, strategy: Any
    ) -> Outcome:
        self._stage(kind, new)
        self._commits.append(lambda: self._store(new))
        if old is None:
            strategy.after_create(new, self)
        return Outcome(action, old, new)

    def _stage(self, kind: Kind, obj: Object) -> None:
        if kind is kinds.PROJECT:
            kind, obj = kinds.NAMESPACE, as_namespace(obj)
        self._staged[kind.name, obj.metadata.key] = obj

    def _store(self, obj: Object) -> None:
        self.cluster._put(as_namespace(obj) if isinstance(obj, Project) else obj, True)

    def _terminate(self, old: Object) -> None:
        namespace = self.cluster.store.get(Namespace, "", old.metadata.name)
        if namespace is not None and namespace.status.phase == "Active":
            status = dataclasses.replace(namespace.status, phase="Terminating")
            self._store(dataclasses.replace(namespace, status=status))

    def _remove(self, kind: Kind, key: Key, grace: int | None, orphan: bool) -> None:
        held: Any = self.cluster.store.get(kind.cls, *key)
        if held is None:
            return
        if orphan:
            self._orphan(held)
        self.cluster.delete(held, grace=grace, intent=True)

    def _orphan(self, owner: Object) -> None:
        for dependent in self.cluster.store.owned(owner.metadata.uid):
            references = tuple(
                each
                for each in dependent.metadata.owner_references
                if each.uid != owner.metadata.uid
            )
            metadata = dataclasses.replace(dependent.metadata, owner_references=references)
            self._store(dataclasses.replace(dependent, metadata=metadata))

    # --- looking up ------------------------------------------------------------------------------------

    def _stored(self, kind: Kind, key: Key) -> Object | None:
        if kind is not kinds.PROJECT:
            return self.get(kind.cls, *key)
        namespace = self.get(Namespace, *key)
        if namespace is None:
            return None
        return Project(metadata=namespace.metadata, spec=namespace.spec, status=namespace.status)

    def _existing(self, kind: Kind, key: Key) -> Object:
        held = self._stored(kind, key)
        if held is None:
            raise NotFound(kind.resource, key.name)
        return held

    def _placed(self, kind: Kind, metadata: Any) -> Any:
        """Objects of the cluster scope have no namespace, whatever the manifest says."""
        if not kind.namespaced and metadata.namespace:
            return dataclasses.replace(metadata, namespace="")
        return metadata

    def _check_version(self, kind: Kind, old: Object, version: int) -> None:
        if version and version != old.metadata.resource_version:
            raise Conflict(kind.resource, old.metadata.name)

    def _check_namespace(self, kind: Kind, name: str) -> None:
        if not kind.namespaced:
            return
        if not name:
            raise BadRequest('No "metadata.namespace" field found in YAML.', "metadata.namespace")
        namespace = self.get(Namespace, "", name)
        if namespace is None:
            raise NotFound("namespaces", name)
        if namespace.status.phase == "Terminating":
            raise Forbidden(
                f"unable to create new content in namespace {name} because it is being terminated"
            )


def run(cluster: Cluster, commands: Sequence[Command], actor: Actor) -> list[Outcome]:
    """Carry out a list of commands as one transaction. Raises the ApiError of the first refused one."""
    transaction = Transaction(cluster, actor)
    try:
        outcomes = [transaction.carry_out(command) for command in commands]
    except BaseException:
        transaction.roll_back()
        raise
    transaction.commit()
    return [_as_stored(cluster, outcome) for outcome in outcomes]


def plan(cluster: Cluster, commands: Sequence[Command], actor: Actor) -> list[Outcome]:
    """What a list of commands would do, each on top of those before; nothing is changed."""
    transaction = Transaction(cluster, actor)
    chance = cluster.rng.state
    outcomes: list[Outcome] = []
    try:
        for command in commands:
            try:
                outcomes.append(transaction.carry_out(command))
            except ApiError as error:
                outcomes.append(Outcome("error", error=error))
    finally:
        transaction.roll_back()
        cluster.rng.restore(chance)
    return outcomes


def _as_stored(cluster: Cluster, outcome: Outcome) -> Outcome:
    """The outcome with the object as it now stands in the store, version and all."""
    if outcome.new is None:
        return outcome
    kind = kinds.kind_of(outcome.new)
    if kind is kinds.PROJECT:
        kind = kinds.NAMESPACE
    stored = cluster.store.get(kind.cls, *outcome.new.metadata.key)
    return dataclasses.replace(outcome, new=stored) if stored is not None else outcome


def _scope(kind: Kind, obj: Object) -> str:
    """The namespace in which permission is asked: a project's own name for the project itself."""
    if kind in (kinds.PROJECT, kinds.NAMESPACE):
        return str(obj.metadata.name)
    return str(obj.metadata.namespace)


def _keep_system_fields(new: Object, old: Object) -> Object:
    """What users cannot write stays: uid, times, generation, status (`rest.BeforeUpdate`)."""
    metadata = dataclasses.replace(
        new.metadata,
        uid=old.metadata.uid,
        generate_name=old.metadata.generate_name,
        resource_version=old.metadata.resource_version,
        generation=old.metadata.generation,
        creation_timestamp=old.metadata.creation_timestamp,
        deletion_timestamp=old.metadata.deletion_timestamp,
        deletion_grace_period_seconds=old.metadata.deletion_grace_period_seconds,
        owner_references=new.metadata.owner_references or old.metadata.owner_references,
    )
    new = dataclasses.replace(new, metadata=metadata)
    return dataclasses.replace(new, status=old.status) if hasattr(old, "status") else new
