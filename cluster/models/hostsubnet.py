"""The table of node subnets."""

from __future__ import annotations

from django.db import models

from cluster.models.base import DocumentField, Stored


class HostSubnet(Stored):
    """The part of the cluster network that a node holds."""

    host = models.TextField()
    host_ip = models.TextField()
    subnet = models.TextField()
    egress_ips = DocumentField(default=list)
    egress_cidrs = DocumentField(default=list)

    class Meta:
        db_table = "hostsubnet"
