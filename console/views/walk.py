"""The packet walk: choose who dials whom and see the packet's way, drawn from the nodes' own tables."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from cluster.runtime.client import Client
from cluster.runtime.commands import Actor
from cluster.runtime.network import NoWalkError
from console.network import parties, walk_picture, walk_steps, walking
from console.session import actor, client


@require_safe
def walk_page(request: HttpRequest) -> HttpResponse:
    """Show the form, and the walk if one is asked for; HTMX gets these two alone."""
    port, who = client(), actor(request)
    asked = walking.parse(port, who, request.GET)
    context = {
        **walk_context(port, who, asked),
        "topic": f"walk:{who.name}:{asked.query()}" if asked.connection else "",
        "protocols": walking.PROTOCOLS,
        "fields": [_field(port, who, asked, *each) for each in FIELDS],
        "is_begun": bool(asked.source or asked.destination),
    }
    part = "ask" if request.htmx and not request.htmx.boosted else "walk"
    return render(request, f"pages/walk/{part}.html", context)


FIELDS = (
    (parties.FROM, "From", "pod/demo/web-1-abcde"),
    (parties.TO, "To", "service/demo/web"),
)
"""Name, label and example of the two parties' fields."""


def _field(
    port: Client, who: Actor, asked: walking.Asked, side: str, label: str, example: str
) -> dict[str, Any]:
    value = asked.source if side == parties.FROM else asked.destination
    problem = asked.problems.get(side, "")
    return {
        "name": side,
        "label": label,
        "example": example,
        "value": value,
        "problem": problem,
        "meant": [
            (each, asked.query(**{side: each}))
            for each in (parties.meant(port, who, side, value) if problem else ())
        ],
        "proposals": parties.proposals(port, who, side),
    }


@require_safe
def walk_parties(request: HttpRequest, side: str) -> HttpResponse:
    """What may be meant by the letters typed so far, as options."""
    if side not in (parties.FROM, parties.TO):
        raise Http404(side)
    found = parties.proposals(client(), actor(request), side, request.GET.get(side, ""))
    return render(request, "pages/walk/parties.html", {"proposals": found})


def walk_context(port: Client, who: Actor, asked: walking.Asked) -> dict[str, Any]:
    """The walk as the template shows it, for the page and for live frames."""
    context: dict[str, Any] = {"asked": asked, "plugin": port.network.plugin}
    if asked.connection is None:
        return context
    try:
        found = port.network.walk(asked.connection)
    except NoWalkError:
        return {**context, "is_not_followed": True}
    return {
        **context,
        **walk_steps.shown(found, port, who),
        "picture": walk_picture.picture(found, port.network.view()),
        "endpoints": port.network.endpoints_of(asked.connection),
        "again": asked.query(seed=asked.seed + 1, endpoint=""),
        "question": asked.query(),
    }


def asked_by(port: Client, who: Actor, query: str) -> walking.Asked:
    """The question of a query string."""
    return walking.parse(port, who, QueryDict(query).dict())


urlpatterns = [
    path("walk", walk_page, name="walk"),
    path("walk/parties/<str:side>", walk_parties, name="walk-parties"),
]
