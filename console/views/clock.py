"""The cluster's clock: pause, run, step, speed. A lab's clock belongs to everybody who is signed in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from console.context import clock_context
from console.session import actor, client

STEPS = (1, 10, 60)
SPEEDS = (1, 2, 5, 10, 50, 100)


@require_POST
def pause(request: HttpRequest) -> HttpResponse:
    """Stop the cluster's time."""
    client().pause(actor(request))
    return _clock(request)


@require_POST
def run(request: HttpRequest) -> HttpResponse:
    """Let it go on."""
    client().run(actor(request))
    return _clock(request)


@require_POST
def step(request: HttpRequest) -> HttpResponse:
    """Go on by some seconds, then stand still."""
    seconds = _chosen(request.POST.get("seconds", ""), STEPS)
    if seconds is None:
        return HttpResponseBadRequest("seconds: must be one of 1, 10, 60", "text/plain")
    client().advance(actor(request), seconds)
    return _clock(request)


@require_POST
def speed(request: HttpRequest) -> HttpResponse:
    """Set how many cluster seconds pass in one second."""
    factor = _chosen(request.POST.get("speed", ""), SPEEDS)
    if factor is None:
        return HttpResponseBadRequest("speed: must be one of 1, 2, 5, 10, 50, 100", "text/plain")
    client().set_speed(actor(request), factor)
    return _clock(request)


def _chosen(text: str, choices: tuple[int, ...]) -> int | None:
    return {str(choice): choice for choice in choices}.get(text)


def _clock(request: HttpRequest) -> HttpResponse:
    if not request.htmx:
        page = request.headers.get("Referer", "")
        is_ours = url_has_allowed_host_and_scheme(page, request.get_host())
        return redirect(page if is_ours else "home")
    return render(request, "layout/clock.html", {"clock": clock_context(client().clock())})
