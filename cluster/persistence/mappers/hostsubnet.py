"""Node subnets as rows."""

from collections.abc import Sequence
from typing import Any

from cluster import models
from cluster.objects import kinds
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.meta import ObjectMeta
from cluster.persistence.mappers.base import Mapper, Reader, dumps, loads


class HostSubnetMapper(Mapper):
    """All of it is columns."""

    kind = kinds.HOSTSUBNET
    model = models.HostSubnet
    body = ("host", "host_ip", "subnet", "egress_ips", "egress_cidrs")

    def values(self, obj: HostSubnet) -> tuple[Any, ...]:
        """See `Mapper`."""
        egress = dumps(obj.egress_ips), dumps(obj.egress_cidrs)
        return (obj.host, obj.host_ip, obj.subnet, *egress)

    def object(self, metadata: ObjectMeta, values: Sequence[Any], reader: Reader) -> HostSubnet:
        """See `Mapper`."""
        host, host_ip, subnet, egress_ips, egress_cidrs = values
        return HostSubnet(
            metadata=metadata,
            host=host,
            host_ip=host_ip,
            subnet=subnet,
            egress_ips=tuple(loads(egress_ips)),
            egress_cidrs=tuple(loads(egress_cidrs)),
        )


HOSTSUBNET = HostSubnetMapper()
