"""The embedded router and a real HAProxy on the same routes and pods: status, headers, cookies, what the
pods see, and which pod answers in which order."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from cluster.dataplane.tls.authority import new_authority
from tests.dataplane.haproxy_process import Haproxy, a_haproxy
from tests.dataplane.lab import Answer, Lab, a_deployment, a_lab, a_route, a_service

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("haproxy"), reason="haproxy is not installed"),
]

H = "haproxy.router.openshift.io/"
NO_COOKIES = {f"{H}disable_cookies": "true"}
ROUND_ROBIN = {f"{H}balance": "roundrobin", **NO_COOKIES}
_OWN = new_authority("stranger").pem
ACTIONS = {
    "actions": {
        "request": [
            {"name": "X-In", "action": {"type": "Set", "set": {"value": "%[req.hdr(Host),lower]"}}},
            {"name": "X-Forwarded-Port", "action": {"type": "Delete"}},
        ],
        "response": [
            {"name": "X-Out", "action": {"type": "Set", "set": {"value": "it's 100%%"}}},
            {
                "name": "X-Type",
                "action": {"type": "Set", "set": {"value": "%[res.hdr(Content-Type),base64]"}},
            },
            {"name": "Content-Type", "action": {"type": "Delete"}},
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


def objects() -> tuple[Any, ...]:
    """Routes of every termination and insecure policy, paths, A/B, cookies, rewriting, allow lists,
    dead pods."""
    policies = [
        a_route(f"{termination}-{policy or 'empty'}".lower(), ("one", 1), termination=termination,
                policy=policy, annotations={f"{H}balance": "roundrobin"})
        for termination, allowed in (
            ("edge", ("", "None", "Allow", "Redirect")),
            ("reencrypt", ("", "None", "Allow", "Redirect")),
            ("passthrough", ("", "None", "Redirect")),
        )
        for policy in allowed
    ]  # fmt: skip
    return (
        a_deployment("one", 3), a_service("one"),
        a_deployment("two", 2), a_service("two"),
        a_service("dead", target=9999), a_service("empty"),
        *policies,
        a_route("plain", ("one", 1), annotations=ROUND_ROBIN),
        a_route("source", ("one", 1), annotations={f"{H}balance": "source", **NO_COOKIES}),
        a_route("least", ("one", 1), annotations={f"{H}balance": "leastconn", **NO_COOKIES}),
        a_route("sticky", ("one", 1), annotations={"router.openshift.io/cookie_name": "mine",
                                                   f"{H}balance": "roundrobin"}),
        a_route("ab", ("one", 70), ("two", 30), annotations=NO_COOKIES),
        a_route("zero", ("one", 0), ("two", 0)),
        a_route("sub", ("one", 1), path="/sub", host="plain.test", annotations=ROUND_ROBIN),
        a_route("rewrite", ("one", 1), path="/foo",
                annotations={f"{H}rewrite-target": "/bar", **ROUND_ROBIN}),
        a_route("root", ("one", 1), path="/foo",
                annotations={f"{H}rewrite-target": "/", **ROUND_ROBIN}),
        a_route("denied", ("one", 1), annotations={f"{H}ip_allowlist": "10.0.0.0/8"}),
        a_route("allowed", ("one", 1), annotations={f"{H}ip_allowlist": "127.0.0.0/8",
                                                    **ROUND_ROBIN}),
        a_route("hsts", ("one", 1), termination="edge", policy="Allow",
                annotations={f"{H}hsts_header": "max-age=100;preload", **ROUND_ROBIN}),
        *(a_route(f"cache-{n}", ("one", 1), annotations={f"{H}balance": "roundrobin"},
                  http_headers={"actions": {"response": [
                      {"name": name, "action": {"type": "Set", "set": {"value": value}}}
                      for name, value in headers]}})
          for n, headers in enumerate(CACHES)),
        a_route("actions", ("one", 1), http_headers=ACTIONS, annotations=ROUND_ROBIN),
        *(a_route(policy, ("one", 1),
                  annotations={f"{H}set-forwarded-headers": policy, **ROUND_ROBIN})
          for policy in ("append", "replace", "if-none", "never")),
        a_route("dead", ("dead", 1)),
        a_route("empty", ("empty", 1)),
        a_route("stranger", ("one", 1), termination="reencrypt", destination_ca_certificate=_OWN),
    )  # fmt: skip


class Pair:
    """Both routers before the same pods."""

    def __init__(self, lab: Lab, haproxy: Haproxy) -> None:
        self.ports = ((lab.http_port, lab.https_port), (haproxy.http_port, haproxy.https_port))

    async def ask(
        self, host: str, path: str = "/", *, tls: bool = False, lines: str = ""
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the two make of a request."""
        return (
            await self._one(0, host, path, tls, lines),
            await self._one(1, host, path, tls, lines),
        )

    async def _one(self, which: int, host: str, path: str, tls: bool, lines: str) -> dict[str, Any]:
        port = self.ports[which][1 if tls else 0]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, ssl=context if tls else None,
                server_hostname=host if tls else None,
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
        except (OSError, asyncio.IncompleteReadError) as error:
            return {"closed": isinstance(error, OSError | asyncio.IncompleteReadError)}
        return comparable(Answer(head + body))


def comparable(answer: Answer) -> dict[str, Any]:
    """An answer without what must differ: ports, lengths that follow from them, dates."""
    found: dict[str, Any] = {"first": answer.first}
    skipped = {"content-length", "date", "x-type"}
    found["headers"] = sorted(each for each in answer.headers if each[0] and each[0] not in skipped)
    if answer.body[:1] == b"{":
        facts = answer.json
        for name in ("client", "port"):
            facts.pop(name)
        facts["headers"].pop("x-forwarded-port", None)
        found["pod"] = facts
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    """One pair for all comparisons."""
    directory = tmp_path_factory.mktemp("beside")
    async with a_lab(directory / "var", *objects(), pods_on_loopback=True) as lab:
        await lab.settle(30)
        async with a_haproxy(lab, directory) as haproxy:
            yield Pair(lab, haproxy)


KINDS = [
    f"{termination}-{policy}"
    for termination, policies in (
        ("edge", ("empty", "none", "allow", "redirect")),
        ("reencrypt", ("empty", "none", "allow", "redirect")),
        ("passthrough", ("empty", "none", "redirect")),
    )
    for policy in policies
]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("name", [*KINDS, "plain", "hsts", "nobody", "stranger"])
async def test_terminations_and_policies(pair: Pair, name: str, tls: bool) -> None:
    for path in ("/", "/a/b?c=d"):
        embedded, real = await pair.ask(f"{name}.test", path, tls=tls)
        assert embedded == real


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("host", "paths"),
    [
        ("plain.test", ["/", "/sub", "/sub/", "/sub/x?y", "/subpar", "/x/../sub", "//", "/%2e"]),
        ("PLAIN.test:1234", ["/", "/sub"]),
        ("plain.test.", ["/"]),
        ("rewrite.test", ["/foo", "/foo/", "/foo/x?q=1", "/foo//y", "/fo"]),
        ("root.test", ["/foo", "/foo/", "/foo/x?q=1", "/"]),
        ("zero.test", ["/"]),
        ("empty.test", ["/"]),
        ("dead.test", ["/"]),
        ("denied.test", ["/"]),
        ("allowed.test", ["/"]),
        ("actions.test", ["/"]),
        *((f"cache-{n}.test", ["/"]) for n in range(len(CACHES))),
    ],
)
async def test_paths_rewriting_lists_and_dead_pods(pair: Pair, host: str, paths: list[str]) -> None:
    for path in paths:
        embedded, real = await pair.ask(host, path)
        assert embedded == real, path


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("policy", ["append", "replace", "if-none", "never"])
@pytest.mark.parametrize(
    "lines",
    [
        "",
        "X-Forwarded-For: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\nX-Forwarded-Proto: https\r\n",
        "Proxy: x\r\nX-SSL-Client-CN: y\r\nTE: trailers\r\nKeep-Alive: 5\r\nX-A: 1\r\nX-A: 2\r\n",
        "Upgrade: foo\r\nProxy-Connection: keep-alive\r\nConnection: TE\r\nTE: trailers\r\n",
        "X-Empty:\r\nX-Blanks:   a  b  \r\nVia: 1.1 x\r\nTrailer: x\r\nContent-Length: 0\r\n",
        "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nCookie: a=b; c=d\r\n",
    ],
)
async def test_what_pods_see_of_the_client(pair: Pair, policy: str, lines: str) -> None:
    embedded, real = await pair.ask(f"{policy}.test", lines=lines)
    assert embedded == real


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("host", ["plain.test", "source.test", "least.test", "ab.test"])
async def test_the_same_pods_answer_in_the_same_order(pair: Pair, host: str) -> None:
    # Other tests may have asked one of the two once more: only the sequence from here on counts.
    asked = [await pair.ask(host) for _ in range(30)]
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
