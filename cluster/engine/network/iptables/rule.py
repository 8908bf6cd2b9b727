"""A rule of iptables: what it matches, what it does; printed as `iptables-save` prints it."""

from __future__ import annotations

import string
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from cluster.engine.network.ovs.fields import block, number
from cluster.engine.network.walk.model import Header

ACCEPT, DROP, REJECT, RETURN = "ACCEPT", "DROP", "REJECT", "RETURN"
DNAT, SNAT, MASQUERADE, MARK, NOTRACK = "DNAT", "SNAT", "MASQUERADE", "MARK", "NOTRACK"
NAT, FILTER, RAW = "nat", "filter", "raw"
_ALL_BITS: Final = 0xFFFF_FFFF
_UNQUOTED: Final = frozenset(string.ascii_letters + string.digits + "_-")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPacket:
    """A packet in a node's own network. `local` are the node's addresses; `state` is conntrack's."""

    header: Header
    in_device: str = ""
    out_device: str = ""
    mark: int = 0
    state: str = "NEW"
    local: frozenset[str] = frozenset()

    def with_header(self, header: Header) -> HostPacket:
        """With another header."""
        return replace(self, header=header)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule. Empty fields match everything; `probability` is 1 in `one_in`.

    `endpoint` names the endpoint that a jump to a KUBE-SEP chain leads to; `is_sticky`: a client always
    gets the same.
    """

    chain: str
    target: str
    src: str = ""
    is_src_negated: bool = False
    dst: str = ""
    is_dst_negated: bool = False
    in_device: str = ""
    out_device: str = ""
    is_out_negated: bool = False
    protocol: str = ""
    port: int = 0
    comment: str = ""
    is_comment_last: bool = False
    mark: tuple[int, int] | None = None
    is_mark_negated: bool = False
    states: tuple[str, ...] = ()
    is_not_bridged: bool = False
    source_type: str = ""
    is_source_type_negated: bool = False
    destination_type: str = ""
    recent_seconds: int = 0
    recent_name: str = ""
    one_in: int = 0
    probability: str = ""
    set_mark: int = 0
    clear_mark: int = 0
    is_fully_random: bool = False
    to: str = ""
    endpoint: str = ""
    is_sticky: bool = False

    @cached_property
    def text(self) -> str:
        """As a line of `iptables-save`."""
        return " ".join(
            (f"-A {self.chain}", *self._conditions(), f"-j {self.target}", *self._options())
        )

    @property
    def matches_text(self) -> str:
        """The conditions alone."""
        return " ".join(self._conditions())

    @property
    def target_text(self) -> str:
        """The target with its options."""
        return " ".join((self.target, *self._options()))

    def _conditions(self) -> list[str]:
        said = [f"-m comment --comment {_quoted(self.comment)}"] if self.comment else []
        port = f"-m {self.protocol} --dport {self.port}"
        ports = [port] if self.port else [f"-m {self.protocol}"] if self._is_dnat else []
        affinity = self._affinity()
        if self._is_dnat:
            about = [*said, *affinity, *ports]
        elif self.is_comment_last:
            about = [*ports, *self._other_conditions(), *said]
            return [*self._header_conditions(), *about]
        else:
            about = [*said, *ports]
        return [*self._header_conditions(), *about, *self._other_conditions()]

    @property
    def _is_dnat(self) -> bool:
        return self.target == DNAT

    def _header_conditions(self) -> list[str]:
        given = (
            (self.src, f"{'! ' if self.is_src_negated else ''}-s {_block(self.src)}"),
            (self.dst, f"{'! ' if self.is_dst_negated else ''}-d {_block(self.dst)}"),
            (self.in_device, f"-i {self.in_device}"),
            (self.out_device, f"{'! ' if self.is_out_negated else ''}-o {self.out_device}"),
            (self.protocol, f"-p {self.protocol}"),
        )
        return [text for value, text in given if value]

    def _affinity(self) -> list[str]:
        if not self.recent_name:
            return []
        tail = f"--name {self.recent_name} --mask 255.255.255.255 --rsource"
        if self._is_dnat:
            return [f"-m recent --set {tail}"]
        return [f"-m recent --rcheck --seconds {self.recent_seconds} --reap {tail}"]

    def _other_conditions(self) -> list[str]:
        negated = "! " if self.is_source_type_negated else ""
        mark = _mark(*self.mark) if self.mark else ""
        given = (
            (self.is_not_bridged, "-m physdev ! --physdev-is-in"),
            (self.source_type, f"-m addrtype {negated}--src-type {self.source_type}"),
            (self.destination_type, f"-m addrtype --dst-type {self.destination_type}"),
            (mark, f"-m mark {'! ' if self.is_mark_negated else ''}--mark {mark}"),
            (self.states, f"-m conntrack --ctstate {','.join(self.states)}"),
            (self.probability, f"-m statistic --mode random --probability {self.probability}"),
        )
        affinity = [] if self._is_dnat else self._affinity()
        return [*(text for value, text in given if value), *affinity]

    def _options(self) -> list[str]:
        if self.target == MARK and self.clear_mark:
            return [f"--set-xmark {self.clear_mark:#x}/0x0"]
        if self.target == MARK:
            return [f"--set-xmark {self.set_mark:#x}/{self.set_mark:#x}"]
        if self.is_fully_random:
            return ["--random-fully"]
        if self.target == DNAT:
            return [f"--to-destination {self.to}"]
        if self.target == SNAT:
            return [f"--to-source {self.to}"]
        return ["--reject-with icmp-port-unreachable"] if self.target == REJECT else []

    def fits(self, packet: HostPacket) -> bool:
        """Whether a packet fulfils the conditions that are no matter of chance."""
        header = packet.header
        if self.protocol and self.protocol != header.protocol.lower():
            return False
        if self.port and self.port != header.dst_port:
            return False
        if self.src and _lies(header.src, self.src) == self.is_src_negated:
            return False
        if self.dst and _lies(header.dst, self.dst) == self.is_dst_negated:
            return False
        return self._fits_place(packet) and self._fits_state(packet)

    def _fits_place(self, packet: HostPacket) -> bool:
        if self.in_device and self.in_device != packet.in_device:
            return False
        if self.out_device and (self.out_device == packet.out_device) == self.is_out_negated:
            return False
        if self.source_type:
            is_own = packet.header.src in packet.local
            if is_own == self.is_source_type_negated:
                return False
        return not self.destination_type or packet.header.dst in packet.local

    def _fits_state(self, packet: HostPacket) -> bool:
        if self.mark:
            is_marked = packet.mark & self.mark[1] == self.mark[0]
            if is_marked == self.is_mark_negated:
                return False
        if self.states and packet.state not in self.states:
            return False
        # What rules of affinity remember comes from the client's own draw (`Rule.is_sticky`).
        return not self.recent_seconds


def _lies(ip: str, text: str) -> bool:
    value, mask = block(text)
    return number(ip) & mask == value


def _block(text: str) -> str:
    return text if "/" in text else f"{text}/32"


def _mark(value: int, mask: int) -> str:
    return f"{value:#x}" if mask == _ALL_BITS else f"{value:#x}/{mask:#x}"


def _quoted(comment: str) -> str:
    return comment if set(comment) <= _UNQUOTED else f'"{comment}"'
