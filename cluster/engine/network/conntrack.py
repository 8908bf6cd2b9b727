"""Connection tracking of one node: which packets belong to a known connection, and how it was translated.

Stands for the kernel's conntrack, zone 0, which the host's iptables and br0's `ct()` share: that is why
a translation of iptables can be undone inside the switch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from cluster.engine.network.ovs.fields import PROTOCOL_NAMES, PROTOCOLS, address, number
from cluster.engine.network.walk.model import Header


class Tuple5(NamedTuple):
    """What names a direction of a connection."""

    protocol: int
    src: int
    src_port: int
    dst: int
    dst_port: int

    def reversed(self) -> Tuple5:
        """The way back."""
        return Tuple5(self.protocol, self.dst, self.dst_port, self.src, self.src_port)

    def header(self) -> Header:
        """As a header."""
        return Header(
            src=address(self.src),
            dst=address(self.dst),
            protocol=PROTOCOL_NAMES[self.protocol],
            src_port=self.src_port,
            dst_port=self.dst_port,
        )


def tuple_of(header: Header) -> Tuple5:
    """A header's five numbers."""
    return Tuple5(
        PROTOCOLS[header.protocol],
        number(header.src),
        header.src_port,
        number(header.dst),
        header.dst_port,
    )


@dataclass(frozen=True, slots=True)
class Tracked:
    """A connection: how its first packet came, and how it went on."""

    original: Tuple5
    translated: Tuple5


class Conntrack:
    """The connections that a node knows."""

    def __init__(self) -> None:
        self._known: dict[Tuple5, tuple[Tracked, bool]] = {}

    def find(self, packet: Tuple5) -> tuple[Tracked, bool] | None:
        """The connection of a packet, and whether the packet is a reply in it."""
        return self._known.get(packet)

    def commit(self, original: Tuple5, translated: Tuple5) -> None:
        """Remember a connection; one that is known stays as it is."""
        if original in self._known:
            return
        tracked = Tracked(original, translated)
        for each in (original, translated):
            self._known.setdefault(each, (tracked, False))
            self._known.setdefault(each.reversed(), (tracked, True))

    def forget(self, original: Tuple5) -> None:
        """Forget the connection that began so, in all its forms."""
        found = self._known.get(original)
        if found is not None:
            self._known = {
                key: each for key, each in self._known.items() if each[0] is not found[0]
            }

    def translate(self, packet: Tuple5) -> Tuple5:
        """A packet of a known connection after its translation, which replies get undone."""
        found = self._known.get(packet)
        if found is None:
            return packet
        tracked, is_reply = found
        return tracked.original.reversed() if is_reply else tracked.translated
