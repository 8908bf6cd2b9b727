"""Recovery: rows to objects at start-up. The database is read once; from then on memory is the cluster."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from cluster.models import Pod, PodTemplate
from cluster.models.base import DocumentField
from cluster.objects import codec
from cluster.objects.kind import Object
from cluster.objects.pod import PodSpec
from cluster.persistence.mappers import MAPPERS, Mapper, Reader
from cluster.persistence.mappers.base import METADATA

CHUNK = 5000
CREATED = METADATA.index("created")


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection while many objects are made; afterwards they are never looked at again.

    Measured at 150,000 pods: loading 0.56 to 0.37 s, each full collection 30 ms to nothing.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        gc.freeze()
        if was_on:
            gc.enable()


def objects() -> list[Object]:
    """Every stored object, those of a kind in order of creation. Raises Corrupt, naming the row."""
    reader = Reader(templates())
    found: list[Object] = []
    for mapper in MAPPERS.values():
        read = mapper.read
        # Sorted here: a database sorts whole rows, which takes longer than to read them.
        found += [read(row, reader) for row in sorted(rows(mapper), key=_by_creation)]
    return found


def _by_creation(row: tuple[Any, ...]) -> tuple[float, str, str]:
    return (row[CREATED] or 0.0, row[0], row[1])


def templates() -> dict[str, PodSpec]:
    """Pod specs by their hash."""
    rows = PodTemplate.objects.values_list("hash", "spec")
    return {digest: codec.decode(PodSpec, spec)[0] for digest, spec in rows}


def rows(mapper: Mapper) -> Iterator[tuple[Any, ...]]:
    """A table's rows, JSON as text.

    Not `values_list`: it would parse each document, while most are the same as the row's before.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    quote = connection.ops.quote_name
    meta = mapper.model._meta
    by_column = {field.column: field for field in meta.concrete_fields}
    is_postgres = connection.vendor == "postgresql"
    columns = ", ".join(
        f"{quote(name)}::text"
        if is_postgres and isinstance(by_column[name], DocumentField)
        else quote(name)
        for name in mapper.columns
    )
    statement = f"SELECT {columns} FROM {quote(meta.db_table)}"
    # PostgreSQL's server-side cursor lives in a transaction.
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(statement)
        while chunk := cursor.fetchmany(CHUNK):
            yield from chunk


def drop_unused_templates() -> None:
    """Delete the templates that no pod refers to any more."""
    used = Pod.objects.values("template_id")
    PodTemplate.objects.exclude(hash__in=used).delete()
