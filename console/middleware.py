"""Refusals of the cluster as pages: NotFound is a 404, Forbidden a 403, others say what is wrong."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from cluster.objects.errors import ApiError
from cluster.runtime.client import Unavailable
from console.session import client


class ApiErrorMiddleware:
    """Turns an ApiError that a view let through into an answer; fragments get plain text."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The answer for an ApiError; other exceptions are Django's."""
        if not isinstance(error, ApiError):
            return None
        if _wants_fragment(request):
            return HttpResponse(error.message, status=error.code, content_type="text/plain")
        if not _has_cluster():
            # There is no shell to show either: no projects, no clock.
            text = render_to_string("errors/503.html", {"reason": error.message})
            return HttpResponse(text, status=error.code)
        template = "pages/refused.html"
        context = {"code": error.code, "reason": error.reason, "message": error.message}
        return render(request, template, context, status=error.code)


def _has_cluster() -> bool:
    try:
        client()
    except Unavailable:
        return False
    return True


def _wants_fragment(request: HttpRequest) -> bool:
    htmx = getattr(request, "htmx", None)
    return (bool(htmx) and not htmx.boosted) or ("X-CSRFToken" in request.headers and not htmx)
