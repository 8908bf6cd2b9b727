"""Network policies as rows."""

from cluster import models
from cluster.objects import kinds
from cluster.persistence.mappers.base import WholeMapper

NETWORKPOLICY = WholeMapper(kinds.NETWORKPOLICY, models.NetworkPolicy)
