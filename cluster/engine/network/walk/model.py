"""What a walk is made of: the question, the packet, the steps, the verdict.

A step is one device's or one table's decision about the packet, with its header before and after; the
verdict says where the packet ended, which rule ended it there and which object changes that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cluster.objects.meta import Key

TCP, UDP, SCTP = "TCP", "UDP", "SCTP"

DELIVERED: Final = "delivered"
"""The packet reached a socket that listens."""
REFUSED: Final = "refused"
"""Something answered "no": nothing listens there, or a REJECT rule; the client learns it at once."""
DROPPED: Final = "dropped"
"""The packet vanished: the client waits until it times out."""


@dataclass(frozen=True, slots=True)
class Outside:
    """A party outside the cluster."""

    ip: str


@dataclass(frozen=True, slots=True)
class OnNode:
    """A process in a node's own network: the kubelet, the router, an administrator's shell."""

    node: str
    router: bool = False


@dataclass(frozen=True, slots=True)
class OfPod:
    """A pod."""

    key: Key


Source = OfPod | OnNode | Outside


@dataclass(frozen=True, slots=True)
class ToService:
    """A service's cluster IP; `endpoint` ("ip:port") is the one to be chosen, "" leaves it to kube-proxy."""

    key: Key
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class ToNodePort:
    """A port of a node on which a NodePort service listens."""

    node: str
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class ToAddress:
    """Any address: a pod's, a node's, a cluster IP, one outside the cluster.

    `endpoint` ("ip:port") is the one to be chosen where kube-proxy translates the address.
    """

    ip: str
    endpoint: str = ""


Destination = OfPod | ToService | ToNodePort | ToAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """The question: who wants to reach what. `port` is the port that the source dials.

    `seed` decides what is random on the way: kube-proxy's choice, the source port.
    """

    source: Source
    destination: Destination
    port: int
    protocol: str = TCP
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A packet's header. The outer fields are "" and the VNI None while it is not encapsulated."""

    src: str
    dst: str
    protocol: str = TCP
    src_port: int = 0
    dst_port: int = 0
    outer_src: str = ""
    outer_dst: str = ""
    outer_port: int = 0
    vni: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One decision. `device` is where (`br0`, `tun0`, `iptables`, `eth0`, `vxlan0`, `node-switch` …).

    `table` names the table or chain ("" for a plain device), `rule` is the matching flow, chain rule
    or route exactly as the node's listing prints it, `said` one plain sentence about what happens.
    `registers` are as `reg0=0x4c4b41` in the order in which a switch prints them.
    """

    node: str
    device: str
    said: str
    before: Header
    after: Header
    table: str = ""
    rule: str = ""
    registers: tuple[str, ...] = ()
    is_reply: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """The object to change, and what to change. `kind` and `key` name an object of the store."""

    kind: str
    key: Key
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The answer. `reason` is a slug for programs, `said` the sentence for people."""

    connection: Connection
    verdict: str
    reason: str
    said: str
    steps: tuple[Step, ...] = ()
    endpoint: str = ""
    """`ip:port` of the socket that it came to, or would have."""
    seen_source: str = ""
    """The source address that the destination sees."""
    reply: tuple[Step, ...] = ()
    """The way back, if it was delivered or refused."""
    fixes: tuple[Fix, ...] = field(default=())
