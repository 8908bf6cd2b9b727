"""What the router writes into a route's status, and what readers take from it (openshift/router: `status.go`;
openshift/library-go: `IngressURI`)."""

from __future__ import annotations

from dataclasses import replace

from cluster.engine.cluster import Cluster
from cluster.engine.routing.rejection import Rejection
from cluster.engine.routing.router_settings import router_settings
from cluster.objects.meta import Timestamp
from cluster.objects.route import Route, RouteIngress, RouteIngressCondition, RouteStatus


def record_condition(
    ingresses: tuple[RouteIngress, ...], entry: RouteIngress, now: float
) -> tuple[RouteIngress, ...]:
    """The entries with this router's one brought up to date (`recordIngressCondition`).

    Where anything differs the transition time becomes `now`, in whole seconds; where nothing does,
    the very same entries come back.
    """
    old = next((each for each in ingresses if each.router_name == entry.router_name), None)
    if old is not None and _untimed(old) == _untimed(entry):
        return ingresses
    moment = Timestamp(float(int(now)))
    timed = replace(
        entry,
        conditions=tuple(replace(each, last_transition_time=moment) for each in entry.conditions),
    )
    if old is None:
        return (*ingresses, timed)
    return tuple(timed if each is old else each for each in ingresses)


def _untimed(entry: RouteIngress) -> RouteIngress:
    conditions = tuple(replace(each, last_transition_time=None) for each in entry.conditions)
    return replace(entry, conditions=conditions)


def write_status(
    route: Route,
    host: str,
    rejection: Rejection | None,
    cluster: Cluster,
    *,
    notice: Rejection | None = None,
) -> None:
    """Say in the route's status what this router does with it; the same again is not written.

    An admitted route may carry a notice: a reason and a message beside the status True.
    """
    condition = RouteIngressCondition(status="True")
    if notice is not None:
        condition = RouteIngressCondition(
            status="True", reason=notice.reason, message=notice.message
        )
    if rejection is not None:
        condition = RouteIngressCondition(
            status="False", reason=rejection.reason, message=rejection.message
        )
    settings = router_settings(cluster.store, cluster.config)
    entry = RouteIngress(
        host=host,
        router_name=settings.name,
        router_canonical_hostname=settings.canonical_hostname,
        wildcard_policy=route.spec.wildcard_policy or "None",
        conditions=(condition,),
    )
    current = cluster.store.get(Route, *route.metadata.key) or route
    ingresses = record_condition(current.status.ingress, entry, cluster.now)
    cluster.update_status(current, RouteStatus(ingress=ingresses))


def is_admitted(ingress: RouteIngress) -> bool:
    """Whether the router of this entry serves the route."""
    return any(each.type == "Admitted" and each.status == "True" for each in ingress.conditions)


def ingress_uri(route: Route, host: str = "") -> str:
    """The URI under which a router serves the route; with `host` only that host counts.

    Raises LookupError, in library-go's words, where no router serves it.
    """
    scheme = "https" if route.spec.tls is not None else "http"
    where = f"route {route.metadata.name} in namespace {route.metadata.namespace}"
    for ingress in route.status.ingress:
        if host not in ("", ingress.host):
            continue
        if is_admitted(ingress):
            return f"{scheme}://{ingress.host}"
        if host == ingress.host:
            raise LookupError(f"ingress for host {host} in {where} is not admitted")
    if host:
        raise LookupError(f"no ingress for host {host} in {where}")
    raise LookupError(f"no admitted ingress for {where}")
