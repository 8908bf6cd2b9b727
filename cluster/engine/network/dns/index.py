"""Objects by IP address, for reverse look-ups: built when first asked, then kept by the store's changes.

Stands for the indexers of the real servers' informers. The work of a look-up follows the number of
commits since the last one, not the number of objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar, cast

from cluster.engine.network.dns.names import canonical
from cluster.engine.network.dns.objects import Objects
from cluster.objects.errors import Gone
from cluster.objects.meta import Key

T = TypeVar("T")


class AddressIndex(Generic[T]):
    """The objects of one kind under each of their addresses."""

    def __init__(
        self, objects: Objects, cls: type[T], addresses_of: Callable[[T], Iterable[str]]
    ) -> None:
        self._objects = objects
        self._cls = cls
        self._addresses_of = addresses_of
        self._version: int | None = None
        self._filed: dict[str, dict[Key, None]] = {}

    def at(self, address: str) -> list[T]:
        """The objects with this address, in order of creation."""
        self._follow()
        found = (
            self._objects.get(self._cls, *key) for key in self._filed.get(canonical(address), ())
        )
        return [each for each in found if each is not None]

    def _follow(self) -> None:
        if self._version is None:
            self._build()
        assert self._version is not None
        if self._version == self._objects.version:
            return
        try:
            changes = self._objects.log.since(self._version)
        except Gone:
            self._build()
            return
        for change in changes:
            if change.kind.cls is self._cls:
                self._take_out(change.old)
                self._put_in(change.new)
        self._version += len(changes)

    def _build(self) -> None:
        # One commit may be under way on the engine's thread, counted and not yet in the lists: it is
        # followed again, which does no harm.
        self._version = max(self._objects.version - 1, self._objects.log.oldest)
        self._filed = {}
        for each in self._objects.list(self._cls):
            self._put_in(each)

    def _put_in(self, obj: object | None) -> None:
        if obj is None:
            return
        key = cast(Any, obj).metadata.key
        for address in self._addresses_of(cast(T, obj)):
            self._filed.setdefault(canonical(address), {})[key] = None

    def _take_out(self, obj: object | None) -> None:
        if obj is None:
            return
        key = cast(Any, obj).metadata.key
        for address in self._addresses_of(cast(T, obj)):
            place = canonical(address)
            keys = self._filed.get(place)
            if keys is not None:
                keys.pop(key, None)
                if not keys:
                    del self._filed[place]
