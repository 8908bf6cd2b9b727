"""A flow of the switch: table, priority, match, actions; printed as `ovs-ofctl -O OpenFlow13 dump-flows`
prints it with `--no-stats`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from cluster.engine.network.ovs.fields import Field, Match, address, mac_text
from cluster.engine.network.ovs.matching import c_hex, match_text

VXLAN_PORT_NUMBER, TUN_PORT_NUMBER = 1, 2
DEFAULT_PRIORITY = 0x8000
"""What a flow without a priority has (OpenFlow's OFP_DEFAULT_PRIORITY); listings leave it out."""
_NXM: Final = {
    Field.REG0: "NXM_NX_REG0[]",
    Field.REG1: "NXM_NX_REG1[]",
    Field.REG2: "NXM_NX_REG2[]",
    Field.TUN_ID: "NXM_NX_TUN_ID[0..31]",
}


@dataclass(frozen=True, slots=True)
class Output:
    """Send out of a port."""

    port: int

    def __str__(self) -> str:
        return f"output:{self.port}"


@dataclass(frozen=True, slots=True)
class OutputToRegister:
    """Send out of the port that a register names."""

    register: Field

    def __str__(self) -> str:
        return f"output:{_NXM[self.register]}"


@dataclass(frozen=True, slots=True)
class Goto:
    """Go on in another table."""

    table: int

    def __str__(self) -> str:
        return f"goto_table:{self.table}"


@dataclass(frozen=True, slots=True)
class Move:
    """Copy one field to another."""

    source: Field
    target: Field

    def __str__(self) -> str:
        return f"move:{_NXM[self.source]}->{_NXM[self.target]}"


@dataclass(frozen=True, slots=True)
class Load:
    """Set a register."""

    value: int
    target: Field

    def __str__(self) -> str:
        return f"load:{c_hex(self.value)}->{_NXM[self.target]}"


@dataclass(frozen=True, slots=True)
class SetField:
    """Set a field that is no register: `tun_dst`, `eth_dst`, `pkt_mark`."""

    value: int
    target: Field

    def __str__(self) -> str:
        name = self.target.name.lower()
        if self.target is Field.TUN_DST:
            return f"set_field:{address(self.value)}->{name}"
        if self.target is Field.ETH_DST:
            return f"set_field:{mac_text(self.value)}->{name}"
        return f"set_field:{c_hex(self.value)}->{name}"


@dataclass(frozen=True, slots=True)
class Ct:
    """Ask connection tracking; go on in `table`, if it names one. `nat`: undo a translation."""

    table: int | None = None
    commit: bool = False
    nat: bool = False

    def __str__(self) -> str:
        parts = ["commit"] if self.commit else []
        parts += [] if self.table is None else [f"table={self.table}"]
        parts += ["nat"] if self.nat else []
        return f"ct({','.join(parts)})"


@dataclass(frozen=True, slots=True)
class Group:
    """Let a group choose one of its buckets."""

    number: int

    def __str__(self) -> str:
        return f"group:{self.number}"


@dataclass(frozen=True, slots=True)
class Note:
    """Bytes that mean something to the one who wrote them."""

    content: bytes

    def __str__(self) -> str:
        # The action is padded to a multiple of 8 bytes, 6 of which are a note's at least.
        padded = self.content.ljust(6, b"\0")
        return "note:" + ".".join(f"{byte:02x}" for byte in padded)


Action = Output | OutputToRegister | Goto | Move | Load | SetField | Ct | Group | Note
TO_TUN0, TO_VXLAN0 = Output(TUN_PORT_NUMBER), Output(VXLAN_PORT_NUMBER)
TO_POD = OutputToRegister(Field.REG2)


@dataclass(frozen=True)
class Flow:
    """A flow; no actions: drop."""

    table: int
    priority: int
    match: Match = ()
    actions: tuple[Action, ...] = ()
    cookie: int = 0

    @cached_property
    def match_text(self) -> str:
        """`ip,nw_dst=10.128.0.5`."""
        return match_text(self.match)

    @cached_property
    def actions_text(self) -> str:
        """`load:0->NXM_NX_REG1[],goto_table:80`, `drop`."""
        return ",".join(map(str, self.actions)) or "drop"

    @cached_property
    def specificity(self) -> int:
        """How many bits of a packet it compares."""
        return sum(each.mask.bit_count() for each in self.match)

    @property
    def is_drop(self) -> bool:
        """Whether it ends a packet."""
        return not self.actions

    @cached_property
    def text(self) -> str:
        """As a line of `ovs-ofctl dump-flows --no-stats`, without the leading blank."""
        priority = f"priority={self.priority}" if self.priority != DEFAULT_PRIORITY else ""
        condition = ",".join(filter(None, (priority, self.match_text)))
        start = f"cookie=0x{self.cookie:x}, table={self.table}, "
        return f"{start}{condition}{' ' if condition else ''}actions={self.actions_text}"
