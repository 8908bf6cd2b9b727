"""One engine per database."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from cluster import models
from cluster.persistence import lease as leases
from cluster.persistence.lease import Lease, LeaseHeld, LeaseLost

DEAD = 2**22 + 1
"""No Linux process has this number by default (pid_max)."""


def test_a_second_lease_is_refused_and_told_who_has_the_first() -> None:
    first = Lease()
    first.acquire()
    with pytest.raises(LeaseHeld, match=f"process {os.getpid()}"):
        Lease().acquire()
    assert str(os.getpid()) in leases.holder()
    first.release()
    assert leases.holder() == ""


def test_a_released_lease_may_be_taken_again() -> None:
    for _ in range(2):
        lease = Lease()
        lease.acquire()
        lease.release()
    assert not models.Lease.objects.exists()


def test_a_lease_dies_with_its_process() -> None:
    code = (
        "import fcntl, os, sys; file = open(sys.argv[1], 'a'); fcntl.flock(file, fcntl.LOCK_EX);"
        "file.write('process 1'); file.flush(); print('held', flush=True); sys.stdin.read()"
    )
    path = leases.lock_path()
    if path is None:
        pytest.skip("only SQLite has a lock beside its file")
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    with pytest.raises(LeaseHeld):
        Lease().acquire()
    other.kill()
    other.communicate()
    lease = Lease()
    lease.acquire()
    lease.release()


def test_who_has_lost_the_lease_may_not_write() -> None:
    lease = Lease()
    lease.acquire()
    models.Lease.objects.update(holder="somebody else")
    with pytest.raises(LeaseLost):
        lease.beat()
    lease.release()


@pytest.mark.parametrize(
    ("pid", "host", "age", "alive"),
    [
        (os.getpid(), "here", 1, True),
        (DEAD, "here", 1, False),
        (DEAD, "elsewhere", 1, True),
        (DEAD, "elsewhere", 60, False),
        (os.getpid(), "here", 60, False),
    ],
    ids=["lives", "died here", "beats elsewhere", "silent elsewhere", "silent here"],
)
def test_without_a_lock_the_row_decides(
    monkeypatch: pytest.MonkeyPatch, pid: int, host: str, age: float, alive: bool
) -> None:
    monkeypatch.setattr(leases, "lock_path", lambda: None)
    monkeypatch.setattr("socket.gethostname", lambda: "here")
    models.Lease.objects.create(holder="x", host=host, pid=pid, heartbeat=time.time() - age)
    lease = Lease()
    if alive:
        with pytest.raises(LeaseHeld, match=f"process {pid} on {host}"):
            lease.acquire()
    else:
        lease.acquire()
        lease.release()
