"""The router's connection to a pod: sends requests, reads answers, one after another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from cluster.dataplane.http1.body import Body, body_reader
from cluster.dataplane.http1.errors import BadMessage
from cluster.dataplane.http1.head import (
    UNTIL_CLOSE,
    Header,
    ResponseHead,
    end_of_head,
    read_response,
)


class Answered(Protocol):
    """Who waits for an answer."""

    method: str

    def upstream_ready(self) -> None:
        """The connection is there, TLS included."""
        ...

    def answer_begins(self, head: ResponseHead) -> None:
        """A head; those below 200 are followed by another."""
        ...

    def answer_goes_on(self, content: bytes) -> None:
        """A piece of the body."""
        ...

    def answer_ends(self, trailers: Sequence[Header]) -> None:
        """The answer is complete; `trailers` followed its last chunk."""
        ...

    def answer_paused(self) -> None:
        """What has been read so far is all for now: send it."""
        ...

    def answer_fails(self, error: Exception) -> None:
        """The connection could not be made, is lost, or what came is no HTTP."""
        ...

    def pod_is_slow(self, slow: bool) -> None:
        """Whether the pod takes no more of the request's body for now."""
        ...


class Upstream(asyncio.Protocol):
    """One connection. `owner` is the exchange that uses it, None while it is idle."""

    def __init__(self) -> None:
        self.owner: Answered | None = None
        self.transport: asyncio.Transport | None = None
        self.reusable = False
        """Whether another request may follow."""
        self.used = 0
        """Requests that were answered on it."""
        self.switched = False
        """Whether it has left HTTP (101): then `leftover` are the first bytes of what it speaks."""
        self._buffer = bytearray()
        self._body: Body | None = None
        self._ends_with_connection = False

    # --- sending ---------------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        """Send a part of a request."""
        if self.transport is not None:
            self.transport.write(data)

    def close(self) -> None:
        """Hang up; the owner is not told."""
        self.owner = None
        if self.transport is not None:
            self.transport.abort()

    @property
    def is_closing(self) -> bool:
        """Whether it is of no more use."""
        return self.transport is None or self.transport.is_closing()

    def leftover(self) -> bytes:
        """What came behind the head of a 101."""
        data = bytes(self._buffer)
        self._buffer.clear()
        return data

    # --- asyncio.Protocol ------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Tell the owner."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if self.owner is not None:
            self.owner.upstream_ready()

    def data_received(self, data: bytes) -> None:
        """Read the answer."""
        owner = self.owner
        if owner is None:
            self.close()  # nobody has asked for anything
            return
        self._buffer += data
        try:
            while self.owner is owner and not self.switched and self._step(owner):
                pass
        except BadMessage as error:
            self._fail(error)
            return
        if self.owner is owner:
            owner.answer_paused()

    def eof_received(self) -> bool:
        """The pod ends: so does an answer without a length."""
        owner, self.reusable = self.owner, False
        if owner is not None and self._body is not None and self._ends_with_connection:
            self._finish(owner)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, before the answer was complete if somebody still waits."""
        self.transport = None
        self._fail(exc or ConnectionResetError("the pod has closed the connection"))

    def pause_writing(self) -> None:
        """The pod is slow."""
        if self.owner is not None:
            self.owner.pod_is_slow(True)

    def resume_writing(self) -> None:
        """The pod takes data again."""
        if self.owner is not None:
            self.owner.pod_is_slow(False)

    # --- answers -----------------------------------------------------------------------------------------

    def _step(self, owner: Answered) -> bool:
        body = self._body
        if body is None:
            end = end_of_head(self._buffer)
            if end < 0:
                return False
            head = read_response(self._buffer[:end], owner.method)
            del self._buffer[:end]
            if head.status == 101:
                self.switched = True
            elif head.status >= 200:
                self._body = body = body_reader(head.body)
                self._ends_with_connection = head.body == UNTIL_CLOSE
                self.reusable = head.keep_alive
            owner.answer_begins(head)
            if body is None:
                return not self.switched
        elif not self._buffer:
            return False
        if not body.done:
            content = body.feed(self._buffer)
            if content:
                owner.answer_goes_on(content)
        if body.done and self.owner is owner:
            self._finish(owner)
            return False
        return bool(self._buffer) and not body.done

    def _finish(self, owner: Answered) -> None:
        body, self._body = self._body, None
        self.used += 1
        if self._buffer:
            self.reusable = False  # more than was asked for
        owner.answer_ends(body.trailers if body is not None else ())

    def _fail(self, error: Exception) -> None:
        owner, self.owner = self.owner, None
        if self.transport is not None:
            self.transport.abort()
        if owner is not None:
            owner.answer_fails(error)
