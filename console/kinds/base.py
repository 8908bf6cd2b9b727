"""What the console shows of a kind: columns, filters, tabs, actions. The generic views read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from cluster.objects import kinds
from cluster.objects.kind import Kind, Object
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor


@dataclass(frozen=True, slots=True)
class Col:
    """A column of a list. `by` gives what to sort by; without it the column does not sort."""

    label: str
    by: Callable[[Object], Any] | None = None
    namespace_only: bool = False

    @property
    def slug(self) -> str:
        """How the column is named in the query: `pod-ip`."""
        return self.label.lower().replace(" ", "-")


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter by a word that every object has, such as its status."""

    name: str
    label: str
    word: Callable[[Object], str]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One object's page: what tabs and actions are made from."""

    client: Client
    actor: Actor
    kind: Kind
    obj: Object
    request: HttpRequest | None = None

    @property
    def namespace(self) -> str:
        """The object's project."""
        return str(self.obj.metadata.namespace)

    def may_see(self, namespace: str) -> bool:
        """Whether the user may see the pods of a project."""
        return self.client.may(self.actor, "get", kinds.POD, namespace)

    @property
    def may_edit(self) -> bool:
        """Whether the user may change the object."""
        return self.client.may(self.actor, "update", self.kind, self.namespace)


Action = Mapping[str, Any]
"""A menu entry: `label` and one of `href`, `get`, `post` (contract: kebab.html)."""


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of an object's page; its template is drawn at first load and again for live frames.

    A `personal` tab shows each user what they may see: its frames are drawn for each of them.
    """

    slug: str
    label: str
    template: str
    context: Callable[[Page], dict[str, Any]]
    live: bool = True
    personal: bool = False


def _no_extra(obj: Object, client: Client) -> dict[str, Any]:
    return {}


def _no_actions(page: Page) -> list[Action]:
    return []


@dataclass(frozen=True, kw_only=True)
class ResourceView:
    """The console's view of a kind.

    `row` gives what the row template needs beside `obj`; `related` are kinds whose commits may alter
    rows of this kind, `detail_related` those that may alter its pages. `status` is the word in the
    page's header; `create` gives label and address of the list's button, which opens a dialog if
    `create_in_dialog`. With `has_changing_actions` the page's menu is fetched when it is opened.
    """

    kind: Kind
    columns: tuple[Col, ...]
    tabs: tuple[Tab, ...]
    row: Callable[[Object, Client], dict[str, Any]] = _no_extra
    filters: tuple[Filter, ...] = ()
    actions: Callable[[Page], Sequence[Action]] = _no_actions
    related: tuple[type, ...] = ()
    status: Callable[[Object], str] | None = None
    default_sort: str = "name"
    create: Callable[[str], tuple[str, str]] | None = None
    detail_related: tuple[type, ...] = ()
    ticks: bool = False
    create_in_dialog: bool = False
    has_changing_actions: bool = False
    templates: str = ""
    empty: Callable[[Client], str] = lambda client: ""
    """Why there may be none of the kind at all: a sentence below "No … found"."""

    @property
    def row_template(self) -> str:
        """The template of a row."""
        return f"{self.templates or f'resources/{self.kind.plural}'}/row.html"

    def tab(self, slug: str) -> Tab | None:
        """The tab of that name; "" is the first."""
        if not slug:
            return self.tabs[0]
        return next((tab for tab in self.tabs if tab.slug == slug), None)


def created(obj: Object) -> float:
    """Sort by creation, newest first."""
    return -(obj.metadata.creation_timestamp or 0.0)


def name(obj: Object) -> str:
    """Sort by name."""
    return str(obj.metadata.name)


def namespace(obj: Object) -> str:
    """Sort by project."""
    return str(obj.metadata.namespace)


NAME = Col("Name", name)
NAMESPACE = Col("Namespace", namespace, namespace_only=True)
CREATED = Col("Created", created)


def printed(kind: Kind, column: str, label: str = "") -> Col:
    """A column that `oc get` has too: label and order come from the kind's declaration."""
    found = next(each for each in kind.columns if each.name == column)
    by = found.sort or (lambda obj: found.value(obj, 0.0))
    return Col(label or column.capitalize(), by)
