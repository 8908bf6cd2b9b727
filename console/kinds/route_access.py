"""The access log of a route: the requests that came in through the router's sockets, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from cluster.objects import kinds
from cluster.runtime.client import AccessEntry, Client
from console.kinds.base import Page
from console.urls_for import name_url, url_of

SHOWN = 100
CLASSES = ("2xx", "3xx", "4xx", "5xx", "closed")

REQUEST_TIMES = "TR/Tw/Tc/Tr/Ta in ms: request, queue, connection, answer's head, all"
CONNECTION_TIMES = "Tw/Tc/Tt in ms: queue, connection, all"


@dataclass(frozen=True, slots=True)
class AccessFilter:
    """Which requests to show: `text` anywhere in the line, `status` by its class."""

    text: str = ""
    status: str = ""

    def takes(self, entry: AccessEntry) -> bool:
        """Whether an entry is to be shown."""
        if self.status and status_class(entry.status) != self.status:
            return False
        return not self.text or self.text.lower() in entry.line.lower()

    def pairs(self) -> str:
        """The filter as a query string."""
        return urlencode([("text", self.text), ("status", self.status)])


def read_filter(text: str) -> AccessFilter:
    """The filter in a query string; what is not a class of status is no filter."""
    data = QueryDict(text)
    status = data.get("status", "")
    return AccessFilter(data.get("text", "").strip()[:200], status if status in CLASSES else "")


def status_class(status: int) -> str:
    """`2xx` …; a connection closed without an answer is `closed`."""
    return f"{status // 100}xx" if status else "closed"


def entries(client: Client, namespace: str, route: str, chosen: AccessFilter) -> list[AccessEntry]:
    """The requests to show, the newest first."""
    found = [each for each in client.access_log(namespace, route) or () if chosen.takes(each)]
    return found[: -SHOWN - 1 : -1]


def row_context(entry: AccessEntry, namespace: str) -> dict[str, Any]:
    """What a row of the log shows."""
    return {
        "entry": entry,
        "row_id": row_id(entry),
        "milliseconds": entry.seconds * 1000,
        "status_class": status_class(entry.status),
        "ended_early": entry.flags[:2] not in ("", "--"),
        "times_title": REQUEST_TIMES if entry.method else CONNECTION_TIMES,
        "pod_url": name_url(kinds.POD, namespace, entry.pod) if entry.pod else "",
    }


def row_id(entry: AccessEntry) -> str:
    """The row's id in the page."""
    return f"access-{entry.number}"


def context(page: Page) -> dict[str, Any]:
    """The tab: the filter, and the rows that it lets through."""
    name = page.obj.metadata.name
    chosen = read_filter(page.request.META.get("QUERY_STRING", "") if page.request else "")
    found = entries(page.client, page.namespace, name, chosen)
    return {
        "has_log": page.client.access_log(page.namespace, name) is not None,
        "filter": chosen,
        "classes": CLASSES,
        "action": url_of(page.obj, "access-log"),
        "topic": f"access:{page.namespace}/{name}?{chosen.pairs()}",
        "rows": [row_context(entry, page.namespace) for entry in found],
    }
