"""Secrets as rows."""

from cluster import models
from cluster.objects import kinds
from cluster.persistence.mappers.base import WholeMapper

SECRET = WholeMapper(kinds.SECRET, models.Secret)
