"""Small backends for tests, and the way of a request through them."""

from __future__ import annotations

from typing import Any

from cluster.engine.routing.balancers import XorShift32
from cluster.engine.routing.proxy import (
    LAST_RETRY,
    BackendLines,
    CookieLine,
    ProxyBackend,
    ServerLine,
    Stream,
)

COOKIE = CookieLine("ROUTE")


def backend(*servers: dict[str, Any], **lines: Any) -> ProxyBackend:
    """A backend of servers a1, a2, … that have their names as cookies; as OpenShift's routes
    have it, with a cookie and `option redispatch`."""
    defaults: dict[str, Any] = {"cookie": COOKIE, "redispatch": LAST_RETRY, "queue_timeout": 60.0}
    named = [{"name": f"a{n}", "cookie": f"a{n}", **each} for n, each in enumerate(servers, 1)]
    built = tuple(ServerLine(**each) for each in named)
    return ProxyBackend(BackendLines(built, **{**defaults, **lines}), rng=XorShift32())


def arrive_connected(router: ProxyBackend, now: float = 0.0, **request: Any) -> Stream:
    stream = router.arrive(now, **request)
    router.connected(stream)
    return stream
