"""A list's state: project, filters, order, page. It is in the URL, and it names the live topic."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from cluster.objects.kind import Object
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor
from console.kinds.base import Col, ResourceView

SIZES = (20, 50, 100)


@dataclass(frozen=True, slots=True)
class Query:
    """What to list. `words` holds the chosen words of each filter; `labels` are `key=value` pairs."""

    namespace: str = ""
    search: str = ""
    words: tuple[tuple[str, tuple[str, ...]], ...] = ()
    labels: tuple[str, ...] = ()
    sort: str = ""
    descending: bool = False
    page: int = 1
    size: int = 50

    def pairs(self) -> list[tuple[str, str]]:
        """The query string's pairs; defaults are left out."""
        found = [("name", self.search)] if self.search else []
        found += [(name, word) for name, words in self.words for word in words]
        found += [("label", pair) for pair in self.labels]
        if self.sort:
            found.append(("sort", f"-{self.sort}" if self.descending else self.sort))
        if self.page > 1:
            found.append(("page", str(self.page)))
        if self.size != 50:
            found.append(("size", str(self.size)))
        return found

    def href(self, path: str) -> str:
        """The list's URL in this state."""
        text = urlencode(self.pairs())
        return f"{path}?{text}" if text else path

    def without_page(self) -> Query:
        """The first page of the same list."""
        return replace(self, page=1)

    def chosen(self, name: str) -> tuple[str, ...]:
        """The chosen words of a filter."""
        return dict(self.words).get(name, ())


@dataclass(frozen=True, slots=True)
class Selection:
    """One page of a list, and how many there are in all. `query.page` is a page that exists."""

    query: Query
    objects: tuple[Object, ...]
    total: int


def read(view: ResourceView, namespace: str, data: Mapping[str, str] | QueryDict) -> Query:
    """The state that a query string describes; what makes no sense falls back to the default."""
    get_all = data.getlist if isinstance(data, QueryDict) else lambda name: [data[name]]
    sort = data.get("sort", "")
    names = {column.slug for column in view.columns if column.by}
    slug = sort.removeprefix("-")
    words = tuple(
        (each.name, tuple(word for word in get_all(each.name) if word in each.words))
        for each in view.filters
        if each.name in data
    )
    size = _number(data.get("size", ""), 50)
    return Query(
        namespace=namespace,
        search=data.get("name", "").strip()[:253],
        words=tuple((name, chosen) for name, chosen in words if chosen),
        labels=tuple(get_all("label"))[:20] if "label" in data else (),
        sort=slug if slug in names else "",
        descending=sort.startswith("-") and slug in names,
        page=max(1, _number(data.get("page", ""), 1)),
        size=size if size in SIZES else 50,
    )


def topic_of(view: ResourceView, query: Query, actor: Actor) -> str:
    """The live topic of this page of this list. Lists over all projects are one user's own."""
    pairs = [("ns", query.namespace)] if query.namespace else [("user", actor.name)]
    return f"table:{view.kind.plural}?{urlencode(pairs + query.pairs())}"


def parse_topic(view: ResourceView, text: str) -> tuple[Query, str]:
    """The query and the user's name ("" in one project) that a topic was made from."""
    data = QueryDict(text)
    return read(view, data.get("ns", ""), data), data.get("user", "")


def select(view: ResourceView, query: Query, client: Client, actor: Actor) -> Selection:
    """Filter, sort and cut the list. Raises nothing: a page beyond the end is the last one."""
    found = _visible(view, query, client, actor)
    if query.search or query.words or query.labels:
        found = [obj for obj in found if _matches(view, query, obj)]
    last = max(1, -(-len(found) // query.size))
    page = min(query.page, last)
    end = page * query.size
    shown = tuple(_first(view, query, found, end)[end - query.size :])
    return Selection(replace(query, page=page), shown, len(found))


def _first(view: ResourceView, query: Query, found: list[Object], most: int) -> list[Object]:
    """The first of a list in its order. Only the end of a long list costs a full sort."""
    column = _sorting(view, query)
    if column is None or column.by is None:
        return found[:most]
    by = column.by

    def order(obj: Object) -> tuple[Any, str, str]:
        metadata = obj.metadata
        return by(obj), metadata.name, metadata.namespace

    if most > len(found) // 8:
        return sorted(found, key=order, reverse=query.descending)[:most]
    pick = heapq.nlargest if query.descending else heapq.nsmallest
    return pick(most, found, key=order)


def _visible(view: ResourceView, query: Query, client: Client, actor: Actor) -> list[Object]:
    if query.namespace or not view.kind.namespaced:
        found = client.list(view.kind, query.namespace or None)
        if view.kind.namespaced or client.may(actor, "list", view.kind, ""):
            return found
        return [obj for obj in found if client.may(actor, "get", view.kind, obj.metadata.name)]
    if actor.is_cluster_admin:
        return client.list(view.kind, None)
    projects = [project.metadata.name for project in client.projects(actor)]
    spaces = [each for each in projects if client.may(actor, "list", view.kind, each)]
    return [obj for space in spaces for obj in client.list(view.kind, space)]


def _matches(view: ResourceView, query: Query, obj: Object) -> bool:
    if query.search and query.search not in obj.metadata.name:
        return False
    for each in view.filters:
        chosen = query.chosen(each.name)
        if chosen and each.word(obj) not in chosen:
            return False
    labels = obj.metadata.labels
    return all(
        labels.get(pair.partition("=")[0]) == pair.partition("=")[2] for pair in query.labels
    )


def _sorting(view: ResourceView, query: Query) -> Col | None:
    slug = query.sort or view.default_sort
    return next((column for column in view.columns if column.slug == slug), None)


def _number(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else default
