"""Live parts of the cluster network page: the facts, and each node's map of addresses."""

from __future__ import annotations

from typing import Any

from django.template.loader import get_template

from cluster.objects import kinds
from cluster.objects.clusternetwork import ClusterNetwork
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.node import Node
from cluster.objects.pod import Pod
from cluster.objects.service import Service
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor, Change
from console.live import topics
from console.live.topic import Frame
from console.network.blocks import Block, block, blocks
from console.views.network import map_context, maps_context, network_facts


class SubnetTopic:
    """The map of one block of the network, as one user sees it."""

    ticks = False

    def __init__(self, name: str, arguments: str) -> None:
        self.name = name
        self._name, _, self._user = arguments.partition(":")
        # Until the first frame says where the block is, every pod may be of it.
        self._on_a_node = False
        self._actor = Actor(self._user)

    def allowed(self, client: Client, actor: Actor) -> bool:
        """Everybody may read HostSubnets, each through their own topic."""
        self._actor = actor
        return actor.name == self._user and client.may(actor, "get", kinds.HOSTSUBNET, "")

    def touches(self, change: Change) -> bool:
        """Pods of this node, bound, addressed or gone; what holds the subnet. Of a block that spans all
        nodes: every pod."""
        if change.kind.cls is Pod:
            return not self._on_a_node or self._name in (
                getattr(change.new, "node_name", ""),
                getattr(change.old, "node_name", ""),
            )
        return change.kind.cls is ClusterNetwork or (
            change.kind.cls in (HostSubnet, Node) and change.key.name == self._name
        )

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The map again."""
        found = block(client, self._name)
        if found is None:
            return {"t": "gone"}, since
        self._on_a_node = bool(found.node)
        html = get_template("pages/network/map.html").render(
            map_context(client, found, self._actor)
        )
        return {"t": "html", "html": html}, since


class SubnetsTopic:
    """The maps of one page: which there are. What is on each is a topic of its own."""

    ticks = False

    def __init__(self, name: str, arguments: str) -> None:
        self.name = name
        self._user, _, self._page = arguments.rpartition(":")
        self._actor = Actor(self._user)
        self._shown: list[Block] = []

    def allowed(self, client: Client, actor: Actor) -> bool:
        """Everybody, through their own topic."""
        self._actor = actor
        return actor.name == self._user and client.may(actor, "get", kinds.HOSTSUBNET, "")

    def touches(self, change: Change) -> bool:
        """What holds subnets; under Nuage the pods alone tell them."""
        return change.kind.cls in (HostSubnet, Node, ClusterNetwork, Pod)

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The list again, if there are others than before."""
        found = blocks(client)
        if since is not None and found == self._shown:
            return None, since
        self._shown = found
        context = maps_context(client, self._actor, self._page)
        html = get_template("pages/network/maps.html").render(context)
        return {"t": "html", "html": html}, client.version


class FactsTopic:
    """The ClusterNetwork and its use."""

    name = "network"
    ticks = False

    def allowed(self, client: Client, actor: Actor) -> bool:
        """Everybody may read the ClusterNetwork."""
        return client.may(actor, "get", kinds.CLUSTERNETWORK, "")

    def touches(self, change: Change) -> bool:
        """Whatever takes or gives back an address."""
        return change.kind.cls in (Pod, Service, HostSubnet, Node, ClusterNetwork)

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The facts again."""
        context = {"network": network_facts(client)}
        return {
            "t": "html",
            "html": get_template("pages/network/facts.html").render(context),
        }, since


topics.register("subnet", SubnetTopic)
topics.register("subnets", SubnetsTopic)
topics.register("network", lambda name, arguments: FactsTopic())
