"""The table of role bindings."""

from __future__ import annotations

from django.db import models

from cluster.models.base import DocumentField, Stored


class RoleBinding(Stored):
    """A role given to users in a namespace."""

    role = models.TextField()
    role_ref = DocumentField(default=dict)
    subjects = DocumentField(default=list)

    class Meta:
        db_table = "rolebinding"
