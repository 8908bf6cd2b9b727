"""Walks by plugin: every family has one function that answers a connection with a Walk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from cluster.engine.network.plugins.facts import CONTIV_FAMILY, FLANNEL, NUAGE_FAMILY, OVN, SDN
from cluster.engine.network.view import NetworkView
from cluster.engine.network.walk.checks import check
from cluster.engine.network.walk.contiv import ContivDatapath
from cluster.engine.network.walk.flannel import FlannelDatapath
from cluster.engine.network.walk.journey import Datapath
from cluster.engine.network.walk.model import Connection, Walk
from cluster.engine.network.walk.nuage import NuageDatapath
from cluster.engine.network.walk.overlay import Overlay
from cluster.engine.network.walk.ovn import OvnDatapath
from cluster.engine.network.walk.sdn import SdnDatapath
from cluster.engine.network.walk.travel import travel

Walker = Callable[[NetworkView, Connection], Walk]


DATAPATHS: Final[Mapping[str, Callable[[NetworkView], Datapath]]] = MappingProxyType(
    {
        SDN: SdnDatapath,
        FLANNEL: FlannelDatapath,
        OVN: OvnDatapath,
        CONTIV_FAMILY: ContivDatapath,
        NUAGE_FAMILY: NuageDatapath,
    }
)


def _walker(datapath: Callable[[NetworkView], Datapath]) -> Walker:
    return lambda view, connection: travel(view, connection, view.derived(datapath))


WALKERS: Final[Mapping[str, Walker]] = MappingProxyType(
    {family: _walker(datapath) for family, datapath in DATAPATHS.items()}
)
"""Plugin family → its walk."""


def node_listing(view: NetworkView, node: str) -> str:
    """What decides on a node beside iptables, as its tools print it; "" where OVS tells all (SDN)."""
    if view.plugin.family == SDN:
        return ""
    datapath = view.derived(DATAPATHS[view.plugin.family])
    return datapath.listing(node) if isinstance(datapath, FlannelDatapath | Overlay) else ""


class NoWalkError(LookupError):
    """The packets of a plugin are not followed."""


def walk(view: NetworkView, connection: Connection) -> Walk:
    """What happens to a connection's first packet and its answer.

    Raises BadConnectionError for a question that no packet can ask, NoWalkError for a plugin whose
    packets are not followed.
    """
    check(connection)
    walker = WALKERS.get(view.plugin.family)
    if walker is None:
        raise NoWalkError(f"the packets of {view.plugin.title} cannot be followed yet")
    return walker(view, connection)
