"""Who else claims the host of a route: the check before saving that neither real console makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from cluster.engine.config import EngineConfig
from cluster.engine.routing.backends import Objects
from cluster.engine.routing.host_index import (
    Changes,
    HostClaim,
    claim_of,
    collides,
)
from cluster.engine.routing.router_settings import router_settings
from cluster.objects.host_assignment import allocate_host, effective_host
from cluster.objects.meta import Timestamp
from cluster.objects.route import Route

T = TypeVar("T")
BLOCKS, YIELDS, COEXISTS = "blocks", "yields", "coexists"


class RouteList(Objects, Protocol):
    """What claims are looked up in: the store, or a reader of it."""

    def list(self, cls: type[T], namespace: str | None = None) -> list[T]:
        """All objects of a kind."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """Another route on the draft's host.

    `effect` is BLOCKS when the draft would be refused because of it, YIELDS when it would be
    evicted by the draft, else COEXISTS. Name, path and namespace are "" when the user may not see them.
    """

    host: str
    path: str
    namespace: str
    name: str
    effect: str
    text: str

    @property
    def blocks(self) -> bool:
        """Whether the draft would not be admitted because of this route."""
        return self.effect == BLOCKS


def claims(
    routes: RouteList,
    draft: Route,
    config: EngineConfig,
    may_see: Callable[[str], bool] = lambda namespace: True,
) -> list[Claim]:
    """The other routes that claim the host of a draft, oldest first.

    A draft without a host is taken with the one that it would be given. A draft that is not stored
    yet is younger than all. `may_see` says which namespaces the user may see.
    """
    settings = router_settings(routes, config)
    host = effective_host(allocate_host(draft, settings.ingress_domain), settings.hosts)
    if not host:
        return []
    own = _claim_of_draft(draft, host)
    others = sorted(
        (
            claim_of(route, host)
            for route in routes.list(Route)
            if route.metadata.key != draft.metadata.key
            and effective_host(route, settings.hosts) == host
        ),
        key=lambda claim: claim.age,
    )
    activation = settings.activation
    before, _ = activation(Changes(), (), others)
    after, _ = activation(Changes(), (), sorted([*others, own], key=lambda claim: claim.age))
    return [
        _described(
            other,
            own,
            before,
            after,
            visible=may_see(other.key.namespace),
            strict=settings.strict_ownership,
        )
        for other in others
    ]


def _claim_of_draft(draft: Route, host: str) -> HostClaim:
    claim = claim_of(draft, host)
    if draft.metadata.creation_timestamp is not None:
        return claim
    return HostClaim(
        claim.key, "~", Timestamp(float("inf")), host, claim.path, claim.termination, claim.version
    )


def _described(
    other: HostClaim,
    own: HostClaim,
    before: list[HostClaim],
    after: list[HostClaim],
    *,
    visible: bool,
    strict: bool,
) -> Claim:
    stranger = other.key.namespace != own.key.namespace
    effect = COEXISTS
    excludes = (stranger and strict) or collides(other, own)
    if own not in after and other in after and excludes:
        effect = BLOCKS
    elif own in after and other in before and other not in after:
        effect = YIELDS
    who = f"Route {other.key.name}"
    if stranger:
        who = f"{who} in project {other.key.namespace}" if visible else "A route in another project"
    where = f"{other.host}{other.path}" if visible else other.host
    return Claim(
        host=other.host,
        path=other.path if visible else "",
        namespace=other.key.namespace if visible else "",
        name=other.key.name if visible else "",
        effect=effect,
        text=_text(effect, who, where),
    )


def _text(effect: str, who: str, where: str) -> str:
    if effect == BLOCKS:
        return f"{who} already exposes {where} and is older: this route would not be admitted."
    if effect == YIELDS:
        return f"{who} exposes {where} and is younger: it would lose its admission."
    return f"{who} exposes {where}; both can be admitted."
