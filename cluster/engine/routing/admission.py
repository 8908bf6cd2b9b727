"""The router's admission of routes: who may serve a host, and what it says of that in the routes'
status (openshift/router: HostAdmitter, UniqueHost, StatusAdmitter)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from cluster.engine.cluster import Cluster
from cluster.engine.routing.certificates import validate_certificates
from cluster.engine.routing.external_certificates import SECRET_UPDATED, resolved_tls
from cluster.engine.routing.host_admitter import HostAdmitter, domain_of, domain_rejection
from cluster.engine.routing.host_index import (
    Changes,
    HostClaim,
    HostIndex,
    claim_of,
    same_namespace,
)
from cluster.engine.routing.rejection import (
    EXTENDED_VALIDATION_FAILED,
    HOST_ALREADY_CLAIMED,
    INVALID_HOST,
    NO_HOST_VALUE,
    ROUTE_NOT_ADMITTED,
    Rejection,
)
from cluster.engine.routing.route_status import write_status
from cluster.engine.routing.router_object import ROUTER, router_object
from cluster.engine.routing.router_settings import RouterSettings, settings_of
from cluster.engine.routing.secret_manager import SecretManager
from cluster.engine.watch import Change
from cluster.objects.fields import FieldError, aggregate, invalid
from cluster.objects.host_assignment import effective_host
from cluster.objects.ingresscontroller import IngressController
from cluster.objects.meta import Key
from cluster.objects.route import Route, TLSConfig, admitted
from cluster.objects.secret import Secret
from cluster.objects.validation.names import dns1123_label, dns1123_subdomain

SETTINGS: Final = Key("", "settings")
"""The key of the router's settings; routes have a namespace, so none is called that."""

# --- rules on one route alone ----------------------------------------------------------------------


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


def own_rejection(
    route: Route,
    host: str,
    *,
    wildcards_allowed: bool = False,
    allowed_domains: Iterable[str] = (),
    denied_domains: Iterable[str] = (),
) -> Rejection | None:
    """What forbids the route by itself: its domain, wildcard policy, no host, an illegal host."""
    unwanted = domain_rejection(host, allowed=allowed_domains, denied=denied_domains)
    if unwanted is not None:
        return unwanted
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


def certificate_rejection(tls: TLSConfig | None, now: float) -> Rejection | None:
    """What the router finds wrong with a route's certificates; `now` in seconds since 1970.

    `tls` has the content of the route's secret in its fields.
    """
    if tls is None:
        return None
    errors = validate_certificates(tls, now).errors
    return Rejection(EXTENDED_VALIDATION_FAILED, aggregate(list(errors))) if errors else None


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


# --- the controller --------------------------------------------------------------------------------


class RouterController:
    """Admits routes and refuses them; each change of a route costs what its host has routes.

    Routes pass the stages of the real router in its order: domains and wildcards, one owner for a
    host, certificates. A stage that refuses a route makes the later ones forget it.
    """

    name = "router"
    watches: tuple[type, ...] = (Route, IngressController, Secret)

    def __init__(self) -> None:
        self._settings: RouterSettings | None = None
        self._read_from: IngressController | None = None
        self._index = HostIndex(same_namespace)
        self._admitter: HostAdmitter | None = None
        self._overlapping: dict[Key, str] = {}
        self._secrets = SecretManager()

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """Every route but those of which only the status was written, mostly by ourselves.

        The IngressController stands for all routes, a secret for those that name it.
        """
        if change.kind.cls is Secret:
            return self._secrets.routes_of(change.key)
        if change.kind.cls is IngressController:
            return [SETTINGS] if change.key == ROUTER else []
        old, new = change.old, change.new
        if old is not None and new is not None:
            same = old.spec == new.spec and old.metadata.uid == new.metadata.uid
            if same and old.status != new.status:
                return []
        return [change.key]

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Bring one route's claim and the statuses that depend on it into order."""
        self._take_settings(cluster)
        if key != SETTINGS:
            self._handle(key, cluster)
        return None

    def _take_settings(self, cluster: Cluster) -> None:
        """Other settings restart the router, as the rollout of its Deployment does."""
        held = router_object(cluster.store)
        before = self._settings
        if before is not None and held is self._read_from:
            return
        self._read_from = held
        self._settings = settings_of(held, cluster.config)
        if before is None or before.admission != self._settings.admission:
            self._start(self._settings, cluster)

    def _start(self, settings: RouterSettings, cluster: Cluster) -> None:
        """A starting router replays all routes, oldest first."""
        self._index = HostIndex(settings.activation)
        self._overlapping = {}
        self._admitter = None
        if settings.allow_wildcards:
            self._admitter = HostAdmitter(strict=settings.strict_ownership)
        routes = cluster.store.list(Route)
        claims = [claim_of(each, self._host(each)) for each in routes]
        for claim in sorted(claims, key=lambda claim: claim.age):
            self._handle(claim.key, cluster)

    def _host(self, route: Route) -> str:
        return effective_host(route, self._in_force.hosts)

    @property
    def _in_force(self) -> RouterSettings:
        assert self._settings is not None
        return self._settings

    def _handle(self, key: Key, cluster: Cluster) -> None:
        route = cluster.store.get(Route, *key)
        held = self._index.held(key)
        if held is not None and (route is None or route.metadata.uid != held.uid):
            self._forget(key, cluster)
        if route is None:
            self._secrets.forget(key)
            self._release(key, cluster)
            return
        settings, host = self._in_force, self._host(route)
        rejection = own_rejection(
            route,
            host,
            wildcards_allowed=settings.allow_wildcards,
            allowed_domains=settings.allowed_domains,
            denied_domains=settings.denied_domains,
        )
        if rejection is not None:
            self._forget(key, cluster)
            write_status(route, host, rejection, cluster)
            self._release(key, cluster)
            return
        claim = claim_of(route, host)
        if self._admit_host(claim, route, cluster):
            self._claim(claim, route, cluster)

    # --- wildcards -------------------------------------------------------------------------------

    def _admit_host(self, claim: HostClaim, route: Route, cluster: Cluster) -> bool:
        """Whether no older host or wildcard overlaps; younger ones that do are driven out."""
        if self._admitter is None:
            return True
        before = self._admitter.held(claim.key)
        rejection, displaced = self._admitter.add(claim)
        if rejection is not None:
            self._overlapping[claim.key] = domain_of(claim.host)
            self._forget(claim.key, cluster)
            write_status(route, claim.host, rejection, cluster)
            return False
        self._overlapping.pop(claim.key, None)
        for each in displaced:
            self._overlapping[each.claim.key] = domain_of(each.claim.host)
            self._forget(each.claim.key, cluster)
            self._record(each.claim, each.rejection, cluster)
        if before is not None and before.host != claim.host:
            self._retry(domain_of(before.host), cluster)
        return True

    def _release(self, key: Key, cluster: Cluster) -> None:
        """A route is gone: what it stood in the way of may come in now."""
        self._overlapping.pop(key, None)
        held = self._admitter.remove(key) if self._admitter is not None else None
        if held is not None:
            self._retry(domain_of(held.host), cluster)

    def _retry(self, domain: str, cluster: Cluster) -> None:
        """The real router finds those out at its next resync; here nobody has to wait for it."""
        waiting = [key for key, each in self._overlapping.items() if each == domain]
        routes = [route for key in waiting if (route := cluster.store.get(Route, *key))]
        for claim in sorted(
            (claim_of(each, self._host(each)) for each in routes), key=lambda claim: claim.age
        ):
            self._handle(claim.key, cluster)

    # --- hosts -----------------------------------------------------------------------------------

    def _claim(self, claim: HostClaim, route: Route, cluster: Cluster) -> None:
        changes, _ = self._index.add(claim)
        self._announce(changes, cluster)
        for other, refusal in rejections_by_addition(claim, changes, self._index):
            self._record(other, refusal, cluster)
        if self._index.is_active(claim):
            self._admit(route, claim.host, cluster)

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
        if route is None or route.metadata.uid != claim.uid:
            return
        if rejection is None:
            self._admit(route, claim.host, cluster)
        else:
            write_status(route, claim.host, rejection, cluster)

    def _admit(self, route: Route, host: str, cluster: Cluster) -> None:
        """The last stages: a route with bad certificates holds its host and is not served."""
        verdict = self._secrets.look(route, cluster.store)
        if verdict.notice is not None:
            self._tell(route, host, verdict.notice, cluster)
        rejection = verdict.rejection
        if rejection is None and self._in_force.extended_validation:
            tls = resolved_tls(cluster.store, route)
            rejection = certificate_rejection(tls, cluster.now)
        write_status(route, host, rejection, cluster)

    def _tell(self, route: Route, host: str, notice: Rejection, cluster: Cluster) -> None:
        """What has happened to a secret: a notice on a route that is served, else its refusal."""
        current = cluster.store.get(Route, *route.metadata.key) or route
        condition = admitted(current)
        served = condition is not None and condition.status == "True"
        if served and notice.reason == SECRET_UPDATED:
            write_status(current, host, None, cluster, notice=notice)
        else:
            write_status(current, host, notice, cluster)
