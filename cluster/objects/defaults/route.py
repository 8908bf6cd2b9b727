"""Defaults of Route (openshift/library-go `route/defaulting`)."""

from __future__ import annotations

from dataclasses import replace

from cluster.objects.route import (
    EDGE,
    TERMINATIONS,
    Route,
    RouteTargetReference,
    TLSConfig,
    weight_of,
)

# Older clients wrote these with a capital letter; no other spelling is corrected.
_CAPITALISED = {termination.capitalize(): termination for termination in TERMINATIONS}


def default_route(route: Route) -> Route:
    """A route whose backends, termination and wildcard policy are filled in."""
    spec = route.spec
    return replace(
        route,
        spec=replace(
            spec,
            to=_default_target(spec.to),
            alternate_backends=tuple(_default_target(each) for each in spec.alternate_backends),
            tls=None if spec.tls is None else _default_tls(spec.tls),
            wildcard_policy=spec.wildcard_policy or "None",
        ),
    )


def _default_target(target: RouteTargetReference) -> RouteTargetReference:
    return replace(target, kind=target.kind or "Service", weight=weight_of(target))


def _default_tls(tls: TLSConfig) -> TLSConfig:
    """Without a termination it is edge, unless a destination CA hints at re-encryption."""
    if not tls.termination and not tls.destination_ca_certificate:
        return replace(tls, termination=EDGE)
    return replace(tls, termination=_CAPITALISED.get(tls.termination, tls.termination))
