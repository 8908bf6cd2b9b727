"""Packets and their answers, kept until the cluster changes (SkyDNS has such a cache too, `rcache`).

Clients ask the same few questions over and over: what differs between two such packets is their number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cluster.dataplane.dns.query import HEADER
from cluster.dataplane.dns.wire import Ask, respond

MOST_KEPT: Final = 4096
LONGEST_KEPT: Final = 512
_NUMBER: Final = 2
"""Bytes at the head of a packet that number it."""


class Answers:
    """Answers packets, from memory where nothing has changed since."""

    def __init__(self, ask: Ask, version: Callable[[], int], most: int = MOST_KEPT) -> None:
        """`version` tells the cluster's last change; `most` answers are kept."""
        self._most = most
        self._ask = ask
        self._version = version
        self._of_version = -1
        self._kept: dict[tuple[bytes, bool], bytes] = {}

    def respond(self, packet: bytes, *, is_udp: bool) -> bytes | None:
        """The answer to a packet; None when it deserves none. Never raises."""
        version = self._version()
        if version != self._of_version or len(self._kept) >= self._most:
            self._kept.clear()
            self._of_version = version
        key = (packet[_NUMBER:], is_udp)
        kept = self._kept.get(key)
        if kept is not None:
            return packet[:_NUMBER] + kept
        answer = respond(packet, self._ask, is_udp=is_udp)
        if answer is not None and HEADER.size <= len(packet) <= LONGEST_KEPT:
            self._kept[key] = answer[_NUMBER:]
        return answer
