"""Objects to rows and back. A mapper knows one kind; `metadata` is the same for all.

Rows are plain tuples in the order of `Mapper.columns`, JSON as text, so that they go to the database
in bulk and 150,000 of them come back in about a second.
"""

from __future__ import annotations

import dataclasses
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from cluster.models.base import Stored
from cluster.objects import codec
from cluster.objects.kind import Kind, Object
from cluster.objects.meta import EMPTY, ObjectMeta, OwnerReference, Timestamp

METADATA = (
    "namespace",
    "name",
    "uid",
    "resource_version",
    "generation",
    "generate_name",
    "created",
    "deletion_timestamp",
    "deletion_grace_period_seconds",
    "labels",
    "annotations",
    "owner_references",
    "finalizers",
    "extra",
)


class Corrupt(Exception):
    """A row that no object can be made of."""


class Reader:
    """What reading many rows shares: texts that repeat become the same object.

    `specs` are the pod templates by their hash; pods of one owner share one in memory too.
    """

    def __init__(self, specs: Mapping[str, Any] | None = None) -> None:
        self.specs = dict(specs or {})
        self._mappings: dict[str, Mapping[str, Any]] = {"{}": EMPTY}
        self._owners: dict[str, tuple[OwnerReference, ...]] = {"[]": ()}

    def mapping(self, text: str) -> Mapping[str, Any]:
        """A JSON object, shared by all rows with the same text."""
        held = self._mappings.get(text)
        if held is None:
            held = self._mappings[text] = loads(text)
        return held

    def owners(self, text: str) -> tuple[OwnerReference, ...]:
        """Owner references, shared likewise."""
        held = self._owners.get(text)
        if held is None:
            held = self._owners[text] = tuple(
                codec.decode(OwnerReference, each)[0] for each in loads(text)
            )
        return held


class Mapper(ABC):
    """One kind's way into its table."""

    kind: Kind
    model: type[Stored]
    body: tuple[str, ...]
    """The columns besides those of the metadata."""

    @abstractmethod
    def values(self, obj: Object) -> tuple[Any, ...]:
        """The values of `body`."""

    @abstractmethod
    def object(self, metadata: ObjectMeta, values: Sequence[Any], reader: Reader) -> Object:
        """The object of a row's values of `body`."""

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, in the order of a row."""
        return METADATA + self.body

    def row(self, obj: Object) -> tuple[Any, ...]:
        """An object as a row."""
        return metadata_values(obj.metadata) + self.values(obj)

    def read(self, row: Sequence[Any], reader: Reader) -> Object:
        """A row as an object. Raises Corrupt, naming the row."""
        try:
            return self.object(_metadata(row, reader), row[len(METADATA) :], reader)
        except Exception as error:
            raise Corrupt(f"{self.kind.name} {row[0]}/{row[1]}: {error}") from error


class DocumentMapper(Mapper):
    """A kind with `spec` and `status`, kept as the JSON that users know.

    `derived` are columns that repeat parts of it for queries; they are written and never read.
    """

    def __init__(
        self,
        kind: Kind,
        model: type[Stored],
        derived: Mapping[str, Callable[[Object], Any]],
    ) -> None:
        self.kind = kind
        self.model = model
        self.body = (*derived, "spec", "status")
        self._derived = tuple(derived.values())

    def values(self, obj: Object) -> tuple[Any, ...]:
        """The derived columns, then the two documents."""
        document = codec.encode(obj)
        derived = tuple(plain(each(obj)) for each in self._derived)
        return (*derived, dumps(document.get("spec", {})), dumps(document.get("status", {})))

    def object(self, metadata: ObjectMeta, values: Sequence[Any], reader: Reader) -> Object:
        """The object of the two documents."""
        spec, status = values[-2:]
        return decoded(self.kind, metadata, {"spec": loads(spec), "status": loads(status)})


class WholeMapper(Mapper):
    """A kind kept as the JSON that users know, all but its metadata."""

    body = ("document",)

    def __init__(self, kind: Kind, model: type[Stored]) -> None:
        self.kind = kind
        self.model = model

    def values(self, obj: Object) -> tuple[Any, ...]:
        """The document without its metadata."""
        document = codec.encode(obj)
        return (dumps({name: part for name, part in document.items() if name != "metadata"}),)

    def object(self, metadata: ObjectMeta, values: Sequence[Any], reader: Reader) -> Object:
        """The object of the document."""
        return decoded(self.kind, metadata, loads(values[0]))


def decoded(kind: Kind, metadata: ObjectMeta, document: Mapping[str, Any]) -> Object:
    """An object from its document without metadata. Raises Corrupt on fields nobody knows."""
    obj, unknown = codec.decode(kind.cls, {"metadata": {}, **document})
    if unknown:
        raise Corrupt(f"unknown field {unknown[0]}")
    return dataclasses.replace(obj, metadata=metadata)


def metadata_values(metadata: ObjectMeta) -> tuple[Any, ...]:
    """The values of METADATA."""
    return (
        metadata.namespace,
        metadata.name,
        metadata.uid,
        metadata.resource_version,
        metadata.generation,
        metadata.generate_name,
        metadata.creation_timestamp,
        metadata.deletion_timestamp,
        metadata.deletion_grace_period_seconds,
        dumps(metadata.labels),
        dumps(metadata.annotations),
        dumps([codec.encode(owner) for owner in metadata.owner_references]),
        dumps(metadata.finalizers),
        dumps(metadata.extra),
    )


def _metadata(row: Sequence[Any], reader: Reader) -> ObjectMeta:
    finalizers = row[12]
    return ObjectMeta(
        namespace=row[0],
        name=row[1],
        uid=row[2],
        resource_version=row[3],
        generation=row[4],
        generate_name=row[5],
        creation_timestamp=row[6],
        deletion_timestamp=row[7],
        deletion_grace_period_seconds=row[8],
        labels=reader.mapping(row[9]),
        annotations=reader.mapping(row[10]),
        owner_references=reader.owners(row[11]),
        finalizers=() if finalizers == "[]" else tuple(loads(finalizers)),
        extra=reader.mapping(row[13]),
    )


def plain(value: Any) -> Any:
    """A derived value as a database takes it: mappings as JSON, texts without NUL characters.

    PostgreSQL's `text` knows no NUL; the documents keep it, escaped.
    """
    if isinstance(value, str):
        return value.replace("\0", "\ufffd") if "\0" in value else value
    return dumps(value) if isinstance(value, Mapping) else value


def dumps(value: Any) -> str:
    """JSON text; what orjson refuses (huge numbers, lone surrogates) goes the slow way."""
    if not value:
        return "[]" if isinstance(value, list | tuple) else "{}"
    try:
        return orjson.dumps(value, default=dict).decode()
    except TypeError:
        return json.dumps(value, default=dict, separators=(",", ":"))


def loads(text: str) -> Any:
    """The value of a JSON text."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def timestamp(value: float | None) -> Timestamp | None:
    """A column's time."""
    return None if value is None else Timestamp(value)
