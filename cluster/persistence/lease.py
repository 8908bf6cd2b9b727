"""The lease: one engine per database, as leader election keeps one active controller manager.

A row says who holds it and is renewed with every write; who finds it taken away must stop. Beside a
SQLite file stands a lock that the operating system releases when its process dies, however it dies.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
import uuid
from pathlib import Path
from typing import IO

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from cluster import models

EXPIRES = 15.0
"""Seconds without a heartbeat after which a lease on another machine counts as abandoned."""


class LeaseHeld(Exception):
    """Another process runs the engine of this database."""


class LeaseLost(Exception):
    """Another process has taken this lease: nothing may be written any more."""


class Lease:
    """Held from `acquire` to `release`."""

    def __init__(self) -> None:
        self._token = str(uuid.uuid4())
        self._lock: IO[str] | None = None

    def acquire(self) -> None:
        """Take the lease. Raises LeaseHeld, naming the process that has it."""
        path = lock_path()
        if path is not None:
            self._take_lock(path)
        try:
            self._take_row(locked=path is not None)
        except BaseException:
            self._drop_lock()
            raise

    def beat(self) -> None:
        """Renew the lease. Raises LeaseLost."""
        mine = models.Lease.objects.filter(holder=self._token)
        if not mine.update(heartbeat=time.time()):
            raise LeaseLost("another process has taken over this database")

    def release(self) -> None:
        """Give the lease back."""
        try:
            models.Lease.objects.filter(holder=self._token).delete()
        finally:
            self._drop_lock()

    def _take_lock(self, path: Path) -> None:
        file = path.open("a+", encoding="ascii")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            file.close()
            raise LeaseHeld(_refusal(holder)) from None
        file.truncate(0)
        file.write(f"process {os.getpid()}")
        file.flush()
        self._lock = file

    def _drop_lock(self) -> None:
        """The file stays: removing it would let two processes lock two files of one name."""
        if self._lock is not None:
            self._lock.truncate(0)
            self._lock.close()
            self._lock = None

    def _take_row(self, *, locked: bool) -> None:
        with transaction.atomic():
            held = models.Lease.objects.select_for_update().first()
            if held is not None and not locked and _is_alive(held):
                raise LeaseHeld(_refusal(f"process {held.pid} on {held.host}"))
            models.Lease.objects.update_or_create(
                id=1,
                defaults={
                    "holder": self._token,
                    "host": socket.gethostname(),
                    "pid": os.getpid(),
                    "heartbeat": time.time(),
                },
            )


def lock_path() -> Path | None:
    """The lock beside a SQLite file; None for other databases and for those in memory."""
    connection = connections[DEFAULT_DB_ALIAS]
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or ":memory:" in name or "mode=memory" in name:
        return None
    return Path(name + ".lock")


def holder() -> str:
    """Who holds the lease now, in words; "" for nobody."""
    path = lock_path()
    held = models.Lease.objects.first()
    if path is None:
        return f"process {held.pid} on {held.host}" if held and _is_alive(held) else ""
    if not path.exists():
        return ""
    with path.open("r", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return file.read().strip() or "another process"
    return ""


def _refusal(who: str) -> str:
    return f"the cluster in this database is already running: {who} holds its lease"


def _is_alive(held: models.Lease) -> bool:
    """Whether the holder may still write: on this machine its process says, elsewhere its heartbeat."""
    if time.time() - held.heartbeat > EXPIRES:
        return False
    if held.host != socket.gethostname():
        return True
    try:
        os.kill(held.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
