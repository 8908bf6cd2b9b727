"""The list page of any kind: filtered, sorted and paged here, live row by row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from cluster.objects import kinds
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor
from console import kinds as views
from console.kinds.base import Col, ResourceView
from console.kinds.paging import position
from console.kinds.query import SIZES, Query, Selection, read, select, topic_of
from console.live.rows import row_html
from console.session import actor, client
from console.urls_for import list_url
from console.views.access import require


def list_page(request: HttpRequest, plural: str, ns: str = "") -> HttpResponse:
    """Show a list. The toolbar asks for the same page and takes `#list` out of it."""
    view = views.of_plural(plural)
    if view is None or view.kind.namespaced == (request.resolver_match.url_name == "list-cluster"):
        raise Http404(plural)
    who = actor(request)
    if ns:
        require(client(), who, "list", view.kind, ns)
    elif not view.kind.namespaced and view.kind is not kinds.PROJECT:
        require(client(), who, "list", view.kind, "")
    query = read(view, ns, request.GET)
    return render(request, "resources/list.html", list_context(view, query, client(), who))


def list_context(view: ResourceView, query: Query, port: Client, who: Actor) -> dict[str, Any]:
    """What the list template needs (contract: toolbar, pagination, live table)."""
    version = port.version
    selection = select(view, query, port, who)
    path = list_url(view.kind, query.namespace)
    may_create = view.create is not None and _may_create(view, query.namespace, port, who)
    return {
        "view": view,
        "kind": view.kind,
        "topic": topic_of(view, query, who),
        "version": version,
        "rows": [row_html(view, obj, port, not query.namespace) for obj in selection.objects],
        "headers": _headers(view, selection.query, path),
        "total": selection.total,
        "page": _page(selection, path),
        "toolbar": _toolbar(view, query, port, who, path),
        "create": view.create(query.namespace) if may_create and view.create else None,
        "empty_title": f"No {view.kind.title} found",
        "empty_text": view.empty(port),
    }


def _may_create(view: ResourceView, namespace: str, port: Client, who: Actor) -> bool:
    if view.kind.namespaced and not namespace:
        return True
    return port.may(who, "create", view.kind, namespace)


def shown_columns(view: ResourceView, namespace: str) -> list[Col]:
    """The columns of a list: the project's only where several projects are listed."""
    return [column for column in view.columns if not (column.namespace_only and namespace)]


def _headers(view: ResourceView, query: Query, path: str) -> list[dict[str, str]]:
    found = []
    current = query.sort or view.default_sort
    for column in shown_columns(view, query.namespace):
        is_current = column.slug == current
        turned = replace(
            query, sort=column.slug, descending=is_current and not query.descending, page=1
        )
        direction = ("desc" if query.descending else "asc") if is_current else ""
        href = turned.href(path) if column.by else ""
        found.append({"label": column.label, "href": href, "direction": direction})
    return found


def _page(selection: Selection, path: str) -> dict[str, Any]:
    query = selection.query
    return {
        **position(selection, path),
        "sizes": [
            {
                "label": f"{size} per page",
                "href": replace(query, size=size, page=1).href(path),
                "current": size == query.size,
            }
            for size in SIZES
        ],
    }


def _toolbar(
    view: ResourceView, query: Query, port: Client, who: Actor, path: str
) -> dict[str, Any]:
    hidden = [("label", pair) for pair in query.labels]
    if query.sort:
        hidden.append(("sort", f"-{query.sort}" if query.descending else query.sort))
    if query.size != 50:
        hidden.append(("size", str(query.size)))
    return {
        "action": path,
        "search_name": "name",
        "search_value": query.search,
        "placeholder": "Filter by name",
        "filters": [
            {
                "name": each.name,
                "label": each.label,
                "options": [
                    {"value": word, "label": word, "selected": word in query.chosen(each.name)}
                    for word in each.words
                ],
            }
            for each in view.filters
        ],
        "hidden": hidden,
        "chips": _chips(view, query, path),
        "clear_href": Query(namespace=query.namespace, size=query.size).href(path),
    }


def _chips(view: ResourceView, query: Query, path: str) -> list[dict[str, str]]:
    base = query.without_page()
    chips = []
    if query.search:
        href = replace(base, search="").href(path)
        chips.append({"group": "Name", "text": query.search, "remove_href": href})
    for pair in query.labels:
        left = tuple(each for each in query.labels if each != pair)
        href = replace(base, labels=left).href(path)
        chips.append({"group": "Label", "text": pair, "remove_href": href})
    titles = {each.name: each.label for each in view.filters}
    for name, chosen in query.words:
        for word in chosen:
            rest = tuple(each for each in chosen if each != word)
            words = tuple((n, rest if n == name else w) for n, w in query.words)
            href = replace(base, words=tuple((n, w) for n, w in words if w)).href(path)
            chips.append({"group": titles[name], "text": word, "remove_href": href})
    return chips
