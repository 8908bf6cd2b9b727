"""A secret's values: sent when somebody who may read them asks, and hidden again."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from cluster.objects import kinds
from cluster.objects.secret import Secret
from console.kinds.secrets import values_context
from console.session import actor, client
from console.views.access import require


@require_GET
@never_cache
def secret_values(request: HttpRequest, ns: str, name: str) -> HttpResponse:
    """The block of values, shown (`?reveal=1`) or hidden."""
    require(client(), actor(request), "get", kinds.SECRET, ns)
    secret: Secret = client().get(kinds.SECRET, ns, name)
    context = values_context(secret, revealed=bool(request.GET.get("reveal")))
    return render(request, "resources/secrets/values.html", context)


urlpatterns = [
    path("k8s/ns/<str:ns>/secrets/<str:name>/~values", secret_values, name="secret-values"),
]
