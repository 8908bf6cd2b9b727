"""The reachability page: which projects, workloads or pods reach which, live."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from console.network import matrix
from console.session import actor, client


@require_safe
def reachability_page(request: HttpRequest) -> HttpResponse:
    """Show the matrix of the user's projects; HTMX gets the matrix alone."""
    who = actor(request)
    seen = [project.metadata.name for project in client().projects(who)]
    chosen = [name for name in request.GET.getlist("project") if name in seen]
    question, problem = matrix.parse(request.GET, chosen)
    context = {
        **matrix.context(client(), who, question),
        "topic": f"matrix:{who.name}:{question.topic}",
        "problem": problem,
        "levels": matrix.LEVELS,
        "protocols": matrix.PROTOCOLS,
        "projects": seen,
    }
    part = "matrix" if request.htmx and not request.htmx.boosted else "reachability"
    return render(request, f"pages/reachability/{part}.html", context)


urlpatterns = [path("reachability", reachability_page, name="reachability")]
