"""Who is turned away before any server is chosen, as the stick table of a backend counts (router facts,
§6: confirmed on a running HAProxy)."""

from __future__ import annotations

import pytest

from cluster.engine.routing import client_limits
from cluster.engine.routing.allow_list import AllowList
from cluster.engine.routing.annotation_values import Whole
from cluster.engine.routing.annotations import RateLimits, RouteSettings
from cluster.engine.routing.client_limits import ClientLimits

ONE, OTHER = "203.0.113.1", "203.0.113.2"


def limits(**rates: int) -> ClientLimits:
    """Limits of a backend, by the annotation's last word."""
    wanted = {name: Whole(str(value), value) for name, value in rates.items()}
    return ClientLimits(RouteSettings(rate_limits=RateLimits(**wanted)))


def served(table: ClientLimits, times: int, now: float, client: str = ONE) -> int:
    """How many of so many requests, one after another, are taken."""
    taken = 0
    for _ in range(times):
        taken += not table.enter(client, now)
        table.leave(client)
    return taken


def test_of_requests_as_many_as_the_limit_pass() -> None:
    assert served(limits(rate_http=3), 10, 100.0) == 3


@pytest.mark.parametrize("name", ["concurrent_tcp", "rate_tcp"])
def test_of_connections_the_one_that_reaches_the_limit_is_refused(name: str) -> None:
    table = limits(**{name: 3})
    assert [bool(table.enter(ONE, 100.0)) for _ in range(3)] == [False, False, True]


def test_connections_that_have_ended_are_not_open() -> None:
    assert served(limits(concurrent_tcp=2), 50, 100.0) == 50


def test_each_address_has_its_own_counters() -> None:
    table = limits(rate_http=1)
    assert (served(table, 5, 100.0), served(table, 5, 100.0, OTHER)) == (1, 1)
    assert table.enter(ONE, 100.0) == f"{ONE} has reached a rate limit"


def test_a_quiet_client_is_welcome_again() -> None:
    table = limits(rate_http=2)
    assert served(table, 5, 100.0) == 2
    assert served(table, 5, 100.0 + 2 * client_limits.REQUEST_PERIOD) == 2


def test_the_allow_list_comes_first_and_counts_nothing() -> None:
    settings = RouteSettings(
        allow_list=AllowList(("10.0.0.0/8",)), rate_limits=RateLimits(rate_http=Whole("1", 1))
    )
    table = ClientLimits(settings)
    assert table.enter(ONE, 100.0) == f"{ONE} is not on the allow list"
    assert table.enter("10.1.2.3", 100.0) == ""


def test_the_table_forgets_the_client_that_was_seen_longest_ago(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_limits, "MOST_ENTRIES", 2)
    table = limits(rate_http=1)
    for client in (ONE, OTHER, "203.0.113.3"):
        served(table, 1, 100.0, client)
    assert served(table, 1, 100.0, OTHER) == 0
    assert served(table, 1, 100.0, ONE) == 1
