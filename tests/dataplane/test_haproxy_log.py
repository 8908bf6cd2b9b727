"""HAProxy's log: its lines as entries, and the statuses that the statistics do not know."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from pathlib import Path

import pytest

from cluster.dataplane.haproxy.access import HaproxyLog
from cluster.dataplane.haproxy.log_lines import LONGEST, LogLine
from cluster.dataplane.haproxy.log_socket import LogSocket
from cluster.dataplane.haproxy.statistics import Served
from cluster.dataplane.haproxy.statuses import GRACE, ExactStatuses
from cluster.dataplane.router.access_log import Access
from cluster.objects.meta import Key
from tests.dataplane.lab import until

WEB = Key("demo", "web")
SERVER = "pod:web-1-abcde:web:http:10.128.0.5:8080"
HEADER = "<142>Nov 25 02:07:21 vm haproxy[71]: 127.0.0.1:36056 [25/Nov/2026:02:07:21.238] "
COUNTS = "2/2/1/1/0 0/0"


def http(
    place: str = f"be_http:demo:web/{SERVER}",
    times: str = "0/1/2/30/40",
    status: int = 200,
    flags: str = "--NI",
    request: str = "GET /cart?n=1 HTTP/1.1",
    host: str = "Web.test:8080",
    frontend: str = "public",
) -> bytes:
    """A line of `option httplog`, with the Host captured."""
    ended = f'{status} 123 - - {flags} {COUNTS} {{{host}}} "{request}"'
    return f"{HEADER}{frontend} {place} {times} {ended}\n".encode()


def tcp(place: str, times: str = "1/0/7", flags: str = "--") -> bytes:
    """A line of `option tcplog`."""
    return f"{HEADER}public_ssl {place} {times} 113 {flags} {COUNTS}\n".encode()


def entry(datagram: bytes, route: str = "") -> Access:
    """The only entry that a datagram makes."""
    log = HaproxyLog(lambda host, target: route, lambda entry, line: None)
    log.hosts["demo:web"] = "web.test"
    log.take([datagram])
    [found] = log.entries.entries()
    return found


# --- lines -----------------------------------------------------------------------------------------------


def test_a_line_says_who_asked_for_what_and_which_pod_answered() -> None:
    found = entry(http())
    assert (found.client, found.frontend, found.route) == ("127.0.0.1", "public", "demo:web")
    assert (found.method, found.host, found.target) == ("GET", "Web.test:8080", "/cart?n=1")
    assert (found.pod, found.service, found.server) == ("web-1-abcde", "web", SERVER)
    assert (found.status, found.bytes_sent, found.seconds) == (200, 123, 0.04)
    assert (found.times, found.flags, found.cause) == ("0/1/2/30/40", "--NI", "")
    assert found.line.startswith("127.0.0.1:36056 [25/Nov") and found.line.endswith('HTTP/1.1"')


def test_a_frontend_that_ends_tls_is_named_without_its_mark() -> None:
    found = entry(http(place=f"be_edge_http:demo:web/{SERVER}", frontend="fe_sni~"))
    assert (found.frontend, found.route) == ("fe_sni", "demo:web")


@pytest.mark.parametrize(
    ("line", "status", "cause"),
    [
        (http("be_http:demo:web/<NOSRV>", "0/-1/-1/-1/0", 503, "SC--"), 503, "no pod is ready"),
        (http(times="0/0/-1/-1/9", status=503, flags="SC--"), 503, "connection to the pod failed"),
        (http(times="0/0/0/-1/1001", status=504, flags="sH--"), 504, "did not answer in time"),
        (http(times="0/0/0/-1/9", status=502, flags="SH--"), 502, "before its answer"),
        (http(times="0/0/0/-1/9", status=-1, flags="CH--"), 0, "the client went away"),
        (http("be_http:demo:web/<NOSRV>", "-1/-1/-1/-1/0", -1, "PR--"), 0, "allow list"),
    ],
)  # fmt: skip
def test_what_no_pod_answered_says_why(line: bytes, status: int, cause: str) -> None:
    found = entry(line)
    assert found.pod == ""
    assert found.status == status and cause in found.cause


def test_an_answer_that_was_cut_off_is_the_pods_all_the_same() -> None:
    found = entry(http(flags="SD--"))
    assert found.pod == "web-1-abcde" and found.cause == "the pod's answer was cut off"


def test_a_redirect_belongs_to_the_route_whose_host_was_asked_for() -> None:
    line = http("public/<NOSRV>", "0/-1/-1/-1/0", 302, "LR--")
    found = entry(line, route="demo:web")
    assert (found.route, found.status, found.cause) == ("demo:web", 302, "redirected to HTTPS")


def test_connections_that_are_passed_through_have_their_routes_host() -> None:
    found = entry(tcp(f"be_tcp:demo:web/{SERVER}"))
    assert (found.host, found.method, found.status) == ("web.test", "", 200)
    assert (found.pod, found.seconds) == ("web-1-abcde", 0.007)
    assert entry(tcp("be_tcp:demo:web/<NOSRV>", "-1/-1/0", "SC")).status == 0


def test_connections_on_their_way_to_where_their_tls_ends_are_no_requests() -> None:
    log = HaproxyLog(lambda host, target: "", lambda entry, line: None)
    log.take([tcp("be_sni/fe_sni"), tcp("be_no_sni/fe_no_sni")])
    assert log.entries.entries() == [] and log.unread == 0


def test_quotes_and_signs_in_requests_are_read_back() -> None:
    found = entry(http(request="GET /a#22b#7Bc#23 HTTP/1.1"))
    assert found.target == '/a"b{c#'


def test_a_request_that_was_cut_off_keeps_what_there_is() -> None:
    assert entry(http(request="GET /" + "a" * 1000)).target == "/" + "a" * 1000


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\n",
        b"\xff\xfe\x00",
        b"<142>",
        b"<129>Nov 25 02:07:21 vm haproxy[71]: Server be_http:demo:web/a is DOWN.\n",
        b"<142>Nov 25 02:07:21 vm haproxy[71]: 127.0.0.1:9 [x] fe_sni/1: SSL handshake failure\n",
        http()[:150],
        http(request="x" * LONGEST),
        http(times="0/1/2/30"),
        http().replace(b"200 123", b"200 many"),
        http().replace(b"[71]", b"[99999999999999999999]"),
    ],
)
def test_what_is_no_such_line_is_counted_and_left_out(datagram: bytes) -> None:
    log = HaproxyLog(lambda host, target: "", lambda entry, line: None)
    log.take([datagram, http()])
    assert len(log.entries.entries()) == 1
    assert log.unread == 1


# --- statuses ----------------------------------------------------------------------------------------------


class Ledger:
    """Statuses with the clock in hand."""

    def __init__(self) -> None:
        self.statuses = ExactStatuses()
        self.log = HaproxyLog(lambda host, target: "demo:web", self._logged)
        self.now = 0.0

    def _logged(self, entry: Access, line: LogLine) -> None:
        self.statuses.logged(entry, line, self.now)

    def counted(self, status: int, number: int = 1, server: str = SERVER) -> None:
        """The statistics have grown."""
        self.statuses.counted(Counter({Served(WEB, server, status): number}), self.now)

    def take(self, workers: set[int] = {71}) -> dict[int, int]:  # noqa: B006
        """Counts by status."""
        found: Counter[int] = Counter()
        for served, number in self.statuses.take(self.now, workers).items():
            found[served.status] += number
        return dict(found)


def test_a_count_takes_the_status_of_its_line_whichever_comes_first() -> None:
    ledger = Ledger()
    ledger.log.take([http(status=404), http(status=403)])
    ledger.counted(400, 3)
    assert ledger.take() == {404: 1, 403: 1}
    ledger.log.take([http(status=404)])
    assert ledger.take() == {404: 1}
    assert not ledger.statuses.is_waiting


def test_a_count_whose_line_is_lost_counts_by_its_class_after_a_while() -> None:
    ledger = Ledger()
    ledger.counted(400)
    assert ledger.take() == {}
    ledger.now = GRACE
    assert ledger.take() == {400: 1}


def test_a_line_that_comes_after_its_count_was_told_does_not_count_again() -> None:
    ledger = Ledger()
    ledger.counted(200)
    ledger.now = GRACE
    assert ledger.take() == {200: 1}
    ledger.log.take([http(times="0/0/0/1/5000")])
    ledger.now = 2 * GRACE
    assert ledger.take(workers=set()) == {}


def test_what_an_ended_worker_was_not_asked_for_counts_by_its_line() -> None:
    ledger = Ledger()
    ledger.log.take([http(status=404)])
    ledger.now = GRACE
    assert ledger.take(workers={72}) == {404: 1}


def test_servers_and_haproxys_own_answers_are_kept_apart() -> None:
    ledger = Ledger()
    ledger.log.take([http(status=500), http(times="0/0/0/-1/9", status=504, flags="sH--")])
    ledger.counted(503, server="")
    ledger.counted(500)
    assert ledger.take() == {504: 1, 500: 1}


def test_redirects_count_though_no_backend_knows_of_them() -> None:
    ledger = Ledger()
    ledger.log.take([http("public/<NOSRV>", "0/-1/-1/-1/0", 302, "LR--")])
    assert ledger.take() == {302: 1}


# --- the socket ------------------------------------------------------------------------------------------


async def test_hundreds_of_lines_at_once_arrive_in_order(tmp_path: Path) -> None:
    found: list[bytes] = []
    path = tmp_path / "log.sock"
    place = LogSocket(path, asyncio.get_running_loop(), found.extend)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.connect(str(path))
        await asyncio.to_thread(lambda: [sender.send(b"%d" % number) for number in range(2_000)])
    await until(lambda: len(found) == 2_000)
    assert found == [b"%d" % number for number in range(2_000)]
    place.close()


async def test_the_socket_replaces_one_that_was_left_behind_and_leaves_none(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as old:
        old.bind(str(path))
    place = LogSocket(path, asyncio.get_running_loop(), lambda found: None)
    place.close()
    place.close()
    assert not path.exists()
