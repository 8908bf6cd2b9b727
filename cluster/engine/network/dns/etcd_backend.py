"""Stand-alone SkyDNS: the records are values of etcd, names are places in its tree.

Stands for skynetservices/skydns `backends/etcd`. A question at a directory returns everything below it;
the labels `*` and `any` stand for every label.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from cluster.engine.network.dns.backend import Found, NoSuchName
from cluster.engine.network.dns.sky_record import ROOT, SkyRecord, key_of, with_defaults

WILDCARDS: Final = ("*", "any")


@dataclass(slots=True)
class _Node:
    """A directory, or a value."""

    children: dict[str, _Node] = field(default_factory=dict)
    value: SkyRecord | None = None


class EtcdBackend:
    """Records under their keys. Those without a TTL (seconds) or a priority get the server's."""

    def __init__(self, records: Iterable[SkyRecord], ttl: int, priority: int) -> None:
        self._root = _Node()
        for record in records:
            node = self._root
            for part in _parts(record.key):
                node = node.children.setdefault(part, _Node())
            node.value = with_defaults(record, ttl, priority)

    def records(self, name: str, exact: bool) -> Found:
        """The values at a name and below it; `exact` takes no directory. Raises NoSuchName."""
        parts = _parts(key_of(name))
        first = next((at for at, part in enumerate(parts) if part in WILDCARDS), None)
        node = self._at(parts if first is None else parts[:first])
        if node is None:
            raise NoSuchName("etcd has no such key")
        if node.value is not None:
            return Found([node.value], f"value of {node.value.key}")
        directory = "/" + "/".join((ROOT, *parts))
        if exact:
            return Found([], f"{directory} is a directory")
        below = _values(node)
        if first is not None:
            below = (each for each in below if _matches(_parts(each.key), parts))
        return Found(_distinct(below), f"everything below {directory}")

    def reverse(self, name: str) -> Found | None:
        """The value at a reverse name."""
        node = self._at(_parts(key_of(name)))
        if node is None or node.value is None:
            return None
        return Found([node.value], f"value of {node.value.key}")

    def _at(self, parts: list[str]) -> _Node | None:
        node = self._root
        for part in parts:
            below = node.children.get(part)
            if below is None:
                return None
            node = below
        return node


def _parts(key: str) -> list[str]:
    return [part for part in key.split("/") if part][1:]


def _values(node: _Node) -> Iterator[SkyRecord]:
    if node.value is not None:
        yield node.value
    for child in node.children.values():
        yield from _values(child)


def _matches(key: list[str], wanted: list[str]) -> bool:
    """Whether a key lies at or below a name with wildcards."""
    return len(wanted) <= len(key) and all(
        part in WILDCARDS or part == key[at] for at, part in enumerate(wanted)
    )


def _distinct(records: Iterable[SkyRecord]) -> list[SkyRecord]:
    """Of records that say the same only the first."""
    seen: dict[object, SkyRecord] = {}
    for each in records:
        seen.setdefault((each.host, each.port, each.priority, each.weight, each.text), each)
    return list(seen.values())
