"""The access log of a route: what came in through the sockets, filtered, live, for members only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.test import Client as Browser

from cluster.dataplane.router.access_log import Access, AccessLog
from cluster.runtime.client import Client, RouterAddress
from console.kinds.route_access import read_filter
from console.live import registered, topics
from tests.web.reading import rows_of, source, text_of

pytestmark = pytest.mark.django_db

LOG = "/k8s/ns/demo/routes/web/access-log"


class Feed:
    """A router's feed with a log that the test writes."""

    def __init__(self) -> None:
        self.log = AccessLog()

    def access_entries(self, route: str, since: int = 0) -> list[Access]:
        return self.log.entries(route, since)

    def authority_certificates(self) -> Mapping[str, str]:
        return {"router-ca.crt": "-----BEGIN CERTIFICATE-----\n"}

    def came(
        self, status: int = 200, path: str = "/", route: str = "demo:web", **more: Any
    ) -> None:
        """One request."""
        pod = {"pod": "web-1-abcde", "service": "web"} if status == 200 else {}
        fields: dict[str, Any] = {
            "client": "127.0.0.1:40000",
            "frontend": "public",
            "backend": "be_http:demo:web",
            "server": "",
            "pod": "",
            "service": "",
            "method": "GET",
            "host": "web-demo.apps.localhost",
            "bytes_sent": 120,
            "seconds": 0.0125,
            **pod,
            **more,
        }
        self.log.write(
            Access(
                number=self.log.written + 1,
                at=1_795_563_203.25,
                route=route,
                target=path,
                status=status,
                **fields,
            )
        )


@pytest.fixture
def feed(cluster: Client) -> Iterator[Feed]:
    made = Feed()
    cluster.announce_router(RouterAddress("127.0.0.1", 8080, 8443), made)
    yield made
    cluster.announce_router(None)


def test_requests_are_listed_the_newest_first(feed: Feed, developer: Browser) -> None:
    feed.came(path="/first")
    feed.came(status=503, path="/second", cause="no ready endpoints")
    first, second = rows_of(developer.get(LOG))
    assert "/second" in first["Request"] and "503" in first["Status"]
    assert "no ready endpoints" in first["Answered by"]
    assert "web-1-abcde" in second["Answered by"] and "12.5 ms" in second["Took"]


def test_other_routes_requests_are_not_shown(feed: Feed, developer: Browser) -> None:
    feed.came(path="/other", route="demo:else")
    assert "/other" not in source(developer.get(LOG))
    assert "No requests yet" in text_of(developer.get(LOG))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("text=cart", {"/cart"}),
        ("text=CART", {"/cart"}),
        ("status=5xx", {"/broken"}),
        ("status=closed", {"/limited"}),
        ("status=nonsense", {"/cart", "/broken", "/limited"}),
        ("text=cart&status=5xx", set()),
    ],
)
def test_the_log_is_filtered_by_text_and_status(
    feed: Feed, developer: Browser, query: str, shown: set[str]
) -> None:
    feed.came(path="/cart")
    feed.came(status=503, path="/broken")
    feed.came(status=0, path="/limited")
    page = source(developer.get(f"{LOG}?{query}"))
    assert {path for path in ("/cart", "/broken", "/limited") if path in page} == shown


def test_what_clients_send_is_escaped(feed: Feed, developer: Browser) -> None:
    feed.came(path="/<script>alert(1)</script>")
    assert "<script>alert(1)" not in source(developer.get(LOG))


def test_haproxys_own_facts_are_shown_with_their_meaning(feed: Feed, developer: Browser) -> None:
    feed.came(times="0/1/2/30/40", flags="SD--", cause="the pod's answer was cut off")
    feed.came(times="0/0/0/2/2", flags="--NI")
    well, cut = rows_of(developer.get(LOG))
    assert "SD--" in cut["Status"] and "the pod's answer was cut off" in cut["Answered by"]
    assert "0/1/2/30/40" in cut["Took"] and "--NI" not in well["Status"]
    assert "TR/Tw/Tc/Tr/Ta in ms" in source(developer.get(LOG))


def test_without_a_router_the_page_says_how_to_have_one(
    cluster: Client, developer: Browser
) -> None:
    assert "none is listening" in text_of(developer.get(LOG))


def test_strangers_do_not_read_it(feed: Feed, outsider: Browser) -> None:
    assert outsider.get(LOG).status_code == 403


def test_the_live_topic_draws_the_pages_rows_and_no_row_twice(
    feed: Feed, cluster: Client, developer: Browser
) -> None:
    feed.came(path="/first")
    response = developer.get(f"{LOG}?status=2xx")
    registered.load()
    topic = topics.make(response.context["topic"])
    assert topic is not None and topic.ticks
    frame, _ = topic.frame(cluster, None)
    assert frame is not None and frame["order"] == ["access-1"]
    assert frame["rows"]["access-1"] in source(response)
    feed.came(status=503)
    feed.came(path="/second")
    later, _ = topic.frame(cluster, None)
    assert later is not None and later["order"] == ["access-3", "access-1"]
    assert later["rows"]["access-1"] is frame["rows"]["access-1"]


def test_a_filter_survives_its_own_spelling() -> None:
    chosen = read_filter("text=a%26b%3Dc&status=4xx")
    assert (chosen.text, chosen.status) == ("a&b=c", "4xx")
    assert read_filter(chosen.pairs()) == chosen


def test_the_routers_page_says_where_it_listens_and_hands_out_its_authority(
    feed: Feed, developer: Browser
) -> None:
    page = text_of(developer.get("/router"))
    assert "127.0.0.1:8080" in page and "127.0.0.1:8443" in page
    answer = developer.get("/router/authorities/router-ca.crt")
    assert answer.content.startswith(b"-----BEGIN CERTIFICATE-----")
    assert answer["Content-Disposition"] == 'attachment; filename="router-ca.crt"'
    assert developer.get("/router/authorities/router-ca.key").status_code == 404
