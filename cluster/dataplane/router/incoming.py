"""What a client sends on its connection, cut into requests: heads, and the pieces of their bodies."""

from __future__ import annotations

from typing import Final

from cluster.dataplane.http1.body import Body, body_reader
from cluster.dataplane.http1.errors import BadMessage
from cluster.dataplane.http1.head import RequestHead, end_of_head, read_request

PIPELINED: Final = 65_536
"""Bytes behind the current request that are kept before the client has to wait."""


class Incoming:
    """Bytes that have come and were not used yet, and the body that is being read of them."""

    def __init__(self) -> None:
        self.body: Body | None = None
        """The body of the current request, None when all of it has come."""
        self._buffer = bytearray()

    def __bool__(self) -> bool:
        return bool(self._buffer)

    def feed(self, data: bytes) -> None:
        """More has come."""
        self._buffer += data

    @property
    def is_full(self) -> bool:
        """Whether the client is to wait."""
        return len(self._buffer) > PIPELINED

    @property
    def is_body_complete(self) -> bool:
        """Whether nothing of the current request is to come."""
        return self.body is None or self.body.done

    def head(self) -> RequestHead | None:
        """The head of the next request, None before it is complete. Raises BadMessage."""
        buffer = self._buffer
        while buffer[:2] == b"\r\n":  # RFC 9112 §2.2
            del buffer[:2]
        if not buffer:
            return None
        end = end_of_head(buffer)
        if end < 0:
            if not buffer[0] > 32:
                raise BadMessage("this is not HTTP")
            return None
        head = read_request(buffer[:end])
        del buffer[:end]
        return head

    def expect(self, head: RequestHead) -> None:
        """The body of this request comes next, if it has one."""
        if head.body:
            self.body = body_reader(head.body)

    def content(self, body: Body) -> bytes:
        """What has come of the current request's body. Raises BadMessage."""
        content = body.feed(self._buffer)
        if body.done:
            self.body = None
        return content

    def rest(self) -> bytes:
        """Everything, unread."""
        data = bytes(self._buffer)
        self.forget()
        return data

    def forget(self) -> None:
        """Nothing of it is wanted any more."""
        self.body = None
        self._buffer.clear()
