"""What users and clients ask for. A list of commands is one transaction: all happen or none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cluster.objects.kind import Kind, Object
from cluster.objects.meta import Key


@dataclass(frozen=True, slots=True)
class Create:
    """Create an object; a taken name is AlreadyExists."""

    object: Object


@dataclass(frozen=True, slots=True)
class Replace:
    """Replace an object. With a resourceVersion it must be the stored one, else Conflict."""

    object: Object


@dataclass(frozen=True, slots=True)
class Apply:
    """Create an object, or replace the one of that name: what the YAML import does."""

    object: Object


@dataclass(frozen=True, slots=True)
class Edit:
    """Change the stored object by a function: read, change and write are one step.

    `version` is the resourceVersion that the user looked at; 0 means the newest.
    """

    kind: Kind
    key: Key
    change: Callable[[Object], Object]
    version: int = 0


@dataclass(frozen=True, slots=True)
class Scale:
    """Set the wanted number of replicas (the `scale` subresource)."""

    kind: Kind
    key: Key
    replicas: int


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete an object. `grace` in seconds (pods only); `orphan` leaves its dependents alone."""

    kind: Kind
    key: Key
    grace: int | None = None
    orphan: bool = False


Command = Create | Replace | Apply | Edit | Scale | Delete
