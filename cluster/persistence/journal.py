"""The journal: how commits reach the database. It stands for etcd's write-ahead log.

Intent (what users wrote) is written before it is answered; all that waits is written together (group
commit). Status is coalesced by key and handed over once a second. Both go through one queue to one
thread, in the engine's order, so an older version never overwrites a newer one.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from cluster.engine.config import EngineConfig
from cluster.engine.watch import Change
from cluster.objects import codec
from cluster.objects.meta import Key
from cluster.persistence import state
from cluster.persistence.bulk import BulkWriter
from cluster.persistence.lease import Lease, LeaseLost
from cluster.persistence.mappers import MAPPERS
from cluster.persistence.mappers.base import dumps
from cluster.persistence.mappers.pod import POD

log = logging.getLogger(__name__)

HEARTBEAT = 3.0
"""Seconds between two signs of life in the lease's row."""

Latest = dict[tuple[str, Key], Change]
Done = Callable[[Exception | None], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """What is written as one: the last change of each key, and where the engine stood after them."""

    changes: Latest
    snapshot: state.Snapshot
    durable: bool
    done: Done | None = None


class Journal:
    """Writes what the engine commits. `record`, `commit` and `flush` belong to the engine's thread."""

    def __init__(self, version_limit: int = 0, lease: Lease | None = None) -> None:
        self._lease = lease
        self._reserved = version_limit
        self._entries: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._dirty: Latest = {}
        self._unsaved: Latest = {}
        self._templates: set[str] = set()
        self._thread: threading.Thread | None = None
        self._flushing = False
        self.trouble = ""
        """Why the last write failed; "" when it went well."""
        self.is_lost = False
        """Whether another process has taken the database over."""

    # --- the engine's thread -------------------------------------------------------------------------

    def record(self, changes: Iterable[Change]) -> None:
        """Remember commits for the next flush."""
        for change in changes:
            self._dirty[change.kind.name, change.key] = change

    def commit(self, changes: Iterable[Change], snapshot: state.Snapshot, done: Done) -> None:
        """Have commits written durably; `done` is called, on the writer's thread, once they are.

        It gets the exception when they could not be written; they are then tried again.
        """
        written = latest(changes)
        for key in written:
            self._dirty.pop(key, None)
        self._entries.put(Entry(written, snapshot, True, done))

    def flush(self, snapshot: state.Snapshot) -> bool:
        """Hand over what was recorded. False while the last flush is still being written."""
        if self._flushing:
            return False
        self._flushing = True
        dirty, self._dirty = self._dirty, {}
        self._entries.put(Entry(dirty, snapshot, False, self._flushed))
        return True

    def take_dirty(self) -> list[Change]:
        """What waits for the next flush, for a caller that commits it at once."""
        dirty, self._dirty = self._dirty, {}
        return list(dirty.values())

    @property
    def is_dirty(self) -> bool:
        """Whether there is something to flush."""
        return bool(self._dirty)

    def _flushed(self, error: Exception | None) -> None:
        self._flushing = False

    # --- the writer's thread ---------------------------------------------------------------------------

    def start(self) -> None:
        """Start the writer's thread."""
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what was handed over and end the thread."""
        if self._thread is None:
            return
        self._entries.put(None)
        self._thread.join()
        self._thread = None

    def _run(self) -> None:
        try:
            while self._goes_on():
                pass
        finally:
            connections.close_all()

    def _goes_on(self) -> bool:
        """Serve once; a fault in who waits for an answer must not end the writing."""
        try:
            return self._serve()
        except Exception:
            log.exception("the journal stumbled")
            return True

    def _serve(self) -> bool:
        """Write all that waits as one transaction; False at the end."""
        try:
            waiting = [self._entries.get(timeout=HEARTBEAT)]
        except queue.Empty:
            self._beat()
            return True
        while not self._entries.empty():
            waiting.append(self._entries.get())
        entries = [each for each in waiting if each is not None]
        if entries:
            self._write_together(entries)
        return None not in waiting

    def _beat(self) -> None:
        try:
            if self._lease is not None:
                self._lease.beat()
            if self._unsaved:
                self._retry()
        except Exception as error:
            self._failed(error)

    def _retry(self) -> None:
        self.write(self._unsaved, None, durable=True)
        self._unsaved = {}
        self.trouble = ""

    def _write_together(self, entries: list[Entry]) -> None:
        """One transaction for all; if that fails, each by itself, so that one cannot stop the others."""
        merged: Latest = dict(self._unsaved)
        for entry in entries:
            merged.update(entry.changes)
        try:
            self.write(merged, _newest(entries), durable=any(each.durable for each in entries))
        except Exception as error:
            if len(entries) == 1 and not self._unsaved:
                self._keep(entries[0], error)
            else:
                self._write_apart(entries)
            return
        self._unsaved, self.trouble = {}, ""
        for entry in entries:
            if entry.done:
                entry.done(None)

    def _write_apart(self, entries: list[Entry]) -> None:
        for entry in entries:
            try:
                self.write(entry.changes, entry.snapshot, durable=entry.durable)
            except Exception as error:
                self._keep(entry, error)
                continue
            for key in entry.changes:
                self._unsaved.pop(key, None)
            if entry.done:
                entry.done(None)

    def _keep(self, entry: Entry, error: Exception) -> None:
        """Remember what could not be written, and say so to who waits for it."""
        self._unsaved.update(entry.changes)
        self._failed(error)
        if entry.done:
            entry.done(error)

    def _failed(self, error: Exception) -> None:
        self.is_lost = self.is_lost or isinstance(error, LeaseLost)
        if not self.trouble:
            log.error("the database does not take writes: %s", error)
        self.trouble = f"the database does not take writes: {error}"
        connections[DEFAULT_DB_ALIAS].close_if_unusable_or_obsolete()

    # --- writing -----------------------------------------------------------------------------------------

    def write(
        self,
        changes: Mapping[tuple[str, Key], Change],
        snapshot: state.Snapshot | None,
        *,
        durable: bool,
    ) -> None:
        """Write changes in one transaction, on the calling thread's connection.

        Raises the database's error; then nothing was written. `durable` waits for the disk.
        """
        if not changes and snapshot is None:
            return
        connection = connections[DEFAULT_DB_ALIAS]
        _set_durability(connection, durable)
        writer = BulkWriter(connection)
        with transaction.atomic():
            templates = self._write_templates(writer, changes.values())
            for name, mapper in MAPPERS.items():
                mine = [change for (kind, _), change in changes.items() if kind == name]
                if mine:
                    writer.delete(mapper, [_deletion(each) for each in mine if each.new is None])
                    writer.upsert(mapper, [mapper.row(each.new) for each in mine if each.new])
            limit = self._limit(snapshot.version) if snapshot is not None else self._reserved
            if snapshot is not None:
                state.update(snapshot, limit)
            if self._lease is not None:
                self._lease.beat()
        self._templates |= templates
        self._reserved = limit

    def write_first(
        self,
        changes: Iterable[Change],
        config: EngineConfig,
        setup: Mapping[str, object],
        snapshot: state.Snapshot,
    ) -> None:
        """Write a new cluster, whole or not at all."""
        _set_durability(connections[DEFAULT_DB_ALIAS], True)
        with transaction.atomic():
            state.create(config, setup, snapshot, self._limit(snapshot.version))
            self.write(latest(changes), snapshot, durable=True)

    def _write_templates(self, writer: BulkWriter, changes: Iterable[Change]) -> set[str]:
        """Write the pod templates that are new; returns their hashes."""
        new: dict[str, str] = {}
        for change in changes:
            if change.kind is POD.kind and change.new is not None:
                digest = POD.hashes.of(change.new.spec)
                if digest not in self._templates and digest not in new:
                    new[digest] = dumps(codec.encode(change.new.spec))
        if new:
            writer.templates(new.items())
        return set(new)

    def _limit(self, version: int) -> int:
        """The reserved version; another block when half of the last one is used up."""
        if version + state.VERSION_BLOCK // 2 > self._reserved:
            return version + state.VERSION_BLOCK
        return self._reserved

    def close_at(self, snapshot: state.Snapshot) -> None:
        """After a clean stop the counter goes on exactly here."""
        self._reserved = snapshot.version
        state.update(snapshot, snapshot.version)

    @property
    def version_limit(self) -> int:
        """The version up to which the engine may go before the next write."""
        return self._reserved


def latest(changes: Iterable[Change]) -> Latest:
    """The last change of each key."""
    return {(change.kind.name, change.key): change for change in changes}


def _newest(entries: list[Entry]) -> state.Snapshot:
    """The last snapshot, with the newest cursors among them."""
    last = entries[-1].snapshot
    cursors = next((e.snapshot.cursors for e in reversed(entries) if e.snapshot.cursors), None)
    return state.Snapshot(last.version, last.now, last.rng, last.speed, last.running, cursors)


def _deletion(change: Change) -> tuple[str, str, int]:
    return (change.key.namespace, change.key.name, change.version)


def _set_durability(connection: BaseDatabaseWrapper, durable: bool) -> None:
    """SQLite: FULL waits for the disk at each commit, NORMAL at checkpoints. PostgreSQL likewise."""
    connection.ensure_connection()
    if connection.in_atomic_block:
        return  # it belongs to the outer transaction, which SQLite lets nobody change halfway
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        else:
            cursor.execute(f"SET synchronous_commit={'on' if durable else 'off'}")
