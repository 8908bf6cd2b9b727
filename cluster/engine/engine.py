"""The engine: one cluster and the loops around its store, driven by `step`.

`step(until)` is synchronous, single-threaded and deterministic: it runs what is due in the order of time,
then of arrival, and lets the controllers work until nobody has anything left to do. The same seed and
the same commands at the same cluster times give the same watch log, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from cluster.engine import transaction
from cluster.engine.access import Actor
from cluster.engine.cluster import Cluster, Paced, Reconciler
from cluster.engine.commands import Command
from cluster.engine.config import EngineConfig
from cluster.engine.rng import RandomStream
from cluster.engine.store import Store
from cluster.engine.transaction import Outcome
from cluster.engine.watch import Change
from cluster.engine.workqueue import WorkQueue
from cluster.objects import kinds
from cluster.objects.kind import Object
from cluster.objects.meta import Key
from cluster.objects.pod import Pod

SLICE = 500
"""Reconciles between two looks at the mailbox, so that a busy cluster still answers."""


class Engine:
    """A cluster, its controllers and their queues."""

    def __init__(
        self,
        config: EngineConfig,
        controllers: Iterable[Reconciler],
        *,
        store: Store | None = None,
        now: float | None = None,
        rng: RandomStream | None = None,
    ) -> None:
        self.config = config
        self.cluster = Cluster(
            config,
            store or Store(),
            config.epoch if now is None else now,
            rng or RandomStream(config.seed),
        )
        self._controllers: dict[str, Reconciler] = {each.name: each for each in controllers}
        self._queues: dict[str, WorkQueue] = {name: WorkQueue() for name in self._controllers}
        self._interested: dict[str, list[Reconciler]] = {kind.name: [] for kind in kinds.STORED}
        for each in self._controllers.values():
            for cls in each.watches:
                self._interested[cls.__name__].append(each)
        self._changes: list[Change] = []
        self.on_failure: Callable[[str, Key, Exception], None] | None = None
        """Told of a controller's failure, which is then retried with back-off; None lets it through."""
        self._again: dict[tuple[str, Key], float] = {}
        # Whose queue is being worked off: a step that is cut by its limit goes on there.
        self._names = list(self._controllers)
        self._turn = 0
        self.cluster.on_change(self._dispatch)

    @property
    def store(self) -> Store:
        """The objects."""
        return self.cluster.store

    @property
    def now(self) -> float:
        """The cluster's time: seconds since 1970."""
        return self.cluster.now

    def set_speed(self, speed: float) -> None:
        """Tell the controllers that look in on the cluster from time to time how fast the clock goes."""
        for each in self._controllers.values():
            if isinstance(each, Paced):
                each.set_speed(speed)

    def controller(self, name: str) -> Reconciler:
        """A controller by its name."""
        return self._controllers[name]

    # --- commands ------------------------------------------------------------------------------------

    def execute(self, commands: Sequence[Command], actor: Actor) -> list[Outcome]:
        """Carry out commands as one transaction. Raises ApiError; then nothing was changed."""
        return transaction.run(self.cluster, commands, actor)

    def plan(self, commands: Sequence[Command], actor: Actor) -> list[Outcome]:
        """What commands would do, one outcome each; nothing is changed."""
        return transaction.plan(self.cluster, commands, actor)

    def take_changes(self) -> list[Change]:
        """The commits since the last call, in order."""
        taken, self._changes = self._changes, []
        return taken

    # --- time ----------------------------------------------------------------------------------------

    def step(self, until: float, limit: int | None = None) -> bool:
        """Bring the cluster to a time (seconds since 1970).

        With a `limit` it stops after about that many reconciles and returns False: call it again.
        """
        left = limit if limit is not None else -1
        while True:
            left = self._work(left)
            if left == 0:
                return False
            due = self.cluster.timers.next_at()
            if due is None or due > until:
                break
            self.cluster.now = max(self.cluster.now, due)
            while (timer := self.cluster.timers.pop_due(self.cluster.now)) is not None:
                if self._again.get((timer.queue, timer.key)) == timer.at:
                    del self._again[timer.queue, timer.key]
                self._queues[timer.queue].add(timer.key)
        self.cluster.now = max(self.cluster.now, until)
        return True

    def settle(self) -> None:
        """Let the controllers work off what is due now."""
        self.step(self.cluster.now)

    def _work(self, left: int) -> int:
        """Reconcile in turn until the queues are empty or `left` (if not negative) is used up."""
        idle = 0
        while idle < len(self._names):
            name = self._names[self._turn]
            queue = self._queues[name]
            if not len(queue):
                self._turn = (self._turn + 1) % len(self._names)
                idle += 1
                continue
            if left == 0:
                return 0
            idle = 0
            left -= 1
            self._reconcile(self._controllers[name], queue)
        self._turn = 0
        return left

    def _reconcile(self, controller: Reconciler, queue: WorkQueue) -> None:
        key = queue.pop()
        try:
            again = controller.reconcile(key, self.cluster)
        except Exception as error:
            if self.on_failure is None:
                raise
            self.on_failure(controller.name, key, error)
            self.cluster.after(queue.retry_delay(key), controller.name, key)
            return
        queue.forget(key)
        if again is not None:
            self._look_again(controller.name, key, self.cluster.moment_after(again))

    def _look_again(self, queue: str, key: Key, at: float) -> None:
        """A timer for a key, unless an earlier one will have the key looked at anyway."""
        pending = self._again.get((queue, key))
        if pending is None or at < pending:
            self._again[queue, key] = at
            self.cluster.timers.schedule(at, queue, key)

    def _dispatch(self, change: Change) -> None:
        self._changes.append(change)
        for controller in self._interested[change.kind.name]:
            queue = self._queues[controller.name]
            for key in controller.keys(change, self.cluster):
                queue.add(key)

    # --- recovery --------------------------------------------------------------------------------------

    def recover(self, objects: Iterable[Object], state: Mapping[str, Any]) -> list[Pod]:
        """Take over durable objects and the state saved with them; enqueue every key once.

        Returns pods whose address another pod holds: their sandboxes are made anew.
        """
        self.store.load(objects)
        doubled = self.cluster.addresses.recover(state.get("addresses", {}))
        self.cluster.recorder.recover(self.store)
        for kind in kinds.STORED:
            for obj in self.store.list(kind.cls):
                change = Change(self.store.version, kind, None, obj, False)
                for controller in self._interested[kind.name]:
                    for key in controller.keys(change, self.cluster):
                        self._queues[controller.name].add(key)
        return doubled

    def state(self) -> dict[str, Any]:
        """What must be kept beside the objects so that `recover` goes on from here."""
        return {
            "now": self.cluster.now,
            "rng": str(self.cluster.rng.state),
            "addresses": self.cluster.addresses.cursors(),
        }
