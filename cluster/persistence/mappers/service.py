"""Services as rows."""

from cluster import models
from cluster.objects import kinds
from cluster.persistence.mappers.base import DocumentMapper

SERVICE = DocumentMapper(
    kinds.SERVICE,
    models.Service,
    {
        "type": lambda obj: obj.spec.type,
        "cluster_ip": lambda obj: obj.spec.cluster_ip,
        "selector": lambda obj: obj.spec.selector,
    },
)
