"""A route's annotations as the router's template reads them (openshift/router: haproxy-config.template,
template_helper.go): typed settings for the backend, and what of the annotations is ignored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cluster.engine.routing.allow_list import AllowList, read_allow_list
from cluster.engine.routing.annotation_values import (
    ADJUST_CASE,
    CASE_ADJUSTMENTS_SETTING,
    CHECK_INTERVAL,
    CHECK_INTERVAL_SETTING,
    CONCURRENT_TCP,
    DEFAULT_CHECK_INTERVAL,
    HSTS,
    POD_CONNECTIONS,
    RATE_HTTP,
    RATE_LIMIT,
    RATE_TCP,
    REWRITE_TARGET,
    TIMEOUT_TUNNEL,
    Whole,
    is_hsts,
    read_whole,
)
from cluster.engine.routing.cookies import go_true
from cluster.engine.routing.durations import Duration, read_duration
from cluster.engine.routing.forwarded import forwarded_policy
from cluster.engine.routing.ignored_annotations import Ignored, Place, all_ignored
from cluster.engine.routing.rewriting import TARGET, Rewrite
from cluster.objects.route import EDGE, PASSTHROUGH, REENCRYPT, TIMEOUT


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
        max_connections=read_whole(annotations.get(POD_CONNECTIONS)),
        check_interval=check_interval(annotations, router_env),
        adjust_case=not passthrough
        and bool(router_env.get(CASE_ADJUSTMENTS_SETTING))
        and go_true(annotations.get(ADJUST_CASE)),
        ignored=all_ignored(
            annotations, Place(termination, insecure_policy, path, router_env), reading
        ),
    )


def check_interval(annotations: Mapping[str, str], router_env: Mapping[str, str]) -> Duration:
    """How often servers are checked: annotation, else setting, else 5000ms."""
    found = read_duration(annotations.get(CHECK_INTERVAL), router_env.get(CHECK_INTERVAL_SETTING))
    return found or Duration(DEFAULT_CHECK_INTERVAL, 5.0)


def _hsts(annotations: Mapping[str, str]) -> str | None:
    value = annotations.get(HSTS, "")
    return value if is_hsts(value) else None


def _rewrite(annotations: Mapping[str, str], path: str) -> Rewrite | None:
    value = annotations.get(REWRITE_TARGET, "")
    return Rewrite(path, value) if TARGET.fullmatch(value) else None


def _rate_limits(annotations: Mapping[str, str], *, passthrough: bool) -> RateLimits | None:
    """The sub-keys count only where rate limiting is switched on; TCP cannot count requests."""
    if not go_true(annotations.get(RATE_LIMIT)):
        return None
    return RateLimits(
        read_whole(annotations.get(CONCURRENT_TCP)),
        read_whole(annotations.get(RATE_TCP)),
        None if passthrough else read_whole(annotations.get(RATE_HTTP)),
    )
