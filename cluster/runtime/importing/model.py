"""What a review yields: per document, what applying it would do, or why it cannot be applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cluster.engine.access import Actor
from cluster.engine.commands import Command
from cluster.engine.transaction import Outcome
from cluster.objects.kind import Object
from cluster.objects.manifest import DiffLine, Problem

ERROR = "error"
"""The action of a document that cannot be applied, beside those of `Outcome`."""


class Port(Protocol):
    """What the import needs of the cluster: the client, or an engine in tests."""

    def plan(self, commands: Sequence[Command], actor: Actor) -> list[Outcome]:
        """What the commands would do, each on top of those before."""
        ...

    def execute(self, commands: Sequence[Command], actor: Actor) -> list[Outcome]:
        """Carry out the commands as one transaction. Raises ApiError."""
        ...


@dataclass(frozen=True, slots=True)
class Generated:
    """A value that the cluster gives and the manifest does not name; `later`: known on apply only."""

    label: str
    value: str
    later: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedDocument:
    """One document of the text and what applying it would do.

    `number` counts from 1 in the order of the text. `diff` (replace only) compares what users write
    of the stored object and of the new one; `stored` (create only) is the new object as YAML, defaults
    filled in.
    """

    number: int
    line: int
    kind: str
    name: str
    namespace: str
    action: str
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    generated: tuple[Generated, ...] = ()
    diff: tuple[DiffLine, ...] = ()
    stored: str = ""
    command: Command | None = None
    old: Object | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The plan of a whole text, in the order of the text.

    `unread` holds the problems of a text that could not be read; there are no documents then.
    `sequence` is the order in which the documents are carried out. `repaired` is the text with its
    damage mended, where only one mending makes sense. `digest` names this plan of this text.
    """

    text: str
    documents: tuple[PlannedDocument, ...] = ()
    unread: tuple[Problem, ...] = ()
    sequence: tuple[int, ...] = ()
    repaired: str | None = None
    digest: str = ""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Everything that stands in the way of applying, in order of lines."""
        found = [*self.unread, *(error for each in self.documents for error in each.errors)]
        return tuple(sorted(found, key=lambda problem: (problem.line, problem.column)))

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is worth a look but does not stand in the way, in order of lines."""
        found = [warning for each in self.documents for warning in each.warnings]
        return tuple(sorted(found, key=lambda problem: (problem.line, problem.column)))

    @property
    def is_applicable(self) -> bool:
        """Whether the text holds something, and nothing stands in the way."""
        return bool(self.documents) and not self.errors

    def count(self, action: str) -> int:
        """How many documents have this action."""
        return sum(1 for each in self.documents if each.action == action)
