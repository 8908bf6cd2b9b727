"""Changing where a route's traffic goes, with a way back: the slider's Save and its Undo.

A change carries the backends that the user saw; it is refused when somebody changed them since. The
way back is a signed token that holds both sides, in the toast and in the session.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from django.core import signing
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from cluster.objects import kinds
from cluster.objects.errors import BadRequest, Conflict
from cluster.objects.route import Route, RouteTargetReference, weight_of

Backends = tuple[tuple[str, int | None], ...]
"""Service and stored weight (None: missing) of the main service and the alternates, in order."""

SESSION = "route-undo"
MOST_REMEMBERED = 20
_SALT = "shiftlab.route-undo"


def backends_of(route: Route) -> Backends:
    """Where a route's traffic goes."""
    return tuple((each.name, each.weight) for each in route.spec.backends)


def as_backends(value: Any) -> Backends:
    """Backends out of JSON. Raises BadRequest when it is no list of names and weights."""
    try:
        pairs = tuple((name, weight) for name, weight in value)
    except (TypeError, ValueError):
        raise BadRequest("the backends cannot be read", "spec.to") from None
    known = all(
        isinstance(name, str) and (weight is None or type(weight) is int) for name, weight in pairs
    )
    if not pairs or not known:
        raise BadRequest("the backends cannot be read", "spec.to")
    return pairs


def sentence(backends: Sequence[tuple[str, int | None]]) -> str:
    """`web-blue 80, web-green 20`."""
    return ", ".join(f"{name} {100 if weight is None else weight}" for name, weight in backends)


def change_to(wanted: Backends, seen: Backends | None) -> Callable[[Route], Route]:
    """The edit that sets the backends, refused with Conflict unless they still are the seen ones."""

    def change(route: Route) -> Route:
        held = backends_of(route)
        if seen is not None and held != seen:
            raise Conflict(
                kinds.ROUTE.resource,
                route.metadata.name,
                f"the weights were changed meanwhile: they are now {sentence(held)}",
            )
        return _with_backends(route, wanted)

    return change


def _with_backends(route: Route, wanted: Backends) -> Route:
    stored = {each.name: each for each in route.spec.backends}
    fresh = RouteTargetReference(kind="Service")
    targets = tuple(
        _weighted(stored.get(name, replace(fresh, name=name)), weight) for name, weight in wanted
    )
    spec = replace(route.spec, to=targets[0], alternate_backends=targets[1:])
    return replace(route, spec=spec)


def _weighted(target: RouteTargetReference, weight: int | None) -> RouteTargetReference:
    """A missing weight stays missing while it is set to what it counts for anyway."""
    if weight is not None and target.weight is None and weight == weight_of(target):
        return target
    return replace(target, weight=weight)


# --- the way back ----------------------------------------------------------------------------------


def remember(request: HttpRequest, before: Route, after: Route) -> str:
    """Keep the way back from a change in the session; the signed token of it."""
    token = signing.dumps([backends_of(before), backends_of(after)], salt=_SALT, compress=True)
    held = dict(request.session.get(SESSION, {}))
    held.pop(str(after.metadata.key), None)
    held[str(after.metadata.key)] = token
    request.session[SESSION] = dict(list(held.items())[-MOST_REMEMBERED:])
    return token


def forget(request: HttpRequest, route: Route) -> None:
    """The way back was gone."""
    held = dict(request.session.get(SESSION, {}))
    if held.pop(str(route.metadata.key), None):
        request.session[SESSION] = held


def read_token(token: str) -> tuple[Backends, Backends]:
    """Backends before and after the change. Raises BadRequest for a token that is not ours."""
    try:
        before, after = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError):
        raise BadRequest("this change cannot be undone: the link is damaged") from None
    return as_backends(before), as_backends(after)


def way_back(request: HttpRequest | None, route: Route) -> dict[str, str] | None:
    """Address and text of the page's Undo button, while the route is still as it was saved."""
    token = request.session.get(SESSION, {}).get(str(route.metadata.key)) if request else None
    if not token:
        return None
    before, after = read_token(token)
    if after != backends_of(route):
        return None
    return {"url": undo_url(route, token), "text": f"Back to {sentence(before)}"}


def undo_url(route: Route, token: str) -> str:
    """Where the undoing is posted."""
    place = [route.metadata.namespace, route.metadata.name]
    return f"{reverse('route-undo', args=place)}?token={token}"


def undo_message(request: HttpRequest, text: str, route: Route, token: str) -> str:
    """A toast with an Undo button."""
    context = {"text": text, "undo_url": undo_url(route, token)}
    return render_to_string("components/undo_message.html", context, request)
