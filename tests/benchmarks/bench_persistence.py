"""How fast pods are saved and recovered: `python -m tests.benchmarks.bench_persistence [pods]`."""

from __future__ import annotations

import dataclasses
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
_FOLDER = tempfile.TemporaryDirectory()
os.environ["SHIFTLAB_VAR"] = _FOLDER.name
os.environ["DATABASE_URL"] = "bench.sqlite3"

import django

django.setup()

from django.core.management import call_command

from cluster.engine.engine import Engine
from cluster.engine.watch import Change
from cluster.objects import kinds
from cluster.persistence import recovery
from cluster.persistence.journal import Journal, latest
from cluster.persistence.state import Snapshot
from tests.builders import a_config, a_pod

NODES = 2000


def timed(what: str, work: Callable[[], object], rows: int) -> None:
    """Print how long some work takes."""
    began = time.perf_counter()
    work()
    took = time.perf_counter() - began
    print(f"{what:<34}{took:8.2f} s   {rows / took:10,.0f} pods/s")


def pod_change(number: int) -> Change:
    """A running pod's creation."""
    address = f"10.{128 + number // 65536}.{number // 256 % 256}.{number % 256}"
    pod = a_pod(f"web-{number}", ip=address, node=f"node-{number % NODES}")
    return changed(Change(0, kinds.POD, None, pod, False), number + 1)


def changed(change: Change, version: int) -> Change:
    """The same pod under another version."""
    metadata = dataclasses.replace(change.new.metadata, resource_version=version)
    return change._replace(version=version, new=dataclasses.replace(change.new, metadata=metadata))


def recover() -> None:
    """What a restart does."""
    with recovery.uncollected():
        Engine(a_config(), []).recover(recovery.objects(), {})


def main(pods: int = 150_000) -> None:
    """Save, change and recover that many pods."""
    call_command("migrate", verbosity=0)
    changes = [pod_change(number) for number in range(pods)]
    journal = Journal()
    where = Snapshot(pods, 1.0, "1", 1.0, True, {})
    timed("save", lambda: journal.write_first(changes, a_config(), {}, where), pods)
    flushed = [changed(each, pods + each.version) for each in changes[: pods // 8]]
    timed(
        "flush of changed status",
        lambda: journal.write(latest(flushed), None, durable=False),
        len(flushed),
    )
    timed("recover: rows to a living store", recover, pods)
    size = (Path(_FOLDER.name) / "bench.sqlite3").stat().st_size
    print(f"{'on disk':<34}{size / pods:8.0f} bytes/pod")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 150_000)
