"""Commands and what comes of them, for the console and the API."""

from cluster.engine.access import SYSTEM_ADMIN, Actor
from cluster.engine.commands import Apply, Command, Create, Delete, Edit, Replace, Scale
from cluster.engine.transaction import CREATED, DELETED, REPLACED, UNCHANGED, Outcome
from cluster.engine.watch import Change

__all__ = [
    "CREATED",
    "DELETED",
    "REPLACED",
    "SYSTEM_ADMIN",
    "UNCHANGED",
    "Actor",
    "Apply",
    "Change",
    "Command",
    "Create",
    "Delete",
    "Edit",
    "Outcome",
    "Replace",
    "Scale",
]
