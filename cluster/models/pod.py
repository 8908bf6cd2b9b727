"""The tables of pods and of the templates that they share.

A pod's spec is the same for all pods of one owner, so it is kept once, under its hash: a pod is a short
row of plain columns and the states of its containers.
"""

from __future__ import annotations

from django.db import models

from cluster.models.base import DocumentField, Stored


class PodTemplate(models.Model):
    """A pod spec, named by the hash of its canonical JSON."""

    hash = models.CharField(max_length=32, primary_key=True)
    spec = DocumentField()

    class Meta:
        db_table = "podtemplate"

    def __str__(self) -> str:
        return self.hash


class Pod(Stored):
    """A pod: template, node, and status as columns; `containers` lists each one's state."""

    # Neither index nor constraint: templates are never looked up by their pods, and a hash has
    # nothing to point wrongly at. Unused ones go when the cluster is recovered.
    template = models.ForeignKey(
        PodTemplate, on_delete=models.DO_NOTHING, db_index=False, db_constraint=False
    )
    node_name = models.TextField(blank=True)
    phase = models.TextField()
    reason = models.TextField(blank=True)
    message = models.TextField(blank=True)
    pod_ip = models.TextField(blank=True)
    host_ip = models.TextField(blank=True)
    start_time = models.FloatField(null=True)
    scheduled_at = models.FloatField(null=True)
    unschedulable = models.TextField(blank=True)
    ready = models.BooleanField()
    ready_at = models.FloatField(null=True)
    containers = DocumentField(default=list)

    class Meta:
        db_table = "pod"
