"""Why a request gets 503, in words: what the real router's page does not say."""

from __future__ import annotations

import ssl

from cluster.dataplane.router.catalogue import ServedRoute
from cluster.engine.routing.proxy import Refusal
from cluster.engine.routing.warnings import WarningReason

_TELLING = (
    WarningReason.ALL_WEIGHTS_ZERO,
    WarningReason.MISSING_SERVICE,
    WarningReason.WRONG_ROUTE_PORT,
    WarningReason.NO_ENDPOINTS,
)


def refused_because(served: ServedRoute, refusal: Refusal, trouble: Exception | None) -> str:
    """A sentence or two; `trouble` is what the last connection to a pod failed with."""
    where = f"Route {served.key.namespace}/{served.key.name}"
    if refusal is Refusal.NO_SERVER:
        return f"{where} matches. {_no_server(served)}"
    if refusal is Refusal.CONNECT_FAILED:
        return f"{where} matches, but {_connection(served, trouble)}."
    most = served.backend.settings.max_connections
    limit = f" (pod-concurrent-connections: {most.text})" if most else ""
    return f"{where} matches, but its pods are busy{limit}: {refusal.value}."


def _no_server(served: ServedRoute) -> str:
    found = [each.text for each in served.backend.warnings if each.reason in _TELLING]
    if found:
        return " ".join(dict.fromkeys(found))
    if served.backend.servers:
        return "None of its pods answers the router's health checks."
    return "None of its services has a ready endpoint."


def _connection(served: ServedRoute, trouble: Exception | None) -> str:
    if isinstance(trouble, ssl.SSLError):
        why = getattr(trouble, "verify_message", "") or trouble.reason or str(trouble)
        return f"TLS to the pod failed: {why}"
    ports = sorted({server.port for server in served.backend.servers})
    listed = " and ".join(str(port) for port in ports)
    if isinstance(trouble, ConnectionRefusedError):
        return f"nothing listens on port {listed} in its pods: the connection is refused"
    return f"the connection to its pods on port {listed} failed: {trouble}"
