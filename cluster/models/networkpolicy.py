"""The table of network policies."""

from __future__ import annotations

from cluster.models.base import DocumentField, Stored


class NetworkPolicy(Stored):
    """A network policy, as users write it."""

    document = DocumentField(default=dict)

    class Meta:
        db_table = "networkpolicy"
