"""`/healthz` and `/readyz`: whether the process lives, and whether its cluster can be used."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse

from cluster.runtime import running


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """200 once the engine runs and its writes reach the database; else 503 and the reason."""
    trouble = running.trouble()
    if trouble:
        return HttpResponse(trouble, status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")
