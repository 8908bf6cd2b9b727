"""A route's annotations as the router's template reads them (openshift/router: haproxy-config.template,
template_helper.go). The router ignores in silence what it does not accept; here each ignored value
is kept with the reason in words, for the route's page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cluster.engine.routing.allow_list import (
    ALLOWLIST,
    WHITELIST,
    AllowList,
    AllowListReading,
    read_allow_list,
)
from cluster.engine.routing.cookies import (
    COOKIE_NAME_ANNOTATION,
    DISABLE_COOKIES_ANNOTATION,
    SAME_SITE_ANNOTATION,
    SAME_SITE_VALUES,
    go_true,
)
from cluster.engine.routing.durations import MAX_TIMEOUT, Duration, clip, read_duration
from cluster.engine.routing.forwarded import POLICIES, SET_FORWARDED, forwarded_policy
from cluster.engine.routing.rewriting import TARGET, Rewrite
from cluster.objects.route import EDGE, PASSTHROUGH, REENCRYPT, TIMEOUT

_PREFIX: Final = "haproxy.router.openshift.io/"
TIMEOUT_TUNNEL: Final = _PREFIX + "timeout-tunnel"
RATE_LIMIT: Final = _PREFIX + "rate-limit-connections"
CONCURRENT_TCP: Final = RATE_LIMIT + ".concurrent-tcp"
RATE_TCP: Final = RATE_LIMIT + ".rate-tcp"
RATE_HTTP: Final = RATE_LIMIT + ".rate-http"
HSTS: Final = _PREFIX + "hsts_header"
REWRITE_TARGET: Final = _PREFIX + "rewrite-target"
POD_CONNECTIONS: Final = _PREFIX + "pod-concurrent-connections"
ADJUST_CASE: Final = _PREFIX + "h1-adjust-case"
CHECK_INTERVAL: Final = "router.openshift.io/haproxy.health.check.interval"
CHECK_INTERVAL_SETTING: Final = "ROUTER_BACKEND_CHECK_INTERVAL"
CASE_ADJUSTMENTS_SETTING: Final = "ROUTER_H1_CASE_ADJUST"
DEFAULT_CHECK_INTERVAL: Final = "5000ms"

_GO_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})
_COOKIE_NAME: Final = re.compile(r"[a-zA-Z0-9_-]+")
_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_TOKEN: Final = r"(?:includeSubDomains|preload)"
_BLANK: Final = r"[\t\n\f\r ]*"
_HSTS: Final = re.compile(
    rf'(?:{_TOKEN}{_BLANK};{_BLANK})*max-age{_BLANK}={_BLANK}(?:[0-9]+|"[0-9]+")'
    rf"(?:{_BLANK};{_BLANK}{_TOKEN})*",
    re.IGNORECASE | re.ASCII,
)
_BOOLEAN: Final = "true or false"
_DURATION: Final = "a time such as 30s or 500ms"
_WHOLE: Final = "a whole number"


@dataclass(frozen=True, slots=True)
class Ignored:
    """An annotation that has no effect, or not the one that was written.

    `why` completes "The router ignores the annotation …:"; `clipped` says that the value counts, cut
    down to HAProxy's maximum.
    """

    annotation: str
    value: str
    why: str
    clipped: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number as Go's Atoi takes it: the text goes into the configuration."""

    text: str
    value: int


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Limits for each client address; a limit of None is off. Beyond one the connection is closed.

    `concurrent_tcp` counts open connections, `rate_tcp` connections in 3 s, `rate_http` requests in
    10 s; refused is who reaches the number.
    """

    concurrent_tcp: Whole | None = None
    rate_tcp: Whole | None = None
    rate_http: Whole | None = None

    def refuses(self, *, connections: int, recent_connections: int, recent_requests: int) -> bool:
        """Whether a request's connection is closed.

        Of the client's address: `connections` that are open and `recent_connections` of the last 3 s,
        this one included; `recent_requests` of the last 10 s without this one.
        """
        return any(
            limit is not None and count >= limit.value
            for count, limit in (
                (connections, self.concurrent_tcp),
                (recent_connections, self.rate_tcp),
                (recent_requests, self.rate_http),
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSettings:
    """What a route's annotations ask for, beside its algorithm and its cookie.

    A duration of None leaves the router's default in force.
    """

    timeout_server: Duration | None = None
    timeout_tunnel: Duration | None = None
    rate_limits: RateLimits | None = None
    allow_list: AllowList | None = None
    hsts: str | None = None
    rewrite: Rewrite | None = None
    forwarded: str = "append"
    max_connections: Whole | None = None
    """Concurrent connections for each pod (`maxconn`); what exceeds them waits."""
    check_interval: Duration = Duration(DEFAULT_CHECK_INTERVAL, 5.0)
    adjust_case: bool = False
    ignored: tuple[Ignored, ...] = field(default=(), compare=False)
    """Not compared: what is ignored does not reload HAProxy."""


def read_annotations(
    annotations: Mapping[str, str],
    *,
    termination: str,
    insecure_policy: str = "",
    path: str = "",
    router_env: Mapping[str, str],
) -> RouteSettings:
    """The settings of a route, and what of its annotations is ignored.

    `router_env` holds the router's settings by name of variable.
    """
    passthrough = termination == PASSTHROUGH
    tunnel = annotations.get(TIMEOUT_TUNNEL)
    timeout = annotations.get(TIMEOUT)
    reading = read_allow_list(annotations)
    rewrite = _rewrite(annotations, path) if not passthrough else None
    return RouteSettings(
        timeout_server=None if passthrough else read_duration(timeout),
        timeout_tunnel=read_duration(tunnel, timeout) if passthrough else read_duration(tunnel),
        rate_limits=_rate_limits(annotations, passthrough=passthrough),
        allow_list=reading.allow_list,
        hsts=_hsts(annotations) if termination in (EDGE, REENCRYPT) else None,
        rewrite=rewrite if rewrite is not None and rewrite.loads else None,
        forwarded=forwarded_policy(annotations, router_env),
        max_connections=_whole(annotations.get(POD_CONNECTIONS)),
        check_interval=check_interval(annotations, router_env),
        adjust_case=not passthrough
        and bool(router_env.get(CASE_ADJUSTMENTS_SETTING))
        and go_true(annotations.get(ADJUST_CASE)),
        ignored=_all_ignored(
            annotations, _Place(termination, insecure_policy, path, router_env), reading
        ),
    )


def check_interval(annotations: Mapping[str, str], router_env: Mapping[str, str]) -> Duration:
    """How often servers are checked: annotation, else setting, else 5000ms."""
    found = read_duration(annotations.get(CHECK_INTERVAL), router_env.get(CHECK_INTERVAL_SETTING))
    return found or Duration(DEFAULT_CHECK_INTERVAL, 5.0)


def _hsts(annotations: Mapping[str, str]) -> str | None:
    value = annotations.get(HSTS, "")
    return value if _HSTS.fullmatch(value) else None


def _rewrite(annotations: Mapping[str, str], path: str) -> Rewrite | None:
    value = annotations.get(REWRITE_TARGET, "")
    return Rewrite(path, value) if TARGET.fullmatch(value) else None


def _whole(text: str | None) -> Whole | None:
    if not text or not _INTEGER.fullmatch(text):
        return None
    value = int(text)
    return Whole(text, value) if -(2**63) <= value < 2**63 else None


def _rate_limits(annotations: Mapping[str, str], *, passthrough: bool) -> RateLimits | None:
    """The sub-keys count only where rate limiting is switched on; TCP cannot count requests."""
    if not go_true(annotations.get(RATE_LIMIT)):
        return None
    return RateLimits(
        _whole(annotations.get(CONCURRENT_TCP)),
        _whole(annotations.get(RATE_TCP)),
        None if passthrough else _whole(annotations.get(RATE_HTTP)),
    )


# --- what is ignored, in words ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the annotations stand: what decides whether one can have any effect."""

    termination: str
    insecure_policy: str
    path: str
    env: Mapping[str, str]

    @property
    def passthrough(self) -> bool:
        return self.termination == PASSTHROUGH


_HTTP_ONLY: Final = (
    DISABLE_COOKIES_ANNOTATION,
    COOKIE_NAME_ANNOTATION,
    SAME_SITE_ANNOTATION,
    RATE_HTTP,
    HSTS,
    REWRITE_TARGET,
    SET_FORWARDED,
    ADJUST_CASE,
)
_SAME_SITE: Final = f"one of {', '.join(SAME_SITE_VALUES)}"
_POLICIES: Final = f"one of {', '.join(POLICIES)}"


def _all_ignored(
    annotations: Mapping[str, str], place: _Place, reading: AllowListReading
) -> tuple[Ignored, ...]:
    found = [
        Ignored(name, value, why)
        for name, value in annotations.items()
        if value and name in _KNOWN and (why := _why(name, value, annotations, place))
    ]
    found += [
        Ignored(name, value, f"HAProxy's longest time is {MAX_TIMEOUT}", clipped=True)
        for name in (TIMEOUT, TIMEOUT_TUNNEL, CHECK_INTERVAL)
        if (value := annotations.get(name)) and clip(value) not in ("", value)
    ]
    return (*found, *_allow_list_ignored(annotations, reading))


def _why(name: str, value: str, annotations: Mapping[str, str], place: _Place) -> str:
    """Why the router does nothing with a value, "" where it uses it."""
    legal = _illegal(name, value)
    if legal:
        return f'"{value}" is not {legal}'
    if place.passthrough and name in _HTTP_ONLY:
        return "with passthrough termination the router does not see requests"
    if name == HSTS and place.termination not in (EDGE, REENCRYPT):
        return "only routes with edge or reencrypt termination send the header"
    if name in (COOKIE_NAME_ANNOTATION, SAME_SITE_ANNOTATION):
        return _cookie_without_effect(name, annotations, place)
    if name in (CONCURRENT_TCP, RATE_TCP, RATE_HTTP) and not go_true(annotations.get(RATE_LIMIT)):
        return f"rate limiting is off as long as {RATE_LIMIT} is not true"
    if name == ADJUST_CASE and go_true(value) and not place.env.get(CASE_ADJUSTMENTS_SETTING):
        return "the router has no header case adjustments"
    if name == TIMEOUT and place.passthrough and clip(annotations.get(TIMEOUT_TUNNEL, "")):
        return f"on a passthrough route {TIMEOUT_TUNNEL} takes its place"
    if name == REWRITE_TARGET and not Rewrite(place.path, value).loads:
        return f"the route's path {place.path} is no legal regular expression"
    return ""


def _cookie_without_effect(name: str, annotations: Mapping[str, str], place: _Place) -> str:
    if go_true(annotations.get(DISABLE_COOKIES_ANNOTATION)):
        return "cookies are disabled"
    if name == SAME_SITE_ANNOTATION:
        if place.termination not in (EDGE, REENCRYPT):
            return "the cookie has a SameSite attribute only on edge and reencrypt routes"
        if place.insecure_policy == "Allow":
            return "the cookie has no SameSite attribute where insecure traffic is allowed"
    return ""


def _illegal(name: str, value: str) -> str:
    """What the value would have to be, "" where it is legal."""
    if name in (TIMEOUT, TIMEOUT_TUNNEL, CHECK_INTERVAL):
        return "" if clip(value) else _DURATION
    if name in (CONCURRENT_TCP, RATE_TCP, RATE_HTTP, POD_CONNECTIONS):
        return "" if _whole(value) else _WHOLE
    if name in (DISABLE_COOKIES_ANNOTATION, RATE_LIMIT, ADJUST_CASE):
        return "" if go_true(value) or value in _GO_FALSE else _BOOLEAN
    legal, text = _PATTERNS[name]
    return "" if legal.fullmatch(value) else text


_PATTERNS: Final = {
    COOKIE_NAME_ANNOTATION: (_COOKIE_NAME, "letters, digits, _ and -"),
    SAME_SITE_ANNOTATION: (re.compile("|".join(SAME_SITE_VALUES)), _SAME_SITE),
    SET_FORWARDED: (re.compile("|".join(POLICIES)), _POLICIES),
    HSTS: (_HSTS, "of the form max-age=31536000;includeSubDomains;preload"),
    REWRITE_TARGET: (TARGET, "a path that begins with /"),
}
_KNOWN: Final = frozenset(
    {
        *_PATTERNS,
        *(TIMEOUT, TIMEOUT_TUNNEL, CHECK_INTERVAL),
        *(RATE_LIMIT, CONCURRENT_TCP, RATE_TCP, RATE_HTTP, POD_CONNECTIONS),
        *(DISABLE_COOKIES_ANNOTATION, ADJUST_CASE),
    }
)


def _allow_list_ignored(annotations: Mapping[str, str], reading: AllowListReading) -> list[Ignored]:
    """A list that is dropped leaves the route open to everybody, which is worth saying."""
    if not reading.source:
        return []
    value = annotations[reading.source]
    found = []
    if reading.misspaced:
        why = "blanks or line breaks around the list make it invalid; everybody may connect"
        found.append(Ignored(reading.source, value, why))
    elif not reading.entries:
        why = f'"{value}" holds no legal address or network; everybody may connect'
        found.append(Ignored(reading.source, value, why))
    else:
        found += [
            Ignored(reading.source, each, f'"{each}" is no legal address or network')
            for each in reading.dropped
        ]
    other = annotations.get(WHITELIST if reading.source == ALLOWLIST else ALLOWLIST)
    if other:
        name = WHITELIST if reading.source == ALLOWLIST else ALLOWLIST
        found.append(Ignored(name, other, f"{reading.source} takes its place"))
    return found
