"""`kill -9` at any moment loses nothing that was answered, and the cluster goes on."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.live import cluster_process
from tests.live.cluster_process import REPLICAS, WRITES

pytestmark = pytest.mark.slow

PROGRAM = str(Path(cluster_process.__file__))
POSTGRES = os.environ.get("SHIFTLAB_TEST_POSTGRES", "")
"""An empty PostgreSQL database that the test may fill: postgres://user@host:port/name."""


def environment(url: str, var: Path) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": url, "SHIFTLAB_VAR": str(var)}


def write_and_kill(url: str, var: Path, chance: random.Random) -> tuple[set[str], bool]:
    """Let the program write, kill it at a random moment; what it was told is saved, and whether scaled."""
    process = subprocess.Popen(
        [sys.executable, PROGRAM, "write"],
        env=environment(url, var),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    last = chance.randrange(cluster_process.SCALE_AT + 5, WRITES + 1)
    saved: set[str] = set()
    scaled = False
    for line in process.stdout:
        word, *rest = line.split()
        scaled = scaled or word == "scaled"
        if word == "saved":
            saved.add(rest[0])
        if len(saved) == last:
            process.send_signal(signal.SIGKILL)
            break
    rest_of_it, _ = process.communicate()
    saved |= {line.split()[1] for line in rest_of_it.splitlines() if line.startswith("saved ")}
    assert process.returncode == -signal.SIGKILL
    return saved, scaled


def inspect(url: str, var: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, PROGRAM, "inspect"],
        env=environment(url, var),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


def check(url: str, var: Path, seed: int) -> None:
    saved, scaled = write_and_kill(url, var, random.Random(seed))
    report = inspect(url, var)
    assert saved <= set(report["services"])
    assert scaled
    assert report["wanted"] == report["ready"] == REPLICAS
    assert report["statuses"] == ["Running"]
    addresses = report["addresses"]
    assert len(addresses) == len(set(addresses)) > REPLICAS
    assert report["fsck"] == []
    assert report["trouble"] == ""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_acknowledged_is_lost_by_a_kill(tmp_path: Path, seed: int) -> None:
    check("killed.sqlite3", tmp_path, seed)


@pytest.mark.skipif(not POSTGRES, reason="SHIFTLAB_TEST_POSTGRES names no PostgreSQL database")
def test_nothing_acknowledged_is_lost_by_a_kill_on_postgresql(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "reset", "--yes"],
        env=environment(POSTGRES, tmp_path),
        check=True,
    )
    check(POSTGRES, tmp_path, 4)
