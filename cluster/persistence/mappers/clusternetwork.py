"""The cluster network as a row."""

from collections.abc import Sequence
from typing import Any

from cluster import models
from cluster.objects import codec, kinds
from cluster.objects.clusternetwork import ClusterNetwork, ClusterNetworkEntry
from cluster.objects.meta import ObjectMeta
from cluster.persistence.mappers.base import Mapper, Reader, dumps, loads

PLAIN = ("network", "hostsubnetlength", "service_network", "plugin_name", "vxlan_port", "mtu")


class ClusterNetworkMapper(Mapper):
    """All of it is columns."""

    kind = kinds.CLUSTERNETWORK
    model = models.ClusterNetwork
    body = (*PLAIN, "cluster_networks")

    def values(self, obj: ClusterNetwork) -> tuple[Any, ...]:
        """See `Mapper`."""
        entries = dumps([codec.encode(each) for each in obj.cluster_networks])
        return (*(getattr(obj, name) for name in PLAIN), entries)

    def object(self, metadata: ObjectMeta, values: Sequence[Any], reader: Reader) -> ClusterNetwork:
        """See `Mapper`."""
        entries = tuple(codec.decode(ClusterNetworkEntry, each)[0] for each in loads(values[-1]))
        fields = dict(zip(PLAIN, values[:-1], strict=True))
        return ClusterNetwork(metadata=metadata, cluster_networks=entries, **fields)


CLUSTERNETWORK = ClusterNetworkMapper()
