"""Heads of requests and answers, read strictly (RFC 9112): whatever two implementations could read in
two ways - and so be used to smuggle a request past one of them - is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cluster.dataplane.http1.errors import BadMessage

Header = tuple[str, str]
"""Name in lower case, as HAProxy writes it, and value."""

HEAD_LIMIT: Final = 32_768 - 8_192
"""Bytes of a head: the router's `tune.bufsize` without `tune.maxrewrite` (haproxy-config.template)."""
MOST_HEADERS: Final = 101
"""HAProxy's `tune.http.maxhdr`."""
CHUNKED: Final = -1
UNTIL_CLOSE: Final = -2
_LONGEST_NUMBER: Final = 18
_MOST_NAMES: Final = 1_024
_LONGEST_KEPT: Final = 64
_NAMES: Final[dict[str, str]] = {}

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_REQUEST_LINE: Final = re.compile(
    r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e\x80-\xff]+) HTTP/1\.([01])"
).fullmatch
_STATUS_LINE: Final = re.compile(r"HTTP/1\.([01]) ([1-9][0-9]{2})(?: (.*))?").fullmatch
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]").search
_ABSOLUTE: Final = re.compile(r"https?://([^/?#]*)(.*)", re.IGNORECASE).fullmatch
_AUTHORITY: Final = re.compile(
    r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%\-]*)(?::[0-9]*)?"
).fullmatch
_DIGITS: Final = re.compile(r"[0-9]+").fullmatch


@dataclass(slots=True)
class RequestHead:
    """A request's head. `body` is its length in bytes, or CHUNKED."""

    method: str
    target: str
    """Path and query, `*`, or for CONNECT the authority."""
    minor: int
    """1 for HTTP/1.1, 0 for HTTP/1.0."""
    headers: list[Header]
    host: str
    """The Host header as it was sent, "" where there was none."""
    body: int
    keep_alive: bool
    upgrade: str
    """The protocol of `Upgrade`, "" where `Connection` does not ask for one."""
    expects_continue: bool


@dataclass(slots=True)
class ResponseHead:
    """An answer's head. `body` is its length in bytes, CHUNKED, or UNTIL_CLOSE."""

    status: int
    reason: str
    minor: int
    headers: list[Header]
    body: int
    keep_alive: bool


def end_of_head(buffer: bytearray) -> int:
    """Where the head in a buffer ends, behind its empty line; -1: more is needed.

    Raises BadMessage for one that is too long already.
    """
    end = buffer.find(b"\r\n\r\n", 0, HEAD_LIMIT)
    if end >= 0:
        return end + 4
    if len(buffer) >= HEAD_LIMIT:
        raise BadMessage(f"the head is longer than {HEAD_LIMIT} bytes")
    return -1


def read_request(data: bytes | bytearray) -> RequestHead:
    """A request's head up to and with its empty line. Raises BadMessage."""
    first, headers = _read(data)
    match = _REQUEST_LINE(first)
    if match is None:
        raise BadMessage("the first line is no request line")
    method, target, minor = match[1], match[2], int(match[3])
    hosts = [value for name, value in headers if name == "host"]
    if len(hosts) > 1:
        raise BadMessage("there are several Host headers")
    host = hosts[0] if hosts else ""
    if not _AUTHORITY(host):
        raise BadMessage("the Host header is no host name")
    if method == "CONNECT":
        raise BadMessage("the router is no forward proxy", 405)
    if not target.startswith("/") and target != "*":
        target = _origin_form(target, host)
    tokens = _connection(headers)
    body, _ = _framing(headers, minor, default=0)
    return RequestHead(
        method,
        target,
        minor,
        headers,
        host,
        body,
        keep_alive="close" not in tokens and (minor == 1 or "keep-alive" in tokens),
        upgrade=_value(headers, "upgrade") if minor == 1 and "upgrade" in tokens else "",
        expects_continue=minor == 1 and _value(headers, "expect").lower() == "100-continue",
    )


def read_response(data: bytes | bytearray, method: str) -> ResponseHead:
    """An answer's head up to and with its empty line; `method` is that of its request.

    Raises BadMessage.
    """
    first, headers = _read(data)
    match = _STATUS_LINE(first)
    if match is None:
        raise BadMessage("the first line is no status line")
    minor, status = int(match[1]), int(match[2])
    tokens = _connection(headers)
    body, _ = _framing(headers, minor, default=UNTIL_CLOSE)
    if method == "HEAD" or status < 200 or status in (204, 304):
        body = 0
    keep_alive = "close" not in tokens and (minor == 1 or "keep-alive" in tokens)
    return ResponseHead(
        status, match[3] or "", minor, headers, body, keep_alive and body != UNTIL_CLOSE
    )


def write_head(first: str, headers: Iterable[Header]) -> bytes:
    """A head with its empty line."""
    lines = [f"{name}: {value}\r\n" for name, value in headers]
    return f"{first}\r\n{''.join(lines)}\r\n".encode("latin-1", "replace")


def _read(data: bytes | bytearray) -> tuple[str, list[Header]]:
    text = data.decode("latin-1")
    lines = text.split("\r\n")
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1:
        raise BadMessage("a line ends with a bare CR or LF")
    if _CONTROL(text):
        raise BadMessage("there are control characters in the head")
    if len(lines) - 3 > MOST_HEADERS:
        raise BadMessage(f"there are more than {MOST_HEADERS} headers")
    headers = []
    for line in lines[1:-2]:
        name, colon, value = line.partition(":")
        # Folded lines begin with a blank, and a blank before the colon is none of a name's signs.
        known = _NAMES.get(name)
        if known is None or not colon:
            known = _name(name, colon)
        headers.append((known, value.strip(" \t")))
    return lines[0], headers


def _name(name: str, colon: str) -> str:
    """A legal name in lower case; the first ones that come are remembered."""
    if not colon or not _TOKEN(name):
        raise BadMessage("a header line has no legal name")
    lower = name.lower()
    if len(_NAMES) < _MOST_NAMES and len(name) <= _LONGEST_KEPT:
        _NAMES[name] = lower
    return lower


def _framing(headers: list[Header], minor: int, default: int) -> tuple[int, bool]:
    """The length of the body, and whether the message says it."""
    lengths = [value for name, value in headers if name == "content-length"]
    codings = [value for name, value in headers if name == "transfer-encoding"]
    if codings:
        if lengths:
            raise BadMessage("there are both Transfer-Encoding and Content-Length")
        if minor == 0 or len(codings) > 1 or codings[0].lower() != "chunked":
            raise BadMessage("the Transfer-Encoding is not chunked alone")
        return CHUNKED, True
    if not lengths:
        return default, False
    if len(lengths) > 1:
        raise BadMessage("there are several Content-Length headers")
    length = lengths[0]
    if not length:
        raise BadMessage("the Content-Length is empty", 403)  # haproxy-config.template
    if not _DIGITS(length) or len(length) > _LONGEST_NUMBER:
        raise BadMessage("the Content-Length is no number")
    return int(length), True


def _value(headers: list[Header], wanted: str) -> str:
    return next((value for name, value in headers if name == wanted), "")


def _connection(headers: list[Header]) -> frozenset[str]:
    values = [value for name, value in headers if name == "connection"]
    if not values:
        return frozenset()
    return frozenset(each.strip().lower() for value in values for each in value.split(","))


def _origin_form(target: str, host: str) -> str:
    """The path of an absolute target, whose authority must be the Host (HAProxy: h1)."""
    match = _ABSOLUTE(target)
    if match is None:
        raise BadMessage("the target is no path")
    if match[1].lower() != host.lower():
        raise BadMessage("the target names another host than the Host header")
    rest = match[2]
    return rest if rest.startswith("/") else f"/{rest}"
