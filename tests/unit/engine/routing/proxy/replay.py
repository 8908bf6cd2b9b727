"""Replays of recorded HAProxy scenarios through a whole backend: every step, on a clock that only
the steps themselves move."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cluster.engine.routing.balancers import XorShift32
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
    without_cookie,
)

Scenario = dict[str, Any]
NOBODY = -1
UNSEEN = "-"


def seconds(time: str) -> float:
    """`400ms`, `2s` or, as HAProxy reads a bare number, milliseconds."""
    if time.endswith("ms"):
        return int(time[:-2]) / 1000
    return float(time[:-1]) if time.endswith("s") else int(time) / 1000


def check_line(words: str | None) -> CheckLine | None:
    if words is None:
        return None
    pairs = words.split()[1:]
    values: dict[str, Any] = dict(zip(pairs[::2], pairs[1::2], strict=True))
    return CheckLine(
        **{name: int(v) if name in ("fall", "rise") else seconds(v) for name, v in values.items()}
    )


def lines_of(scenario: Scenario) -> BackendLines:
    """The backend's section that the scenario was recorded with."""
    options: dict[str, Any] = {}
    for option in scenario["options"]:
        match option.split():
            case ["cookie", name, *words]:
                options["cookie"] = CookieLine(name, http_only="httponly" in words)
            case ["option", "redispatch", *interval]:
                options["redispatch"] = int(interval[0]) if interval else LAST_RETRY
            case ["option", "allbackups"]:
                options["allbackups"] = True
            case ["fullconn", count]:
                options["fullconn"] = int(count)
            case _:
                raise AssertionError(f"unknown line: {option}")
    timeouts = {name: seconds(time) for name, time in scenario["timeouts"].items()}
    check = check_line(scenario["check"])
    servers = [
        ServerLine(**{**line, "slowstart": int(seconds(line.get("slowstart", "0s")))}, check=check)
        for line in scenario["servers"]
    ]
    return BackendLines(
        servers=tuple(servers),
        balance=scenario["balance"],
        hash_type=scenario["hash_type"],
        connect_timeout=timeouts.get("connect", 1.0),
        queue_timeout=timeouts.get("queue", 60.0),
        **options,
    )


def place(stream: Stream) -> int:
    return NOBODY if stream.server is None else stream.server


@dataclass
class BackendReplay:
    """Plays a scenario's steps and collects where the backend and the record differ."""

    scenario: Scenario
    decisions: int = 0
    differences: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lines = lines_of(self.scenario)
        self.backend = ProxyBackend(self.lines, rng=XorShift32())
        self.now = 0.0
        self.listening = [True] * len(self.lines.servers)
        self.held: dict[str, Stream] = {}

    def run(self) -> BackendReplay:
        for number, step in enumerate(self.scenario["steps"]):
            getattr(self, f"_{step['op']}")(number, step)
        return self

    def _compare(self, number: int, recorded: object, found: object) -> None:
        self.decisions += 1
        if recorded != found:
            self.differences.append(f"step {number}: recorded {recorded}, found {found}")

    # Requests

    def settle(self, stream: Stream) -> None:
        """Goes on with a request until it is served, waits in a queue or is refused."""
        while stream.stage in (Stage.CONNECT, Stage.PAUSED):
            if stream.stage is Stage.PAUSED:
                assert stream.due is not None
                self.now = stream.due
                assert self.backend.timeouts(self.now) == [stream]
            elif self.listening[place(stream)]:
                self.backend.connected(stream)
            else:
                self.backend.failed(stream, self.now)

    def begin(self, client: str | None = "127.0.0.1", cookie: str | None = None) -> Stream:
        stream = self.backend.arrive(self.now, client, cookie)
        self.settle(stream)
        return stream

    def serve(self, client: str | None = "127.0.0.1") -> int:
        stream = self.begin(client)
        server = place(stream)
        assert self.backend.finished(stream, self.now) == []
        return server

    def _requests(self, number: int, step: Scenario) -> None:
        self._compare(number, step["served_by"], [self.serve() for _ in range(step["n"])])

    def _counts(self, number: int, step: Scenario) -> None:
        served = [self.serve() for _ in range(step["n"])]
        totals = [served.count(index) for index in range(len(self.listening))]
        self._compare(number, (step["counts"], step["errors"]), (totals, served.count(NOBODY)))

    def _sources(self, number: int, step: Scenario) -> None:
        self._compare(number, step["served_by"], [self.serve(address) for address in step["ip"]])

    def _request(self, number: int, step: Scenario) -> None:
        start, header = self.now, step["cookie"]
        stream = self.begin(cookie=header)
        answered = stream.stage is Stage.SERVED
        found = {
            "server": place(stream),
            "status": 200 if answered else 503,
            "set_cookie": self.backend.set_cookie(stream),
            "cookie_seen_by_server": self._seen(header) if answered else None,
        }
        self._compare(number, {name: step[name] for name in found}, found)
        took = step.get("seconds", 0.0)
        if abs(self.now - start - took) > 0.15:
            self.differences.append(f"step {number}: took {took} s, found {self.now - start}")
        self.backend.finished(stream, self.now)

    def _seen(self, header: str | None) -> str:
        assert self.lines.cookie is not None
        return (header and without_cookie(header, self.lines.cookie.name)) or UNSEEN

    def _open(self, number: int, step: Scenario) -> None:
        stream = self.held[step["id"]] = self.begin(cookie=step.get("cookie"))
        waits = stream.stage is Stage.QUEUED
        self._compare(number, step["server"], None if waits else place(stream))

    def _close(self, number: int, step: Scenario) -> None:
        names = {stream: name for name, stream in self.held.items()}
        woken = self.backend.finished(self.held.pop(step["id"]), self.now)
        for stream in woken:
            self.settle(stream)
        found = [[names[stream], place(stream)] for stream in woken]
        self._compare(number, step.get("dequeued", []), found)

    def _wait(self, number: int, step: Scenario) -> None:
        names = {stream: name for name, stream in self.held.items()}
        self.now += step["seconds"]
        ended = self.backend.timeouts(self.now)
        assert all(stream.stage is Stage.REFUSED for stream in ended)
        recorded = [each["id"] if isinstance(each, dict) else each[0] for each in step["finished"]]
        self._compare(number, sorted(recorded), sorted(names[stream] for stream in ended))

    # Servers

    def _weight(self, number: int, step: Scenario) -> None:
        self.backend.set_weight(step["server"], step["value"])

    def _state(self, number: int, step: Scenario) -> None:
        self.backend.set_state(step["server"], Admin(step["value"]), self.now)

    def _health(self, number: int, step: Scenario) -> None:
        self.backend.set_health(step["server"], step["value"] == "up", self.now)

    def _endpoint(self, number: int, step: Scenario) -> None:
        index = step["server"]
        self.listening[index] = step["value"] == "start"
        if step["status_reached"] is not None:
            self.until_status(index, step["status_reached"])

    def until_status(self, index: int, status: str) -> None:
        """Lets health checks go on until the server has this status."""
        while self.backend.servers[index].status != status:
            due = self.backend.next_check()
            assert due is not None
            self.now = due
            for checked in self.backend.checks_due(due):
                self.backend.check_result(checked, self.listening[checked], due)
