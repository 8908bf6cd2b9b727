"""The packet walk: choose who dials whom and see the packet's way, drawn from the nodes' own tables."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from cluster.runtime.client import Client
from cluster.runtime.commands import Actor
from console.network import walk_steps, walking
from console.session import actor, client


@require_safe
def walk_page(request: HttpRequest) -> HttpResponse:
    """Show the form, and the walk if one is asked for; HTMX gets the walk alone."""
    who = actor(request)
    asked = walking.parse(client(), who, request.GET)
    context = {
        **walk_context(client(), who, asked),
        "topic": f"walk:{who.name}:{asked.query()}" if asked.connection else "",
        "protocols": walking.PROTOCOLS,
    }
    if request.htmx and not request.htmx.boosted:
        return render(request, "pages/walk/answer.html", context)
    proposed = walking.proposals(client(), who)
    return render(request, "pages/walk/walk.html", {**context, **proposed})


def walk_context(port: Client, who: Actor, asked: walking.Asked) -> dict[str, Any]:
    """The walk as the template shows it, for the page and for live frames."""
    context: dict[str, Any] = {"asked": asked, "plugin": port.network.plugin}
    if asked.connection is None:
        return context
    found = port.network.walk(asked.connection)
    choices = port.network.endpoints_of(asked.connection)
    return {
        **context,
        **walk_steps.shown(found, port, who),
        "endpoints": choices,
        "again": asked.query(seed=asked.seed + 1, endpoint=""),
    }


def asked_by(port: Client, who: Actor, query: str) -> walking.Asked:
    """The question of a query string."""
    return walking.parse(port, who, QueryDict(query).dict())


urlpatterns = [path("walk", walk_page, name="walk")]
