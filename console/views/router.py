"""The router's page: its settings, the routes by status, and the haproxy.config that OpenShift's router
would write today. Members see their own projects' routes, cluster admins all."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from cluster.runtime.client import Client, HaproxyConfig
from cluster.runtime.commands import Actor
from console.forms import router_undo
from console.haproxy_listing import base_sections, blocks
from console.kinds.router import counts_context, settings_context, visible_projects
from console.session import actor, client

CONFIG = "haproxy.config"
ROUTES_PER_PAGE = 25
MAP_LINES = 50
"""Lines of a map that the page shows; the download has them all."""


@require_safe
def router_page(request: HttpRequest) -> HttpResponse:
    """Show the router. `?route=` narrows the listing to backends with that text in their name."""
    port, who = client(), actor(request)
    config = port.haproxy_config(visible_projects(port, who))
    context = {
        **settings_context(port, who),
        **counts_context(port, who),
        **_listing(config, request.GET.get("route", "").strip(), request.GET.get("page")),
        "sees_all": who.is_cluster_admin,
        "maps": [_map(name, text) for name, text in config.maps.items()],
        "config_name": CONFIG,
        "address": port.router_address(),
        "authorities": sorted(port.authority_certificates()),
        "may_undo": who.is_cluster_admin and router_undo.is_open(request, port),
    }
    return render(request, "pages/router/router.html", context)


@require_safe
def router_file(request: HttpRequest, name: str) -> HttpResponse:
    """Download the configuration or a map; with `?project=` for the routes of one project."""
    port, who = client(), actor(request)
    config = port.haproxy_config(_projects(port, who, request.GET.get("project", "")))
    files = {CONFIG: config.text, **config.maps}
    if name not in files:
        raise Http404(name)
    answer = HttpResponse(files[name], content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _projects(port: Client, who: Actor, wanted: str) -> set[str] | None:
    seen = visible_projects(port, who)
    if not wanted:
        return seen
    return {wanted} if seen is None else {wanted} & seen


def _listing(config: HaproxyConfig, search: str, page: str | None) -> dict[str, Any]:
    """The sections without routes, and one page of the routes' backends."""
    base = base_sections(config)
    names = [name for name in config.sections if name not in base and search in name]
    paginator = Paginator(names, ROUTES_PER_PAGE)
    shown = paginator.get_page(page)
    return {
        "search": search,
        "base_blocks": blocks(config, base),
        "route_blocks": blocks(config, set(shown.object_list)),
        "page": _page(shown, search),
        "several_pages": paginator.num_pages > 1,
        "total_lines": config.text.count("\n"),
        "served": len(config.routes),
    }


def _page(shown: Any, search: str) -> dict[str, Any]:
    def href(number: int, wanted: bool) -> str:
        return f"?{urlencode({'route': search, 'page': number})}#backends" if wanted else ""

    return {
        "first": shown.start_index(),
        "last": shown.end_index(),
        "total": shown.paginator.count,
        "prev_href": href(shown.number - 1, shown.has_previous()),
        "next_href": href(shown.number + 1, shown.has_next()),
    }


def _map(name: str, text: str) -> dict[str, Any]:
    lines = text.splitlines()
    return {
        "name": name,
        "total": len(lines),
        "lines": lines[:MAP_LINES],
        "hidden": max(0, len(lines) - MAP_LINES),
    }


@require_safe
def authority(request: HttpRequest, name: str) -> HttpResponse:
    """Download the certificate of one of the router's authorities, for browsers that are to trust it."""
    text = client().authority_certificates().get(name)
    if text is None:
        raise Http404(name)
    answer = HttpResponse(text, content_type="application/x-x509-ca-cert")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


urlpatterns = [
    path("router", router_page, name="router"),
    path("router/files/<str:name>", router_file, name="router-file"),
    path("router/authorities/<str:name>", authority, name="router-authority"),
]
