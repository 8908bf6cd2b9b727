"""The embedded router and a real HAProxy on the same twelve sets of routes and the same pods: status,
headers, cookies, what the pods see, and which pod answers in which order, one request after another.

What remains different, and why:

- Pods are connected to from the router's address in the pod network, 10.128.0.1, by the embedded router,
  from 127.0.0.1 by HAProxy, which is a process on this machine (`client`, `port` in the pods' facts).
- `Content-Length` follows from that: the pods' answers name the address. `Date` is the pods' clock.
- Each listens on ports of its own; where a port shows, it is compared as HTTP or HTTPS.
- Algorithms with a random choice (`random`) have no sequence to compare.
- A 503 of the embedded router says why, below HAProxy's page: `Content-Length` and body differ.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from cluster.dataplane.pods.server import PodHttp
from cluster.dataplane.tls.authority import new_authority
from cluster.objects.route import Route
from cluster.runtime.client import RouterAddress
from tests.dataplane.haproxy_lab import a_free_range, beside, needs_haproxy
from tests.dataplane.lab import Answer, Lab, a_deployment, a_lab, a_route, a_service

pytestmark = [pytest.mark.slow, needs_haproxy]

H = "haproxy.router.openshift.io/"
NO_COOKIES = {f"{H}disable_cookies": "true"}
COOKIES = {f"{H}balance": "roundrobin"}
ROUND_ROBIN = {**COOKIES, **NO_COOKIES}
_OWN = new_authority("stranger").pem
_UNCOMPARED = {"content-length", "date"}


def _set(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "action": {"type": "Set", "set": {"value": value}}}


def _delete(name: str) -> dict[str, Any]:
    return {"name": name, "action": {"type": "Delete"}}


ACTIONS = {
    "actions": {
        "request": [_set("X-In", "%[req.hdr(Host),lower]"), _delete("X-Forwarded-Port")],
        "response": [
            _set("X-Out", "it's 100%%"),
            _set("X-Type", "%[res.hdr(Content-Type),base64]"),
            _delete("Content-Type"),
        ],
    }
}
CACHES = (
    (("ETag", "x"),),
    (("Last-Modified", "Tue, 15 Nov 1994 12:45:26 GMT"),),
    (("Expires", "Tue, 15 Nov 2034 12:45:26 GMT"),),
    (("Cache-Control", "max-age=60"),),
    (("Cache-Control", "public"),),
    (("Cache-Control", "no-cache"), ("ETag", "x")),
    (("Cache-Control", "public, private"), ("ETag", "x")),
    (("Pragma", "no-cache"), ("ETag", "x")),
)
POLICIES = {
    "edge": ("", "None", "Allow", "Redirect"),
    "reencrypt": ("", "None", "Allow", "Redirect"),
    "passthrough": ("", "None", "Redirect"),
}
FORWARDED = ("append", "replace", "if-none", "never")


def terminated(termination: str) -> list[Route]:
    """A route for each insecure policy that a termination allows."""
    annotations = COOKIES if termination != "passthrough" else ROUND_ROBIN
    return [
        a_route(f"{termination}-{policy.lower() or 'empty'}", ("one", 1), termination=termination,
                policy=policy, annotations=annotations)
        for policy in POLICIES[termination]
    ]  # fmt: skip


ONE = ("one", 1)
SETS: dict[str, list[Route]] = {
    "plain": [a_route("plain", ONE, annotations=ROUND_ROBIN)],
    "edge": [
        *terminated("edge"),
        a_route("hsts", ONE, termination="edge", policy="Allow",
                annotations={f"{H}hsts_header": "max-age=100;preload", **ROUND_ROBIN}),
    ],
    "reencrypt": [
        *terminated("reencrypt"),
        a_route("stranger", ONE, termination="reencrypt", destination_ca_certificate=_OWN),
    ],
    "passthrough": terminated("passthrough"),
    "paths": [
        a_route("root", ONE, host="paths.test", annotations=ROUND_ROBIN),
        a_route("sub", ONE, host="paths.test", path="/sub", annotations=ROUND_ROBIN),
        a_route("deep", ("two", 1), host="paths.test", path="/sub/deep/", annotations=ROUND_ROBIN),
        a_route("secret", ONE, host="paths.test", path="/secret", termination="edge",
                policy="Redirect", annotations=ROUND_ROBIN),
    ],
    "balance": [
        a_route("source", ONE, annotations={f"{H}balance": "source", **NO_COOKIES}),
        a_route("least", ONE, annotations={f"{H}balance": "leastconn", **NO_COOKIES}),
        a_route("through", ONE, termination="passthrough"),
    ],
    "a/b": [
        a_route("ab", ("one", 70), ("two", 30), annotations=NO_COOKIES),
        a_route("uneven", ("one", 3), ("two", 256), annotations=NO_COOKIES),
        a_route("canary", ("one", 100), ("two", 0), annotations=ROUND_ROBIN),
        a_route("zero", ("one", 0), ("two", 0)),
    ],
    "cookies": [
        a_route("sticky", ONE,
                annotations={"router.openshift.io/cookie_name": "mine", **COOKIES}),
        a_route("lax", ONE, termination="edge",
                annotations={"router.openshift.io/cookie-same-site": "Lax", **COOKIES}),
        *(a_route(f"cache-{n}", ONE, annotations=COOKIES,
                  http_headers={"actions": {"response": [_set(*each) for each in headers]}})
          for n, headers in enumerate(CACHES)),
    ],
    "rewrite": [
        a_route("rewrite", ONE, path="/foo",
                annotations={f"{H}rewrite-target": "/bar", **ROUND_ROBIN}),
        a_route("strip", ONE, path="/foo", annotations={f"{H}rewrite-target": "/", **ROUND_ROBIN}),
    ],
    "allow list": [
        a_route("denied", ONE, annotations={f"{H}ip_allowlist": "10.0.0.0/8"}),
        a_route("denied-tls", ONE, termination="edge",
                annotations={f"{H}ip_allowlist": "10.0.0.0/8"}),
        a_route("denied-through", ONE, termination="passthrough",
                annotations={f"{H}ip_allowlist": "10.0.0.0/8"}),
        a_route("allowed", ONE, annotations={f"{H}ip_whitelist": "127.0.0.0/8 1.2.3.4",
                                             **ROUND_ROBIN}),
        a_route("open", ONE, annotations={f"{H}ip_allowlist": " 10.0.0.0/8", **ROUND_ROBIN}),
    ],
    "headers": [
        a_route("actions", ONE, http_headers=ACTIONS, annotations=ROUND_ROBIN),
        *(a_route(policy, ONE, annotations={f"{H}set-forwarded-headers": policy, **ROUND_ROBIN})
          for policy in FORWARDED),
    ],
    "dead pods": [
        a_route("dead", ("dead", 1)),
        a_route("dead-edge", ("dead", 1), termination="edge"),
        a_route("dead-through", ("dead", 1), termination="passthrough"),
        a_route("empty", ("empty", 1)),
        a_route("missing", ("missing", 1)),
        a_route("half", ONE, ("dead", 1),
                annotations={"router.openshift.io/haproxy.health.check.interval": "100ms",
                             **ROUND_ROBIN}),
    ],
}  # fmt: skip
PATHS = {
    "paths.test": [
        "/", "/sub", "/sub/", "/sub/x?y", "/subpar", "/x/../sub", "//", "/%2e", "/sub/deep",
        "/sub/deep/", "/sub/deep/x", "/SUB", "/secret", "/secret/x?y=1", "/secretary",
    ],
    "PATHS.test:1234": ["/", "/sub", "/secret?a=b"],
    "paths.test.": ["/", "/secret"],
    "rewrite.test": ["/foo", "/foo/", "/foo/x?q=1", "/foo//y", "/fo", "/foobar"],
    "strip.test": ["/foo", "/foo/", "/foo/x?q=1", "/foo?q", "/"],
    "nobody.test": ["/"],
}  # fmt: skip
"""Where more than `/` and `/a/b?c=d` is worth asking for."""


class Pair:
    """Both routers before the same pods."""

    def __init__(self, lab: Lab, haproxy: RouterAddress) -> None:
        self.ports = (
            (lab.http_port, lab.https_port),
            (haproxy.http_port or 0, haproxy.https_port or 0),
        )

    async def ask(
        self, host: str, path: str = "/", *, tls: bool = False, lines: str = ""
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the two make of a request; `{port}` in the host is their own port for HTTP."""
        embedded, real = await asyncio.gather(
            *(self._one(ports, host, path, tls, lines) for ports in self.ports)
        )
        return embedded, real

    async def _one(
        self, ports: tuple[int, int], host: str, path: str, tls: bool, lines: str
    ) -> dict[str, Any]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        host = host.format(port=ports[0])
        try:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", ports[1 if tls else 0], ssl=context if tls else None,
                server_hostname=host.partition(":")[0] if tls else None,
            )  # fmt: skip
            request = (
                f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\n{lines}\r\n"
            )
            writer.write(request.encode())
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 15)
            answer = Answer(head)
            length = next((v for n, v in answer.headers if n == "content-length"), "")
            body = await (reader.readexactly(int(length)) if length else reader.read())
            writer.close()
        except (OSError, asyncio.IncompleteReadError):
            return {"closed": True}
        return comparable(Answer(head + body), ports)


def comparable(answer: Answer, ports: tuple[int, int]) -> dict[str, Any]:
    """An answer without what must differ (see above), ports by name."""

    def named(text: str) -> str:
        return text.replace(str(ports[0]), "HTTP").replace(str(ports[1]), "HTTPS")

    headers = [(name, named(value)) for name, value in answer.headers if name]
    found: dict[str, Any] = {
        "first": answer.first,
        "headers": sorted(each for each in headers if each[0] not in _UNCOMPARED),
    }
    if answer.body[:1] == b"{":
        facts = answer.json
        for name in ("client", "port"):
            facts.pop(name)
        facts["headers"] = {name: named(str(value)) for name, value in facts["headers"].items()}
        found["pod"] = facts
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    """One pair for all comparisons."""
    directory = tmp_path_factory.mktemp("beside")
    objects = (
        a_deployment("one", 3), a_service("one"),
        a_deployment("two", 2), a_service("two"),
        a_deployment("dead", 2), a_service("dead", target=9999),
        a_service("empty"),
        *(route for routes in SETS.values() for route in routes),
    )  # fmt: skip
    with a_free_range() as shift:
        setup = {"pods_on_loopback": True, "loopback_shift": shift}
        async with a_lab(directory / "var", *objects, **setup) as lab:
            await lab.settle(30)
            async with beside(lab, directory / "haproxy") as (_, address):
                yield Pair(lab, address)


def test_there_are_twelve_sets() -> None:
    assert len(SETS) == 12


HOSTS = [(name, route.spec.host) for name, routes in SETS.items() for route in routes]
QUESTIONS = [
    (name, host, path)
    for name, host in [*dict.fromkeys(HOSTS), ("paths", "PATHS.test:1234"),
                       ("paths", "paths.test."), ("plain", "nobody.test")]
    if host != "half.test"
    for path in PATHS.get(host, ["/", "/a/b?c=d"])
]  # fmt: skip


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("name", SETS)
async def test_the_routes_of_a_set_answer_alike(pair: Pair, name: str, tls: bool) -> None:
    questions = [(host, path) for held, host, path in QUESTIONS if held == name]
    assert questions
    for host, path in questions:
        embedded, real = await pair.ask(host, path, tls=tls)
        assert embedded == real, f"{host} {path}"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "host", ["edge-redirect.test", "edge-redirect.test:{port}", "passthrough-redirect.test:{port}",
             "EDGE-redirect.test:81"],
)  # fmt: skip
async def test_redirects_lead_to_the_same_place(pair: Pair, host: str) -> None:
    embedded, real = await pair.ask(host, "/x?y=z")
    assert embedded == real
    (place,) = [value for name, value in real["headers"] if name == "location"]
    port = ":HTTPS" if host.endswith("{port}") else ""
    assert place == f"https://{host.partition(':')[0].lower()}{port}/x?y=z"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("policy", FORWARDED)
@pytest.mark.parametrize(
    "lines",
    [
        "",
        "X-Forwarded-For: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\nX-Forwarded-Proto: https\r\n",
        "Proxy: x\r\nX-SSL-Client-CN: y\r\nTE: trailers\r\nKeep-Alive: 5\r\nX-A: 1\r\nX-A: 2\r\n",
        "Upgrade: foo\r\nProxy-Connection: keep-alive\r\nConnection: TE\r\nTE: trailers\r\n",
        "X-Empty:\r\nX-Blanks:   a  b  \r\nVia: 1.1 x\r\nTrailer: x\r\nContent-Length: 0\r\n",
        "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nCookie: a=b; c=d\r\n",
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum:  1 \r\nContent-Length: 9\r\n",
    ],
)
async def test_pods_see_the_same_of_the_client(pair: Pair, policy: str, lines: str) -> None:
    embedded, real = await pair.ask(f"{policy}.test", lines=lines)
    assert embedded == real


@pytest.mark.asyncio(loop_scope="module")
async def test_clients_see_the_trailers_of_an_answer(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reply(connection: PodHttp) -> None:
        head, connection._head = connection._head, None
        if head is not None and connection._transport is not None:
            connection._transport.write(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                b"3\r\nabc\r\n0\r\nX-Sum:  1 \r\n\r\n"
            )

    monkeypatch.setattr(PodHttp, "_reply", reply)
    for http, _ in pair.ports:
        reader, writer = await asyncio.open_connection("127.0.0.1", http)
        writer.write(b"GET / HTTP/1.1\r\nHost: plain.test\r\nConnection: close\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), 15)
        writer.close()
        assert answer.endswith(b"\r\n\r\n3\r\nabc\r\n0\r\nx-sum: 1\r\n\r\n")
        assert b"\r\ntrailer: X-Sum\r\n" in answer


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("host", "tls"),
    [
        *((f"{name}.test", False) for name in
          ("plain", "source", "least", "ab", "uneven", "canary", "allowed")),
        *((f"{name}.test", True) for name in
          ("hsts", "edge-none", "reencrypt-none", "passthrough-none", "through")),
    ],
)  # fmt: skip
async def test_the_same_pods_answer_in_the_same_order(pair: Pair, host: str, tls: bool) -> None:
    asked = [await pair.ask(host, tls=tls) for _ in range(30)]
    embedded = [each[0]["pod"]["pod"] for each in asked]
    real = [each[1]["pod"]["pod"] for each in asked]
    assert embedded == real


@pytest.mark.asyncio(loop_scope="module")
async def test_cookies_stick_are_hidden_and_are_replaced(pair: Pair) -> None:
    first = await pair.ask("sticky.test")
    assert first[0] == first[1]
    cookie = next(v for n, v in first[0]["headers"] if n == "set-cookie").partition(";")[0]
    for lines in (
        f"Cookie: {cookie}\r\n",
        f"Cookie: a=1; {cookie}; b=2\r\n",
        f"Cookie: a=1\r\nCookie: {cookie}\r\n",
        f"Cookie: {cookie};a=1\r\n",
        "Cookie: mine=unknown; a=1\r\n",
        "Cookie: mine=\r\n",
    ):
        embedded, real = await pair.ask("sticky.test", lines=lines)
        assert embedded == real, lines


@pytest.mark.asyncio(loop_scope="module")
async def test_both_go_round_servers_that_the_checks_hold_for_dead(pair: Pair) -> None:
    first = await pair.ask("half.test")  # the embedded router checks once somebody asks
    assert [each["first"] for each in first] == ["HTTP/1.1 200 OK"] * 2
    async with asyncio.timeout(30):
        while not await _quick(pair):
            pass
    asked = [await pair.ask("half.test") for _ in range(12)]
    for each in zip(*asked, strict=True):
        counts = Counter(answer["pod"]["pod"] for answer in each)
        assert sorted(counts.values()) == [4, 4, 4]


async def _quick(pair: Pair) -> bool:
    """Whether five requests in a row needed no second try, each of which takes a second."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(5):
        await pair.ask("half.test")
    return loop.time() - began < 0.9
