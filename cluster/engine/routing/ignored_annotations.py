"""Annotations that the router ignores without a word, each with the reason in words for the route's page:
beyond the real router, which tells nobody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cluster.engine.routing.allow_list import ALLOWLIST, WHITELIST, AllowListReading
from cluster.engine.routing.annotation_values import (
    ADJUST_CASE,
    CASE_ADJUSTMENTS_SETTING,
    CHECK_INTERVAL,
    CONCURRENT_TCP,
    HSTS,
    POD_CONNECTIONS,
    RATE_HTTP,
    RATE_LIMIT,
    RATE_TCP,
    REWRITE_TARGET,
    TIMEOUT_TUNNEL,
    is_hsts,
    read_whole,
)
from cluster.engine.routing.cookies import (
    COOKIE_NAME_ANNOTATION,
    DISABLE_COOKIES_ANNOTATION,
    SAME_SITE_ANNOTATION,
    SAME_SITE_VALUES,
    go_true,
)
from cluster.engine.routing.durations import MAX_TIMEOUT, clip
from cluster.engine.routing.forwarded import POLICIES, SET_FORWARDED
from cluster.engine.routing.rewriting import TARGET, Rewrite
from cluster.objects.route import EDGE, PASSTHROUGH, REENCRYPT, TIMEOUT

_GO_FALSE: Final = frozenset({"0", "f", "F", "false", "FALSE", "False"})
_COOKIE_NAME: Final = re.compile(r"[a-zA-Z0-9_-]+")
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
class Place:
    """Where the annotations stand: what decides whether one can have any effect."""

    termination: str
    insecure_policy: str
    path: str
    env: Mapping[str, str]

    @property
    def passthrough(self) -> bool:
        """Whether the router does not open the traffic."""
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


def all_ignored(
    annotations: Mapping[str, str], place: Place, reading: AllowListReading
) -> tuple[Ignored, ...]:
    """All that is ignored or cut down of a route's annotations."""
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


def _why(name: str, value: str, annotations: Mapping[str, str], place: Place) -> str:
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


def _cookie_without_effect(name: str, annotations: Mapping[str, str], place: Place) -> str:
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
        return "" if read_whole(value) else _WHOLE
    if name in (DISABLE_COOKIES_ANNOTATION, RATE_LIMIT, ADJUST_CASE):
        return "" if go_true(value) or value in _GO_FALSE else _BOOLEAN
    if name == HSTS:
        return "" if is_hsts(value) else "of the form max-age=31536000;includeSubDomains;preload"
    legal, text = _PATTERNS[name]
    return "" if legal.fullmatch(value) else text


_PATTERNS: Final = {
    COOKIE_NAME_ANNOTATION: (_COOKIE_NAME, "letters, digits, _ and -"),
    SAME_SITE_ANNOTATION: (re.compile("|".join(SAME_SITE_VALUES)), _SAME_SITE),
    SET_FORWARDED: (re.compile("|".join(POLICIES)), _POLICIES),
    REWRITE_TARGET: (TARGET, "a path that begins with /"),
}
_KNOWN: Final = frozenset(
    {
        *_PATTERNS,
        *(HSTS, TIMEOUT, TIMEOUT_TUNNEL, CHECK_INTERVAL),
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
