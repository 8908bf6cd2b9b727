"""The cluster that runs in this process: started by `manage.py up` or the ASGI lifespan, found here."""

from __future__ import annotations

import threading

from cluster.runtime.boot import Booted, Setup, StartError, boot
from cluster.runtime.client import Client
from cluster.runtime.errors import Unavailable

__all__ = ["Setup", "StartError", "current", "ensure_started", "start", "stop", "trouble"]


class _Slot:
    """What runs now."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.booted: Booted | None = None
        self.client: Client | None = None


_slot = _Slot()


def start(setup: Setup | None = None) -> Client:
    """Recover or make the cluster and start its threads. Raises StartError."""
    with _slot.lock:
        if _slot.client is not None:
            raise StartError("the cluster is already running in this process")
        booted = boot(setup or Setup())
        booted.driver.start()
        _slot.booted, _slot.client = booted, Client(booted.driver)
        return _slot.client


def ensure_started() -> Client:
    """The running cluster, started if it is not. Raises StartError."""
    return _slot.client if _slot.client is not None else start()


def stop() -> None:
    """Save everything and end the threads. Nothing happens when nothing runs."""
    with _slot.lock:
        booted, _slot.booted, _slot.client = _slot.booted, None, None
        if booted is None:
            return
        driver = booted.driver
        driver.stop()
        try:
            if driver.failure is None and not driver.journal.trouble:
                driver.journal.close_at(driver.snapshot())
        finally:
            booted.lease.release()


def current() -> Client:
    """The running cluster. Raises Unavailable when there is none."""
    if _slot.client is None:
        raise Unavailable("the cluster is not running: start it with `make up`")
    return _slot.client


def summary() -> str:
    """How the running cluster came about, in a sentence; "" when none runs."""
    return _slot.booted.summary if _slot.booted else ""


def trouble() -> str:
    """Why the cluster cannot be used; "" when it can."""
    if _slot.booted is None:
        return "the cluster is not running"
    driver = _slot.booted.driver
    if driver.failure is not None:
        return f"the engine has stopped: {driver.failure}"
    return driver.journal.trouble
