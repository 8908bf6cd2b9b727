"""From a route's backend to the lines that decide over its requests."""

from __future__ import annotations

from cluster.engine.config import COURSE
from cluster.engine.routing.backends import build_backend
from cluster.engine.routing.cookies import cookie_value
from cluster.engine.routing.proxy import BackendLines, CheckLine, ProxyBackend, backend_lines
from cluster.engine.store import Store
from tests.unit.engine.routing.objects import add_service, route

LIMIT = "haproxy.router.openshift.io/pod-concurrent-connections"
BALANCE = "haproxy.router.openshift.io/balance"


def lines_for(
    tls: str = "edge", *, pods: int = 2, annotations: dict[str, str] | None = None
) -> BackendLines:
    store = Store()
    add_service(store, "web", pods)
    made = route({"web": 100}, tls=tls, annotations=annotations)
    return backend_lines(build_backend(store, made, COURSE.router_env))


def test_a_routes_requests_are_kept_by_cookie_and_may_be_redispatched() -> None:
    lines = lines_for()
    assert lines.cookie is not None and lines.redispatch == -1
    for server in lines.servers:
        assert server.cookie == cookie_value(server.name)
        assert server.check == CheckLine(inter=5.0)
        assert server.maxconn == 0
    router = ProxyBackend(lines_for(annotations={BALANCE: "roundrobin"}))
    stream = router.arrive(0.0, cookie=f"{lines.cookie.name}={lines.servers[1].cookie}")
    assert (stream.server, stream.direct) == (1, True)


def test_passthrough_has_neither_cookies_nor_redispatch() -> None:
    lines = lines_for("passthrough")
    assert (lines.cookie, lines.redispatch, lines.servers[0].cookie) == (None, 0, None)
    assert (lines.balance, lines.hash_type) == ("source", "consistent")


def test_a_lone_pod_is_not_checked() -> None:
    assert [server.check for server in lines_for(pods=1).servers] == [None]


def test_the_annotation_limits_each_pods_connections() -> None:
    lines = lines_for(annotations={LIMIT: "1", BALANCE: "roundrobin"})
    router = ProxyBackend(lines)
    assert [router.arrive(0.0).server for _ in range(3)] == [0, 1, None]
    assert lines.longest_wait == 5.0
