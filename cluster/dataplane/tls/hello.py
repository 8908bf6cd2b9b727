"""The first thing that a TLS client says, as far as the router looks at it before it decides who ends
the TLS (HAProxy: `req.ssl_hello_type`, `req.ssl_sni`; RFC 8446 §4.1.2, RFC 6066 §3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HELLO_LIMIT: Final = 16_384 + 5
"""Bytes of a hello; longer ones are refused."""
_HANDSHAKE: Final = 22
_CLIENT_HELLO: Final = 1
_SERVER_NAME: Final = 0
_RECORD_LIMIT: Final = 16_384


class NoHello(Exception):
    """What came is no TLS hello."""


@dataclass(frozen=True, slots=True)
class Hello:
    """A complete hello; `server_name` is None where the client sent none."""

    server_name: str | None


def read_hello(data: bytes | bytearray) -> Hello | None:
    """The hello at the beginning of a connection; None: more is needed. Raises NoHello."""
    handshake = _handshake(data)
    if handshake is None:
        return None
    try:
        return Hello(_server_name(_Reader(handshake)))
    except IndexError:
        raise NoHello("the hello is damaged") from None


def _handshake(data: bytes | bytearray) -> bytes | None:
    """The body of the hello, put together from its records."""
    if data[:1] and data[0] != _HANDSHAKE:
        raise NoHello("the first record is no handshake")
    if data[1:2] and data[1] != 3:
        raise NoHello("this is not TLS")
    body, at = bytearray(), 0
    while len(data) >= at + 5:
        if data[at] != _HANDSHAKE:
            raise NoHello("the hello is interrupted")
        length = int.from_bytes(data[at + 3 : at + 5], "big")
        if not 0 < length <= _RECORD_LIMIT:
            raise NoHello("a record has an illegal length")
        body += data[at + 5 : at + 5 + length]
        if body and body[0] != _CLIENT_HELLO:
            raise NoHello("the first message is no hello")
        if len(body) >= 4:
            wanted = int.from_bytes(body[1:4], "big")
            if wanted > HELLO_LIMIT:
                raise NoHello("the hello is too long")
            if len(body) >= wanted + 4:
                return bytes(body[4 : wanted + 4])
        at += 5 + length
    if len(data) > HELLO_LIMIT:
        raise NoHello("the hello is too long")
    return None


class _Reader:
    """Takes bytes off the front. Raises IndexError where there are too few."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise IndexError
        part = self._data[self._at : end]
        self._at = end
        return part

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def block(self, size: int) -> _Reader:
        """A block behind its own length, which is `size` bytes wide."""
        return _Reader(self.take(self.number(size)))

    @property
    def empty(self) -> bool:
        return self._at == len(self._data)


def _server_name(hello: _Reader) -> str | None:
    hello.take(2 + 32)  # version, random
    hello.block(1)  # session
    hello.block(2)  # ciphers
    hello.block(1)  # compression
    if hello.empty:
        return None
    extensions = hello.block(2)
    while not extensions.empty:
        kind, content = extensions.number(2), extensions.block(2)
        if kind != _SERVER_NAME:
            continue
        names = content.block(2)
        while not names.empty:
            name_kind, name = names.number(1), names.block(2)
            if name_kind == 0:
                return name.take(len(name._data)).decode("ascii", "replace").lower()
    return None
