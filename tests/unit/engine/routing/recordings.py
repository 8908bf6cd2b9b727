"""Replays of recorded HAProxy scenarios through the router's balancers, choice by choice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cluster.engine.routing.balancers import Balancer, XorShift32, make_balancer, runtime_weight
from tests.shared_data import load_json

Scenario = dict[str, Any]
NOBODY = -1


def scenarios(*groups: str) -> list[Scenario]:
    """The recorded scenarios of these groups."""
    recorded: list[Scenario] = load_json("haproxy", "sequences.json")["scenarios"]
    return [scenario for scenario in recorded if scenario["group"] in groups]


def scenario_id(scenario: Scenario) -> str:
    return str(scenario["id"])


def balancer_for(scenario: Scenario) -> Balancer:
    """A balancer as HAProxy has it after a start with the scenario's configuration."""
    servers = scenario["servers"]
    return make_balancer(
        scenario["balance"],
        [server["weight"] for server in servers],
        hash_type=scenario["hash_type"],
        rng=XorShift32(),
        ids=[server.get("id", place + 1) for place, server in enumerate(servers)],
        names=[server["name"] for server in servers],
    )


@dataclass
class Replay:
    """Plays a scenario's steps and collects where the balancer and the record differ."""

    scenario: Scenario
    by_counts: bool = False
    """Whether runs of requests are compared by their totals from `counts`."""
    choices: int = 0
    differences: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.balancer = balancer_for(self.scenario)
        self.open: dict[str, int] = {}
        size = len(self.scenario["servers"])
        self.ready, self.healthy = [True] * size, [True] * size

    def run(self) -> Replay:
        for place, step in enumerate(self.scenario["steps"]):
            getattr(self, f"_{step['op']}")(place, step)
        return self

    def _compare(self, place: int, recorded: Any, chosen: Any, choices: int) -> None:
        self.choices += choices
        if recorded != chosen:
            self.differences.append(f"step {place}: recorded {recorded}, chosen {chosen}")

    def _requests(self, place: int, step: Scenario) -> None:
        recorded = step["served_by"]
        if self.by_counts:
            served = [index for index in recorded if index != NOBODY]
            totals = np.bincount(served, minlength=len(self.ready)).tolist()
            counted = self.balancer.counts(step["n"]).tolist()
            self._compare(place, totals, counted, step["n"])
            return
        picks = [self.balancer.pick() for _ in range(step["n"])]
        chosen = [NOBODY if index is None else index for index in picks]
        self._compare(place, recorded, chosen, step["n"])

    def _counts(self, place: int, step: Scenario) -> None:
        counted = self.balancer.counts(step["n"]).tolist()
        self._compare(place, step["counts"], counted, step["n"])

    def _sources(self, place: int, step: Scenario) -> None:
        addresses = step["ip"]
        picks = [self.balancer.pick(address) for address in addresses]
        chosen = [NOBODY if index is None else index for index in picks]
        self._compare(place, step["served_by"], chosen, len(addresses))
        many = self.balancer.servers_for(addresses).tolist()  # type: ignore[attr-defined]
        self._compare(place, step["served_by"], many, 0)

    def _open(self, place: int, step: Scenario) -> None:
        index = self.balancer.acquire()
        if index is not None:
            self.open[step["id"]] = index
        self._compare(place, step["server"], NOBODY if index is None else index, 1)

    def _close(self, place: int, step: Scenario) -> None:
        self.balancer.release(self.open.pop(step["id"]))

    def _weight(self, place: int, step: Scenario) -> None:
        index = step["server"]
        configured = self.scenario["servers"][index]["weight"]
        self.balancer.set_weight(index, runtime_weight(step["value"], configured))

    def _state(self, place: int, step: Scenario) -> None:
        self._set(step["server"], ready=step["value"] == "ready")

    def _health(self, place: int, step: Scenario) -> None:
        self._set(step["server"], healthy=step["value"] == "up")

    def _endpoint(self, place: int, step: Scenario) -> None:
        self._set(step["server"], healthy=step["value"] == "start")

    def _set(self, index: int, *, ready: bool | None = None, healthy: bool | None = None) -> None:
        if ready is not None:
            self.ready[index] = ready
        if healthy is not None:
            self.healthy[index] = healthy
        self.balancer.set_usable(index, self.ready[index] and self.healthy[index])
