"""The router's HAProxy backends as deterministic models: choice, persistence, limits and queues,
retries and redispatch, health checks and slow starts, on the caller's clock."""

from __future__ import annotations

from cluster.engine.routing.proxy.backend import ProxyBackend
from cluster.engine.routing.proxy.lines import backend_lines
from cluster.engine.routing.proxy.persistence import CookieLine, cookie_values, without_cookie
from cluster.engine.routing.proxy.servers import Admin, ServerState
from cluster.engine.routing.proxy.settings import LAST_RETRY, BackendLines, CheckLine, ServerLine
from cluster.engine.routing.proxy.stream import Refusal, Stage, Stream

__all__ = [
    "LAST_RETRY",
    "Admin",
    "BackendLines",
    "CheckLine",
    "CookieLine",
    "ProxyBackend",
    "Refusal",
    "ServerLine",
    "ServerState",
    "Stage",
    "Stream",
    "backend_lines",
    "cookie_values",
    "without_cookie",
]
