"""The table of secrets."""

from __future__ import annotations

from cluster.models.base import DocumentField, Stored


class Secret(Stored):
    """A secret."""

    document = DocumentField(default=dict)

    class Meta:
        db_table = "secret"
