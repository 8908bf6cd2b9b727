"""What every object has: `metav1.ObjectMeta`, and the JSON names of fields.

Objects are frozen dataclasses, replaced and never edited, so any thread may hold one. Python
attributes are the snake_case of the JSON names; where they differ otherwise, `named()` says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, NewType

Timestamp = NewType("Timestamp", float)
"""Seconds since 1970 on the cluster's clock; RFC 3339 with whole seconds in JSON."""

IntOrString = int | str


class _Empty(Mapping[str, Any]):
    """The mapping without entries: immutable and hashable, so it may be a default."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and not other

    def __or__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return dict(other)

    def __repr__(self) -> str:
        return "{}"


EMPTY: Mapping[str, Any] = _Empty()


class Key(NamedTuple):
    """What names an object among those of its kind; the namespace is "" at the cluster scope."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


def named(json_name: str, default: Any = ..., *, keep: bool = False, factory: Any = None) -> Any:
    """A dataclass field with another JSON name, or one that is written even when empty (`keep`)."""
    metadata = {"json": json_name, "keep": keep}
    if factory is not None:
        return field(default_factory=factory, metadata=metadata)
    if default is ...:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)


def verbatim(*names: str) -> Any:
    """The field that keeps real Kubernetes fields which are stored without a look inside."""
    return field(default=EMPTY, metadata={"verbatim": frozenset(names)})


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerReference:
    """Who controls an object (`metadata.ownerReferences`)."""

    api_version: str = ""
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool = False
    block_owner_deletion: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectMeta:
    """`metadata`. `resource_version` 0 means: not stored yet."""

    name: str = ""
    generate_name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: int = 0
    generation: int = 0
    creation_timestamp: Timestamp | None = None
    deletion_timestamp: Timestamp | None = None
    deletion_grace_period_seconds: int | None = None
    labels: Mapping[str, str] = EMPTY
    annotations: Mapping[str, str] = EMPTY
    owner_references: tuple[OwnerReference, ...] = ()
    finalizers: tuple[str, ...] = ()
    extra: Mapping[str, Any] = verbatim("managedFields", "selfLink", "clusterName")

    @property
    def key(self) -> Key:
        """Namespace and name."""
        return Key(self.namespace, self.name)

    def to_document(self, document: dict[str, Any]) -> dict[str, Any]:
        """`resourceVersion` is text in JSON: clients must not count with it."""
        if self.resource_version:
            document["resourceVersion"] = str(self.resource_version)
        return document

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """The version as a number; a text that is not ours can never match: -1."""
        version = document.get("resourceVersion")
        if not isinstance(version, str):
            return document
        number = int(version) if version.isdecimal() else -1 if version else 0
        return {**document, "resourceVersion": number}

    def controller(self) -> OwnerReference | None:
        """The owner that manages this object, as `metav1.GetControllerOf`."""
        return next((owner for owner in self.owner_references if owner.controller), None)


def rfc3339(seconds: float) -> str:
    """A cluster time as JSON writes it: `2026-11-24T09:30:00Z`."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rfc3339_exact(seconds: float) -> str:
    """A cluster time to the millisecond, for moments that are read back: `2026-11-24T09:30:00.250Z`."""
    moment = datetime.fromtimestamp(round(seconds, 3), UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def from_rfc3339(text: str) -> Timestamp:
    """The cluster time of an RFC 3339 text. Raises ValueError."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return Timestamp(moment.timestamp())
