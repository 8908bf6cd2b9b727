"""Booting: from a database to an engine that stands where it stopped, or to a new cluster."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, fields
from typing import Any

from cluster.engine.assembly import build_engine
from cluster.engine.config import PROFILES, EngineConfig
from cluster.engine.engine import Engine
from cluster.engine.network.plugins.facts import PLUGINS
from cluster.engine.rng import RandomStream
from cluster.engine.store import Store
from cluster.objects import kinds
from cluster.persistence import recovery, state
from cluster.persistence.journal import Journal
from cluster.persistence.lease import Lease, LeaseHeld
from cluster.persistence.mappers import Corrupt
from cluster.runtime.driver import Driver
from cluster.scenarios import DEFAULT_NODES, DEFAULT_SCENARIO, HEAD_START, SCENARIOS, first_boot
from cluster.scenarios.boot import ensure_router

DEFAULT_PROFILE = "course"
DEFAULT_SEED = 1


class StartError(Exception):
    """The cluster cannot be started; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the user asked for; None leaves it as it is, or takes the default at the first boot.

    All but `speed` are decided once, when the cluster is made.
    """

    nodes: int | None = None
    profile: str | None = None
    plugin: str | None = None
    scenario: str | None = None
    seed: int | None = None
    speed: float | None = None


@dataclass(frozen=True, slots=True)
class Booted:
    """A driver ready to start, its lease, and how it came about."""

    driver: Driver
    lease: Lease
    summary: str


def boot(setup: Setup) -> Booted:
    """Take the lease, then recover the cluster or make it. Raises StartError."""
    _check(setup)
    lease = Lease()
    try:
        lease.acquire()
    except LeaseHeld as error:
        raise StartError(f"{error}. Stop it first, or choose another database with --db.") from None
    try:
        saved = state.load()
        if saved is None:
            return _first_boot(setup, lease)
        return _recover(saved, setup, lease)
    except Corrupt as error:
        lease.release()
        raise StartError(
            f"the database is damaged: {error}. `manage.py fsck` tells more."
        ) from None
    except BaseException:
        lease.release()
        raise


def _first_boot(setup: Setup, lease: Lease) -> Booted:
    chosen = _chosen(setup)
    # The cluster's clock shows the time of day once the scenario's own past is over.
    epoch = int(time.time()) - HEAD_START.get(chosen["scenario"], 0.0)
    config = EngineConfig(
        epoch=float(epoch),
        seed=chosen["seed"],
        profile=PROFILES[chosen["profile"]],
        plugin=chosen["plugin"],
    )
    engine = build_engine(config)
    first_boot(engine, chosen["nodes"], chosen["scenario"])
    speed = setup.speed or 1.0
    journal = Journal(0, lease)
    journal.write_first(engine.take_changes(), config, chosen, _snapshot(engine, speed, True))
    driver = Driver(engine, journal, speed=speed)
    made = f"Made a new cluster: scenario {chosen['scenario']}, {_counts(engine)}."
    return Booted(driver, lease, made)


def _recover(saved: Any, setup: Setup, lease: Lease) -> Booted:
    _check_same(setup, saved.setup)
    began = time.perf_counter()
    config = state.config_from_json(saved.config)
    with recovery.uncollected():
        recovery.drop_unused_templates()
        engine = build_engine(
            config,
            store=Store(saved.version_limit),
            now=saved.now,
            rng=RandomStream.from_state(int(saved.rng)),
        )
        engine.recover(recovery.objects(), {"addresses": saved.cursors})
        ensure_router(engine)
    speed = setup.speed or saved.speed
    journal = Journal(0, lease)
    journal.write({}, _snapshot(engine, speed, saved.running), durable=True)  # reserves versions
    driver = Driver(engine, journal, speed=speed, running=saved.running)
    took = time.perf_counter() - began
    return Booted(driver, lease, f"Recovered {_counts(engine)} in {took:.1f} s.")


def _snapshot(engine: Engine, speed: float, running: bool) -> state.Snapshot:
    saved = engine.state()
    return state.Snapshot(
        engine.store.version, saved["now"], saved["rng"], speed, running, saved["addresses"]
    )


def _counts(engine: Engine) -> str:
    """`3 nodes, 4 pods, 12 objects`."""
    nodes, pods = (engine.store.count(kind.cls) for kind in (kinds.NODE, kinds.POD))
    total = sum(engine.store.count(kind.cls) for kind in kinds.STORED)
    return f"{nodes} nodes, {pods} pods, {total} objects in all"


def _check(setup: Setup) -> None:
    """Refuse what cannot be. Raises StartError, naming the option."""
    if setup.nodes is not None and not 1 <= setup.nodes <= 2000:
        raise StartError(f"--nodes: {setup.nodes} is not between 1 and 2000")
    if setup.profile is not None and setup.profile not in PROFILES:
        raise StartError(f"--profile: no profile {setup.profile!r}; there are {_names(PROFILES)}")
    if setup.plugin is not None and setup.plugin not in PLUGINS:
        raise StartError(f"--plugin: no plugin {setup.plugin!r}; there are {_names(PLUGINS)}")
    if setup.scenario is not None and setup.scenario not in SCENARIOS:
        raise StartError(
            f"--scenario: no scenario {setup.scenario!r}; there are {_names(SCENARIOS)}"
        )
    if setup.speed is not None and not 1 <= setup.speed <= 100:
        raise StartError(f"--speed: {setup.speed:g} is not between 1 and 100")


def _names(known: Any) -> str:
    return ", ".join(known)


def _chosen(setup: Setup) -> dict[str, Any]:
    """The set-up of a new cluster, defaults filled in."""
    defaults = {
        "nodes": DEFAULT_NODES,
        "profile": DEFAULT_PROFILE,
        "plugin": "",
        "scenario": DEFAULT_SCENARIO,
        "seed": DEFAULT_SEED,
    }
    asked = asdict(setup)
    chosen: dict[str, Any] = {
        name: default if asked[name] is None else asked[name] for name, default in defaults.items()
    }
    chosen["plugin"] = chosen["plugin"] or PROFILES[chosen["profile"]].plugin_name
    return chosen


def _check_same(setup: Setup, made_with: dict[str, Any]) -> None:
    """A cluster keeps what it was made with: asking for something else is not ignored."""
    for each in fields(setup):
        asked, held = getattr(setup, each.name), made_with.get(each.name)
        if each.name != "speed" and asked is not None and asked != held:
            raise StartError(
                f"--{each.name}: this cluster was made with {held}, not {asked}."
                " Leave the option out, or `make reset` first to begin anew."
            )
