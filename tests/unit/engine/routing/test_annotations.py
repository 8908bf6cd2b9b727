"""What the router reads from a route's annotations, and what it passes over in silence."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cluster.engine.routing import annotation_values as names
from cluster.engine.routing.allow_list import (
    ALLOWLIST,
    MAX_ON_LINE,
    WHITELIST,
    AllowList,
    parse_ip_list,
    read_allow_list,
)
from cluster.engine.routing.annotations import (
    RateLimits,
    RouteSettings,
    check_interval,
    read_annotations,
)
from cluster.engine.routing.cookies import COOKIE_NAME_ANNOTATION, SAME_SITE_ANNOTATION
from cluster.engine.routing.durations import (
    MAX_TIMEOUT,
    DurationOverflowError,
    DurationSyntaxError,
    clip,
    parse_duration,
)
from cluster.engine.routing.forwarded import SET_FORWARDED, SETTING, forwarded_policy
from cluster.engine.routing.rewriting import Rewrite, escape_single_quotes, sanitized
from cluster.objects.route import TIMEOUT
from tests.unit.engine.routing.vectors import Vector, vector_id, vectors


def read(
    annotations: Mapping[str, str],
    termination: str = "",
    *,
    policy: str = "",
    path: str = "",
    env: Mapping[str, str] | None = None,
) -> RouteSettings:
    return read_annotations(
        annotations,
        termination=termination,
        insecure_policy=policy,
        path=path,
        router_env=env or {},
    )


def ignored(settings: RouteSettings) -> dict[str, str]:
    return {each.annotation: each.why for each in settings.ignored}


# --- times -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", vectors("annotations.duration"), ids=vector_id)
def test_a_time_is_read_exactly(vector: Vector) -> None:
    value, expected = vector["input"]["value"], vector["expected"]
    errors = {"syntax": DurationSyntaxError, "overflow": DurationOverflowError}
    if expected["error"]:
        with pytest.raises(errors[expected["error"]]):
            parse_duration(value)
    else:
        assert parse_duration(value) == expected["nanoseconds"]


@pytest.mark.parametrize("vector", vectors("annotations.timeout_clip"), ids=vector_id)
def test_a_time_is_cut_down_to_what_haproxy_takes(vector: Vector) -> None:
    expected = vector["expected"]
    assert clip(vector["input"]["value"]) == expected["haproxyValue"]
    assert (clip(vector["input"]["value"]) == "") == expected["ignored"]


@pytest.mark.parametrize("vector", vectors("annotations.timeout"), ids=vector_id)
def test_timeouts_go_to_server_or_tunnel_by_termination(vector: Vector) -> None:
    settings = read(vector["input"]["annotations"], vector["input"]["termination"])
    durations = {
        "timeout server": settings.timeout_server,
        "timeout tunnel": settings.timeout_tunnel,
    }
    directives = {name: each.text for name, each in durations.items() if each is not None}
    assert directives == vector["expected"]["backendDirectives"]


def test_a_timeout_counts_in_seconds() -> None:
    settings = read({TIMEOUT: "1500ms", names.TIMEOUT_TUNNEL: "2"})
    assert settings.timeout_server is not None
    assert settings.timeout_tunnel is not None
    assert (settings.timeout_server.seconds, settings.timeout_tunnel.seconds) == (1.5, 0.002)


def test_health_checks_come_by_annotation_then_setting_then_default() -> None:
    env = {names.CHECK_INTERVAL_SETTING: "7s"}
    assert check_interval({names.CHECK_INTERVAL: "5m"}, env).text == "5m"
    assert check_interval({names.CHECK_INTERVAL: "5 m"}, env).text == "7s"
    assert check_interval({names.CHECK_INTERVAL: "5000d"}, {}).text == MAX_TIMEOUT
    assert check_interval({}, {names.CHECK_INTERVAL_SETTING: "x"}).text == "5000ms"


# --- limits ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", vectors("annotations.rate_limit"), ids=vector_id)
def test_rate_limits_count_only_as_whole_numbers_and_when_switched_on(vector: Vector) -> None:
    given, expected = vector["input"], vector["expected"]
    limits = read(given["annotations"], given["termination"]).rate_limits
    if "statusCodes" in expected:
        assert limits is not None
        count = int(given["requests"].split()[0])
        assert [status(limits, number) for number in range(1, count + 1)] == expected["statusCodes"]
        return
    assert (limits is not None) == expected["enabled"]
    if limits is None:
        return
    for name, limit in (
        ("concurrentTcp", limits.concurrent_tcp),
        ("rateTcp", limits.rate_tcp),
        ("rateHttp", limits.rate_http),
    ):
        if name in expected:
            assert (limit.text if limit else None) == expected[name]


def status(limits: RateLimits, number: int) -> int | None:
    """The answer to the n-th of requests that follow each other at once on new connections."""
    refused = limits.refuses(connections=1, recent_connections=number, recent_requests=number - 1)
    return None if refused else 200


@pytest.mark.parametrize(
    ("key", "passing"), [(names.RATE_TCP, 2), (names.RATE_HTTP, 3), (names.CONCURRENT_TCP, 9)]
)
def test_the_nth_connection_is_refused_but_the_nth_request_passes(key: str, passing: int) -> None:
    limits = read({names.RATE_LIMIT: "true", key: "3"}).rate_limits
    assert limits is not None
    answers = [status(limits, number) for number in range(1, 10)]
    assert answers == [200] * passing + [None] * (9 - passing)


@pytest.mark.parametrize("vector", vectors("annotations.pod_concurrent_connections"), ids=vector_id)
def test_connections_of_a_pod_are_limited_by_whole_numbers(vector: Vector) -> None:
    found = read({names.POD_CONNECTIONS: vector["input"]["value"]}).max_connections
    assert (found.text if found else None) == vector["expected"]["maxconn"]


@pytest.mark.parametrize("value", ["", "ten", "1.5", " 5", "5 ", "0x10", "99999999999999999999"])
def test_what_go_does_not_read_as_an_integer_is_no_limit(value: str) -> None:
    assert read({names.POD_CONNECTIONS: value}).max_connections is None


# --- allow lists -----------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", vectors("annotations.ip_allowlist"), ids=vector_id)
def test_an_allow_list_holds_its_legal_entries_and_goes_to_a_file_when_long(vector: Vector) -> None:
    given, expected = vector["input"], vector["expected"]
    if "entries" in given:
        held = AllowList(tuple(f"10.0.0.{number}" for number in range(given["entries"])))
        assert held.in_file != expected["inlineAcl"]
        return
    reading = (
        read_allow_list(given["annotations"])
        if "annotations" in given
        else parse_ip_list(given["value"])
    )
    assert list(reading.entries) == expected["effectiveList"]
    assert (reading.allow_list is not None) == expected["restrictionApplied"]


def test_the_longest_list_on_a_line_has_61_entries() -> None:
    entries = tuple(f"10.0.{number}.0/24" for number in range(MAX_ON_LINE + 1))
    assert AllowList(entries).in_file
    assert not AllowList(entries[:-1]).in_file


def test_a_list_lets_its_networks_in_and_nobody_else() -> None:
    held = AllowList(("10.1.2.3/8", "192.0.2.7", "2001:db8::/32"))
    assert all(map(held.allows, ("10.200.0.1", "192.0.2.7", "2001:db8::9")))
    assert not any(map(held.allows, ("192.0.2.8", "11.0.0.1", "2001:db9::1")))


def test_a_broken_new_list_shadows_the_old_one_and_leaves_the_route_open() -> None:
    reading = read_allow_list({ALLOWLIST: "nonsense", WHITELIST: "10.0.0.1"})
    assert reading.allow_list is None
    settings = read({ALLOWLIST: "nonsense", WHITELIST: "10.0.0.1"})
    assert "everybody may connect" in ignored(settings)[ALLOWLIST]
    assert "takes its place" in ignored(settings)[WHITELIST]


@pytest.mark.parametrize("value", [" 10.0.0.1", "10.0.0.1 ", "10.0.0.1\n10.0.0.2"])
def test_blanks_around_a_list_and_line_breaks_make_it_void(value: str) -> None:
    settings = read({WHITELIST: value})
    assert settings.allow_list is None
    assert "line breaks" in ignored(settings)[WHITELIST]


@pytest.mark.parametrize(
    "entry", ["1.2.3", "010.0.0.1", "fe80::1%eth0", "10.0.0.0/255.0.0.0", "10/8"]
)
def test_what_go_does_not_read_as_an_address_is_left_out(entry: str) -> None:
    assert parse_ip_list(f"{entry} 10.0.0.1").entries == ("10.0.0.1",)


# --- HSTS, rewriting, forwarded headers --------------------------------------------------------------


@pytest.mark.parametrize("vector", vectors("annotations.hsts"), ids=vector_id)
def test_hsts_is_sent_as_it_was_written_where_tls_ends_at_the_router(vector: Vector) -> None:
    given = vector["input"]
    settings = read({names.HSTS: given["value"]}, given["termination"])
    assert settings.hsts == vector["expected"]["headerSent"]


@pytest.mark.parametrize("vector", vectors("annotations.rewrite_target"), ids=vector_id)
def test_a_rewrite_target_is_cleaned_and_applied(vector: Vector) -> None:
    given, expected = vector["input"], vector["expected"]
    if "value" in given:
        assert sanitized(given["value"]) == expected["replacement"]
        return
    rewrite = read({names.REWRITE_TARGET: given["annotation"]}, path=given["routePath"]).rewrite
    assert rewrite is not None
    assert [rewrite.apply(path) for path in given["requestPaths"]] == expected["pathsSeenByPod"]


@pytest.mark.parametrize("vector", vectors("annotations.rewrite_path_escape"), ids=vector_id)
def test_a_path_is_escaped_for_single_quotes(vector: Vector) -> None:
    assert escape_single_quotes(vector["input"]["path"]) == vector["expected"]["escaped"]


def test_rewriting_leaves_the_query_alone_and_reads_dots_in_paths_as_wildcards() -> None:
    assert Rewrite("/app", "/").apply("/app/x?y=/app") == "/x?y=/app"
    assert Rewrite("/v1.0", "/new").apply("/v1x0/a") == "/new/a"
    assert Rewrite("/app", "/100%").apply("/app/x") == "/100%/x"
    assert Rewrite("/app", "/cut#rest").apply("/app/x") == "/cut"


def test_a_path_that_is_no_regular_expression_is_not_rewritten_and_said_so() -> None:
    settings = read({names.REWRITE_TARGET: "/x"}, path="/a(b")
    assert settings.rewrite is None
    assert "no legal regular expression" in ignored(settings)[names.REWRITE_TARGET]


@pytest.mark.parametrize("vector", vectors("annotations.forwarded_headers"), ids=vector_id)
def test_the_policy_of_forwarded_headers_is_annotation_setting_or_append(vector: Vector) -> None:
    given = vector["input"]
    annotation, setting = given["annotation"], given["ROUTER_SET_FORWARDED_HEADERS"]
    found = forwarded_policy(
        {} if annotation is None else {SET_FORWARDED: annotation},
        {} if setting is None else {SETTING: setting},
    )
    assert found == vector["expected"]["policy"]


# --- what is ignored, in words -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "termination", "part"),
    [
        (TIMEOUT, "5 s", "", "a time such as"),
        (names.HSTS, "max-age=1;", "edge", "max-age=31536000"),
        (names.HSTS, "max-age=1", "", "only routes with edge or reencrypt"),
        (names.REWRITE_TARGET, "x", "", "begins with /"),
        (names.REWRITE_TARGET, "/x", "passthrough", "does not see requests"),
        (names.RATE_HTTP, "10", "", "rate limiting is off"),
        (names.RATE_TCP, "ten", "", "a whole number"),
        (names.RATE_LIMIT, "yes", "", "true or false"),
        (names.POD_CONNECTIONS, "1.5", "", "a whole number"),
        (names.CHECK_INTERVAL, "0s", "", "a time such as"),
        (SET_FORWARDED, "Append", "", "one of append"),
        (COOKIE_NAME_ANNOTATION, "a b", "", "letters, digits"),
        (SAME_SITE_ANNOTATION, "Lax", "", "only on edge and reencrypt"),
        (names.ADJUST_CASE, "true", "", "no header case adjustments"),
        (WHITELIST, "10.0.0.1 x", "", '"x" is no legal address'),
    ],
)
def test_an_ignored_value_comes_with_the_reason(
    name: str, value: str, termination: str, part: str
) -> None:
    assert part in ignored(read({name: value}, termination))[name]


def test_a_clipped_time_is_told_as_such() -> None:
    (each,) = read({TIMEOUT: "25d"}).ignored
    assert (each.clipped, each.value) == (True, "25d")
    assert MAX_TIMEOUT in each.why


def test_legal_annotations_are_not_complained_of() -> None:
    legal = {
        TIMEOUT: "5s",
        names.TIMEOUT_TUNNEL: "1h",
        names.RATE_LIMIT: "true",
        names.RATE_TCP: "100",
        names.HSTS: "max-age=1",
        names.REWRITE_TARGET: "/",
        SET_FORWARDED: "never",
        names.POD_CONNECTIONS: "10",
        names.CHECK_INTERVAL: "10s",
        ALLOWLIST: "10.0.0.0/8",
        SAME_SITE_ANNOTATION: "Lax",
        names.ADJUST_CASE: "true",
        "example.com/other": "anything",
    }
    env = {names.CASE_ADJUSTMENTS_SETTING: "X-Forwarded-For"}
    settings = read(legal, "edge", path="/a", env=env)
    assert settings.ignored == ()
    assert settings.adjust_case
