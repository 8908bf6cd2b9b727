"""The controller of simulated calls between pods: it follows time while some workload declares calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cluster.engine.cluster import Cluster
from cluster.engine.network.dns import Resolver, resolver_for
from cluster.engine.network.view import NetworkView
from cluster.engine.traffic.calls.attempt import Attempts
from cluster.engine.traffic.calls.caller import Budget, Caller
from cluster.engine.traffic.calls.relevance import WATCHED, Relevance, is_headless, runs
from cluster.engine.traffic.calls.report import CallsReport
from cluster.engine.watch import Change
from cluster.objects.calls import CALLS, CALLS_PER_SECOND, declares_calls
from cluster.objects.deploymentconfig import DeploymentConfig
from cluster.objects.endpoints import Endpoints
from cluster.objects.meta import Key
from cluster.objects.pod import Pod
from cluster.objects.replicationcontroller import ReplicationController
from cluster.objects.service import Service
from cluster.objects.validation.calls import call_targets, calls_per_second

QUANTUM: Final = 1.0
"""Cluster seconds from tick to tick at the clock's normal speed."""
WALKS_A_TICK: Final = 20
"""Ways that are walked anew in a tick, beyond one for each kind of caller: a walk takes milliseconds."""
TICK: Final = Key("", "tick")
"""The key of the timer; workloads have a namespace, so none is called that."""
CHANGED: Final = Key("", "changed")
"""The key that stands for anything on which calls depend."""


class CallsController:
    """Keeps a caller for every DeploymentConfig that declares calls. Else nothing happens."""

    name = "calls"
    watches: tuple[type, ...] = (DeploymentConfig, *WATCHED)

    def __init__(self) -> None:
        self._quantum = QUANTUM
        self._callers: dict[Key, Caller] = {}
        self._next_tick: float | None = None
        self._cluster: Cluster | None = None
        self._resolver: Resolver | None = None
        self._attempts: Attempts | None = None
        self._relevance = Relevance()

    # --- reading, from any thread ------------------------------------------------------------------

    def report(self, key: Key) -> CallsReport | None:
        """The calls of a DeploymentConfig; None while it declares none, or has not begun."""
        caller = self._callers.get(key)
        return None if caller is None else caller.report

    def reports(self) -> list[CallsReport]:
        """The calls of all workloads, by key."""
        callers = sorted(self._callers.copy().items())
        return [caller.report for _, caller in callers if caller.report is not None]

    # --- the engine's thread -------------------------------------------------------------------------

    def set_speed(self, speed: float) -> None:
        """The clock goes so many times as fast: ticks stay about a second of the wall's clock apart."""
        self._quantum = QUANTUM * max(speed, 1.0)
        cluster = self._cluster
        if cluster is None or self._next_tick is None:
            return
        if self._next_tick > cluster.now + self._quantum:
            self._schedule(cluster)

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """A DeploymentConfig that declares calls or did; else what somebody's calls depend on."""
        if change.kind.cls is DeploymentConfig:
            return [change.key] if _wishes(change.old) != _wishes(change.new) else []
        if not self._callers or self._attempts is None:
            return []
        if self._relevance.concerns(change) or self._names_change(change, cluster):
            return [CHANGED]
        return []

    def _names_change(self, change: Change, cluster: Cluster) -> bool:
        """Endpoints whose addresses DNS gives out may let a name come to something."""
        if change.kind.cls is not Endpoints:
            return False
        return is_headless(cluster.store.get(Service, *change.key))

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Bring one workload's calls up to date, or follow time for all of them."""
        self._cluster = cluster
        if key == TICK:
            self._tick(cluster)
        elif key == CHANGED:
            self._attempts = None
        else:
            self._configure(key, cluster)
        return None

    def _configure(self, key: Key, cluster: Cluster) -> None:
        config = cluster.store.get(DeploymentConfig, *key)
        annotations = {} if config is None else config.metadata.annotations
        if config is None or not declares_calls(annotations):
            self._callers.pop(key, None)
            self._attempts = None
            return
        caller = self._callers.get(key)
        if caller is None:
            caller = Caller(key, cluster.rng.child(f"calls {key}"), cluster.now)
            self._callers[key] = caller
        targets = call_targets(annotations[CALLS])
        rate = calls_per_second(annotations.get(CALLS_PER_SECOND, ""))
        caller.configure(targets, rate, cluster.now)
        self._attempts = None
        if self._next_tick is None:
            self._schedule(cluster)

    # --- ticks -----------------------------------------------------------------------------------------

    def _schedule(self, cluster: Cluster) -> None:
        self._next_tick = cluster.moment_after(self._quantum)
        cluster.after(self._quantum, self.name, TICK)

    def _tick(self, cluster: Cluster) -> None:
        """Let every caller make its calls. A timer that was overtaken does nothing."""
        if self._next_tick is None or cluster.now < self._next_tick:
            return
        self._next_tick = None
        if not self._callers:
            self._attempts = self._resolver = None
            return
        self._schedule(cluster)
        attempts = self._current(cluster)
        budget = Budget(WALKS_A_TICK)
        for caller in self._callers.values():
            caller.tick(attempts, cluster.now, self._quantum, budget)

    def _current(self, cluster: Cluster) -> Attempts:
        """The attempts that hold as long as nothing changes; made anew when something has."""
        if self._attempts is not None:
            return self._attempts
        if self._resolver is None:
            self._resolver = resolver_for(cluster.config.profile.name, cluster.store)
        attempts = Attempts(NetworkView(cluster.store, cluster.config), self._resolver)
        relevance = Relevance({key.namespace for key in self._callers})
        for caller in self._callers.values():
            caller.staff(list(_pods(caller.key, attempts.view, cluster)))
            for pod in caller.pods:
                for target in caller.targets:
                    dialling = attempts.dialling(pod, target)
                    if dialling is not None:
                        relevance.add(dialling)
        self._attempts, self._relevance = attempts, relevance
        return attempts


def _wishes(config: DeploymentConfig | None) -> tuple[str, str] | None:
    """The annotations that matter; None for a workload that calls nobody."""
    if config is None or not declares_calls(config.metadata.annotations):
        return None
    annotations = config.metadata.annotations
    return annotations[CALLS], annotations.get(CALLS_PER_SECOND, "")


def _pods(key: Key, view: NetworkView, cluster: Cluster) -> Iterator[Key]:
    """The pods of a DeploymentConfig whose processes run, on machines that run."""
    config = cluster.store.get(DeploymentConfig, *key)
    for controller in cluster.store.owned(config.metadata.uid) if config is not None else ():
        if not isinstance(controller, ReplicationController):
            continue
        for pod in cluster.store.owned(controller.metadata.uid):
            node = view.node(pod.node_name) if isinstance(pod, Pod) and runs(pod) else None
            if node is not None and node.is_on:
                yield pod.metadata.key
