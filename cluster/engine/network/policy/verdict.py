"""What the evaluator answers: the verdict, the side that decided, and why in one plain sentence."""

from __future__ import annotations

from dataclasses import dataclass

from cluster.objects.meta import Key


@dataclass(frozen=True, slots=True)
class RuleReference:
    """A rule of a policy. `index` counts from 0, as in `spec.ingress[0]`."""

    policy: Key
    direction: str
    index: int

    @property
    def path(self) -> str:
        """The field: `spec.ingress[0]`."""
        return f"spec.{self.direction.lower()}[{self.index}]"


@dataclass(frozen=True, slots=True)
class Side:
    """What the policies of one pod say of a connection in one direction.

    `selected_by` are the policies that isolate the pod in this direction; `rule` is the first that
    allowed, None if nothing isolates the pod or nothing allowed.
    """

    direction: str
    pod: Key
    selected_by: tuple[Key, ...]
    rule: RuleReference | None
    said: str

    @property
    def is_isolated(self) -> bool:
        """Whether some policy speaks for the pod in this direction."""
        return bool(self.selected_by)

    @property
    def allowed(self) -> bool:
        """Whether this side lets the connection pass."""
        return not self.selected_by or self.rule is not None


@dataclass(frozen=True, slots=True)
class PolicyVerdict:
    """Whether policies let a connection pass; replies to an allowed one always may.

    A side is None where it was not asked: no pod stands there, or the other side denied already.
    """

    allowed: bool
    said: str
    egress: Side | None = None
    ingress: Side | None = None

    @property
    def decided_by(self) -> Side | None:
        """The side that denied; else the last one on which a policy spoke."""
        sides = [side for side in (self.ingress, self.egress) if side is not None]
        denied = [side for side in sides if not side.allowed]
        spoke = [side for side in sides if side.is_isolated]
        return next(iter((*denied, *spoke)), None)

    @property
    def direction(self) -> str:
        """`Ingress` or `Egress`: where it was decided; "" if no policy had a say."""
        side = self.decided_by
        return "" if side is None else side.direction

    @property
    def selected_by(self) -> tuple[Key, ...]:
        """The policies that select the pod on the side that decided."""
        side = self.decided_by
        return () if side is None else side.selected_by

    @property
    def rule(self) -> RuleReference | None:
        """The rule that allowed."""
        side = self.decided_by
        return None if side is None else side.rule
