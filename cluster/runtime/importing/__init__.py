"""Import YAML: a text of manifests to a reviewed plan, and the plan to one transaction.

Stands for what `oc apply --dry-run=server` and `oc apply` do together, with the line of every error.
Nothing is written unless all of it is, and nothing is written that was not reviewed.
"""

from .applying import Applied, NotAppliedError, apply
from .model import ERROR, Generated, PlannedDocument, Port, Review
from .planning import review

__all__ = [
    "ERROR",
    "Applied",
    "Generated",
    "NotAppliedError",
    "PlannedDocument",
    "Port",
    "Review",
    "apply",
    "review",
]
