"""Trials: the pods that the router's own objects choose, what the client gets, and the reason given."""

from __future__ import annotations

from collections import Counter

import pytest

from cluster.engine.routing.cookies import cookie_value
from cluster.engine.routing.hashing import address_hash, weighted_map
from cluster.engine.routing.trial import TrialResult
from tests.unit.engine.routing.objects import route
from tests.unit.engine.routing.trial.lab import (
    HOST,
    NO_COOKIES,
    App,
    Lab,
    admitted,
    balanced,
    named,
    pods,
    whys,
)

NETWORK = tuple(f"203.0.113.{number}" for number in range(1, 41))


def counts(result: TrialResult) -> dict[str, int]:
    return {each.server.pod: each.answers for each in result.shares}


# --- who answers, and why -------------------------------------------------------------------------------


def test_source_sends_an_address_always_to_the_same_pod_and_shows_the_hash() -> None:
    lab = Lab(web=4)
    result = lab.try_route(lab.route(annotations=NO_COOKIES), requests=40, clients=NETWORK)
    for answer in result.answers:
        place = address_hash(answer.client) % 4
        assert answer.why == f"hash of {answer.client} mod 4 is {place}"
        assert answer.server is not None
        assert answer.server.pod == f"web-{place + 1}"


def test_the_place_that_is_shown_is_the_place_in_the_weighted_map() -> None:
    lab = Lab(a=1, b=1)
    made = lab.route({"a": 30, "b": 10}, balanced("source"))
    result = lab.try_route(made, requests=40, clients=NETWORK)
    weights = tuple(each.server.weight for each in result.shares)
    services = [each.server.service for each in result.shares]
    for answer in result.answers:
        _, places, _, place = answer.why.rsplit(" ", 3)
        assert int(places) == sum(weights)
        assert answer.server is not None
        assert answer.server.service == services[weighted_map(weights)[int(place)]]


def test_passthrough_hashes_on_the_ring_and_knows_no_cookie() -> None:
    lab = Lab(web=3)
    made = lab.route(tls="passthrough")
    result = lab.try_route(made, scheme="https", clients=NETWORK, cookie_jar=True, cookie="a=1")
    assert all(why.startswith("hash ring: ") for why in whys(result))
    assert {each.set_cookie for each in result.answers} == {""}
    assert {each.cookie for each in result.answers} == {""}


def test_roundrobin_follows_the_weights_turn_by_turn() -> None:
    lab = Lab(a=1, b=1)
    result = lab.try_route(lab.route({"a": 80, "b": 20}, NO_COOKIES), requests=100)
    assert counts(result) == {"a-1": 80, "b-1": 20}
    assert result.answers[0].why.startswith("roundrobin: turn 1 of the rotation, weight ")
    assert [each.expected for each in result.shares] == pytest.approx([0.8, 0.2])


def test_least_connections_takes_the_idle_pod_while_another_is_busy() -> None:
    lab = Lab(web=2)
    lab.apps["web-1"] = App(latency=1.0)
    made = lab.route(annotations=balanced("leastconn"))
    result = lab.try_route(made, requests=50, in_flight=2)
    assert counts(result)["web-1"] < 5
    assert all(each.expected is None for each in result.shares)
    assert result.answers[0].why == "least connections: 0 in flight"


def test_random_says_how_busy_the_chosen_pod_was() -> None:
    lab = Lab(web=3)
    result = lab.try_route(lab.route(annotations=balanced("random")), requests=60, in_flight=6)
    assert all(why.startswith("random: the less busy of two draws, ") for why in whys(result))
    assert sum(counts(result).values()) == 60


def test_a_single_pod_needs_no_choice() -> None:
    lab = Lab(web=1)
    result = lab.try_route(lab.route(annotations=NO_COOKIES), requests=2)
    assert whys(result) == ["the only pod that takes new requests"] * 2


def test_the_same_trial_gives_the_same_answers() -> None:
    lab = Lab(web=3)
    lab.apps = {f"web-{n}": App(error_rate=0.5) for n in (1, 2, 3)}
    made = lab.route(annotations=balanced("random"))
    assert lab.try_route(made, requests=50) == lab.try_route(made, requests=50)


# --- cookies ------------------------------------------------------------------------------------------


def test_without_a_jar_every_answer_sets_the_cookie_anew() -> None:
    lab = Lab(web=2)
    result = lab.try_route(lab.route(annotations=None), requests=4)
    assert all(each.set_cookie for each in result.answers)
    assert all(not each.cookie for each in result.answers)


def test_with_a_jar_each_client_stays_with_its_first_pod() -> None:
    lab = Lab(a=2, b=2)
    made = lab.route({"a": 50, "b": 50})
    result = lab.try_route(made, requests=40, clients=NETWORK[:4], cookie_jar=True)
    seen: dict[str, set[str]] = {}
    for answer, pod in zip(result.answers, pods(result), strict=True):
        seen.setdefault(answer.client, set()).add(pod)
    assert all(len(each) == 1 for each in seen.values())
    assert all(" names this pod" in why for why in whys(result)[4:])
    assert Counter(bool(each.set_cookie) for each in result.answers) == {True: 4, False: 36}


def test_a_given_cookie_leads_to_its_pod_even_at_weight_0() -> None:
    lab = Lab(a=1, b=1)
    made = lab.route({"a": 100, "b": 0})
    backend = lab.try_route(made).backend
    assert backend is not None
    assert backend.cookie is not None
    name = next(each.name for each in backend.servers if each.service == "b")
    header = f"theme=dark; {backend.cookie_name}={cookie_value(name)}"
    result = lab.try_route(made, requests=3, cookie=header)
    assert pods(result) == ["b-1"] * 3
    assert result.answers[0].cookie == header


def test_a_cookie_that_names_nobody_is_balanced_anew_and_replaced_in_the_jar() -> None:
    lab = Lab(web=2)
    made = lab.route()
    found = lab.try_route(made).backend
    assert found is not None
    result = lab.try_route(
        made, requests=2, cookie=f"{found.cookie_name}=gone; x=1", cookie_jar=True
    )
    assert result.answers[0].why.startswith("the cookie names no server that is up; hash of ")
    assert result.answers[1].cookie.startswith(f"x=1; {found.cookie_name}=")
    assert " names this pod" in result.answers[1].why


# --- the front door -------------------------------------------------------------------------------------


def test_a_redirect_is_answered_by_the_router_alone() -> None:
    lab = Lab(web=1)
    made = lab.route(tls="edge", insecure="Redirect")
    result = lab.try_route(made, requests=2, path="/a?b=1")
    assert [(each.status, each.why) for each in result.answers] == [
        (302, "redirect 302 (Redirect)")
    ] * 2
    assert result.answers[0].location == f"https://{HOST}/a?b=1"


def test_a_followed_redirect_ends_at_a_pod() -> None:
    lab = Lab(web=1)
    made = lab.route(tls="edge", insecure="Redirect")
    result = lab.try_route(made, requests=1, follow_redirects=True)
    assert (result.answers[0].status, pods(result)) == (200, ["web-1"])
    assert result.answers[0].why.startswith("302 to https; ")
    assert "Secure" in result.answers[0].set_cookie


@pytest.mark.parametrize(
    ("spec", "asked", "why"),
    [
        ({"tls": "edge"}, {}, "serves HTTPS only: its insecure policy is None."),
        ({}, {"scheme": "https"}, "is not secured: it has no TLS block."),
        ({"path": "/shop"}, {"path": "/"}, "but none for the path /."),
    ],
)
def test_a_closed_door_says_why(spec: dict[str, str], asked: dict[str, str], why: str) -> None:
    lab = Lab(web=1)
    tls = spec.pop("tls", "")
    result = lab.try_route(lab.route(tls=tls, **spec), requests=1, **asked)
    assert result.answers[0].status == 503
    assert result.answers[0].why.startswith("503: ")
    assert why in result.answers[0].why


def test_a_route_with_a_longer_path_takes_the_requests_and_is_named() -> None:
    lab = Lab(web=1, api=1)
    made = lab.route()
    lab.put(named(admitted(route({"api": 100}, host=HOST, path="/api")), "api"))
    result = lab.try_route(made, requests=1, path="/api/x")
    assert pods(result) == ["api-1"]
    assert result.route == "demo:api"
    assert "Route api of project demo serves this host and path" in result.notes[0]


def test_of_another_project_nothing_is_told() -> None:
    lab = Lab(web=1)
    refused = admitted(route({"web": 100}, host=HOST), "False", "HostAlreadyClaimed")
    lab.put(named(admitted(route({"web": 100}, host=HOST)), "hidden", "secret"))
    result = lab.try_route(refused)
    assert result.answers == ()
    assert result.backend is None
    assert "hidden" not in str(result.notes)
    assert "HostAlreadyClaimed" in result.notes[0]


# --- what goes wrong -------------------------------------------------------------------------------------


def test_without_ready_endpoints_every_request_gets_503() -> None:
    lab = Lab(web=0)
    result = lab.try_route(lab.route(), requests=2)
    assert [(each.status, each.why) for each in result.answers] == [
        (503, "503: no ready endpoints")
    ] * 2


def test_passthrough_without_endpoints_closes_the_connection() -> None:
    lab = Lab(web=0)
    result = lab.try_route(lab.route(tls="passthrough"), scheme="https", requests=1)
    assert result.answers[0].status is None
    assert result.answers[0].why == "connection closed: no ready endpoints"


def test_all_weights_zero_are_named() -> None:
    lab = Lab(web=1)
    result = lab.try_route(lab.route({"web": 0}), requests=1)
    assert result.answers[0].why == "503: all weights are 0, and no cookie names a pod"


def test_a_single_pod_that_does_not_listen_is_tried_four_times_in_three_seconds() -> None:
    lab = Lab(web=1)
    lab.apps["web-1"] = App(listens=False)
    [answer] = lab.try_route(lab.route(), requests=1).answers
    assert answer.status == 503
    assert answer.seconds == pytest.approx(3.0)
    assert answer.why.startswith("web-1 refused the connection 4 times; 503: ")


def test_a_dead_pod_among_others_costs_a_second_choice_and_no_request() -> None:
    lab = Lab(web=3)
    lab.apps["web-2"] = App(listens=False)
    result = lab.try_route(lab.route(annotations=balanced("roundrobin")), requests=30)
    assert {each.status for each in result.answers} == {200}
    assert counts(result)["web-2"] == 0
    assert any(why.startswith("web-2 refused the connection; ") for why in whys(result))
    assert [each.expected for each in result.shares] == pytest.approx([0.5, 0.0, 0.5])


def test_a_pod_out_of_reach_costs_the_connect_timeout_each_time() -> None:
    lab = Lab(web=1)
    lab.apps["web-1"] = App(reachable=False)
    [answer] = lab.try_route(lab.route(), requests=1).answers
    assert answer.status == 503
    assert answer.seconds >= 20.0
    assert answer.why.startswith("web-1 did not answer (node out of reach) 4 times; 503: ")


def test_checks_take_a_pod_out_of_reach_away_from_the_others() -> None:
    lab = Lab(web=3)
    lab.apps["web-2"] = App(reachable=False)
    result = lab.try_route(lab.route(annotations=balanced("roundrobin")), requests=60)
    assert {each.status for each in result.answers} == {200}
    assert counts(result)["web-2"] == 0
    assert [each.expected for each in result.shares] == pytest.approx([0.5, 0.0, 0.5])


def test_a_limited_pod_makes_requests_wait() -> None:
    lab = Lab(web=1)
    limited = {**NO_COOKIES, "haproxy.router.openshift.io/pod-concurrent-connections": "1"}
    result = lab.try_route(lab.route(annotations=limited), requests=4, in_flight=4)
    assert [round(each.seconds, 3) for each in result.answers] == [0.01, 0.02, 0.03, 0.04]
    assert result.answers[3].why.startswith("waited 30 ms for a free connection; ")


def test_who_waits_too_long_gets_503() -> None:
    lab = Lab(web=1)
    lab.apps["web-1"] = App(latency=8.0)
    limited = {**NO_COOKIES, "haproxy.router.openshift.io/pod-concurrent-connections": "1"}
    result = lab.try_route(lab.route(annotations=limited), requests=2, in_flight=2)
    assert [each.status for each in result.answers] == [200, 503]
    assert result.answers[1].seconds == pytest.approx(5.0)
    assert "no connection became free in time" in result.answers[1].why


def test_a_silent_pod_is_cut_off_with_504() -> None:
    lab = Lab(web=1)
    lab.apps["web-1"] = App(latency=3.0)
    made = lab.route(annotations={**NO_COOKIES, "haproxy.router.openshift.io/timeout": "2s"})
    [answer] = lab.try_route(made, requests=1).answers
    assert (answer.status, answer.seconds) == (504, 2.0)
    assert answer.why.endswith("no answer within timeout server (2s)")


def test_a_failing_application_answers_500_as_often_as_it_says() -> None:
    lab = Lab(web=1)
    lab.apps["web-1"] = App(error_rate=1.0)
    [answer] = lab.try_route(lab.route(), requests=1).answers
    assert answer.status == 500
    assert answer.why.endswith("the application answered with an error")


def test_who_is_not_on_the_allow_list_finds_the_connection_closed() -> None:
    lab = Lab(web=1)
    made = lab.route(annotations={"haproxy.router.openshift.io/ip_allowlist": "203.0.113.1"})
    result = lab.try_route(made, requests=2, clients=("203.0.113.1", "203.0.113.2"))
    assert [each.status for each in result.answers] == [200, None]
    assert result.answers[1].why == "connection closed: 203.0.113.2 is not on the allow list"


def test_a_rate_limit_closes_the_connections_of_one_address_only() -> None:
    lab = Lab(web=1)
    made = lab.route(
        annotations={
            "haproxy.router.openshift.io/rate-limit-connections": "true",
            "haproxy.router.openshift.io/rate-limit-connections.rate-http": "3",
        }
    )
    result = lab.try_route(made, requests=10, clients=("203.0.113.1", "203.0.113.2"))
    refused = [each.number for each in result.answers if each.status is None]
    assert refused == [7, 8, 9, 10]
    assert "203.0.113.1 has reached a rate limit" in result.answers[6].why


# --- time -------------------------------------------------------------------------------------------------


def test_requests_follow_one_another_or_go_together() -> None:
    lab = Lab(web=2)
    made = lab.route(annotations=balanced("roundrobin"))
    alone = lab.try_route(made, requests=10)
    together = lab.try_route(made, requests=10, in_flight=5)
    assert alone.seconds == pytest.approx(0.1)
    assert together.seconds == pytest.approx(0.02)


def test_holding_a_connection_takes_time_on_top_of_the_applications() -> None:
    lab = Lab(web=1)
    [answer] = lab.try_route(lab.route(), requests=1, hold=0.5).answers
    assert answer.seconds == pytest.approx(0.51)
