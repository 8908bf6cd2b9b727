"""A node's network on its page: the tabs Open vSwitch and iptables, drawn live, each user's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from cluster.objects import kinds
from cluster.objects.errors import NotFound
from cluster.objects.kind import Object
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor, Change
from console.kinds.base import Page, Tab
from console.live import topics
from console.live.topic import Frame
from console.network import chains, flows

SEARCH = "q"
"""The query's name of what is searched for."""
_EVERYWHERE = (
    kinds.NODE.cls,
    kinds.HOSTSUBNET.cls,
    kinds.CLUSTERNETWORK.cls,
    kinds.NETNAMESPACE.cls,
    kinds.SERVICE.cls,
)


@dataclass(frozen=True, slots=True)
class Listing:
    """One of the two: its topic's prefix, its download, its content, and whose commits alter it."""

    slug: str
    label: str
    template: str
    download: str
    context: Callable[[Client, Actor, str, str], dict[str, Any]]
    concerned: tuple[type, ...]

    def draw(self, client: Client, actor: Actor, node: str, search: str) -> SafeString:
        """The content: the same at first load and in every frame."""
        context = {
            **self.context(client, actor, node, search),
            "node": node,
            "topic": f"{self.slug}:{node}:{actor.name}:{search}",
            "download": reverse(self.download, args=[node]),
        }
        return render_to_string(self.template, context)

    def tab(self) -> Tab:
        """The tab: the search, and the content with a topic of its own."""

        def context(page: Page) -> dict[str, Any]:
            search = page.request.GET.get(SEARCH, "").strip() if page.request else ""
            return {
                "listing": self,
                "search": search,
                "content": self.draw(page.client, page.actor, page.obj.metadata.name, search),
            }

        return Tab(self.slug, self.label, "resources/nodes/listing.html", context, live=False)


FLOWS = Listing(
    slug="ovs",
    label="Open vSwitch",
    template="resources/nodes/flows.html",
    download="node-flows",
    context=flows.context,
    concerned=(
        *_EVERYWHERE,
        kinds.POD.cls,
        kinds.NAMESPACE.cls,
        kinds.NETWORKPOLICY.cls,
        kinds.EGRESSNETWORKPOLICY.cls,
    ),
)
CHAINS = Listing(
    slug="iptables",
    label="iptables",
    template="resources/nodes/chains.html",
    download="node-iptables",
    context=chains.context,
    concerned=(*_EVERYWHERE, kinds.ENDPOINTS.cls),
)
LISTINGS = {each.slug: each for each in (FLOWS, CHAINS)}


class ListingTopic:
    """A listing of one node as one user sees it; the hub sends it on only if it reads differently."""

    ticks = False

    def __init__(self, name: str, listing: Listing, node: str, user: str, search: str) -> None:
        self.name = name
        self._listing = listing
        self._node = node
        self._user = user
        self._search = search
        self._actor = Actor(user)

    def allowed(self, client: Client, actor: Actor) -> bool:
        """Everybody who may see nodes, through their own topic."""
        self._actor = actor
        return actor.name == self._user and client.may(actor, "get", kinds.NODE, "")

    def touches(self, change: Change) -> bool:
        """What the listing is made from; of pods where they are and how they are labelled."""
        if change.kind.cls not in self._listing.concerned:
            return False
        return change.kind is not kinds.POD or _place(change.old) != _place(change.new)

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The listing again, or word that the node is gone."""
        try:
            client.get(kinds.NODE, "", self._node)
        except NotFound:
            return {"t": "gone"}, since
        html = self._listing.draw(client, self._actor, self._node, self._search)
        return {"t": "html", "html": html}, since


def _place(pod: Object | None) -> tuple[Any, ...] | None:
    """What the switch knows of a pod."""
    if pod is None:
        return None
    return pod.node_name, pod.status.pod_ip, pod.is_finished, pod.metadata.labels


def _maker(listing: Listing) -> topics.Factory:
    def make(name: str, arguments: str) -> ListingTopic | None:
        node, _, rest = arguments.partition(":")
        user, _, search = rest.partition(":")
        return ListingTopic(name, listing, node, user, search) if node and user else None

    return make


for _each in LISTINGS.values():
    topics.register(_each.slug, _maker(_each))

TABS = (FLOWS.tab(), CHAINS.tab())
