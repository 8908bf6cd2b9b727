"""Egress network policies as rows."""

from cluster import models
from cluster.objects import kinds
from cluster.persistence.mappers.base import WholeMapper

EGRESSNETWORKPOLICY = WholeMapper(kinds.EGRESSNETWORKPOLICY, models.EgressNetworkPolicy)
