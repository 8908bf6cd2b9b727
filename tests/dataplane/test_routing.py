"""What a request through the router's port for HTTP comes to: pods, pages, redirects, headers, cookies."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cluster.objects import kinds
from cluster.objects.route import Route
from tests.dataplane.lab import (
    NO_DELAY,
    Answer,
    Lab,
    a_deployment,
    a_lab,
    a_route,
    a_service,
    until,
)

H = "haproxy.router.openshift.io/"


async def test_a_pod_answers_with_its_facts(lab: Lab) -> None:
    answer = await lab.get(path="/some?x=1", headers={"X-Mine": "yes"})
    names = {pod.metadata.name: pod for pod in lab.pods()}
    facts = answer.json
    pod = names[facts["pod"]]
    assert answer.first == "HTTP/1.1 200 OK"
    assert (facts["address"], facts["node"]) == (pod.status.pod_ip, pod.node_name)
    assert (facts["path"], facts["headers"]["x-mine"]) == ("/some?x=1", "yes")
    assert facts["color"] and facts["version"]


async def test_a_browser_gets_a_coloured_page_without_what_it_sent_as_markup(lab: Lab) -> None:
    answer = await lab.get(headers={"Accept": "text/html", "X-Bad": "<script>"})
    assert answer.header("content-type") == "text/html; charset=utf-8"
    assert b"background:#" in answer.body and b"Hello from web-1-" in answer.body
    assert b"<script>" not in answer.body and b"&lt;script&gt;" in answer.body


async def test_a_connection_serves_many_requests_pipelined_ones_in_order(lab: Lab) -> None:
    one = "GET /{} HTTP/1.1\r\nHost: web.test\r\nAccept: application/json\r\n\r\n"
    last = one.format(3).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
    data = await lab.raw((one.format(1) + one.format(2) + last).encode())
    assert [data.count(f'"path":"/{n}"'.encode()) for n in (1, 2, 3)] == [1, 1, 1]
    assert data.index(b'"/1"') < data.index(b'"/2"') < data.index(b'"/3"')


async def test_http_1_0_is_closed_unless_it_asks_to_be_kept(lab: Lab) -> None:
    assert b" 200 OK" in await lab.raw(b"GET / HTTP/1.0\r\nHost: web.test\r\n\r\n")
    assert b"HTTP/1.0 503" in await lab.raw(b"GET / HTTP/1.0\r\n\r\n")


async def test_the_path_the_cookie_and_the_host_arrive_as_the_router_changes_them(
    lab: Lab,
) -> None:
    first = await lab.get(host="WEB.test:8080", headers={"Proxy": "x", "X-SSL-Client-CN": "me"})
    cookie = first.header("set-cookie")
    name, _, value = cookie.partition(";")[0].partition("=")
    assert cookie == f"{name}={value}; path=/; HttpOnly"
    assert first.header("cache-control") == ""  # no cache would keep it anyway
    seen = first.json["headers"]
    assert seen["host"] == "web.test:8080"
    assert "proxy" not in seen and "x-ssl-client-cn" not in seen
    again = await lab.get(headers={"Cookie": f"mine=1; {name}={value}"})
    assert again.header("set-cookie") == ""
    assert again.json["pod"] == first.json["pod"]
    assert again.json["headers"]["cookie"] == "mine=1"
    stale = await lab.get(headers={"Cookie": f"{name}=gone"})
    assert stale.header("set-cookie").startswith(name)


async def test_forwarded_headers_follow_the_policy(lab: Lab) -> None:
    sent = {"X-Forwarded-For": "1.2.3.4"}
    seen = (await lab.get(headers=sent)).json["headers"]
    assert seen["x-forwarded-for"] == ["1.2.3.4", "127.0.0.1"]
    assert seen["x-forwarded-proto"] == "http"
    assert seen["forwarded"] == "for=127.0.0.1;host=web.test;proto=http"
    for policy, wanted in (("replace", "127.0.0.1"), ("if-none", "1.2.3.4"), ("never", "1.2.3.4")):
        annotations = {f"{H}set-forwarded-headers": policy}
        await lab.replace(a_route("web", annotations=annotations))
        assert (await lab.get(headers=sent)).json["headers"]["x-forwarded-for"] == wanted


@pytest.mark.parametrize(
    ("host", "path", "cause"),
    [
        ("nobody.test", "/", "No admitted route has the host nobody.test."),
        (
            "edge.test",
            "/",
            "The route of edge.test serves HTTPS only: its insecure policy is None.",
        ),
    ],
)
async def test_the_page_says_why(lab: Lab, host: str, path: str, cause: str) -> None:
    answer = await lab.get(host, path)
    assert answer.first == "HTTP/1.0 503 Service Unavailable"
    assert answer.header("cache-control") == "private, max-age=0, no-cache, no-store"
    assert b"Application is not available" in answer.body
    assert f"<details><summary>Why?</summary><p>{cause}</p></details>".encode() in answer.body
    assert lab.plane.router.log.entries()[-1].cause == cause


async def test_the_page_tells_apart_what_can_be_wrong_with_a_route(tmp_path: Path) -> None:
    objects = (
        a_deployment("web"),
        a_service("web"),
        a_service("wrong", target=9999),
        a_service("empty"),
        a_route("zero", ("web", 0)),
        a_route("empty", ("empty", 100)),
        a_route("port", port="nope"),
        a_route("missing", ("ghost", 100)),
        a_route("path", path="/app"),
    )
    async with a_lab(tmp_path, *objects) as lab:
        for host, words in (
            ("zero.test", "All weights are 0"),
            ("empty.test", "Service empty has no ready endpoints"),
            ("port.test", "Service web has no port named nope; it has http (8080)."),
            ("missing.test", "Service ghost does not exist."),
            ("path.test", "The host path.test has routes, but none for the path /other."),
        ):
            answer = await lab.get(host, "/other")
            assert answer.status == 503
            assert words in answer.body.decode(), host


async def test_a_pod_that_does_not_listen_on_the_port_is_named_as_the_cause(
    tmp_path: Path,
) -> None:
    objects = (a_deployment("web"), a_service("web", target=9999), a_route("web"))
    async with a_lab(tmp_path, *objects) as lab:
        answer = await lab.get()
        assert answer.status == 503
        assert b"nothing listens on port 9999 in its pods" in answer.body


async def test_a_refused_route_is_named_with_the_routers_reason(lab: Lab) -> None:
    await lab.create(a_route("bad", host="bad.test", termination="edge", certificate="x", key="y"))
    await lab.settle(5)
    body = (await lab.get("bad.test")).body.decode()
    assert (
        "Route demo/bad has this host, but the router refuses it: ExtendedValidationFailed" in body
    )


async def test_redirects_keep_path_and_query_and_lead_to_the_routers_port(lab: Lab) -> None:
    plain = await lab.get("redirect.test", "/a?b=c")
    assert (plain.first, plain.header("location")) == (
        "HTTP/1.1 302 Found",
        "https://redirect.test/a?b=c",
    )
    assert plain.header("cache-control") == "no-cache"
    named = await lab.get(f"redirect.test:{lab.http_port}", "/a")
    assert named.header("location") == f"https://redirect.test:{lab.https_port}/a"
    assert (await lab.get("through.test")).status == 302
    allowed = await lab.get("allow.test")
    assert allowed.status == 200 and "Secure" not in allowed.header("set-cookie")


async def test_annotations_change_request_and_answer(lab: Lab) -> None:
    actions = {
        "request": [
            {
                "name": "X-In",
                "action": {"type": "Set", "set": {"value": "h=%[req.hdr(host),base64]"}},
            },
            {"name": "X-Gone", "action": {"type": "Delete"}},
        ],
        "response": [
            {"name": "X-Out", "action": {"type": "Set", "set": {"value": "100%%"}}},
            {"name": "Content-Type", "action": {"type": "Delete"}},
        ],
    }
    annotations = {
        f"{H}rewrite-target": "/bar",
        f"{H}disable_cookies": "true",
        f"{H}hsts_header": "max-age=31536000;includeSubDomains",
    }
    route = a_route(
        "api", path="/foo", termination="edge", policy="Allow", annotations=annotations,
        http_headers={"actions": actions},
    )  # fmt: skip
    await lab.create(route)
    await lab.settle(1)
    answer = await lab.get("api.test", "/foo/x?q=1", {"X-Gone": "1"})
    assert answer.json["path"] == "/bar/x?q=1"
    assert answer.json["headers"]["x-in"] == "h=YXBpLnRlc3Q="
    assert "x-gone" not in answer.json["headers"]
    assert answer.header("x-out") == "100%"
    assert answer.header("content-type") == answer.header("set-cookie") == ""
    assert answer.header("strict-transport-security") == "max-age=31536000;includeSubDomains"


async def test_an_allow_list_closes_the_connection_of_others(lab: Lab) -> None:
    await lab.replace(a_route("web", annotations={f"{H}ip_allowlist": "10.0.0.0/8"}))
    assert await lab.raw(b"GET / HTTP/1.1\r\nHost: web.test\r\n\r\n") == b""
    await lab.replace(a_route("web", annotations={f"{H}ip_allowlist": "10.0.0.0/8 127.0.0.1"}))
    assert (await lab.get()).status == 200


async def test_a_rate_limit_closes_the_connection_of_the_request_beyond_it(lab: Lab) -> None:
    limits = {f"{H}rate-limit-connections": "true", f"{H}rate-limit-connections.rate-http": "3"}
    await lab.replace(a_route("web", annotations=limits))
    answers = [await lab.raw(b"GET / HTTP/1.1\r\nHost: web.test\r\nConnection: close\r\n\r\n")
               for _ in range(5)]  # fmt: skip
    assert [bool(each) for each in answers] == [True, True, True, False, False]


async def test_weights_are_followed_request_by_request(tmp_path: Path) -> None:
    objects = (
        a_deployment("one"), a_deployment("two"), a_service("one"), a_service("two"),
        a_route("web", ("one", 60), ("two", 60), annotations={f"{H}disable_cookies": "true"}),
    )  # fmt: skip
    async with a_lab(tmp_path, *objects) as lab:
        pods = [(await lab.get()).json["pod"] for _ in range(40)]
        assert sum(pod.startswith("one-") for pod in pods) == 20


async def test_a_silent_pod_gives_504_and_a_database_502(tmp_path: Path) -> None:
    objects = (
        a_deployment("slow", env={"APP_LATENCY_MS": "60000"}), a_service("slow"),
        a_deployment("db", image="redis:7"), a_service("db"),
        a_route("slow", ("slow", 1), annotations={f"{H}timeout": "200ms"}),
        a_route("db", ("db", 1)),
    )  # fmt: skip
    async with a_lab(tmp_path, *objects) as lab:
        slow = await lab.get("slow.test")
        assert slow.first == "HTTP/1.1 504 Gateway Time-out"
        assert b"<h1>504 Gateway Time-out</h1>" in slow.body
        broken = await lab.get("db.test")
        assert broken.first == "HTTP/1.1 502 Bad Gateway"


async def test_errors_of_the_application_come_through(tmp_path: Path) -> None:
    objects = (
        a_deployment("web", env={**NO_DELAY, "APP_ERROR_RATE": "1"}), a_service("web"), a_route(),
    )  # fmt: skip
    async with a_lab(tmp_path, *objects) as lab:
        assert (await lab.get()).first == "HTTP/1.1 500 Internal Server Error"


async def test_requests_beyond_the_pods_connections_wait_in_a_queue(tmp_path: Path) -> None:
    objects = (
        a_deployment("web", env={"APP_LATENCY_MS": "50"}), a_service("web"),
        a_route("web", annotations={f"{H}pod-concurrent-connections": "1"}),
    )  # fmt: skip
    async with a_lab(tmp_path, *objects) as lab:
        answers = await asyncio.gather(*(lab.get() for _ in range(4)))
        assert [each.status for each in answers] == [200] * 4


async def test_a_body_streams_to_the_pod_in_chunks_or_by_length(lab: Lab) -> None:
    head = b"POST / HTTP/1.1\r\nHost: web.test\r\nAccept: application/json\r\nConnection: close\r\n"
    plain = await lab.raw(head + b"Content-Length: 300000\r\n\r\n" + b"x" * 300_000)
    assert Answer(plain).json["body_bytes"] == 300_000
    chunks = b"".join(b"%x\r\n%b\r\n" % (n, b"y" * n) for n in (1, 70_000, 3)) + b"0\r\n\r\n"
    chunked = await lab.raw(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    assert Answer(chunked).json["body_bytes"] == 70_004
    trailed = await lab.raw(
        head + b"Transfer-Encoding: chunked\r\n\r\n1\r\ny\r\n0\r\nX-Sum: 7\r\n\r\n"
    )
    assert Answer(trailed).json["trailers"] == {"x-sum": "7"}


async def test_real_requests_count_with_those_of_visitors(lab: Lab) -> None:
    for _ in range(6):
        await lab.get()
    await lab.get("redirect.test")
    lab.plane.report()
    await lab.settle(1)
    traffic = lab.client.traffic("demo", "web")
    assert traffic is not None
    assert traffic.totals.statuses == {200: 6}
    assert sum(traffic.totals.pods.values()) == traffic.totals.services["web"] == 6
    redirected = lab.client.traffic("demo", "redirect")
    assert redirected is not None and redirected.totals.statuses == {302: 1}


async def test_a_change_of_one_route_leaves_the_backends_of_others_as_they_are(lab: Lab) -> None:
    await lab.get("allow.test")
    await lab.get("web.test")
    catalogue = lab.plane.router.catalogue
    untouched, changed = catalogue.served("demo:allow"), catalogue.served("demo:web")
    assert untouched is not None and changed is not None
    await lab.replace(a_route("web", annotations={f"{H}balance": "leastconn"}))
    after = catalogue.served("demo:web")
    assert after is not None and after.live is not changed.live
    assert catalogue.served("demo:allow") is untouched


async def test_a_deleted_route_is_gone_at_once(lab: Lab) -> None:
    assert (await lab.get()).status == 200
    await lab.delete(kinds.ROUTE, "web")
    assert (await lab.get()).status == 503
    await lab.create(a_route("web", path="/only"))
    await lab.settle(1)
    assert [(await lab.get(path=each)).status for each in ("/only/x", "/")] == [200, 503]
    held = lab.client.get(kinds.ROUTE, "demo", "web")
    assert isinstance(held, Route)
    await until(lambda: not lab.plane.router.connections)
