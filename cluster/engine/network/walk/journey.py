"""A packet on its way: where it is, what it has passed, and how it ends. Shared by all plugins.

A datapath (one a plugin family) says what pods, bridges and tunnels do with a packet and returns the
next place; the node's own network and the wires between nodes are the same for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from cluster.engine.network.conntrack import Conntrack
from cluster.engine.network.iptables.evaluate import Choice
from cluster.engine.network.view import NetworkView, PodSite
from cluster.engine.network.walk.model import Connection, Fix, Header, Step

DEFAULT_ROUTE = "default"


@dataclass(frozen=True, slots=True)
class FromPod:
    """Leaves a pod by its eth0."""

    site: PodSite
    header: Header


@dataclass(frozen=True, slots=True)
class FromHost:
    """Leaves a process in a node's own network."""

    node: str
    header: Header


@dataclass(frozen=True, slots=True)
class AtHost:
    """Comes into a node's own network by a device."""

    node: str
    header: Header
    device: str
    mark: int = 0


@dataclass(frozen=True, slots=True)
class AtPodNetwork:
    """Leaves a node's own network by the device towards the pods."""

    node: str
    header: Header
    device: str


@dataclass(frozen=True, slots=True)
class OnWire:
    """On the physical network. `node` is "" for a sender outside the cluster.

    `next_hop` is the machine that a route gives it to; "" for the one that has the address.
    """

    node: str
    header: Header
    next_hop: str = ""


@dataclass(frozen=True, slots=True)
class FromTunnel:
    """Came to a node wrapped up; the node's own network has let it in."""

    node: str
    header: Header


@dataclass(frozen=True, slots=True)
class AtPod:
    """Arrived at a pod."""

    site: PodSite
    header: Header


@dataclass(frozen=True, slots=True)
class AtSocket:
    """Arrived at a process in a node's own network."""

    node: str
    header: Header


@dataclass(frozen=True, slots=True)
class AtOutside:
    """Arrived at a party outside the cluster."""

    header: Header


@dataclass(frozen=True, slots=True)
class Ended:
    """The way ended before any party. `rejected_by` names the node that sends an ICMP error back."""

    verdict: str
    reason: str
    said: str
    fixes: tuple[Fix, ...] = ()
    rejected_by: str = ""
    header: Header | None = None


Arrival = AtPod | AtSocket | AtOutside
Place = FromPod | FromHost | AtHost | AtPodNetwork | OnWire | FromTunnel | Arrival | Ended


@dataclass(frozen=True, slots=True)
class Route:
    """A line of a node's routing table. `source` is the node's address on the device.

    `via` is the address of the next machine, "" where all addresses are on the device's own wire.
    """

    cidr: str
    device: str
    source: str
    via: str = ""

    @property
    def text(self) -> str:
        """As `ip route` prints it."""
        if self.via:
            return f"{self.cidr} via {self.via} dev {self.device}"
        if self.cidr == DEFAULT_ROUTE:
            return f"{self.cidr} dev {self.device}"
        return f"{self.cidr} dev {self.device} scope link"


class Datapath(Protocol):
    """What a plugin family does with packets."""

    def from_pod(self, journey: Journey, place: FromPod) -> Place:
        """A pod sends."""
        ...

    def to_pods(self, journey: Journey, place: AtPodNetwork) -> Place:
        """A node sends towards pods."""
        ...

    def from_tunnel(self, journey: Journey, place: FromTunnel) -> Place:
        """A wrapped packet has come to a node."""
        ...

    def routes(self, node: str) -> tuple[Route, ...]:
        """A node's routes into the pod network."""
        ...

    def own_addresses(self, node: str) -> frozenset[str]:
        """Further addresses of a node, on devices of the plugin's."""
        ...

    def gateway_device(self, node: str) -> tuple[str, str]:
        """The device that the node's processes and pods meet on, and its address; ("", "") for none."""
        ...


class Journey:
    """The steps of one connection, there and back, and what the nodes remember of it."""

    def __init__(
        self, view: NetworkView, connection: Connection, datapath: Datapath, choice: Choice
    ) -> None:
        self.view = view
        self.connection = connection
        self.datapath = datapath
        self.choice = choice
        self.steps: list[Step] = []
        self.is_reply = False
        self._conntracks: dict[str, Conntrack] = {}

    def conntrack(self, node: str) -> Conntrack:
        """What a node knows of connections."""
        return self._conntracks.setdefault(node, Conntrack())

    def note(
        self,
        node: str,
        device: str,
        said: str,
        before: Header,
        after: Header | None = None,
        *,
        table: str = "",
        rule: str = "",
        registers: tuple[str, ...] = (),
    ) -> None:
        """Record a step; without `after` the header stays as it is."""
        step = Step(
            node=node,
            device=device,
            said=said,
            before=before,
            after=before if after is None else after,
            table=table,
            rule=rule,
            registers=registers,
            is_reply=self.is_reply,
        )
        self.steps.append(step)

    @contextmanager
    def on_the_way_back(self) -> Iterator[list[Step]]:
        """Record the steps of the reply, apart."""
        forth = self.steps
        self.steps, self.is_reply = [], True
        try:
            yield self.steps
        finally:
            self.steps, self.is_reply = forth, False


def reversed_header(header: Header) -> Header:
    """The header of an answer."""
    return replace(
        header,
        src=header.dst,
        dst=header.src,
        src_port=header.dst_port,
        dst_port=header.src_port,
    )
