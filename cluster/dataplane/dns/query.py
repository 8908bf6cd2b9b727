"""A question as it comes from the wire (RFC 1035, 6891).

Plain questions, the most by far, are read directly; those with more in them by dnspython's whole parser.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import dns.exception
import dns.message
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.wire

HEADER: Final = struct.Struct("!HHHHHH")
_TYPE_AND_CLASS: Final = struct.Struct("!HH")
NO_EDNS: Final = -1


class Unreadable(Exception):
    """A packet that is no question: FORMERR."""


@dataclass(frozen=True, slots=True)
class Query:
    """One question. `text` is its name; `payload` is what EDNS offers for the answer, in bytes."""

    number: int
    flags: int
    name: dns.name.Name
    text: str
    type: int
    class_: int
    edns: int = NO_EDNS
    payload: int = 0

    @property
    def type_text(self) -> str:
        """The type as text: `A`, `TYPE65280`."""
        return dns.rdatatype.to_text(dns.rdatatype.RdataType.make(self.type))

    @property
    def class_text(self) -> str:
        """The class as text."""
        return dns.rdataclass.to_text(dns.rdataclass.RdataClass.make(self.class_))


def read(packet: bytes) -> Query:
    """The question in a packet that has a header. Raises Unreadable."""
    number, flags, questions, *others = HEADER.unpack_from(packet)
    if questions != 1:
        raise Unreadable("not one question")
    try:
        return _whole(packet) if any(others) else _plain(packet, number, flags)
    except (dns.exception.DNSException, ValueError, struct.error, IndexError) as error:
        raise Unreadable(str(error)) from None


def _plain(packet: bytes, number: int, flags: int) -> Query:
    parser = dns.wire.Parser(packet, HEADER.size)
    name = parser.get_name()
    type_, class_ = _TYPE_AND_CLASS.unpack(parser.get_bytes(_TYPE_AND_CLASS.size))
    if parser.remaining():
        raise Unreadable("more than a question")
    return Query(number, flags, name, name.to_text(), type_, class_)


def _whole(packet: bytes) -> Query:
    message = dns.message.from_wire(packet)
    if not message.question:
        raise Unreadable("no question")
    asked = message.question[0]
    return Query(
        number=message.id,
        flags=int(message.flags),
        name=asked.name,
        text=asked.name.to_text(),
        type=int(asked.rdtype),
        class_=int(asked.rdclass),
        edns=message.edns,
        payload=message.payload if message.edns >= 0 else 0,
    )
