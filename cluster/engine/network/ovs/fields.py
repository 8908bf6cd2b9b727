"""The fields of a packet in the switch: header, registers, tunnel, connection state, as whole numbers.

Stands for OVS's `struct flow`: a packet is a list of integers, indexed by `Field`.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import Final, NamedTuple

from cluster.engine.network.addresses import parse_cidr, parse_ipv4, to_text


class Field(IntEnum):
    """In the order in which OVS prints matches (`match_format`)."""

    PKT_MARK = 0
    CT_STATE = 1
    ETH_TYPE = 2
    NW_PROTO = 3
    REG0 = 4
    REG1 = 5
    REG2 = 6
    TUN_ID = 7
    TUN_SRC = 8
    TUN_DST = 9
    IN_PORT = 10
    ETH_DST = 11
    NW_SRC = 12
    NW_DST = 13
    ARP_SHA = 14
    NW_FRAG = 15
    TP_SRC = 16
    TP_DST = 17


Packet = list[int]
"""The values of all fields."""

IP, ARP = 0x0800, 0x0806
PROTOCOLS: Final = {"ICMP": 1, "TCP": 6, "UDP": 17, "SCTP": 132}
PROTOCOL_NAMES: Final = {number: name for name, number in PROTOCOLS.items()}
NEW, EST, RPL, TRK = 0x01, 0x02, 0x08, 0x20
"""Bits of ct_state."""
CT_FLAGS: Final = {NEW: "new", EST: "est", RPL: "rpl", TRK: "trk"}
LATER_FRAGMENT = 3
WHOLE: Final = {
    Field.CT_STATE: 0xFF,
    Field.ETH_TYPE: 0xFFFF,
    Field.NW_PROTO: 0xFF,
    Field.ETH_DST: (1 << 48) - 1,
    Field.ARP_SHA: (1 << 48) - 1,
    Field.NW_FRAG: 0x3,
    Field.TP_SRC: 0xFFFF,
    Field.TP_DST: 0xFFFF,
}
"""Masks of all bits, of the fields that have not 32."""
ALL_32 = (1 << 32) - 1


class FieldMatch(NamedTuple):
    """A packet's field, masked, must have a value."""

    field: Field
    value: int
    mask: int


Match = tuple[FieldMatch, ...]
"""All must hold; in order of their fields."""


def packet(**values: int) -> Packet:
    """A packet; fields by their names in lower case, 0 where none is given."""
    fields = [0] * len(Field)
    for name, value in values.items():
        fields[Field[name.upper()]] = value
    return fields


@lru_cache(maxsize=1 << 16)
def number(ip: str) -> int:
    """An IPv4 address as a number."""
    return parse_ipv4(ip)


def address(value: int) -> str:
    """A number as an IPv4 address."""
    return to_text(value)


@lru_cache(maxsize=1 << 14)
def block(text: str) -> tuple[int, int]:
    """An address or a CIDR as (value, mask)."""
    if "/" not in text:
        return number(text), ALL_32
    network = parse_cidr(text)
    mask = ALL_32 ^ ((1 << network.host_bits) - 1)
    return network.base, mask


def mac_number(mac: str) -> int:
    """A MAC address as a number."""
    return int(mac.replace(":", ""), 16)


def mac_text(value: int) -> str:
    """A number as a MAC address."""
    return ":".join(f"{octet:02x}" for octet in value.to_bytes(6, "big"))


def fits(match: Match, values: Packet) -> bool:
    """Whether a packet fulfils a match."""
    for field, value, mask in match:  # noqa: SIM110  (an `all()` here doubles the time of a walk)
        if values[field] & mask != value:
            return False
    return True
