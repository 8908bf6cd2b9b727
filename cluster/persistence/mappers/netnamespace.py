"""Projects' virtual networks as rows."""

from collections.abc import Sequence
from typing import Any

from cluster import models
from cluster.objects import kinds
from cluster.objects.meta import ObjectMeta
from cluster.objects.netnamespace import NetNamespace
from cluster.persistence.mappers.base import Mapper, Reader, dumps, loads


class NetNamespaceMapper(Mapper):
    """All of it is columns."""

    kind = kinds.NETNAMESPACE
    model = models.NetNamespace
    body = ("netname", "netid", "egress_ips")

    def values(self, obj: NetNamespace) -> tuple[Any, ...]:
        """See `Mapper`."""
        return obj.netname, obj.netid, dumps(obj.egress_ips)

    def object(self, metadata: ObjectMeta, values: Sequence[Any], reader: Reader) -> NetNamespace:
        """See `Mapper`."""
        netname, netid, egress_ips = values
        return NetNamespace(
            metadata=metadata, netname=netname, netid=netid, egress_ips=tuple(loads(egress_ips))
        )


NETNAMESPACE = NetNamespaceMapper()
