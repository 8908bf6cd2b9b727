"""Deleting a cluster: all rows of all kinds, and the engine's state with them."""

from __future__ import annotations

from django.db import connection, transaction

from cluster.models import EngineState, PodTemplate
from cluster.persistence.mappers import MAPPERS


def is_migrated() -> bool:
    """Whether the database has the cluster's tables."""
    return EngineState._meta.db_table in connection.introspection.table_names()


@transaction.atomic
def everything() -> int:
    """Delete it all; returns how many objects there were."""
    count = 0
    for mapper in MAPPERS.values():
        count += mapper.model.objects.count()
        mapper.model.objects.all()._raw_delete(using=connection.alias)
    PodTemplate.objects.all().delete()
    EngineState.objects.all().delete()
    return count
