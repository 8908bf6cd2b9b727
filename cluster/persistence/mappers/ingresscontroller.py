"""Routers' settings as rows."""

from cluster import models
from cluster.objects import kinds
from cluster.persistence.mappers.base import WholeMapper

INGRESSCONTROLLER = WholeMapper(kinds.INGRESSCONTROLLER, models.IngressController)
