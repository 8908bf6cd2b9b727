"""`oc adm pod-network` in the console: join, isolate, make global; and multicast for a project."""

from __future__ import annotations

import json
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST

from cluster.objects import kinds
from cluster.objects.errors import ApiError
from cluster.objects.meta import Key
from cluster.objects.netnamespace import CHANGE_NETWORK, MULTICAST, NetNamespace
from cluster.runtime.commands import Edit
from console.session import actor, client
from console.views.access import require

SAID = {
    "isolate": "Project {} was isolated.",
    "global": "Project {} is on the global network.",
}


@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, name: str) -> HttpResponse:
    """GET: the dialog. POST: put the project on another one's network."""
    require(client(), actor(request), "update", kinds.NETNAMESPACE, "")
    held: NetNamespace = client().get(kinds.NETNAMESPACE, "", name)
    other = request.POST.get("other", "")
    problem = ""
    if request.method == "POST":
        try:
            _annotate(request, name, CHANGE_NETWORK, f"join:{other}")
        except ApiError as error:
            problem = error.message
        else:
            return _done(f"Project {name} joined the network of {other}.")
    context = {
        "form_url": reverse("netnamespace-join", args=[name]),
        "name": name,
        "others": [
            (each.netname, each.netid)
            for each in sorted(client().list(kinds.NETNAMESPACE), key=lambda each: each.netname)
            if each.netname != held.netname
        ],
        "chosen": other,
        "problem": problem,
    }
    status = 422 if problem else 200
    return render(request, "resources/netnamespaces/join.html", context, status=status)


@require_POST
def change(request: HttpRequest, name: str) -> HttpResponse:
    """Isolate a project, or make it global (`?change=`)."""
    wanted = request.GET.get("change", "")
    _annotate(request, name, CHANGE_NETWORK, wanted)
    return _done(SAID[wanted].format(name))


@require_POST
def multicast(request: HttpRequest, name: str) -> HttpResponse:
    """Switch multicast on (`?on=1`) or off for a project."""
    on = bool(request.GET.get("on"))
    _annotate(request, name, MULTICAST, "true" if on else None)
    return _done(f"Multicast was {'enabled' if on else 'disabled'} for project {name}.")


def _annotate(request: HttpRequest, name: str, key: str, text: str | None) -> None:
    """Set an annotation, or take it away. Raises ApiError."""

    def changed(old: NetNamespace) -> NetNamespace:
        rest = {k: v for k, v in old.metadata.annotations.items() if k != key}
        annotations = rest if text is None else {**rest, key: text}
        return replace(old, metadata=replace(old.metadata, annotations=annotations))

    client().execute([Edit(kinds.NETNAMESPACE, Key("", name), changed)], actor(request))


def _done(text: str) -> HttpResponse:
    answer = HttpResponse(status=204)
    answer["HX-Trigger"] = json.dumps({"toast": {"level": "success", "title": text}})
    return answer


urlpatterns = [
    path("network/netnamespaces/<str:name>/join", join, name="netnamespace-join"),
    path("network/netnamespaces/<str:name>/change", change, name="netnamespace-change"),
    path("network/netnamespaces/<str:name>/multicast", multicast, name="netnamespace-multicast"),
]
