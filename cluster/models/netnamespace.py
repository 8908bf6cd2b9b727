"""The table of projects' virtual networks."""

from __future__ import annotations

from django.db import models

from cluster.models.base import DocumentField, Stored


class NetNamespace(Stored):
    """A project's VNID and egress IPs."""

    netname = models.TextField()
    netid = models.BigIntegerField()
    egress_ips = DocumentField(default=list)

    class Meta:
        db_table = "netnamespace"
