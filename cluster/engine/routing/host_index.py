"""Which routes are active on a host: the oldest win, and with strict ownership the oldest's namespace
owns the host (openshift/router `controller/hostindex`: hostindex.go, activation.go)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import floor

from cluster.engine.routing.backends import termination_of
from cluster.objects.meta import Key
from cluster.objects.route import PASSTHROUGH, Route


@dataclass(frozen=True, slots=True)
class HostClaim:
    """What a route claims. `created` is in seconds; `version` tells an update from a repetition."""

    key: Key
    uid: str
    created: float
    host: str
    path: str = ""
    termination: str = ""
    version: int = 0
    wildcard: bool = False
    """Whether it stands for all hosts beside its own (wildcardPolicy Subdomain)."""

    @property
    def age(self) -> tuple[float, str]:
        """Sorts the older route first; among equals the uid decides (`routeapihelpers`)."""
        return self.created, self.uid


def claim_of(route: Route, host: str) -> HostClaim:
    """The claim of a route on its effective host. Creation times count in whole seconds."""
    metadata = route.metadata
    return HostClaim(
        key=metadata.key,
        uid=metadata.uid,
        created=floor(metadata.creation_timestamp or 0),
        host=host,
        path=route.spec.path,
        termination=termination_of(route),
        version=metadata.generation,
        wildcard=route.spec.wildcard_policy == "Subdomain",
    )


def collides(one: HostClaim, other: HostClaim) -> bool:
    """Whether two routes of one host exclude each other.

    Paths are compared as text, so "" and "/" differ. Passthrough takes the whole host for TLS.
    """
    if one.path == other.path:
        return True
    return bool(one.termination and other.termination) and PASSTHROUGH in (
        one.termination,
        other.termination,
    )


@dataclass(slots=True)
class Changes:
    """What an addition or a removal did: claims that became active, and that stopped being so."""

    activated: dict[str, HostClaim] = field(default_factory=dict)
    displaced: dict[str, HostClaim] = field(default_factory=dict)

    def activate(self, claim: HostClaim) -> None:
        """Note a claim as active; it is not displaced any more."""
        self.displaced.pop(claim.uid, None)
        self.activated[claim.uid] = claim

    def displace(self, claim: HostClaim) -> None:
        """Note a claim as displaced."""
        self.activated.pop(claim.uid, None)
        self.displaced[claim.uid] = claim


Claims = list[HostClaim]
Activation = Callable[[Changes, Sequence[HostClaim], Sequence[HostClaim]], tuple[Claims, Claims]]
"""From active claims and candidates, each oldest first, to the new active and the other claims."""


def oldest_first(
    changes: Changes, active: Sequence[HostClaim], candidates: Sequence[HostClaim]
) -> tuple[Claims, Claims]:
    """InterNamespaceAllowed: host and path are unique over all namespaces."""
    if not candidates:
        return list(active), []
    return _merge(changes, active, candidates, None)


def same_namespace(
    changes: Changes, active: Sequence[HostClaim], candidates: Sequence[HostClaim]
) -> tuple[Claims, Claims]:
    """Strict: the namespace of the oldest route owns the host, whatever the others' paths."""
    if not candidates:
        return list(active), []
    newcomer = candidates[0]
    if active and active[0].age < newcomer.age:
        return _merge(changes, active, candidates, active[0].key.namespace)
    owner = newcomer.key.namespace
    if not active or active[0].key.namespace == owner:
        return _merge(changes, active, candidates, owner)
    updated, others = _merge(changes, (), candidates, owner)
    for claim in active:
        changes.displace(claim)
    return updated, [*others, *active]


def _merge(
    changes: Changes,
    active: Sequence[HostClaim],
    candidates: Sequence[HostClaim],
    owner: str | None,
) -> tuple[Claims, Claims]:
    """`zipperMerge`: both lists in turn, the older head first; who collides with one taken is out."""
    updated: Claims = []
    others: Claims = []
    left, right = list(active), list(candidates)
    while left or right:
        was_active = bool(left) and (not right or left[0].age < right[0].age)
        claim = (left if was_active else right).pop(0)
        welcome = owner is None or claim.key.namespace == owner
        if welcome and not any(collides(claim, each) for each in updated):
            updated.append(claim)
            if not was_active:
                changes.activate(claim)
        else:
            others.append(claim)
            if was_active:
                changes.displace(claim)
    return updated, others


@dataclass(slots=True)
class _Host:
    active: Claims = field(default_factory=list)
    waiting: Claims = field(default_factory=list)


class HostIndex:
    """The claims of all routes by host; an operation costs as much as its host has claims."""

    def __init__(self, activation: Activation) -> None:
        self._activation = activation
        self._hosts: dict[str, _Host] = {}
        self._claims: dict[Key, HostClaim] = {}

    def held(self, key: Key) -> HostClaim | None:
        """The claim that the route with this key has here."""
        return self._claims.get(key)

    def active(self, host: str) -> Sequence[HostClaim]:
        """The active claims of a host, oldest first."""
        held = self._hosts.get(host)
        return tuple(held.active) if held else ()

    def waiting(self, host: str) -> Sequence[HostClaim]:
        """The claims of a host that are not active, oldest first."""
        held = self._hosts.get(host)
        return tuple(held.waiting) if held else ()

    def is_active(self, claim: HostClaim) -> bool:
        """Whether the claim is active."""
        return claim in self.active(claim.host)

    def add(self, claim: HostClaim) -> tuple[Changes, bool]:
        """Add or update a claim; returns what changed, and whether the route is new here."""
        changes = Changes()
        old = self._claims.get(claim.key)
        if old == claim:
            return changes, False
        if old is not None:
            self._take_out(old, changes, promote=old.host != claim.host)
        self._claims[claim.key] = claim
        held = self._hosts.setdefault(claim.host, _Host())
        active, others = self._activation(changes, held.active, [claim])
        if claim in others:
            changes.displace(claim)
        # An update may have given up what others wait for; a new owner may have routes waiting.
        held.active, still = self._activation(changes, active, held.waiting)
        held.waiting = _by_age([*still, *others])
        return changes, old is None

    def remove(self, key: Key) -> Changes:
        """Take the claim of a route out; waiting ones may become active."""
        changes = Changes()
        claim = self._claims.pop(key, None)
        if claim is not None:
            self._take_out(claim, changes, promote=True)
            changes.activated.pop(claim.uid, None)
            changes.displaced.pop(claim.uid, None)
        return changes

    def _take_out(self, claim: HostClaim, changes: Changes, *, promote: bool) -> None:
        held = self._hosts[claim.host]
        was_active = claim in held.active
        held.active = [each for each in held.active if each != claim]
        held.waiting = [each for each in held.waiting if each != claim]
        if promote and was_active and held.waiting:
            held.active, others = self._activation(changes, held.active, held.waiting)
            held.waiting = _by_age(others)
        if promote and not held.active and not held.waiting:
            del self._hosts[claim.host]


def _by_age(claims: Iterable[HostClaim]) -> Claims:
    return sorted(claims, key=lambda claim: claim.age)
