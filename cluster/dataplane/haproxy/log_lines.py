"""HAProxy's log lines (`option httplog`, `option tcplog`), read: who asked for what, who answered, how long
it took, and how it ended."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

NO_SERVER: Final = "<NOSRV>"
LONGEST: Final = 8_192
"""Bytes of a line that are read; HAProxy cuts a request's first line after 1,024 (`logurilen`)."""

_HEADER: Final = re.compile(
    r"<\d{1,3}>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:\S+ )?\S+\[(\d{1,10})\]: (.*)", re.DOTALL
).fullmatch
"""RFC 3164, with the host's name under `log-send-hostname`."""
_BEGIN: Final = (
    r"(?P<client>\S+):(?P<port>\d+) \[[^\]]*\] (?P<frontend>[^\s~]+)~? "
    r"(?P<backend>[^\s/]+)/(?P<server>\S+) "
)
_COUNTS: Final = r" \d+/\d+/\d+/\d+/\+?\d+ \d+/\d+"
_HTTP: Final = re.compile(
    _BEGIN + r"(?P<times>-?\d+/-?\d+/-?\d+/-?\d+/\+?-?\d+) (?P<status>-?\d+) \+?(?P<bytes>\d+) "
    r"\S+ \S+ (?P<flags>\S{4})"
    + _COUNTS
    + r'(?: \{(?P<host>[^|{}]*)[^{}]*\})? "(?P<request>[^"]*)"'
).fullmatch
_TCP: Final = re.compile(
    _BEGIN + r"(?P<times>-?\d+/-?\d+/\+?-?\d+) \+?(?P<bytes>\d+) (?P<flags>\S\S)" + _COUNTS
).fullmatch
_ESCAPED: Final = re.compile("#([0-9A-F]{2})")


class LogLine(NamedTuple):
    """One line. `seconds` are until the last byte; a `status` of 0 is none.

    `times` are in milliseconds, with -1 for what was not reached: TR/Tw/Tc/Tr/Ta of a request (its
    arrival, the queue, the connection, the answer's head, all), Tw/Tc/Tt of a connection that HAProxy
    does not look into. `flags` are how it ended, and for requests what became of the cookie.
    """

    worker: int
    """The process that took it."""
    client: str
    frontend: str
    backend: str
    server: str
    method: str
    host: str
    target: str
    status: int
    bytes_sent: int
    times: str
    flags: str
    text: str

    @property
    def seconds(self) -> float:
        """How long it took."""
        return int(self.times.rpartition("/")[2].lstrip("+")) / 1000

    @property
    def seconds_of_data(self) -> float:
        """How much of this was after the answer had begun."""
        *before, whole = (int(each.lstrip("+")) for each in self.times.split("/"))
        return (whole - sum(max(each, 0) for each in before)) / 1000

    @property
    def is_http(self) -> bool:
        """Whether HAProxy has read a request."""
        return len(self.flags) > 2

    @property
    def is_answered(self) -> bool:
        """Whether a server answered: with a head, or by taking a connection that is passed through."""
        if self.server == NO_SERVER:
            return False
        return int(self.times.split("/")[3 if self.is_http else 1]) >= 0


def read_line(datagram: bytes) -> LogLine | None:
    """What a datagram says of a request or connection, None where it says something else."""
    if len(datagram) > LONGEST:
        return None
    header = _HEADER(datagram.decode("utf-8", "replace").rstrip("\n"))
    if header is None:
        return None
    worker, text = int(header[1]), header[2]
    match = _HTTP(text)
    if match is not None:
        return _request(worker, match, text)
    match = _TCP(text)
    if match is None:
        return None
    return LogLine(
        worker, match["client"], match["frontend"], match["backend"], match["server"],
        "", "", "", 0, int(match["bytes"]), match["times"], match["flags"], text,
    )  # fmt: skip


def _request(worker: int, match: re.Match[str], text: str) -> LogLine:
    method, _, rest = match["request"].partition(" ")
    target, _, version = rest.rpartition(" ")
    if not version.startswith("HTTP/"):  # cut off, or the request of a client that speaks HTTP/0.9
        target = rest
    return LogLine(
        worker,
        match["client"],
        match["frontend"],
        match["backend"],
        match["server"],
        method,
        _plain(match["host"] or ""),
        _plain(target),
        max(int(match["status"]), 0),
        int(match["bytes"]),
        match["times"],
        match["flags"],
        text,
    )


def _plain(text: str) -> str:
    """What HAProxy writes as `#22` was a quotation mark."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "#" in text else text
