"""What the listings of a node's network share: searching, how much is shown, who is named.

A node of a large cluster has thousands of flows and rules; a page shows the first of every table and
counts the rest, a search narrows, and the download has them all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Any, TypeVar

from cluster.objects import kinds
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor
from console.urls_for import name_url

T = TypeVar("T")
MOST_ROWS = 50
"""Rows that a page shows of one table."""
MOST_LINES = 400
"""Lines of the text that a page shows."""
FEW = 120
"""Rows that a page shows without folding its tables."""
OTHER_PROJECT = "another project"
_ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?![\d.])")
_COMMENT = re.compile(
    r'(--comment "[^"]*?)\b([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)/([a-z0-9.-]+)(:[a-z0-9-]+)?'
)
"""A service as kube-proxy's comments name it: `demo/web:8080-tcp`."""
_LOGICAL = re.compile(r"\b(port |Service_)([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)[_/]([a-z0-9.-]+)")
"""A pod's port and a service's load balancer as OVN names them: `demo_web-1`, `Service_demo/web_TCP`."""


def words_of(search: str) -> list[str]:
    """The words of a search, all of which must be found."""
    return search.lower().split()


def holds(text: str, words: Sequence[str]) -> bool:
    """Whether a text holds all words."""
    lowered = text.lower()
    return all(word in lowered for word in words)


def first_lines(text: str, words: Sequence[str]) -> dict[str, Any]:
    """The lines of a text that hold all words: as many as a page shows, and how many more there are."""
    lines = [line for line in text.splitlines() if holds(line, words)]
    return {
        "code": "\n".join(lines[:MOST_LINES]),
        "code_hidden": max(0, len(lines) - MOST_LINES),
    }


@dataclass(frozen=True, slots=True)
class Named:
    """What an address, a block or a VNID stands for: kind, name and page."""

    kind: str
    name: str
    href: str


class Names:
    """Puts names to addresses, for one user: pods and services of other projects keep theirs."""

    def __init__(self, client: Client, actor: Actor) -> None:
        self._client = client
        self._actor = actor
        self._view = client.network.view()
        self._may: dict[str, bool] = {}

    def may_see(self, namespace: str) -> bool:
        """Whether the user may see a project's pods and services."""
        held = self._may.get(namespace)
        if held is None:
            held = self._client.may(self._actor, "get", kinds.POD, namespace)
            self._may[namespace] = held
        return held

    def in_text(self, text: str) -> list[Named]:
        """What the addresses in a flow stand for, each once."""
        found = map(self._at, dict.fromkeys(_ADDRESS.findall(text)))
        return list(dict.fromkeys(each for each in found if each is not None))

    def _at(self, text: str) -> Named | None:
        address = text.removesuffix("/32")
        try:
            if "/" in address:
                return self._subnet(IPv4Network(address))
            IPv4Address(address)
        except (AddressValueError, ValueError):
            return None
        view = self._view
        node = view.node_at(address)
        if node is not None:
            return Named("Node", node.name, name_url(kinds.NODE, "", node.name))
        site, service = view.pod_at(address), view.service_at(address)
        if site is not None and self.may_see(site.namespace):
            return Named("Pod", str(site.key), name_url(kinds.POD, *site.key))
        if service is not None and self.may_see(service.metadata.namespace):
            key = service.metadata.key
            return Named("Service", str(key), name_url(kinds.SERVICE, *key))
        return None

    def _subnet(self, block: IPv4Network) -> Named | None:
        node = self._view.node_of(str(block[1])) if block.num_addresses > 1 else None
        if node is None or node.subnet != block:
            return None
        return Named("Node", node.name, name_url(kinds.NODE, "", node.name))

    def without_others(self, text: str) -> str:
        """Rules without the names of pods and services that the user may not see."""

        def hidden(match: re.Match[str]) -> str:
            start, namespace = match[1], match[2]
            return match[0] if self.may_see(namespace) else f"{start}{OTHER_PROJECT}"

        return _LOGICAL.sub(hidden, _COMMENT.sub(hidden, text))
