"""The slider on a route's page: preview while it moves, Save, and Undo."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cluster.objects import kinds
from cluster.objects.errors import ApiError, BadRequest, Conflict, Invalid
from cluster.objects.meta import Key
from cluster.objects.route import Route
from cluster.runtime.commands import Edit
from console import kinds as views
from console.forms import route_backends
from console.forms.route import REQUIRED, WHOLE_NUMBER, weight_error, weight_field
from console.forms.route_backends import Backends
from console.forms.route_values import posted
from console.kinds.base import Page
from console.kinds.route_split import split_preview
from console.kinds.routes import weights_card
from console.session import actor, client
from console.urls_for import url_of
from console.views.access import require
from console.views.detail import detail_context
from console.views.route_form_page import NEW, draft_of, host_preview


@require_POST
def route_weights(request: HttpRequest, ns: str, name: str) -> HttpResponse:
    """Save the weights of the route's page; with `preview` only show what they would do."""
    is_preview = "preview" in request.POST
    require(client(), actor(request), "get" if is_preview else "update", kinds.ROUTE, ns)
    route: Route = client().get(kinds.ROUTE, ns, name)
    seen = _seen(request, route)
    wanted, errors = _wanted(request, seen)
    if is_preview:
        draft = route_backends.change_to(wanted, None)(route)
        return HttpResponse(split_preview(client(), draft))
    if errors:
        return _draw_again(request, route, wanted, errors=errors)
    overwrite = "overwrite" in request.POST
    change = route_backends.change_to(wanted, None if overwrite else seen)
    try:
        new = client().execute([Edit(kinds.ROUTE, Key(ns, name), change)], actor(request))[0].new
    except Conflict as error:
        return _draw_again(
            request, client().get(kinds.ROUTE, ns, name), wanted, conflict=error.message
        )
    except Invalid as error:
        # The server's own words, with the service's name instead of the field's path.
        return _draw_again(
            request,
            route,
            wanted,
            errors=[weight_error(each, [name for name, _ in wanted]) for each in error.errors],
        )
    _tell(request, route, new)
    return _card(request, new)


def _tell(request: HttpRequest, old: Route, new: Route) -> None:
    if new.spec.backends == old.spec.backends:
        messages.info(request, "The weights were left as they are: nothing was changed.")
        return
    token = route_backends.remember(request, old, new)
    text = f"Weights saved: {route_backends.sentence(route_backends.backends_of(new))}."
    messages.success(request, route_backends.undo_message(request, text, new, token))


@require_POST
def route_undo(request: HttpRequest, ns: str, name: str) -> HttpResponse:
    """Set the backends back to what they were before a save, unless somebody changed them since."""
    require(client(), actor(request), "update", kinds.ROUTE, ns)
    route: Route = client().get(kinds.ROUTE, ns, name)
    before, after = route_backends.read_token(request.GET.get("token", ""))
    change = route_backends.change_to(before, after)
    try:
        client().execute([Edit(kinds.ROUTE, Key(ns, name), change)], actor(request))
    except ApiError as error:
        messages.error(request, f"The change was not undone. {error.message}")
    else:
        route_backends.forget(request, route)
        messages.success(request, f"Undone: {route_backends.sentence(before)}.")
    return _card(request, client().get(kinds.ROUTE, ns, name))


@require_POST
def route_preview(request: HttpRequest, ns: str, name: str) -> HttpResponse:
    """What the form's weights would give each service and pod."""
    return HttpResponse(split_preview(client(), _draft(request, ns, name)))


@require_POST
def route_host_preview(request: HttpRequest, ns: str, name: str) -> HttpResponse:
    """The host that the form's route would get, and who else claims it."""
    draft = _draft(request, ns, name)
    typed = request.POST.get("host", "").strip()
    return HttpResponse(host_preview(client(), actor(request), draft, typed))


def _draft(request: HttpRequest, ns: str, name: str) -> Route:
    """The route that the form describes now. Nothing is written."""
    require(client(), actor(request), "get", kinds.ROUTE, ns)
    stored = None if name == NEW else client().get(kinds.ROUTE, ns, name)
    return draft_of(posted(request.POST, "" if stored is None else name), stored, ns)


def _is_fragment(request: HttpRequest) -> bool:
    """Whether the card asks for itself; without scripts, and from a toast, the page is asked for."""
    return bool(request.htmx) and not request.htmx.boosted


def _card(request: HttpRequest, route: Route) -> HttpResponse:
    """The card as it is saved, with the message as a toast; charts and scroll stay as they are."""
    if not _is_fragment(request):
        return redirect(f"{url_of(route)}#weights")
    page = Page(client(), actor(request), kinds.ROUTE, route, request)
    context = {**_card_context(route, weights_card(page)), "out_of_band": True}
    return render(request, "resources/routes/weights_saved.html", context)


def _card_context(route: Route, card: dict[str, Any]) -> dict[str, Any]:
    return {"obj": route, "kind": kinds.ROUTE, "card": card}


# --- the card's fields -----------------------------------------------------------------------------


def _seen(request: HttpRequest, route: Route) -> Backends:
    """The backends that the page was drawn with. Raises BadRequest when they cannot be read."""
    text = request.POST.get("opened", "")
    if not text:
        return route_backends.backends_of(route)
    try:
        return route_backends.as_backends(json.loads(text))
    except ValueError:
        raise BadRequest("the backends cannot be read", "spec.to") from None


def _wanted(request: HttpRequest, seen: Backends) -> tuple[Backends, list[str]]:
    """The typed weights of those services, and what is wrong with them as numbers."""
    wanted: list[tuple[str, int | None]] = []
    errors = []
    for index, (name, old) in enumerate(seen):
        text = request.POST.get(weight_field(index), "").strip()
        try:
            weight = int(text)
        except ValueError:
            errors.append(f"{name}: {WHOLE_NUMBER if text else REQUIRED}")
            wanted.append((name, old))
            continue
        wanted.append((name, old if old is None and weight == 100 else weight))
    return tuple(wanted), errors


def _draw_again(
    request: HttpRequest,
    route: Route,
    wanted: Backends,
    errors: list[str] | None = None,
    conflict: str = "",
) -> HttpResponse:
    """The slider with the typed weights still in it."""
    view = views.of(kinds.ROUTE)
    page = Page(client(), actor(request), kinds.ROUTE, route, request)
    card: dict[str, Any] = weights_card(page, conflict=conflict)
    typed = dict(wanted)
    for index, row in enumerate(card["weights"]["rows"]):
        text = request.POST.get(weight_field(index), "")
        row["weight"] = text if errors else typed.get(row["name"], row["weight"])
    card["weights"]["errors"] = errors or []
    context = _card_context(route, card)
    if _is_fragment(request):
        context["out_of_band"] = True
        return render(request, "resources/routes/weights_card.html", context, status=422)
    whole = {**detail_context(view, page, view.tabs[0]), **context}
    return render(request, "resources/detail.html", whole, status=422)
