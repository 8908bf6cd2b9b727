"""The table of the cluster network: one row."""

from __future__ import annotations

from django.db import models

from cluster.models.base import DocumentField, Stored


class ClusterNetwork(Stored):
    """The cluster network."""

    network = models.TextField(blank=True)
    hostsubnetlength = models.BigIntegerField(default=0)
    service_network = models.TextField()
    plugin_name = models.TextField()
    cluster_networks = DocumentField(default=list)
    vxlan_port = models.BigIntegerField(default=4789)
    mtu = models.BigIntegerField(default=1450)

    class Meta:
        db_table = "clusternetwork"
