"""Which hosts a router takes at all, and who holds a wildcard: domains that are allowed or denied, and the
tables of claimed hosts and wildcards (openshift/router: `HostAdmitter`, `AdmissionCheck`). The
tables count only where the router allows wildcard routes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cluster.engine.routing.host_index import HostClaim
from cluster.engine.routing.rejection import (
    HOST_ALREADY_CLAIMED,
    ROUTE_NOT_ADMITTED,
    Rejection,
)
from cluster.objects.meta import Key


def domain_of(host: str) -> str:
    """What a wildcard on the host covers: the host without its first label."""
    return host.partition(".")[2]


def in_domains(host: str, domains: Iterable[str]) -> bool:
    """Whether the host is one of the domains or lies below one."""
    listed = set(domains)
    labels = host.split(".")
    return any(".".join(labels[index:]) in listed for index in range(len(labels)))


def domain_rejection(
    host: str, *, allowed: Iterable[str] = (), denied: Iterable[str] = ()
) -> Rejection | None:
    """What the lists of domains say of a host; a denied one is denied whatever is allowed."""
    if not host:
        return None
    if in_domains(host, denied):
        return Rejection(ROUTE_NOT_ADMITTED, "host in list of denied domains")
    wanted = tuple(allowed)
    if wanted and not in_domains(host, wanted):
        return Rejection(ROUTE_NOT_ADMITTED, "host not in the allowed list of domains")
    return None


@dataclass(frozen=True, slots=True)
class Displaced:
    """A claim that a new, older one drives out, and what its route is told."""

    claim: HostClaim
    rejection: Rejection


@dataclass(slots=True)
class _Claims:
    """Claims by host or by domain, in the order in which they came."""

    held: dict[str, list[HostClaim]] = field(default_factory=dict)

    def of(self, name: str) -> list[HostClaim]:
        return self.held.get(name, [])

    def insert(self, name: str, claim: HostClaim) -> None:
        self.held.setdefault(name, []).append(claim)

    def remove(self, name: str, uid: str) -> None:
        kept = [each for each in self.of(name) if each.uid != uid]
        if kept:
            self.held[name] = kept
        else:
            self.held.pop(name, None)


class HostAdmitter:
    """The tables of claimed hosts, claimed wildcards and the wildcards that hosts stand in the way of."""

    def __init__(self, *, strict: bool) -> None:
        """`strict`: another namespace may overlap neither a host nor a wildcard."""
        self._strict = strict
        self._hosts, self._wildcards, self._blocked = _Claims(), _Claims(), _Claims()
        self._current: dict[Key, HostClaim] = {}

    def held(self, key: Key) -> HostClaim | None:
        """The claim that the route has in the tables."""
        return self._current.get(key)

    def add(self, claim: HostClaim) -> tuple[Rejection | None, list[Displaced]]:
        """Enter a claim, or say who is older; younger ones that overlap it are driven out.

        A refused route keeps what it had claimed before (`routeHosts`).
        """
        overlapping = self._overlapping(claim)
        for other, text in overlapping:
            if other.age < claim.age:
                stranger = other.key.namespace != claim.key.namespace
                message = f"a route in another namespace holds host {claim.host}"
                return Rejection(HOST_ALREADY_CLAIMED, message if stranger else text), []
        distinct = {other.uid: other for other, _ in overlapping}
        displaced = [_displaced(other, claim) for other in distinct.values()]
        for each in displaced:
            self._take_out(each.claim)
        self.remove(claim.key)
        self._enter(claim)
        return None, displaced

    def remove(self, key: Key) -> HostClaim | None:
        """Take a route's claim out; returns what it was."""
        held = self._current.get(key)
        if held is not None:
            self._take_out(held)
        return held

    def _enter(self, claim: HostClaim) -> None:
        domain = domain_of(claim.host)
        if claim.wildcard:
            self._wildcards.insert(domain, claim)
        else:
            self._hosts.insert(claim.host, claim)
            self._blocked.insert(domain, claim)
        self._current[claim.key] = claim

    def _take_out(self, claim: HostClaim) -> None:
        domain = domain_of(claim.host)
        self._hosts.remove(claim.host, claim.uid)
        self._blocked.remove(domain, claim.uid)
        self._wildcards.remove(domain, claim.uid)
        self._current.pop(claim.key, None)

    def _overlapping(self, claim: HostClaim) -> list[tuple[HostClaim, str]]:
        """The claims that cannot stand beside this one, with the words for it."""
        domain, found = domain_of(claim.host), []
        for other in self._hosts.of(claim.host):
            # Within a namespace a host and a wildcard that covers it live together.
            if self._collides(other, claim, same_kind=not claim.wildcard):
                found.append((other, f"route {other.key} has host {other.host}"))
        for other in self._wildcards.of(domain):
            if self._collides(other, claim, same_kind=claim.wildcard):
                text = f"wildcard route {other.key} has host *.{domain}, blocking {claim.host}"
                found.append((other, text))
        for other in self._blocked.of(domain) if claim.wildcard else ():
            if self._collides(other, claim, same_kind=False):
                text = f"route {other.key} has host {other.host}, blocking *.{domain}"
                found.append((other, text))
        return found

    def _collides(self, other: HostClaim, claim: HostClaim, *, same_kind: bool) -> bool:
        if self._strict and other.key.namespace != claim.key.namespace:
            return True
        return other.key != claim.key and same_kind and other.path == claim.path


def _displaced(other: HostClaim, claim: HostClaim) -> Displaced:
    if other.key.namespace != claim.key.namespace:
        text = f"a route in another namespace holds host {other.host}"
    elif claim.wildcard:
        text = (
            f"wildcard route {claim.key} has host *.{domain_of(other.host)} blocking {other.host}"
        )
    else:
        text = f"route {claim.key} has host {claim.host}, blocking {other.host}"
    return Displaced(other, Rejection(HOST_ALREADY_CLAIMED, text))
