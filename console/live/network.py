"""Live parts of the cluster network page: the facts, and each node's map of addresses."""

from __future__ import annotations

from typing import Any

from django.template.loader import get_template

from cluster.objects import kinds
from cluster.objects.clusternetwork import ClusterNetwork
from cluster.objects.errors import NotFound
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.pod import Pod
from cluster.objects.service import Service
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor, Change
from console.live import topics
from console.live.topic import Frame
from console.views.network import map_context, network_facts


class SubnetTopic:
    """The map of one node's subnet, as one user sees it."""

    ticks = False

    def __init__(self, name: str, arguments: str) -> None:
        self.name = name
        self._node, _, self._user = arguments.partition(":")
        self._actor = Actor(self._user)

    def allowed(self, client: Client, actor: Actor) -> bool:
        """Everybody may read HostSubnets, each through their own topic."""
        self._actor = actor
        return actor.name == self._user and client.may(actor, "get", kinds.HOSTSUBNET, "")

    def touches(self, change: Change) -> bool:
        """Pods of this node, bound, addressed or gone; the subnet itself."""
        if change.kind.cls is Pod:
            return self._node in (
                getattr(change.new, "node_name", ""),
                getattr(change.old, "node_name", ""),
            )
        return change.kind.cls is HostSubnet and change.key.name == self._node

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The map again."""
        try:
            subnet = client.get(kinds.HOSTSUBNET, "", self._node)
        except NotFound:
            return {"t": "gone"}, since
        html = get_template("pages/network/map.html").render(
            map_context(client, subnet, self._actor)
        )
        return {"t": "html", "html": html}, since


class FactsTopic:
    """The ClusterNetwork and its use."""

    name = "network"
    ticks = False

    def allowed(self, client: Client, actor: Actor) -> bool:
        """Everybody may read the ClusterNetwork."""
        return client.may(actor, "get", kinds.CLUSTERNETWORK, "")

    def touches(self, change: Change) -> bool:
        """Whatever takes or gives back an address."""
        return change.kind.cls in (Pod, Service, HostSubnet, ClusterNetwork)

    def frame(self, client: Client, since: Any) -> tuple[Frame | None, Any]:
        """The facts again."""
        context = {"network": network_facts(client)}
        return {
            "t": "html",
            "html": get_template("pages/network/facts.html").render(context),
        }, since


topics.register("subnet", SubnetTopic)
topics.register("network", lambda name, arguments: FactsTopic())
