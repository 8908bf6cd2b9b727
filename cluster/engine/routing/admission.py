"""The router's admission of routes: who may serve a host, and what it says of that in the routes'
status (openshift/router: HostAdmitter, UniqueHost, StatusAdmitter)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cluster.engine.cluster import Cluster
from cluster.engine.config import EngineConfig
from cluster.engine.routing.host_index import (
    Changes,
    HostClaim,
    HostIndex,
    claim_of,
    same_namespace,
)
from cluster.engine.watch import Change
from cluster.objects.fields import FieldError, invalid
from cluster.objects.host_assignment import RouterHosts, effective_host
from cluster.objects.meta import Key, Timestamp
from cluster.objects.route import Route, RouteIngress, RouteIngressCondition, RouteStatus
from cluster.objects.validation.names import dns1123_label, dns1123_subdomain

HOST_ALREADY_CLAIMED = "HostAlreadyClaimed"
NO_HOST_VALUE = "NoHostValue"
INVALID_HOST = "InvalidHost"
ROUTE_NOT_ADMITTED = "RouteNotAdmitted"


# --- rules on one route alone ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a route is refused: the reason and message of the condition."""

    reason: str
    message: str


def router_host(route: Route, config: EngineConfig) -> str:
    """The host under which the router would serve a route, or ""."""
    return effective_host(route, RouterHosts(domain=config.router_domain))


def host_errors(host: str) -> list[FieldError]:
    """DNS rules that every host must keep, annotated or not (`ValidateHostName`)."""
    errors: list[FieldError] = []
    if dns1123_subdomain(host):
        detail = "host must conform to DNS 952 subdomain conventions"
        errors.append(invalid("spec.host", host, detail))
    errors += [
        invalid("spec.host", host, rule)
        for label in host.split(".")
        for rule in dns1123_label(label)
    ]
    return errors


def own_rejection(route: Route, host: str, *, wildcards_allowed: bool = False) -> Rejection | None:
    """What forbids the route by itself: its wildcard policy, no host, an illegal host."""
    policy = route.spec.wildcard_policy or "None"
    if policy not in ("None", "Subdomain"):
        return Rejection(ROUTE_NOT_ADMITTED, f"unknown wildcard policy {policy}")
    if policy == "Subdomain" and not wildcards_allowed:
        return Rejection(ROUTE_NOT_ADMITTED, "wildcard routes are not allowed")
    if not host:
        return Rejection(NO_HOST_VALUE, "no host value was defined for the route")
    if errors := host_errors(host):
        texts = ", ".join(str(error) for error in errors)
        return Rejection(INVALID_HOST, f"host name validation errors: {texts}")
    return None


# --- rules among routes ----------------------------------------------------------------------------


def claimed(claim: HostClaim, index: HostIndex) -> Rejection:
    """The refusal of a route that came too late."""
    newest_first = list(reversed(index.active(claim.host)))
    owner = next((each for each in newest_first if each.path == claim.path), newest_first[0])
    if owner.key.namespace == claim.key.namespace:
        text = f"route {owner.key.name} already exposes {claim.host} and is older"
    else:
        text = f"a route in another namespace holds {claim.host} and is older than {claim.key.name}"
    return Rejection(HOST_ALREADY_CLAIMED, text)


def rejections_by_addition(
    claim: HostClaim, changes: Changes, index: HostIndex
) -> Iterator[tuple[HostClaim, Rejection]]:
    """The refusals that an added or changed route brings about, its own among them."""
    for other in changes.displaced.values():
        if other.key == claim.key:
            yield other, claimed(claim, index)
        elif other.host == claim.host:
            text = f"replaced by older route {claim.key.name}"
            yield other, Rejection(HOST_ALREADY_CLAIMED, text)
        else:
            yield from _displaced_elsewhere(other, index)


def rejections_by_removal(
    changes: Changes, index: HostIndex
) -> Iterator[tuple[HostClaim, Rejection]]:
    """The refusals of those that lose a host because its oldest route went."""
    for other in changes.displaced.values():
        yield from _displaced_elsewhere(other, index)


def _displaced_elsewhere(
    other: HostClaim, index: HostIndex
) -> Iterator[tuple[HostClaim, Rejection]]:
    active = index.active(other.host)
    owner = active[0].key.namespace if active else "<unknown>"
    text = f"namespace {owner} owns hostname {other.host}"
    yield other, Rejection(HOST_ALREADY_CLAIMED, text)


# --- status ------------------------------------------------------------------------------------------


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


class RouterController:
    """Admits routes and refuses them; each change of a route costs what its host has routes."""

    name = "router"
    watches: tuple[type, ...] = (Route,)

    def __init__(self) -> None:
        self._index = HostIndex(same_namespace)
        self._started = False

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """Every route but those of which only the status was written, mostly by ourselves."""
        old, new = change.old, change.new
        if old is not None and new is not None:
            same = old.spec == new.spec and old.metadata.uid == new.metadata.uid
            if same and old.status != new.status:
                return []
        return [change.key]

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Bring one route's claim and the statuses that depend on it into order."""
        if not self._started:
            self._start(cluster)
        self._handle(key, cluster)
        return None

    def _start(self, cluster: Cluster) -> None:
        """A starting router replays all routes, oldest first."""
        self._started = True
        routes = cluster.store.list(Route)
        claims = [claim_of(each, router_host(each, cluster.config)) for each in routes]
        for claim in sorted(claims, key=lambda claim: claim.age):
            self._handle(claim.key, cluster)

    def _handle(self, key: Key, cluster: Cluster) -> None:
        route = cluster.store.get(Route, *key)
        held = self._index.held(key)
        if held is not None and (route is None or route.metadata.uid != held.uid):
            self._forget(key, cluster)
        if route is None:
            return
        host = router_host(route, cluster.config)
        rejection = own_rejection(route, host)
        if rejection is not None:
            self._forget(key, cluster)
            _write(route, host, rejection, cluster)
            return
        claim = claim_of(route, host)
        changes, _ = self._index.add(claim)
        self._announce(changes, cluster)
        for other, refusal in rejections_by_addition(claim, changes, self._index):
            self._record(other, refusal, cluster)
        if self._index.is_active(claim):
            _write(route, host, None, cluster)

    def _forget(self, key: Key, cluster: Cluster) -> None:
        changes = self._index.remove(key)
        self._announce(changes, cluster)
        for other, refusal in rejections_by_removal(changes, self._index):
            self._record(other, refusal, cluster)

    def _announce(self, changes: Changes, cluster: Cluster) -> None:
        for claim in changes.activated.values():
            self._record(claim, None, cluster)

    def _record(self, claim: HostClaim, rejection: Rejection | None, cluster: Cluster) -> None:
        route = cluster.store.get(Route, *claim.key)
        if route is not None and route.metadata.uid == claim.uid:
            _write(route, claim.host, rejection, cluster)


def _write(route: Route, host: str, rejection: Rejection | None, cluster: Cluster) -> None:
    """Say in the route's status what this router does with it; the same again is not written."""
    condition = RouteIngressCondition(status="True")
    if rejection is not None:
        condition = RouteIngressCondition(
            status="False", reason=rejection.reason, message=rejection.message
        )
    entry = RouteIngress(
        host=host,
        router_name=cluster.config.router_name,
        router_canonical_hostname=cluster.config.router_canonical_hostname,
        wildcard_policy=route.spec.wildcard_policy or "None",
        conditions=(condition,),
    )
    current = cluster.store.get(Route, *route.metadata.key) or route
    ingresses = record_condition(current.status.ingress, entry, cluster.now)
    cluster.update_status(current, RouteStatus(ingress=ingresses))
