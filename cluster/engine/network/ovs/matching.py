"""Matches of flows: made from words, printed as `ovs-ofctl dump-flows` prints them.

Stands for OVS `lib/match.c`: the order of the fields, `arp_spa` for ARP, `ip`, `tcp` or `arp` instead of
dl_type and nw_proto, hexadecimal registers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from cluster.engine.network.ovs.fields import (
    ALL_32,
    ARP,
    CT_FLAGS,
    IP,
    LATER_FRAGMENT,
    PROTOCOLS,
    WHOLE,
    Field,
    FieldMatch,
    Match,
    address,
    block,
    mac_text,
)

KINDS: Final[Mapping[str, tuple[int, int]]] = {
    "ip": (IP, 0),
    "arp": (ARP, 0),
    **{name.lower(): (IP, protocol) for name, protocol in PROTOCOLS.items()},
}
"""The word for an ethernet type and an IP protocol (0: any)."""
_KIND_NAMES: Final = {numbers: name for name, numbers in KINDS.items()}


def match(
    kind: str = "",
    *,
    in_port: int | None = None,
    src: str | tuple[int, int] = "",
    dst: str | tuple[int, int] = "",
    reg0: int | None = None,
    reg1: int | None = None,
    tun_src: str = "",
    ct: tuple[int, int] | None = None,
    port: tuple[int, int] | None = None,
    sender_mac: tuple[int, int] | None = None,
    eth_dst: int | None = None,
    later_fragment: bool = False,
) -> Match:
    """A match. `src` and `dst` are addresses, CIDRs or like `ct` and `port` pairs of value and mask."""
    eth_type, protocol = KINDS.get(kind, (0, 0))
    given: list[tuple[Field, tuple[int, int] | None]] = [
        (Field.CT_STATE, ct),
        (Field.ETH_TYPE, (eth_type, 0xFFFF) if eth_type else None),
        (Field.NW_PROTO, (protocol, 0xFF) if protocol else None),
        (Field.REG0, None if reg0 is None else (reg0, ALL_32)),
        (Field.REG1, None if reg1 is None else (reg1, ALL_32)),
        (Field.TUN_SRC, block(tun_src) if tun_src else None),
        (Field.IN_PORT, None if in_port is None else (in_port, ALL_32)),
        (Field.ETH_DST, None if eth_dst is None else (eth_dst, WHOLE[Field.ETH_DST])),
        (Field.NW_SRC, _block(src)),
        (Field.NW_DST, _block(dst)),
        (Field.ARP_SHA, sender_mac),
        (Field.NW_FRAG, (LATER_FRAGMENT, 3) if later_fragment else None),
        (Field.TP_DST, port),
    ]
    # A mask without bits (0.0.0.0/0) asks for nothing: OVS forgets such a field.
    return tuple(FieldMatch(field, *pair) for field, pair in given if pair and pair[1])


def _block(given: str | tuple[int, int]) -> tuple[int, int] | None:
    if isinstance(given, tuple):
        return given
    return block(given) if given else None


def match_text(fields: Match) -> str:
    """A match as a listing prints it, without the priority."""
    values = {each.field: each.value for each in fields}
    eth_type, protocol = values.get(Field.ETH_TYPE, 0), values.get(Field.NW_PROTO, 0)
    printed: list[str] = []
    for each in fields:
        if each.field is Field.ETH_TYPE:
            printed.append(_KIND_NAMES[eth_type, protocol])
        elif each.field is not Field.NW_PROTO:
            printed.append(_PRINTERS[each.field](each, eth_type == ARP))
    return ",".join(printed)


def _hexadecimal(name: str) -> Callable[[FieldMatch, bool], str]:
    return lambda each, _: f"{name}={c_hex(each.value)}"


def _address(name: str, arp_name: str = "") -> Callable[[FieldMatch, bool], str]:
    def text(each: FieldMatch, is_arp: bool) -> str:
        return f"{arp_name if is_arp else name}={_block_text(each.value, each.mask)}"

    return text


def _block_text(value: int, mask: int) -> str:
    """`10.128.0.0/14`; a mask with holes is printed as an address."""
    if mask == ALL_32:
        return address(value)
    length = mask.bit_count()
    is_prefix = mask == ALL_32 ^ (ALL_32 >> length)
    return f"{address(value)}/{length if is_prefix else address(mask)}"


def _mac(name: str) -> Callable[[FieldMatch, bool], str]:
    def text(each: FieldMatch, _: bool) -> str:
        whole = each.mask == WHOLE[each.field]
        return f"{name}={mac_text(each.value)}" + ("" if whole else f"/{mac_text(each.mask)}")

    return text


def _ct_state(each: FieldMatch, _: bool) -> str:
    flags = [(bit, name) for bit, name in CT_FLAGS.items() if each.mask & bit]
    return "ct_state=" + "".join(f"{'+' if each.value & bit else '-'}{name}" for bit, name in flags)


def _port(each: FieldMatch, _: bool) -> str:
    if each.mask == 0xFFFF:
        return f"tp_dst={each.value}"
    return f"tp_dst=0x{each.value:x}/0x{each.mask:x}"


_PRINTERS: Final[Mapping[Field, Callable[[FieldMatch, bool], str]]] = {
    Field.PKT_MARK: _hexadecimal("pkt_mark"),
    Field.CT_STATE: _ct_state,
    Field.REG0: _hexadecimal("reg0"),
    Field.REG1: _hexadecimal("reg1"),
    Field.REG2: _hexadecimal("reg2"),
    Field.TUN_SRC: _address("tun_src"),
    Field.IN_PORT: lambda each, _: f"in_port={each.value}",
    Field.ETH_DST: _mac("dl_dst"),
    Field.NW_SRC: _address("nw_src", "arp_spa"),
    Field.NW_DST: _address("nw_dst", "arp_tpa"),
    Field.ARP_SHA: _mac("arp_sha"),
    Field.NW_FRAG: lambda each, _: "nw_frag=later",
    Field.TP_DST: _port,
}


def c_hex(value: int) -> str:
    """C's `%#x`: no prefix for 0."""
    return f"{value:#x}" if value else "0"
