"""What the registry asks a kind's strategy (`registry/rest`: RESTCreateStrategy, RESTUpdateStrategy)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from cluster.engine.access import Actor
from cluster.engine.cluster import Cluster
from cluster.objects.fields import FieldError
from cluster.objects.kind import Object

T = TypeVar("T")


class Staging(Protocol):
    """What a strategy sees of the transaction that it works in."""

    cluster: Cluster
    actor: Actor

    def get(self, cls: type[T], namespace: str, name: str) -> T | None:
        """An object as the transaction would leave it."""
        ...

    def list(self, cls: type[T], namespace: str | None = None, /) -> list[T]:
        """The objects of a kind as the transaction would leave them."""
        ...

    def undo(self, action: Callable[[], None]) -> None:
        """Call `action()` if the transaction does not commit."""
        ...

    def stage_new(self, obj: T) -> T:
        """Stage one more object."""
        ...


class Strategy:
    """Nothing special. Kinds that need more override what they need."""

    def prepare_create(self, obj: Object, staging: Staging) -> Object:
        """Fill in what creation decides, before validation."""
        return obj

    def prepare_update(self, new: Object, old: Object, staging: Staging) -> Object:
        """Carry over what an update may leave out."""
        return new

    def check_create(self, obj: Object, staging: Staging) -> list[FieldError]:
        """Rules that need the store or the user."""
        return []

    def check_update(self, new: Object, old: Object, staging: Staging) -> list[FieldError]:
        """Rules that need the store or the user."""
        return []

    def check_delete(self, obj: Object, staging: Staging) -> None:
        """Raise ApiError if the object must stay."""

    def allocate(self, new: Object, old: Object | None, staging: Staging) -> Object:
        """Take what the object needs outside the store. Raises Invalid if it is not to be had."""
        return new

    def after_create(self, obj: Object, staging: Staging) -> None:
        """Stage what comes with the object."""
