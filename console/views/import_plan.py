"""A review as the page shows it: words and colours for the plan, markers for the editor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cluster.objects import kinds
from cluster.objects.manifest import Problem, unified_diff
from cluster.runtime.importing import PlannedDocument, Review
from console.diff import rows

CREATED = "Created"

# action -> (word, what became of it afterwards, PatternFly's colour of a label, icon)
ACTIONS = {
    "create": ("Create", CREATED, "pf-m-success", "plus"),
    "replace": ("Replace", "Replaced", "pf-m-info", "edit"),
    "unchanged": ("Unchanged", "Unchanged", "", "check"),
    "error": ("Error", "Error", "pf-m-danger", "error"),
}
_REASONS = {
    "errors": ("danger", "Nothing was applied", "The errors below must be put right first."),
    "text": (
        "warning",
        "The text has changed since it was reviewed",
        "Nothing was applied. Look at the new plan and apply it if it is what you want.",
    ),
    "cluster": (
        "warning",
        "The cluster has changed since the review",
        "Nothing was applied. Look at the new plan and apply it if it is what you want.",
    ),
    "refused": ("danger", "Nothing was applied", ""),
}


def plan_context(review: Review) -> dict[str, Any]:
    """What `pages/import/plan.html` and the editor's markers need."""
    return {
        "review": review,
        "plan": [_document(each) for each in review.documents],
        "counts": _counts(review),
        "problems": [
            *markers(review.errors, "error"),
            *markers(review.warnings, "warning"),
        ],
        "repair_rows": rows(unified_diff(review.text, review.repaired)) if review.repaired else [],
    }


def notice(reason: str, detail: str = "") -> dict[str, str]:
    """The alert above the plan that says why nothing was applied."""
    level, title, text = _REASONS[reason]
    return {"level": level, "title": title, "text": detail or text}


def markers(problems: Iterable[Problem], severity: str) -> list[dict[str, Any]]:
    """Problems as the editor takes them (and as the list beside it does)."""
    return [
        {
            "line": each.line,
            "message": each.message,
            "hint": each.hint or "",
            "severity": severity,
        }
        for each in problems
    ]


def oc_command(text: str, namespace: str) -> str:
    """The same import with the command line: a here-document that no line of the text ends."""
    end = "EOF"
    lines = set(text.splitlines())
    while end in lines:
        end += "_"
    project = f"-n {namespace} " if namespace else ""
    newline = "" if text.endswith("\n") else "\n"
    return f"oc apply {project}-f - <<'{end}'\n{text}{newline}{end}"


def _document(each: PlannedDocument) -> dict[str, Any]:
    word, _, colour, icon = ACTIONS[each.action]
    kind = kinds.BY_NAME.get(each.kind)
    return {
        "number": each.number,
        "line": each.line,
        "kind": each.kind,
        "name": each.name,
        "namespace": each.namespace if kind is None or kind.namespaced else "",
        "action": each.action,
        "word": word,
        "colour": colour,
        "icon": icon,
        "problems": [*markers(each.errors, "error"), *markers(each.warnings, "warning")],
        "generated": each.generated,
        "diff": rows(each.diff),
        "stored": each.stored,
    }


def _counts(review: Review) -> list[str]:
    """`2 to create`, `1 to replace` …, those that are none left out."""
    words = {
        "create": "to create",
        "replace": "to replace",
        "unchanged": "unchanged",
        "error": "with errors",
    }
    counted = [(review.count(action), word) for action, word in words.items()]
    return [f"{number} {word}" for number, word in counted if number]
