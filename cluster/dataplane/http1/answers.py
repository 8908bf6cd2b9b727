"""Short answers: the bodies that HAProxy itself sends with its errors (haproxy: `http_err_msgs`)."""

from __future__ import annotations

from typing import Final

from cluster.dataplane.http1.head import Header, write_head

_TEXTS: Final = {
    400: ("Bad request", "400 Bad request", "Your browser sent an invalid request."),
    403: ("Forbidden", "403 Forbidden", "Request forbidden by administrative rules."),
    405: ("Method Not Allowed", "405 Method Not Allowed", "A request was made of a resource using a"
          " request method not supported by that resource"),
    408: ("Request Time-out", "408 Request Time-out",
          "Your browser didn't send a complete request in time."),
    502: ("Bad Gateway", "502 Bad Gateway",
          "The server returned an invalid or incomplete response."),
    504: ("Gateway Time-out", "504 Gateway Time-out", "The server didn't respond in time."),
}  # fmt: skip

PHRASES: Final = {
    100: "Continue", 101: "Switching Protocols", 200: "OK", 204: "No Content", 302: "Found",
    304: "Not Modified", 404: "Not Found", 413: "Content Too Large", 500: "Internal Server Error",
    501: "Not Implemented", 503: "Service Unavailable",
    **{status: phrase for status, (phrase, _, _) in _TEXTS.items()},
}  # fmt: skip


def answer(status: int, headers: list[Header], body: bytes = b"", *, minor: int = 1) -> bytes:
    """A whole answer; its length is added."""
    length = ("content-length", str(len(body)))
    first = f"HTTP/1.{minor} {status} {PHRASES.get(status, 'Unknown')}"
    return write_head(first, [length, *headers]) + body


def error(status: int) -> bytes:
    """HAProxy's own answer to an error; the connection ends with it."""
    _, title, text = _TEXTS[status]
    body = f"<html><body><h1>{title}</h1>\n{text}\n</body></html>\n".encode()
    headers = [
        ("cache-control", "no-cache"),
        ("connection", "close"),
        ("content-type", "text/html"),
    ]
    return answer(status, headers, body)
