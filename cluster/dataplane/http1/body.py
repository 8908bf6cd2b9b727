"""Bodies of requests and answers, read piece by piece as they come in, and written again."""

from __future__ import annotations

import re
from typing import Final, Protocol

from cluster.dataplane.http1.errors import BadMessage
from cluster.dataplane.http1.head import CHUNKED, UNTIL_CLOSE

LONGEST_CHUNK_LINE: Final = 1_024
TRAILER_LIMIT: Final = 8_192
_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?").fullmatch
_TRAILER: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*").fullmatch
LAST_CHUNK: Final = b"0\r\n\r\n"


class Body(Protocol):
    """A body that is being read."""

    done: bool
    """Whether it is complete."""

    def feed(self, buffer: bytearray) -> bytes:
        """Take out of the buffer what belongs to the body; the content of it. Raises BadMessage."""
        ...


def body_reader(length: int) -> Body:
    """A reader for a body of so many bytes, CHUNKED, or UNTIL_CLOSE."""
    if length == CHUNKED:
        return ChunkedBody()
    return EndlessBody() if length == UNTIL_CLOSE else PlainBody(length)


class PlainBody:
    """A body of a known length."""

    __slots__ = ("_left", "done")

    def __init__(self, length: int) -> None:
        self._left = length
        self.done = not length

    def feed(self, buffer: bytearray) -> bytes:
        """Everything up to the length."""
        part = bytes(buffer[: self._left])
        del buffer[: self._left]
        self._left -= len(part)
        self.done = not self._left
        return part


class EndlessBody:
    """A body that ends with the connection."""

    __slots__ = ("done",)

    def __init__(self) -> None:
        self.done = False

    def feed(self, buffer: bytearray) -> bytes:
        """Everything."""
        part = bytes(buffer)
        buffer.clear()
        return part


class ChunkedBody:
    """A body in chunks. Trailers are read and left out."""

    __slots__ = ("_left", "_state", "_trailers", "done")

    def __init__(self) -> None:
        self.done = False
        self._state = "size"
        self._left = 0
        self._trailers = 0

    def feed(self, buffer: bytearray) -> bytes:
        """The content of what chunks have come in."""
        parts: list[bytes] = []
        while not self.done and self._step(buffer, parts):
            pass
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _step(self, buffer: bytearray, parts: list[bytes]) -> bool:
        """One step ahead; False when more has to come in."""
        if self._state == "data":
            part = bytes(buffer[: self._left])
            del buffer[: self._left]
            self._left -= len(part)
            if part:
                parts.append(part)
            if not self._left:
                self._state = "end of data"
            return not self._left
        if self._state == "end of data":
            if len(buffer) < 2:
                if buffer and buffer[0] != 13:
                    raise BadMessage("a chunk is longer than its size")
                return False
            if buffer[:2] != b"\r\n":
                raise BadMessage("a chunk is longer than its size")
            del buffer[:2]
            self._state = "size"
            return True
        line = self._line(buffer)
        if line is None:
            return False
        if self._state == "size":
            self._begin_chunk(line)
        else:
            self._trailer(line)
        return True

    def _line(self, buffer: bytearray) -> bytes | None:
        end = buffer.find(b"\n", 0, LONGEST_CHUNK_LINE)
        if end < 0:
            if len(buffer) >= LONGEST_CHUNK_LINE:
                raise BadMessage("a line between the chunks is too long")
            return None
        if end == 0 or buffer[end - 1] != 13:
            raise BadMessage("a line between the chunks ends with a bare LF")
        line = bytes(buffer[: end - 1])
        del buffer[: end + 1]
        return line

    def _begin_chunk(self, line: bytes) -> None:
        match = _SIZE(line)
        if match is None:
            raise BadMessage("the size of a chunk is no hexadecimal number")
        self._left = int(match[1], 16)
        self._state = "data" if self._left else "trailers"

    def _trailer(self, line: bytes) -> None:
        if not line:
            self.done = True
            return
        self._trailers += len(line) + 2
        if self._trailers > TRAILER_LIMIT:
            raise BadMessage(f"the trailers are longer than {TRAILER_LIMIT} bytes")
        if not _TRAILER(line):
            raise BadMessage("a trailer has no legal name")


def chunk(content: bytes) -> bytes:
    """A chunk with this content, which must not be empty."""
    return b"%x\r\n%b\r\n" % (len(content), content)
