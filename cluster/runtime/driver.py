"""The engine's thread: the only one that writes to the store.

It works in short slices: take requests, bring the cluster to the clock's time, tell the listeners, hand
status to the journal once a second, and sleep until something is due.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from cluster.engine.access import Actor
from cluster.engine.commands import Command
from cluster.engine.engine import Engine
from cluster.engine.transaction import Outcome
from cluster.engine.watch import Change
from cluster.objects.meta import Key
from cluster.persistence.journal import Journal
from cluster.persistence.state import Snapshot
from cluster.runtime.clock import Clock, ClockState, checked_speed, checked_step
from cluster.runtime.errors import Unavailable
from cluster.runtime.mailbox import Mailbox

log = logging.getLogger(__name__)

SLICE = 100
"""Reconciles between two looks at the mailbox."""
FLUSH_EVERY = 1.0
TICK_EVERY = 0.25
SHORTEST_SLEEP = 0.01
"""Wall seconds between two steps, however dense the timers are at 100 times the speed."""
RESERVE = 10_000
"""Versions that must be left of the reserved ones before the next slice."""
SWITCH_INTERVAL = 0.0005
"""Seconds a thread may hold the interpreter (measured: p90 of a page beside a busy engine halves)."""

Listener = Callable[[list[Change]], None]
Ticker = Callable[[float], None]


class Driver:
    """Runs one engine."""

    def __init__(
        self, engine: Engine, journal: Journal, *, speed: float = 1.0, running: bool = True
    ) -> None:
        self.engine = engine
        self.journal = journal
        self.clock = Clock(engine.now, time.monotonic(), speed=speed, running=running)
        self.failure: Exception | None = None
        self._mailbox = Mailbox()
        self._listeners: list[Listener] = []
        self._tickers: list[Ticker] = []
        self._stepping: list[tuple[float, Future[ClockState]]] = []
        self._caught_up = True
        self._stopping = False
        self._next_flush = self._next_tick = 0.0
        self._ticked_at = engine.now
        self._flush_wanted = False
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        engine.on_failure = self._controller_failed
        engine.set_speed(speed)

    # --- any thread ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the journal's and the engine's threads."""
        sys.setswitchinterval(SWITCH_INTERVAL)
        self.journal.start()
        self._thread.start()

    def stop(self) -> None:
        """Finish the requests that wait, save everything, end the threads."""
        if self._thread.is_alive():
            self._stopping = True
            self._mailbox.wake()
            self._thread.join()
        self.journal.stop()

    def on_commit(self, listener: Listener) -> None:
        """Call a listener on the engine's thread with each slice's commits."""
        self._listeners.append(listener)

    def on_tick(self, ticker: Ticker) -> None:
        """Call on the engine's thread with the cluster's time, four times a second while it moves."""
        self._tickers.append(ticker)

    def execute(self, commands: Sequence[Command], actor: Actor) -> Future[list[Outcome]]:
        """Carry out a transaction; answered when it is on the disk."""
        return self._mailbox.put(lambda future: self._execute(list(commands), actor, future))

    def plan(self, commands: Sequence[Command], actor: Actor) -> Future[list[Outcome]]:
        """What a transaction would do."""
        return self.ask(lambda: self.engine.plan(list(commands), actor))

    def set_running(self, running: bool) -> Future[ClockState]:
        """Pause the clock or let it run."""
        return self.ask(lambda: self._set_running(running))

    def set_speed(self, speed: float) -> Future[ClockState]:
        """Run at another speed. Raises BadRequest."""
        checked_speed(speed)
        return self.ask(lambda: self._set_speed(speed))

    def advance(self, seconds: float) -> Future[ClockState]:
        """Step the cluster ahead; answered when it is there. Raises BadRequest."""
        checked_step(seconds)
        return self._mailbox.put(lambda future: self._advance(seconds, future))

    def flush(self) -> Future[None]:
        """Write status now; answered when it is saved."""
        return self._mailbox.put(self._flush_for)

    def clock_state(self) -> ClockState:
        """What the clock shows."""
        return ClockState(self.engine.now, self.clock.running, self.clock.speed)

    def ask(self, question: Callable[[], Any]) -> Future[Any]:
        """Do something on the engine's thread; the future gets what it returns or raises."""
        return self._mailbox.put(lambda future: future.set_result(question()))

    # --- the engine's thread: the loop -----------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._slice()
                self._mailbox.wait(self._seconds_to_sleep())
            for request in self._mailbox.close():
                request.serve()
            self._publish()
            self._flush_at_end()
        except Exception as error:
            log.exception("the engine has stopped")
            self.failure = error
        finally:
            self._refuse_the_rest()

    def _slice(self) -> None:
        for request in self._mailbox.take():
            request.serve()
        wall = time.monotonic()
        self.clock.pass_to(wall, caught_up=self._caught_up)
        if self.engine.store.version + RESERVE < self.journal.version_limit:
            self._caught_up = self.engine.step(self.clock.target, limit=SLICE)
        else:
            self._caught_up = False
            self._flush_wanted = True
        self._publish()
        self._tick(wall)
        self._answer_steps()
        if wall >= self._next_flush or self._flush_wanted:
            self._flush(wall)
        if self.journal.is_lost:
            raise Unavailable(self.journal.trouble)

    def _seconds_to_sleep(self) -> float | None:
        """Until the next thing is due; None waits for a request alone."""
        if self._flush_wanted:
            return SHORTEST_SLEEP
        if not self._caught_up:
            return 0.0
        wall = time.monotonic()
        due: list[float] = []
        if self.clock.running:
            at = self.engine.cluster.timers.next_at()
            until = self.clock.wall_seconds_until(at) if at is not None else None
            if until is not None:
                due.append(max(until, SHORTEST_SLEEP))
            due.append(self._next_tick - wall)
        if self.journal.is_dirty or self.clock.running:
            due.append(self._next_flush - wall)
        return max(0.0, min(due)) if due else None

    def _publish(self) -> None:
        changes = self.engine.take_changes()
        if not changes:
            return
        self.journal.record(changes)
        self._tell(changes)

    def _tell(self, changes: list[Change]) -> None:
        for listener in self._listeners:
            try:
                listener(changes)
            except Exception:
                log.exception("a listener failed")

    def _tick(self, wall: float) -> None:
        if wall < self._next_tick or self.engine.now == self._ticked_at:
            return
        self._next_tick = wall + TICK_EVERY
        self._ticked_at = self.engine.now
        for ticker in self._tickers:
            try:
                ticker(self.engine.now)
            except Exception:
                log.exception("a listener failed")

    # --- the engine's thread: requests -------------------------------------------------------------------

    def _execute(
        self, commands: list[Command], actor: Actor, future: Future[list[Outcome]]
    ) -> None:
        self._publish()
        outcomes = self.engine.execute(commands, actor)
        changes = self.engine.take_changes()

        def saved(error: Exception | None) -> None:
            if error is None:
                future.set_result(outcomes)
            else:
                future.set_exception(Unavailable(f"could not be saved: {error}"))

        self.journal.commit(changes, self.snapshot(cursors=False), saved)
        if changes:
            self._tell(changes)

    def _set_running(self, running: bool) -> ClockState:
        self.clock.running = running
        self._flush_wanted = True
        return self.clock_state()

    def _set_speed(self, speed: float) -> ClockState:
        self.clock.set_speed(speed)
        self.engine.set_speed(speed)
        self._flush_wanted = True
        return self.clock_state()

    def _advance(self, seconds: float, future: Future[ClockState]) -> None:
        self.clock.skip(seconds)
        self._stepping.append((self.clock.target, future))

    def _answer_steps(self) -> None:
        reached = [each for each in self._stepping if self.engine.now >= each[0]]
        for each in reached:
            self._stepping.remove(each)
            each[1].set_result(self.clock_state())

    def _controller_failed(self, controller: str, key: Key, error: Exception) -> None:
        log.error("controller %s failed on %s", controller, key, exc_info=error)

    # --- the engine's thread: saving ---------------------------------------------------------------------

    def snapshot(self, *, cursors: bool = True) -> Snapshot:
        """Where the engine stands. Belongs to its thread, and to others once that has ended."""
        cluster = self.engine.cluster
        return Snapshot(
            version=cluster.store.version,
            now=cluster.now,
            rng=str(cluster.rng.state),
            speed=self.clock.speed,
            running=self.clock.running,
            cursors=self.engine.state()["addresses"] if cursors else None,
        )

    def _flush(self, wall: float) -> None:
        self._next_flush = wall + FLUSH_EVERY
        self._flush_wanted = not self.journal.flush(self.snapshot())

    def _flush_for(self, future: Future[None]) -> None:
        self._publish()

        def saved(error: Exception | None) -> None:
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(Unavailable(f"could not be saved: {error}"))

        self.journal.commit(self.journal.take_dirty(), self.snapshot(), saved)

    def _flush_at_end(self) -> None:
        saved: Future[None] = Future()
        self._flush_for(saved)
        saved.result()

    def _refuse_the_rest(self) -> None:
        gone = Unavailable("the engine has stopped")
        for request in self._mailbox.close():
            request.future.set_exception(gone)
        for _, future in self._stepping:
            future.set_exception(gone)
        self._stepping.clear()
