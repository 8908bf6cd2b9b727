"""What holds for a router's backend whatever happens to it: no slot too many, no request lost, first
come first served, and a cookie's server before all others."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.engine.routing.balancers import LoadedBalancer, XorShift32
from cluster.engine.routing.proxy import (
    LAST_RETRY,
    Admin,
    BackendLines,
    CheckLine,
    CookieLine,
    ProxyBackend,
    ServerLine,
    Stage,
    Stream,
)

ALGORITHMS = st.sampled_from(["roundrobin", "static-rr", "leastconn", "random", "source"])
LIVE = (Stage.CONNECT, Stage.PAUSED, Stage.QUEUED, Stage.SERVED)
CHECK = CheckLine(inter=2.0, fastinter=1.0, downinter=5.0)


@st.composite
def backend_lines(draw: st.DrawFn, *, overflow: bool = True) -> BackendLines:
    servers = []
    for place in range(draw(st.integers(1, 4))):
        maxconn = draw(st.integers(0, 3))
        servers.append(
            ServerLine(
                f"s{place + 1}",
                weight=draw(st.sampled_from([0, 1, 1, 2, 5])),
                backup=draw(st.integers(0, 4)) == 0,
                maxconn=maxconn,
                minconn=draw(st.integers(0, maxconn)),
                maxqueue=draw(st.integers(0, 2)) if overflow else 0,
                cookie=f"a{place + 1}",
                slowstart=draw(st.sampled_from([0, 0, 3])),
                check=draw(st.sampled_from([None, CHECK])),
            )
        )
    return BackendLines(
        servers=tuple(servers),
        balance=draw(ALGORITHMS),
        cookie=CookieLine("ROUTE"),
        redispatch=draw(st.sampled_from([0, LAST_RETRY, 1, 2])),
        retries=draw(st.integers(0, 3)),
        allbackups=draw(st.booleans()),
        fullconn=draw(st.integers(0, 9)),
        queue_timeout=draw(st.sampled_from([None, 2.0, 9.5])),
    )


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("arrive", "arrive", "arrive", "connect", "connect", "fail", "finish", "finish"),
                *("advance", "weight", "state", "health", "check"),
            ]
        ),
        st.integers(0, 99),
        st.integers(0, 99),
    ),
    max_size=60,
)


class Traffic:
    """Drives a backend by arbitrary events and checks its books after each."""

    def __init__(self, lines: BackendLines) -> None:
        self.backend = ProxyBackend(lines, rng=XorShift32())
        self.now = 0.0
        self.streams: list[Stream] = []

    def at(self, stage: Stage) -> list[Stream]:
        return [stream for stream in self.streams if stream.stage is stage]

    def play(self, what: str, first: int, second: int) -> None:
        index = first % len(self.backend.servers)
        if what == "arrive":
            self.arrive(f"ROUTE=a{first % 5}" if second % 2 else None, f"10.0.0.{second}")
        elif what == "advance":
            self.advance(second / 20)
        elif what == "weight":
            self.backend.set_weight(index, ["0%", "100%"][second % 2])
        elif what == "state":
            state = list(Admin)[second % len(Admin)]
            self.watch(self.backend.set_state(index, state, self.now))
        elif what == "health":
            self.watch(self.backend.set_health(index, bool(second % 2), self.now))
        elif what == "check":
            self.check(bool(second % 2))
        else:
            self.go_on(what, first, second)

    def arrive(self, cookie: str | None, client: str) -> Stream:
        stream = self.backend.arrive(self.now, client, cookie)
        self.streams.append(stream)
        return stream

    def go_on(self, what: str, first: int, second: int) -> None:
        stages = LIVE if what == "finish" else (Stage.CONNECT,)
        candidates = [stream for stream in self.streams if stream.stage in stages]
        if not candidates:
            return
        stream = candidates[first % len(candidates)]
        if what == "connect":
            self.backend.connected(stream)
        elif what == "fail":
            self.watch(self.backend.failed(stream, self.now, timed_out=not second % 5))
        else:
            woken = self.waiting()
            self.watch_order(woken, self.backend.finished(stream, self.now))

    def check(self, ok: bool) -> None:
        due = self.backend.next_check()
        if due is not None:
            self.advance(max(due - self.now, 0.0))
            for index in self.backend.checks_due(self.now):
                self.watch(self.backend.check_result(index, ok, self.now))

    def advance(self, seconds: float) -> None:
        self.now += seconds
        self.watch(self.backend.timeouts(self.now))
        due = self.backend.next_timeout()
        assert due is None or due > self.now

    def watch(self, changed: Iterable[Stream]) -> None:
        changed = list(changed)
        assert len(set(changed)) == len(changed)
        assert all(stream in self.streams for stream in changed)

    def waiting(self) -> list[Stream]:
        return [stream for stream in self.streams if stream.stage is Stage.QUEUED]

    def watch_order(self, before: list[Stream], woken: list[Stream]) -> None:
        """Whoever goes on waiting in the backend's queue came later than those that left it."""
        self.watch(woken)
        assert all(stream.stage is Stage.CONNECT for stream in woken)
        left = [stream for stream in before if stream in woken]
        assert left == [] or woken[0].queued_at == min(stream.queued_at for stream in left)
        shared = self.backend.queue.first()
        for stream in woken:
            own = self.backend.servers[stream.server or 0].queue.first()
            assert own is None or stream.queued_at <= own.queued_at
            assert shared is None or own is not None or stream.queued_at <= shared.queued_at

    def audit(self) -> None:
        backend = self.backend
        live = [stream for stream in self.streams if stream.stage in LIVE]
        assert backend.connections == len(live)
        queued = [*backend.queue.streams()]
        for server in backend.servers:
            holders = [s for s in live if s.holds and s.server == server.index]
            assert server.served == len(holders)
            assert not server.limited or server.served <= server.line.most
            assert server.line.maxqueue == 0 or len(server.queue) <= server.line.maxqueue
            queued += server.queue.streams()
            balancer = backend._pools.balancers[server.index]
            if isinstance(balancer, LoadedBalancer):
                assert balancer.loads[server.index] == server.served
        assert set(queued) == set(self.waiting()) and len(queued) == len(self.waiting())
        for stream in self.streams:
            assert stream.stage is not Stage.REFUSED or stream.refusal is not None
            assert stream.refusal is None or (stream.server is None and stream not in live)


@given(backend_lines(), EVENTS)
@settings(max_examples=300, deadline=None)
def test_no_slot_is_given_twice_and_no_request_is_lost(
    lines: BackendLines, events: list[tuple[str, int, int]]
) -> None:
    traffic = Traffic(lines)
    for event in events:
        traffic.play(*event)
        traffic.audit()
    # Everybody who is served goes; who waits is served or refused in time.
    for _ in range(len(traffic.streams) + 1):
        for stream in traffic.at(Stage.CONNECT):
            traffic.backend.connected(stream)
        for stream in traffic.at(Stage.SERVED):
            traffic.backend.finished(stream, traffic.now)
        traffic.advance(10.0)
        traffic.audit()
    assert traffic.backend.connections == 0
    assert all(server.served == 0 for server in traffic.backend.servers)


@given(backend_lines(overflow=False), EVENTS, st.integers(0, 3))
@settings(max_examples=200, deadline=None)
def test_a_cookie_wins_while_its_server_is_up(
    lines: BackendLines, events: list[tuple[str, int, int]], wanted: int
) -> None:
    traffic = Traffic(lines)
    index = wanted % len(lines.servers)
    for event in events:
        traffic.play(*event)
        up = traffic.backend.servers[index].up
        stream = traffic.arrive(f"a=b; ROUTE=a{index + 1}", "10.0.0.1")
        assert stream.direct is up
        if up:
            assert stream.server == index
            assert stream.stage in (Stage.CONNECT, Stage.QUEUED)
        traffic.backend.finished(stream, traffic.now)


@given(
    st.integers(1, 3),
    st.integers(1, 2),
    st.sampled_from(["roundrobin", "static-rr", "random"]),
    st.lists(st.integers(0, 9), min_size=1, max_size=60),
)
@settings(deadline=None)
def test_the_backends_queue_is_served_in_the_order_of_arrival(
    size: int, maxconn: int, algorithm: str, events: list[int]
) -> None:
    servers = tuple(ServerLine(f"s{place}", maxconn=maxconn) for place in range(size))
    traffic = Traffic(BackendLines(servers, balance=algorithm, queue_timeout=1000.0))
    arrived: list[Stream] = []
    for event in events:
        traffic.now += 0.0015
        if event < 6:
            arrived.append(traffic.arrive(None, "10.0.0.1"))
            continue
        for stream in traffic.at(Stage.CONNECT)[:1]:
            woken = traffic.backend.finished(stream, traffic.now)
            waited = [each for each in arrived if each in woken or each.stage is Stage.QUEUED]
            assert waited[: len(woken)] == woken
        traffic.audit()
