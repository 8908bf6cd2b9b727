"""Projects as peers see them: labels and VNIDs, read once for an index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from cluster.engine.network.policy.ends import End, PolicySource, is_pod, source_ip
from cluster.engine.network.policy.parts import Anyone, Block, Peer, PodsOf, VnidOf
from cluster.engine.network.policy.selectors import Selector
from cluster.objects.netnamespace import GLOBAL_VNID
from cluster.objects.networkpolicy import INGRESS

HOST_NETWORK_PROJECT: Final = "openshift-host-network"
"""The project that stands for host networks in 4.x: VNID 0 (SDN4 `selectNamespacesInternal`)."""


class Projects:
    """Labels, VNIDs, and which ends a peer admits."""

    def __init__(self, source: PolicySource) -> None:
        self._source = source
        self._labels: dict[str, Mapping[str, str]] = {}
        self._vnids: dict[str, int] = {}
        self._by_vnid: dict[int, list[str]] | None = None

    def labels(self, name: str) -> Mapping[str, str]:
        """The labels of a project."""
        held = self._labels.get(name)
        if held is None:
            held = self._labels[name] = self._source.namespace_labels(name)
        return held

    def vnid(self, name: str) -> int:
        """The VNID of a project."""
        held = self._vnids.get(name)
        if held is None:
            is_host = name == HOST_NETWORK_PROJECT
            held = self._vnids[name] = GLOBAL_VNID if is_host else self._source.vnid(name)
        return held

    def with_vnid(self, vnid: int) -> Sequence[str]:
        """The projects that share a VNID: one, or those of VNID 0."""
        if self._by_vnid is None:
            self._by_vnid = {}
            for name in self._source.namespaces():
                self._by_vnid.setdefault(self.vnid(name), []).append(name)
        return self._by_vnid.get(vnid, ())

    def vnid_of(self, end: End) -> int:
        """The VNID with which an end's packets arrive: 0 for all but pods on the pod network."""
        if not is_pod(end) or end.on_host_network:
            return GLOBAL_VNID
        return self.vnid(end.namespace)

    def is_vnid_matched(self, vnid: int, namespaces: Selector) -> bool:
        """Whether a project with this VNID is selected."""
        return any(namespaces.matches(self.labels(name)) for name in self.with_vnid(vnid))

    def admits(self, peer: Peer, end: End, direction: str) -> bool:
        """Whether an end is one of a peer's: the source of what comes in, the target of what goes out."""
        if isinstance(peer, PodsOf):
            return self._is_pod_of(peer, end)
        if isinstance(peer, Block):
            return peer.contains(source_ip(end) if direction == INGRESS else end.ip)
        if isinstance(peer, Anyone):
            return True
        if isinstance(peer, VnidOf):
            return self.vnid_of(end) == self.vnid(peer.namespace)
        return self.is_vnid_matched(self.vnid_of(end), peer.namespaces)

    def _is_pod_of(self, peer: PodsOf, end: End) -> bool:
        if not is_pod(end) or end.on_host_network:
            return False
        if peer.namespace is not None and peer.namespace != end.namespace:
            return False
        if not peer.pods.matches(end.labels):
            return False
        return peer.namespace is not None or peer.namespaces.matches(self.labels(end.namespace))
