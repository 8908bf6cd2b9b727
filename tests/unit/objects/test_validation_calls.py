"""The annotations that say whom a workload calls, and how often."""

from __future__ import annotations

import pytest

from cluster.engine.commands import Create
from cluster.objects.calls import CALLS, CALLS_PER_SECOND, CallTarget, declares_calls
from cluster.objects.errors import Invalid
from cluster.objects.validation.calls import call_targets, calls_errors, calls_per_second
from cluster.scenarios.shop import DEVELOPER
from tests.unit.engine.traffic.calls.lab import ShopLab, workload


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("http://api", CallTarget("http", "api", 80, "/")),
        ("http://api:8080/health?x=1", CallTarget("http", "api", 8080, "/health?x=1")),
        ("https://api.shop.svc", CallTarget("https", "api.shop.svc", 443, "/")),
        ("tcp://db.data:5432", CallTarget("tcp", "db.data", 5432)),
        ("db:5432", CallTarget("tcp", "db", 5432)),
        ("HTTP://Api:80", CallTarget("http", "api", 80, "/")),
        ("tcp://10.128.0.5:80", CallTarget("tcp", "10.128.0.5", 80)),
        (
            "http://db.data.svc.cluster.local.",
            CallTarget("http", "db.data.svc.cluster.local.", 80, "/"),
        ),
    ],
)
def test_every_form_of_a_target_is_understood(text: str, target: CallTarget) -> None:
    assert call_targets(text) == (target,)


def test_targets_stand_between_commas_blanks_and_line_ends_and_count_once() -> None:
    text = "http://api, tcp://db:5432\n\tdb:5432  http://api:80/\n"
    assert [each.url for each in call_targets(text)] == ["http://api", "tcp://db:5432"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("db", "the port is missing"),
        ("tcp://db", "the port is missing"),
        ("http://db:", "the port is missing"),
        ("http://db:99999", "the port must be between 1 and 65535"),
        ("http://db:x", "the port must be between 1 and 65535"),
        ("ftp://db:21", "the scheme must be http, https or tcp"),
        ("http://", "the host is missing"),
        ("http://a_b", "the host must be a DNS name or an IPv4 address"),
        ("10.128.0:80", "the host is not a legal IPv4 address"),
        ("tcp://db:1/x", "a TCP connection has no path"),
    ],
)
def test_a_target_that_makes_no_sense_is_named_with_the_reason(text: str, what: str) -> None:
    errors = calls_errors({CALLS: f"http://fine {text}"})
    assert [each.path for each in errors] == [f"metadata.annotations[{CALLS}]"]
    assert errors[0].value == text
    assert what in errors[0].detail


@pytest.mark.parametrize("text", ["0", "0.05", "101", "often", "nan", "-1"])
def test_a_rate_out_of_range_is_refused(text: str) -> None:
    (error,) = calls_errors({CALLS_PER_SECOND: text})
    assert str(error).startswith(
        f'metadata.annotations[{CALLS_PER_SECOND}]: Invalid value: "{text}"'
    )


def test_without_a_rate_it_is_one_call_a_second() -> None:
    assert calls_per_second("") == 1.0
    assert calls_per_second("0.5") == 0.5


def test_more_targets_than_anybody_looks_at_are_refused() -> None:
    text = " ".join(f"db-{number}:5432" for number in range(21))
    assert "must have at most 20 items" in str(calls_errors({CALLS: text})[0])


def test_an_annotation_of_blanks_declares_nothing() -> None:
    assert not declares_calls({CALLS: " ,\n"})
    assert declares_calls({CALLS: "db:1"})


def test_the_server_refuses_a_workload_with_a_bad_target() -> None:
    lab = ShopLab()
    with pytest.raises(Invalid, match=r"metadata\.annotations\[shiftlab/calls\]"):
        lab.engine.execute([Create(workload("bad", calls="nowhere"))], DEVELOPER)
