"""Reading messages: what is taken, and what is refused because it could be read in two ways."""

from __future__ import annotations

import pytest

from cluster.dataplane.http1.body import TRAILER_LIMIT, ChunkedBody, last_chunk
from cluster.dataplane.http1.errors import BadMessage
from cluster.dataplane.http1.head import (
    CHUNKED,
    HEAD_LIMIT,
    MOST_HEADERS,
    UNTIL_CLOSE,
    end_of_head,
    read_request,
    read_response,
)


def request(*lines: str, first: str = "GET / HTTP/1.1", host: str = "Host: a.test") -> bytes:
    """A request's head."""
    return "\r\n".join([first, *([host] if host else []), *lines, "", ""]).encode("latin-1")


def test_a_request_is_read_with_names_in_lower_case() -> None:
    head = read_request(request("X-One:  two words ", "Cookie: a=b"))
    assert (head.method, head.target, head.host, head.minor) == ("GET", "/", "a.test", 1)
    assert head.headers == [("host", "a.test"), ("x-one", "two words"), ("cookie", "a=b")]
    assert head.keep_alive and head.body == 0


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (request("Content-Length: 5", "Transfer-Encoding: chunked"), 400),
        (request("Content-Length: 5", "Content-Length: 6"), 400),
        (request("Content-Length: 5", "Content-Length: 5"), 400),
        (request("Content-Length: 5, 5"), 400),
        (request("Content-Length: +5"), 400),
        (request("Content-Length: -1"), 400),
        (request("Content-Length: 0x5"), 400),
        (request("Content-Length: 9999999999999999999"), 400),
        (request("Content-Length:"), 403),
        (request("Transfer-Encoding: gzip, chunked"), 400),
        (request("Transfer-Encoding: chunked, chunked"), 400),
        (request("Transfer-Encoding: xchunked"), 400),
        (request("Transfer-Encoding: chunked", "Transfer-Encoding: identity"), 400),
        (request("Transfer-Encoding: chunked", first="POST / HTTP/1.0"), 400),
        (request("X: a", " folded"), 400),
        (request("X: a", "\tfolded"), 400),
        (request("X : a"), 400),
        (request(" X: a"), 400),
        (request("no colon"), 400),
        (request(": nameless"), 400),
        (request("X: a\nY: b"), 400),
        (request("X: a\rY: b"), 400),
        (request("X: a\0b"), 400),
        (request("Host: b.test"), 400),
        (request(host="Host: a b"), 400),
        (request(host="Host: a/b"), 400),
        (request(first="GET  / HTTP/1.1"), 400),
        (request(first="GET / HTTP/1.1 "), 400),
        (request(first="GET / HTTP/2.0"), 400),
        (request(first="GET /"), 400),
        (request(first="GET /a b HTTP/1.1"), 400),
        (request(first="G\u00e9T / HTTP/1.1"), 400),
        (request(first="GET http://b.test/ HTTP/1.1"), 400),
        (request(first="CONNECT a.test:443 HTTP/1.1"), 405),
        (request(*(f"X-{n}: 1" for n in range(MOST_HEADERS + 1))), 400),
    ],
)
def test_what_could_smuggle_is_refused(data: bytes, status: int) -> None:
    with pytest.raises(BadMessage) as refusal:
        read_request(data)
    assert refusal.value.status == status


def test_an_absolute_target_is_taken_where_it_names_the_same_host() -> None:
    assert read_request(request(first="GET http://A.test/x?y HTTP/1.1")).target == "/x?y"


def test_a_head_that_is_too_long_is_refused_before_it_ends() -> None:
    assert end_of_head(bytearray(b"GET / HTTP/1.1\r\n")) == -1
    with pytest.raises(BadMessage):
        end_of_head(bytearray(b"x" * HEAD_LIMIT))


@pytest.mark.parametrize(
    ("lines", "method", "body"),
    [
        (("Content-Length: 3",), "GET", 3),
        (("Content-Length: 3",), "HEAD", 0),
        (("Transfer-Encoding: chunked",), "GET", CHUNKED),
        ((), "GET", UNTIL_CLOSE),
    ],
)
def test_answers_tell_where_they_end(lines: tuple[str, ...], method: str, body: int) -> None:
    data = request(*lines, first="HTTP/1.1 200 OK", host="")
    assert read_response(data, method).body == body


def test_chunks_are_read_whatever_their_pieces() -> None:
    whole = b"3;name=value\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nNEXT"
    body, buffer, found = ChunkedBody(), bytearray(), b""
    for byte in whole:
        buffer.append(byte)
        if not body.done:
            found += body.feed(buffer)
    assert (found, bytes(buffer), body.done) == (b"abc0123456789", b"NEXT", True)


@pytest.mark.parametrize(
    "data",
    [
        b"g\r\n",
        b"-3\r\nabc",
        b"0x3\r\nabc",
        b" 3\r\nabc",
        b"3\nabc",
        b"3\r\nabcd",
        b"3\r\nabc\n0",
        b"\r\n",
        b"1234567890123456\r\n",
        b"3;" + b"x" * 2000,
        b"0\r\nbad trailer\r\n\r\n",
        b"0\r\n" + b"X: y\r\n" * 2000,
    ],
)
def test_bad_chunks_are_refused(data: bytes) -> None:
    with pytest.raises(BadMessage):
        body, buffer = ChunkedBody(), bytearray(data)
        for _ in range(3):
            body.feed(buffer)


def test_what_follows_the_last_chunk_is_kept_but_for_a_length() -> None:
    body = ChunkedBody()
    data = b"0\r\nX-Sum:  1 \r\nContent-Length: 7\r\nx-b:\r\n\r\nNEXT"
    buffer = bytearray(data)
    assert body.feed(buffer) == b"" and body.done
    assert body.trailers == [("x-sum", "1"), ("x-b", "")]
    assert last_chunk(body.trailers) == b"0\r\nx-sum: 1\r\nx-b: \r\n\r\n"
    assert bytes(buffer) == b"NEXT"


@pytest.mark.parametrize(
    "trailers",
    [
        b"X-A: " + b"a" * TRAILER_LIMIT + b"\r\n",
        b"".join(b"X-%d: 1\r\n" % number for number in range(MOST_HEADERS + 1)),
    ],
)
def test_trailers_have_the_limits_of_heads(trailers: bytes) -> None:
    with pytest.raises(BadMessage):
        ChunkedBody().feed(bytearray(b"0\r\n" + trailers + b"\r\n"))
