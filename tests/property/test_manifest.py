"""Manifests for any input: what is written is read back, and nothing but refusals is raised."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cluster.objects.manifest import Limits, ManifestError, hints, parse, repair, to_yaml

CHARACTERS = st.characters(exclude_categories=("Cs",))
WORDS = ["yes", "0x1", "1_0", "<<", "=", "~", "|", "a:", ":a", "#", "'", '"', "---", "...", "1:30"]
LAYOUTS = [
    "\n",
    " \n",
    "a\n\n",
    "\n a",
    "\ta\nb",
    "a \nb",
    "---\na",
    "? a",
    "- a",
    "a\r\nb",
    "\u2028",
]
TRICKY = st.sampled_from([*WORDS, *LAYOUTS, "\ufeff"])
STRINGS = st.text(CHARACTERS, max_size=12) | TRICKY
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | STRINGS
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(STRINGS, inner, max_size=4),
    max_leaves=12,
)
LINES = """apiVersion: v1
kind: Service
metadata:
  name: a
    app: b
spec:
  ports:
  - port: 80
---
...
%YAML 1.1
*a
|
""".splitlines(keepends=True)
PIECES = ["\t", "&a ", "<<: ", "{", "}", "[", "]", "'", '"', ": ", "- ", "? ", "!!x ", "\n", "a"]
FRAGMENTS = st.lists(st.sampled_from([*LINES, *PIECES]), max_size=14).map("".join)


@given(st.dictionaries(STRINGS, VALUES, min_size=1, max_size=4))
@settings(deadline=None)
def test_what_is_written_is_read_back(value: dict[str, object]) -> None:
    value.pop("kind", None)
    if value:
        assert parse(to_yaml(value))[0].value == value


@given(st.text() | FRAGMENTS | st.binary())
@settings(deadline=None, max_examples=200)
@example("? a\n")
@example("%TAG")
@example("a: &a [*a]")
def test_nothing_but_a_refusal_with_lines_is_raised(text: str | bytes) -> None:
    try:
        documents = parse(text)
    except ManifestError as error:
        assert error.problems
        assert all(each.line >= 1 and each.column >= 1 for each in error.problems)
    else:
        assert all(each.line_of("spec.ports[0]") >= 1 for each in documents)


@given(FRAGMENTS)
@settings(deadline=None)
def test_a_mended_text_can_always_be_read(text: str) -> None:
    mended = repair(text)
    if mended is not None:
        assert hints(text)
        assert parse(mended)


@given(st.integers(2, 9), st.integers(2, 9))
@settings(deadline=None, max_examples=20)
def test_aliases_cannot_blow_a_text_up(levels: int, width: int) -> None:
    lines = ["l0: &l0 lol"]
    for level in range(1, levels):
        uses = ", ".join([f"*l{level - 1}"] * width)
        lines.append(f"l{level}: &l{level} [{uses}]")
    limits = Limits(nodes=1000)
    try:
        (document,) = parse("\n".join(lines), limits=limits)
    except ManifestError as error:
        assert "more than 1000 values" in error.problems[0].message
    else:
        assert sum(1 for _ in _walk(document.value)) <= limits.nodes


def _walk(value: object) -> list[object]:
    if isinstance(value, dict):
        return [value, *(found for each in value.values() for found in _walk(each))]
    if isinstance(value, list):
        return [value, *(found for each in value for found in _walk(each))]
    return [value]
