"""Gives every project its virtual network. Stands for OpenShift SDN's VNID master.

openshift/sdn `pkg/network/master/vnids.go`: under ovs-multitenant and ovs-networkpolicy each project has
a NetNamespace with a VNID; `oc adm pod-network` asks for changes by an annotation, which is carried
out here and taken away. The other plugins know no NetNamespaces.
"""

from __future__ import annotations

from cluster.engine.cluster import Cluster
from cluster.engine.copying import changed
from cluster.engine.network.network_change import (
    GLOBAL,
    ISOLATE,
    MalformedChangeError,
    NetworkChange,
    parse_change,
)
from cluster.engine.network.plugins.facts import PLUGINS
from cluster.engine.network.vnids import VnidError, VnidMap
from cluster.engine.watch import Change
from cluster.objects.clusternetwork import ClusterNetwork
from cluster.objects.event import WARNING
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.namespace import Namespace
from cluster.objects.netnamespace import CHANGE_NETWORK, NetNamespace

MASTER = "openshift-sdn-controller"


class NetNamespaceController:
    """Controller `netnamespace`: keys are projects."""

    name = "netnamespace"
    watches: tuple[type, ...] = (Namespace, NetNamespace, ClusterNetwork)

    def __init__(self) -> None:
        self._map: VnidMap | None = None

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """The project; all of them when the plugin has changed."""
        if change.kind.cls is ClusterNetwork:
            old, new = change.old, change.new
            if old is not None and new is not None and old.plugin_name == new.plugin_name:
                return []
            homes = cluster.store.list(Namespace) + cluster.store.list(NetNamespace)
            return list(dict.fromkeys(each.metadata.key for each in homes))
        if change.kind.cls is Namespace and None not in (change.old, change.new):
            return []
        return [change.key]

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Create, change or take back a project's virtual network."""
        vnids = self._vnids(cluster)
        held = cluster.store.get(NetNamespace, *key)
        home = cluster.store.get(Namespace, *key)
        if home is None or not _has_netnamespaces(cluster):
            if held is not None:
                cluster.remove(held)
            if vnids.vnid_of(key.name) is not None:
                vnids.revoke(key.name)
            return None
        # A start of its own for every choice: it must not depend on what was chosen before.
        version = 0 if held is None else held.metadata.resource_version
        vnids.rng = cluster.rng.child(f"vnid {key.name} {home.metadata.uid} {version}")
        try:
            if held is None:
                self._create(key.name, vnids, cluster)
            else:
                self._change(held, vnids, cluster)
        except VnidError as error:
            cluster.record(home, WARNING, "FailedToAllocateNetID", str(error), MASTER)
        return None

    def _create(self, project: str, vnids: VnidMap, cluster: Cluster) -> None:
        vnid = vnids.assign(project)
        cluster.create(NetNamespace(metadata=ObjectMeta(name=project), netname=project, netid=vnid))

    def _change(self, held: NetNamespace, vnids: VnidMap, cluster: Cluster) -> None:
        project = held.netname
        if vnids.vnid_of(project) != held.netid:
            vnids.mark(project, held.netid)
        text = held.metadata.annotations.get(CHANGE_NETWORK)
        if text is None:
            return
        rest = {k: v for k, v in held.metadata.annotations.items() if k != CHANGE_NETWORK}
        try:
            vnid = _carried_out(parse_change(text), project, vnids)
        except (VnidError, MalformedChangeError) as error:
            vnid = held.netid
            cluster.record(held, WARNING, "FailedToChangeNetwork", str(error), MASTER)
        metadata = changed(held.metadata, annotations=rest)
        cluster.update(changed(held, metadata=metadata, netid=vnid), intent=True)

    def _vnids(self, cluster: Cluster) -> VnidMap:
        """The map of VNIDs, made from the objects when it is first needed."""
        if self._map is None:
            self._map = VnidMap(cluster.rng.child("vnids"))
            for each in cluster.store.list(NetNamespace):
                self._map.mark(each.netname, each.netid)
        return self._map


def _carried_out(change: NetworkChange, project: str, vnids: VnidMap) -> int:
    if change.action == GLOBAL:
        return vnids.make_global(project)
    if change.action == ISOLATE:
        return vnids.isolate(project)
    return vnids.join(project, change.other)


def _has_netnamespaces(cluster: Cluster) -> bool:
    network = cluster.store.get(ClusterNetwork, "", "default")
    return network is not None and PLUGINS[network.plugin_name].has_netnamespaces
