"""What goes to a client: the pieces of answers, together where they come together, and the answers that
the router gives itself."""

from __future__ import annotations

import asyncio

from cluster.dataplane.http1 import answers
from cluster.engine.routing.error_pages import error_file, unavailable_page


class Outgoing:
    """The writing side of a client's connection. Without a transport it is lost."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.sent = 0
        """Bytes of the current answer."""
        self._pieces: list[bytes] = []

    def send(self, data: bytes) -> None:
        """Send, together with what follows in this turn."""
        self._pieces.append(data)

    def flush(self) -> None:
        """Send it now."""
        pieces = self._pieces
        if not pieces:
            return
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        self.sent += len(data)
        if self.transport is not None:
            self.transport.write(data)

    def read_on(self, on: bool) -> None:
        """Whether to take more from the client."""
        transport = self.transport
        if transport is None or transport.is_closing() or transport.is_reading() is on:
            return
        if on:
            transport.resume_reading()
        else:
            transport.pause_reading()


def unavailable(why: str, status: int) -> bytes:
    """The page "Application is not available", with the cause."""
    page = error_file(status, answers.PHRASES[status], unavailable_page(why))
    # HTTP/1.0 ends with the connection; HAProxy leaves the header of its file out.
    return page.replace("Connection: close\r\n", "", 1).encode()


def redirect(location: str, *, keep_alive: bool, minor: int) -> bytes:
    """The way to HTTPS; `minor` is the client's version of HTTP/1."""
    headers = [("location", location), ("cache-control", "no-cache")]
    if not keep_alive:
        headers.append(("connection", "close"))
    elif not minor:
        headers.append(("connection", "keep-alive"))
    return answers.answer(302, headers)


def without_body(answer: bytes) -> bytes:
    """An answer to HEAD."""
    return answer[: answer.index(b"\r\n\r\n") + 4]
