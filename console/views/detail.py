"""The page of one object of any kind: header, tabs, actions."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from cluster.objects import kinds
from console import kinds as views
from console.kinds.base import Page, ResourceView, Tab
from console.session import actor, client
from console.urls_for import action_url, list_url, url_of
from console.views.access import require


def detail_page(
    request: HttpRequest, plural: str, name: str, ns: str = "", tab: str = ""
) -> HttpResponse:
    """Show a tab of an object's page."""
    view = views.of_plural(plural)
    if view is None or view.kind.namespaced != bool(ns):
        raise Http404(plural)
    chosen = view.tab(tab)
    if chosen is None:
        raise Http404(tab)
    scope = ns or (name if view.kind in (kinds.PROJECT, kinds.NAMESPACE) else "")
    require(client(), actor(request), "get", view.kind, scope)
    obj = client().get(view.kind, ns, name)
    if view.kind is kinds.PROJECT and not tab:
        return redirect(url_of(obj))
    page = Page(client(), actor(request), view.kind, obj, request)
    return render(request, "resources/detail.html", detail_context(view, page, chosen))


def detail_context(view: ResourceView, page: Page, tab: Tab) -> dict[str, Any]:
    """What the page of an object needs, the chosen tab's own context among it."""
    obj = page.obj
    return {
        "view": view,
        "tab": tab,
        "tab_topic": topic(page, tab),
        "version": page.client.version,
        "tabs": [
            {
                "label": each.label,
                "href": url_of(obj, "" if each is view.tabs[0] else each.slug),
                "current": each is tab,
            }
            for each in view.tabs
        ],
        "crumbs": [
            {"label": view.kind.title, "href": list_url(view.kind, page.namespace)},
            {"label": f"{view.kind.name} details"},
        ],
        **header_context(view, page),
        **tab_context(page, tab),
    }


def header_context(view: ResourceView, page: Page) -> dict[str, Any]:
    """The header: badge, name, status, actions."""
    return {
        "obj": page.obj,
        "kind": view.kind,
        "page_status": view.status(page.obj) if view.status else "",
        "actions": view.actions(page),
        "menu_url": action_url(page.obj, "menu") if view.has_changing_actions else "",
        "header_topic": f"header:{view.kind.plural}:{page.obj.metadata.key}",
    }


def tab_context(page: Page, tab: Tab) -> dict[str, Any]:
    """The tab's context; also used for live frames."""
    return {
        "obj": page.obj,
        "kind": page.kind,
        "may_edit": page.may_edit,
        "now": page.client.clock().now,
        **tab.context(page),
    }


def topic(page: Page, tab: Tab) -> str:
    """The live topic of a tab. Who may change the object sees its controls, so has one of their own."""
    if not tab.live:
        return ""
    name = f"tab:{page.kind.plural}:{page.obj.metadata.key}:{tab.slug}"
    if tab.personal:
        return f"{name}:{page.actor.name}"
    return f"{name}:edit" if page.may_edit else name
