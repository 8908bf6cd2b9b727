"""Laws of simulated traffic that hold for every route, every visitor and every way to let time pass."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.engine.config import PROFILES
from cluster.engine.traffic import RouteTraffic
from cluster.objects.route import BALANCE, TLSConfig
from tests.unit.engine.traffic.lab import EPOCH, Lab, backend

GROUPS = st.lists(
    st.fixed_dictionaries(
        {
            "requests_per_second": st.sampled_from([0.3, 1.0, 7.7, 33.3, 250.0]),
            "clients": st.integers(1, 40),
            "cookie_percent": st.sampled_from([0, 30, 100]),
            "scheme": st.sampled_from(["http", "https"]),
            "path": st.sampled_from(["/", "/shop"]),
            "hold_milliseconds": st.sampled_from([0, 40, 3000]),
        }
    ),
    min_size=1,
    max_size=3,
)
TLS = st.sampled_from(
    [
        None,
        TLSConfig(termination="edge"),
        TLSConfig(termination="edge", insecure_edge_termination_policy="Redirect"),
        TLSConfig(termination="reencrypt", insecure_edge_termination_policy="Allow"),
        TLSConfig(termination="passthrough"),
    ]
)
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("scale"), st.sampled_from(["a", "b"]), st.integers(0, 4)),
        st.tuples(st.just("weigh"), st.integers(0, 256), st.integers(0, 256)),
        st.tuples(st.just("rate"), st.sampled_from([0.0, 5.0, 90.0]), st.just(0)),
    ),
    max_size=4,
)
SETUPS = st.fixed_dictionaries(
    {
        "profile": st.sampled_from(sorted(PROFILES)),
        "balance": st.sampled_from(["", "roundrobin", "leastconn", "source", "random"]),
        "tls": TLS,
        "weights": st.tuples(st.sampled_from([0, 1, 80]), st.sampled_from([0, 20, 256])),
        "pods": st.tuples(st.integers(0, 3), st.integers(0, 3)),
        "path": st.sampled_from(["", "/shop"]),
        "groups": GROUPS,
        "error_rate": st.sampled_from(["0", "0.5"]),
    }
)


def make(setup: dict[str, Any]) -> Lab:
    lab = Lab(PROFILES[setup["profile"]])
    for name, pods in zip("ab", setup["pods"], strict=True):
        lab.service(name, 0)
        lab.scale(name, pods, env={"APP_ERROR_RATE": setup["error_rate"]})
    annotations = {BALANCE: setup["balance"]} if setup["balance"] else {}
    first, second = setup["weights"]
    tls, path = setup["tls"], setup["path"]
    lab.route(
        backend("a", first), backend("b", second), tls=tls, path=path, annotations=annotations
    )
    for number, fields in enumerate(setup["groups"]):
        lab.visit(f"group-{number}", **fields)
    return lab


def apply(lab: Lab, event: tuple[Any, ...]) -> None:
    what, first, second = event
    if what == "scale":
        lab.scale(first, second)
    elif what == "weigh":
        lab.reweigh(backend("a", first), backend("b", second))
    else:
        lab.visit("group-0", requests_per_second=first or 1.0, stopped=not first)


def outcome(seen: RouteTraffic) -> tuple[Any, ...]:
    return (seen.now, seen.totals, seen.pods, seen.services, seen.reloaded_at)


@settings(max_examples=60, deadline=None)
@given(setup=SETUPS, quarters=st.integers(1, 60))
def test_each_group_sends_rate_times_time_and_every_request_is_answered(
    setup: dict[str, Any], quarters: int
) -> None:
    lab = make(setup)
    seen = lab.run(quarters / 4)
    for number, fields in enumerate(setup["groups"]):
        due = fields["requests_per_second"] * quarters / 4
        assert abs(seen.totals.groups[f"group-{number}"] - due) <= 1
    asked = sum(seen.totals.groups.values())
    statuses = seen.totals.statuses
    served = sum(seen.totals.pods.values())
    refused = statuses.get(503, 0) + statuses.get(0, 0)
    assert served + refused == asked
    assert statuses.get(200, 0) + statuses.get(500, 0) == served
    assert sum(seen.totals.services.values()) == served


@settings(max_examples=40, deadline=None)
@given(
    setup=SETUPS,
    events=EVENTS,
    chops=st.lists(st.floats(0.01, 2.9), max_size=6),
    limit=st.one_of(st.none(), st.integers(1, 5)),
)
def test_how_time_is_cut_into_steps_changes_nothing(
    setup: dict[str, Any], events: list[tuple[Any, ...]], chops: list[float], limit: int | None
) -> None:
    whole, chopped = make(setup), make(setup)
    for number, event in enumerate([*events, None]):
        begin, end = EPOCH + 3 * number, EPOCH + 3 * (number + 1)
        whole.engine.step(end)
        for moment in sorted(begin + chop for chop in chops):
            chopped.engine.step(moment)
        while not chopped.engine.step(end, limit):
            pass
        for lab in (whole, chopped) if event is not None else ():
            apply(lab, event)
            lab.engine.settle()
    assert outcome(whole.seen) == outcome(chopped.seen)
    assert whole.seen.series().times.tolist() == chopped.seen.series().times.tolist()


@settings(max_examples=40, deadline=None)
@given(setup=SETUPS, events=EVENTS)
def test_the_series_add_up_to_the_totals_through_all_changes(
    setup: dict[str, Any], events: list[tuple[Any, ...]]
) -> None:
    lab = make(setup)
    for event in events:
        lab.engine.step(lab.now + 1.1)
        apply(lab, event)
    lab.visit("group-0", stopped=False)
    lab.engine.step(lab.now + 1)
    seen = lab.seen
    series = seen.series()
    for name, rates in series.services.items():
        total = seen.totals.services.get(name, 0)
        assert abs(float(rates @ series.durations) - total) < 1e-6 * (total + 1)
    for status, rates in series.statuses.items():
        total = seen.totals.statuses[status]
        assert abs(float(rates @ series.durations) - total) < 1e-6 * (total + 1)
