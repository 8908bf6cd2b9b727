"""The table of routers' settings."""

from __future__ import annotations

from cluster.models.base import DocumentField, Stored


class IngressController(Stored):
    """The settings of a router."""

    document = DocumentField(default=dict)

    class Meta:
        db_table = "ingresscontroller"
