"""DNS messages on the wire (RFC 1035, 6891): a packet in, a packet out. The format is dnspython's work.

What is no question is treated as the real servers' library does (miekg/dns): answers and packets too
short for a header are dropped, opcodes other than QUERY are NOTIMP, packets that cannot be read are
FORMERR. Unlike SkyDNS, which leaves it out, an EDNS question gets an EDNS answer, as RFC 6891 demands.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable, Iterable
from typing import Any, Final, cast

import dns.exception
import dns.flags
import dns.rcode
import dns.rdataclass
import dns.renderer

from cluster.dataplane.dns.query import HEADER, NO_EDNS, Query, Unreadable, read
from cluster.dataplane.dns.rdata import name_of, rdataset_of
from cluster.engine.network.dns import Answer, Question, Record

log = logging.getLogger(__name__)

LEAST_UDP: Final = 512
MOST_UDP: Final = 4096
MOST_TCP: Final = 65_535
OPT_SIZE: Final = 11
"""Bytes of an EDNS record without options."""
_OPCODE: Final = 0x7800
_KEPT: Final = 0x7900
"""Opcode and RD: what an answer repeats of the question's flags."""
_ANSWER, _AUTHORITY, _ADDITIONAL = 1, 2, 3

Ask = Callable[[Question], Answer]
_Renderer = cast(Callable[..., Any], dns.renderer.Renderer)


def respond(packet: bytes, ask: Ask, *, is_udp: bool) -> bytes | None:
    """The answer to a packet; None when it deserves none. Never raises."""
    if len(packet) < HEADER.size:
        return None
    number, flags = struct.unpack_from("!HH", packet)
    if flags & dns.flags.QR:
        return None
    if flags & _OPCODE:
        return _bare(number, flags, dns.rcode.NOTIMP)
    try:
        query = read(packet)
    except Unreadable:
        return _bare(number, flags, dns.rcode.FORMERR)
    except Exception:  # whatever a hostile packet may make of the parser
        log.warning("a packet cannot be read", exc_info=True)
        return _bare(number, flags, dns.rcode.FORMERR)
    try:
        return _answer(query, ask, is_udp)
    except Exception:  # an object whose names fit into no packet must not end the server
        log.warning("a question cannot be answered", exc_info=True)
        return _bare(number, flags, dns.rcode.SERVFAIL)


def _bare(number: int, flags: int, code: int) -> bytes:
    """A header that says what was wrong."""
    return HEADER.pack(number, dns.flags.QR | flags & _KEPT | code, 0, 0, 0, 0)


def _answer(query: Query, ask: Ask, is_udp: bool) -> bytes:
    if query.edns > 0:
        return _Packet(query, MOST_TCP, dns.rcode.BADVERS).close()
    answer = ask(Question(query.text, query.type_text, query.class_text))
    most = MOST_TCP
    if is_udp:
        most = max(LEAST_UDP, min(query.payload, MOST_UDP))
    packet = _rendered(query, answer, most)
    if packet is None and answer.additional:  # it goes first (skydns `Fit`)
        packet = _rendered(query, answer, most, with_additional=False)
    if packet is not None:
        return packet
    if is_udp:
        return _cut(query, answer, most)
    return _bare(query.number, query.flags, dns.rcode.SERVFAIL)  # there is no larger way to ask


def _rendered(
    query: Query, answer: Answer, most: int, with_additional: bool = True
) -> bytes | None:
    """The whole answer; None when it is too long."""
    packet = _Packet(query, most, dns.rcode.from_text(answer.rcode), answer)
    try:
        packet.add(_ANSWER, answer.answers)
        packet.add(_AUTHORITY, answer.authority)
        if with_additional:
            packet.add(_ADDITIONAL, answer.additional)
    except dns.exception.TooBig:
        return None
    return packet.close()


def _cut(query: Query, answer: Answer, most: int) -> bytes:
    """As much of the answer section as goes in, marked as cut: the client asks again over TCP."""
    packet = _Packet(query, most, dns.rcode.from_text(answer.rcode), answer)
    try:
        packet.add(_ANSWER, answer.answers)
    except dns.exception.TooBig:
        packet.flags |= dns.flags.TC
    return packet.close()


class _Packet:
    """An answer being written."""

    def __init__(self, query: Query, most: int, code: int, answer: Answer | None = None) -> None:
        """At most `most` bytes, room for EDNS set aside where the question has it."""
        self._query = query
        self._code = code
        self._reserved = OPT_SIZE if query.edns != NO_EDNS else 0
        self._renderer = _Renderer(query.number, 0, most - self._reserved)
        self._renderer.add_question(query.name, query.type, query.class_)
        self.flags = dns.flags.QR | query.flags & _KEPT | code & 0xF
        if answer is not None and answer.authoritative:
            self.flags |= dns.flags.AA
        if answer is not None and answer.recursion_available:
            self.flags |= dns.flags.RA

    def add(self, section: int, records: Iterable[Record]) -> None:
        """Add records, in their order. Raises TooBig; those before stay."""
        query = self._query
        is_chaos = query.class_ == dns.rdataclass.CH
        for each in records:
            name = query.name if each.name == query.text else name_of(each.name)
            self._renderer.add_rdataset(section, name, rdataset_of(each, is_chaos))

    def close(self) -> bytes:
        """The packet."""
        if self._reserved:
            self._renderer.max_size += self._reserved
            self._renderer.add_edns(0, self._code >> 4 << 24, MOST_UDP)
        self._renderer.flags = self.flags
        self._renderer.write_header()
        return bytes(self._renderer.get_wire())
