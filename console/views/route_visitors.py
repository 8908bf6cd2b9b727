"""Visitors on their route's page: add, change, stop, start, delete. The live list shows the outcome."""

from __future__ import annotations

import json
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from cluster.objects import kinds
from cluster.objects.errors import ApiError, NotFound
from cluster.objects.meta import Key
from cluster.objects.visitors import Visitors
from cluster.runtime.commands import Command, Create, Delete, Edit
from console.forms.visitors import VisitorsForm, fresh
from console.session import actor, client
from console.views.access import require


@require_http_methods(["GET", "POST"])
def visitors_new(request: HttpRequest, ns: str, route: str) -> HttpResponse:
    """GET: the dialog. POST: add a group of visitors."""
    require(client(), actor(request), "create", kinds.VISITORS, ns)
    target = client().get(kinds.ROUTE, ns, route)
    taken = (each.metadata.name for each in client().list(kinds.VISITORS, ns))
    visitors = fresh(target, taken)
    url = reverse("visitors-new", args=[ns, route])
    return _dialog(request, visitors, url, is_new=True)


@require_http_methods(["GET", "POST"])
def visitors_edit(request: HttpRequest, ns: str, route: str, name: str) -> HttpResponse:
    """GET: the dialog. POST: change a group of visitors."""
    require(client(), actor(request), "update", kinds.VISITORS, ns)
    visitors = _of_route(ns, route, name)
    url = reverse("visitors-edit", args=[ns, route, name])
    return _dialog(request, visitors, url, is_new=False)


@require_POST
def visitors_stop(request: HttpRequest, ns: str, route: str, name: str) -> HttpResponse:
    """Stop the visitors (`?stopped=1`) or let them come again."""
    stopped = bool(request.GET.get("stopped"))
    _of_route(ns, route, name)

    def change(old: Visitors) -> Visitors:
        return replace(old, spec=replace(old.spec, stopped=stopped))

    client().execute([Edit(kinds.VISITORS, Key(ns, name), change)], actor(request))
    word = "were stopped" if stopped else "visit again"
    return _done(f"Visitors {name} {word}.")


@require_POST
def visitors_delete(request: HttpRequest, ns: str, route: str, name: str) -> HttpResponse:
    """Delete a group of visitors."""
    _of_route(ns, route, name)
    client().execute([Delete(kinds.VISITORS, Key(ns, name))], actor(request))
    return _done(f"Visitors {name} were deleted.")


def _of_route(ns: str, route: str, name: str) -> Visitors:
    """The group. Raises NotFound when there is none of that name at this route."""
    found: Visitors = client().get(kinds.VISITORS, ns, name)
    if found.spec.route != route:
        raise NotFound(kinds.VISITORS.resource, name)
    return found


def _dialog(request: HttpRequest, visitors: Visitors, url: str, *, is_new: bool) -> HttpResponse:
    if request.method == "GET":
        return _draw(request, VisitorsForm(visitors, is_new=is_new), visitors, url, is_new)
    form = VisitorsForm(visitors, request.POST, is_new=is_new)
    if form.is_valid():
        command: Command = Create(form.visitors(visitors))
        if not is_new:
            command = Edit(kinds.VISITORS, visitors.metadata.key, form.visitors)
        try:
            client().execute([command], actor(request))
        except ApiError as error:
            form.show_refusal(error)
    if not form.errors:
        word = "were added" if is_new else "were changed"
        return _done(f"Visitors {form.cleaned_data['name']} {word}.")
    return _draw(request, form, visitors, url, is_new, 422)


def _draw(
    request: HttpRequest,
    form: VisitorsForm,
    visitors: Visitors,
    url: str,
    is_new: bool,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "form_url": url,
        "is_new": is_new,
        "route": visitors.spec.route,
        "modal_size": "md",
    }
    return render(request, "resources/visitors/dialog.html", context, status=status)


def _done(text: str) -> HttpResponse:
    """Nothing to swap: the list is live. The dialog closes on 204."""
    answer = HttpResponse(status=204)
    answer["HX-Trigger"] = json.dumps({"toast": {"level": "success", "title": text}})
    return answer
