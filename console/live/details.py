"""The live parts of an object's page: its header and the tab that is open."""

from __future__ import annotations

from typing import Any

from django.template.loader import get_template

from cluster.objects.errors import NotFound
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor, Change
from console import kinds as views
from console.kinds.base import Page, ResourceView, Tab
from console.live import topics
from console.live.topic import Frame

READER = Actor("", is_cluster_admin=False)
WRITER = Actor("", is_cluster_admin=True)
"""Frames are drawn for all who watch a topic, so not with one user's own rights."""


class ObjectTopic:
    """Something drawn from one object, for readers or for those who may change it."""

    ticks = False
    writes = False

    def __init__(self, name: str, view: ResourceView, namespace: str, object_name: str) -> None:
        self.name = name
        self.view = view
        self.namespace = namespace
        self.object_name = object_name

    def allowed(self, client: Client, actor: Actor) -> bool:
        """Who may read the object may watch it; with its controls, who may change it."""
        scope = self.namespace
        if self.view.kind.name in ("Project", "Namespace"):
            scope = self.object_name
        verb = "update" if self.writes else "get"
        return client.may(actor, verb, self.view.kind, scope)

    def touches(self, change: Change) -> bool:
        """Commits of the object itself, and those that the kind says concern it."""
        if change.kind.cls is self.view.kind.cls:
            return change.key == (self.namespace, self.object_name)
        if change.kind.cls not in (*self.view.related, *self.view.detail_related):
            return False
        return not self.namespace or change.key.namespace in ("", self.namespace)

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The partial again, or word that the object is gone."""
        try:
            obj = client.get(self.view.kind, self.namespace, self.object_name)
        except NotFound:
            return {"t": "gone"}, since
        page = Page(client, self.drawn_for(), self.view.kind, obj)
        return {"t": "html", "html": self.html(page)}, since

    def drawn_for(self) -> Actor:
        """With whose rights the frame is drawn."""
        return WRITER if self.writes else READER

    def html(self, page: Page) -> str:
        """The partial."""
        raise NotImplementedError


class HeaderTopic(ObjectTopic):
    """Badge, name and status; the menu of actions stays as it was loaded."""

    def html(self, page: Page) -> str:
        """The header without actions of its own: the page keeps the ones that it has."""
        status = self.view.status(page.obj) if self.view.status else ""
        context = {
            "obj": page.obj,
            "kind": page.kind,
            "page_status": status,
            "header_topic": self.name,
        }
        return get_template("resources/header.html").render(context)


class TabTopic(ObjectTopic):
    """A tab's content."""

    def __init__(
        self,
        name: str,
        view: ResourceView,
        namespace: str,
        object_name: str,
        tab: Tab,
        *,
        writes: bool,
        user: str = "",
    ) -> None:
        super().__init__(name, view, namespace, object_name)
        self.tab = tab
        self.writes = writes
        self._user = user
        self._actor = Actor(user)

    def allowed(self, client: Client, actor: Actor) -> bool:
        """A personal tab is watched through the user's own topic only."""
        if self.tab.personal and actor.name != self._user:
            return False
        self._actor = actor
        return super().allowed(client, actor)

    def drawn_for(self) -> Actor:
        """A personal tab is drawn with its user's rights."""
        return self._actor if self.tab.personal else super().drawn_for()

    def html(self, page: Page) -> str:
        """The tab's template, in the frame that it has in the page."""
        context = {
            "obj": page.obj,
            "kind": page.kind,
            "may_edit": page.may_edit,
            "now": page.client.clock().now,
            "tab": self.tab,
            "tab_topic": self.name,
            **self.tab.context(page),
        }
        return get_template("resources/tab_frame.html").render(context)


def _find(arguments: str) -> tuple[ResourceView, str, str, str] | None:
    plural, _, rest = arguments.partition(":")
    view = views.of_plural(plural)
    key, _, slug = rest.partition(":")
    namespace, _, name = key.rpartition("/")
    if view is None or not name or bool(namespace) != view.kind.namespaced:
        return None
    return view, namespace, name, slug


def _make_header(topic_name: str, arguments: str) -> HeaderTopic | None:
    found = _find(arguments)
    return HeaderTopic(topic_name, *found[:3]) if found else None


def _make_tab(topic_name: str, arguments: str) -> TabTopic | None:
    found = _find(arguments)
    if found is None:
        return None
    slug, _, mode = found[3].partition(":")
    tab = found[0].tab(slug)
    if tab is None or not tab.live:
        return None
    if tab.personal:
        return TabTopic(topic_name, *found[:3], tab, writes=False, user=mode)
    if mode not in ("", "edit"):
        return None
    return TabTopic(topic_name, *found[:3], tab, writes=mode == "edit")


topics.register("header", _make_header)
topics.register("tab", _make_tab)
