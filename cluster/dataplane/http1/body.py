"""Bodies of requests and answers, read piece by piece as they come in, and written again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Protocol

from cluster.dataplane.http1.errors import BadMessage
from cluster.dataplane.http1.head import CHUNKED, HEAD_LIMIT, MOST_HEADERS, UNTIL_CLOSE, Header

LONGEST_CHUNK_LINE: Final = 1_024
TRAILER_LIMIT: Final = HEAD_LIMIT
"""Bytes of all trailers; HAProxy keeps them in the buffer that a head must fit into."""
_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?").fullmatch
_TRAILER: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*").fullmatch
LAST_CHUNK: Final = b"0\r\n\r\n"


class Body(Protocol):
    """A body that is being read."""

    done: bool
    """Whether it is complete."""

    @property
    def trailers(self) -> Sequence[Header]:
        """What followed its last chunk."""
        ...

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
    trailers: Sequence[Header] = ()

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
    trailers: Sequence[Header] = ()

    def __init__(self) -> None:
        self.done = False

    def feed(self, buffer: bytearray) -> bytes:
        """Everything."""
        part = bytes(buffer)
        buffer.clear()
        return part


class ChunkedBody:
    """A body in chunks, with what follows the last one. A length that comes that late is against the rules
    (RFC 9110, 6.5.1) and left out, as HAProxy does with requests."""

    __slots__ = ("_left", "_size", "_state", "done", "trailers")

    def __init__(self) -> None:
        self.done = False
        self.trailers: list[Header] = []
        self._state = "size"
        self._left = 0
        self._size = 0

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
        longest = TRAILER_LIMIT if self._state == "trailers" else LONGEST_CHUNK_LINE
        end = buffer.find(b"\n", 0, longest)
        if end < 0:
            if len(buffer) >= longest:
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
        self._size += len(line) + 2
        if self._size > TRAILER_LIMIT:
            raise BadMessage(f"the trailers are longer than {TRAILER_LIMIT} bytes")
        if not _TRAILER(line):
            raise BadMessage("a trailer has no legal name")
        name, _, value = line.decode("latin-1").partition(":")
        if name.lower() != "content-length":
            self.trailers.append((name.lower(), value.strip(" \t")))
        if len(self.trailers) > MOST_HEADERS:
            raise BadMessage(f"there are more than {MOST_HEADERS} trailers")


def chunk(content: bytes) -> bytes:
    """A chunk with this content, which must not be empty."""
    return b"%x\r\n%b\r\n" % (len(content), content)


def last_chunk(trailers: Sequence[Header]) -> bytes:
    """The end of a body in chunks."""
    if not trailers:
        return LAST_CHUNK
    lines = "".join(f"{name}: {value}\r\n" for name, value in trailers)
    return f"0\r\n{lines}\r\n".encode("latin-1")
