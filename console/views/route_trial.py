"""The traffic tester's page. A trial changes nothing, so it is a GET: its address can be kept and sent on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cluster.objects import kinds
from console import kinds as views
from console.forms.trial import TrialForm
from console.kinds.base import Page
from console.kinds.route_tester import TESTER, tester_context
from console.session import actor, client
from console.views.access import require
from console.views.detail import detail_context


@require_safe
def route_tester(request: HttpRequest, plural: str, ns: str, name: str) -> HttpResponse:
    """The form; with a query also the outcome of the trial that it asks for."""
    require(client(), actor(request), "get", kinds.ROUTE, ns)
    route = client().get(kinds.ROUTE, ns, name)
    page = Page(client(), actor(request), kinds.ROUTE, route, request)
    form = TrialForm(route, request.GET or None)
    context = {
        **detail_context(views.of(kinds.ROUTE), page, TESTER),
        **tester_context(page, form),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "resources/detail.html", context, status=status)
