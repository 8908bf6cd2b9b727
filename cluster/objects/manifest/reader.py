"""One YAML document to plain data with positions: a safe composer over libyaml's events.

Stands for sigs.k8s.io/yaml, which the API server and `oc` read manifests with. It works on events
because PyYAML's own composer neither bounds nesting nor expansion, reads dates and base-60
numbers, and lets the last of two equal keys win. Merge keys (`<<: *base`) are honoured as
goyaml.v2 does: own keys win over merged ones, earlier merged mappings over later ones.
"""

from __future__ import annotations

import base64
import binascii
import copy
import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from .model import JSONScalar, Limits, Problem
from .positions import Position, Spot
from .scalars import NotFiniteError, resolve, surprise
from .stream import Piece, line_starts

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_YAML_TAG = "tag:yaml.org,2002:"
_TAB_INDENT = re.compile(r" *\t")
TAB_MESSAGE = "a tab is used for indentation"
TAB_HINT = "YAML does not allow tabs for indentation; use spaces"
_SURROGATE = re.compile("[\ud800-\udfff]")
_SURROGATE_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_SCALAR_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "null": (type(None),),
}


@dataclass(slots=True)
class Budget:
    """What is left of the limits that count over the whole text, not over one document."""

    limits: Limits
    nodes: int = 0
    aliases: int = 0


@dataclass(slots=True)
class Reading:
    """The outcome for one document: with problems, `value` is not to be used."""

    value: Any = None
    root: Spot | None = None
    aliased: bool = False
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _Node:
    value: Any
    spot: Spot
    size: int = 1
    height: int = 1
    is_merge: bool = False


class _StopError(Exception):
    """Reading this document cannot go on; the problem is already noted."""


def read(piece: Piece, index: int, budget: Budget) -> Reading:
    """Read one document. Never raises: what is wrong stands in the result's `problems`."""
    return _Reader(piece, index, budget).run()


def _json_as_yaml(text: str) -> str:
    """JSON that YAML 1.1 refuses, spelled so that it is read: tabs, escaped surrogate pairs."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    spaced = text.replace("\t", " ")
    return _SURROGATE_PAIR.sub(lambda pair: str(json.loads(f'"{pair[0]}"')), spaced)


class _Reader:
    def __init__(self, piece: Piece, index: int, budget: Budget) -> None:
        self._piece = piece
        self._index = index
        self._budget = budget
        self._text = _json_as_yaml(piece.text)
        self._starts = line_starts(self._text)
        self._anchors: dict[str, _Node | None] = {}
        self._result = Reading()
        self._events: Iterator[Any] = iter(())

    def run(self) -> Reading:
        try:
            self._events = iter(yaml.parse(self._text, Loader=_LOADER))
            self._read_stream()
        except yaml.MarkedYAMLError as error:
            self._note_syntax(error)
        except yaml.YAMLError as error:
            self._note(0, str(error).splitlines()[0])
        except _StopError:
            pass
        return self._result

    def _read_stream(self) -> None:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if self._result.root is not None:
                    self._stop(_index(event.start_mark), "a second document begins without ---")
                node = self._node(next(self._events), 1)
                self._result.value, self._result.root = node.value, node.spot

    # Notes and positions

    def _place(self, offset: int) -> tuple[int, int]:
        offset = min(offset, len(self._text))
        row = bisect_right(self._starts, offset) - 1
        return self._piece.line + row, offset - self._starts[row] + 1

    def _problem(self, offset: int, message: str, hint: str | None) -> Problem:
        line, column = self._place(offset)
        return Problem(self._index, line, column, message, hint)

    def _note(self, offset: int, message: str, hint: str | None = None) -> None:
        self._result.problems.append(self._problem(offset, message, hint))

    def _stop(self, offset: int, message: str, hint: str | None = None) -> None:
        self._note(offset, message, hint)
        raise _StopError

    def _note_syntax(self, error: yaml.MarkedYAMLError) -> None:
        mark: Any = error.problem_mark or error.context_mark
        offset: int = mark.index if mark else 0
        row = self._starts[bisect_right(self._starts, offset) - 1]
        if _TAB_INDENT.match(self._text, row):
            self._note(offset, TAB_MESSAGE, TAB_HINT)
        else:
            self._note(offset, _explain(error))

    def _spot(self, event: Any) -> Spot:
        line, column = self._place(_index(event.start_mark))
        position = Position(line, column, line, column)
        return Spot(position, _index(event.start_mark), _index(event.end_mark))

    def _spend(self, offset: int, size: int) -> None:
        self._budget.nodes += size
        limit = self._budget.limits.nodes
        if self._budget.nodes > limit:
            self._stop(offset, f"the text holds more than {limit} values (aliases expanded)")

    # Nodes

    def _node(self, event: Any, depth: int) -> _Node:
        offset = _index(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        limit = self._budget.limits.depth
        if depth > limit:
            self._stop(offset, f"values are nested more than {limit} levels deep")
        self._spend(offset, 1)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        if isinstance(event, yaml.MappingStartEvent):
            node = self._mapping(event, depth)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(event, depth)
        else:
            node = self._scalar(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Any, depth: int) -> _Node:
        offset, name = _index(event.start_mark), event.anchor
        self._result.aliased = True
        self._budget.aliases += 1
        limits = self._budget.limits
        if self._budget.aliases > limits.aliases:
            self._stop(offset, f"the text uses more than {limits.aliases} aliases")
        if name not in self._anchors:
            self._stop(offset, f'the alias "*{name}" names no anchor above it')
        target = self._anchors[name]
        if target is None:
            self._stop(offset, f'the alias "*{name}" stands inside its own anchor')
        assert target is not None
        if depth + target.height - 1 > limits.depth:
            self._stop(offset, f"values are nested more than {limits.depth} levels deep")
        self._spend(offset, target.size)
        return _Node(copy.deepcopy(target.value), self._spot(event), target.size, target.height)

    def _sequence(self, event: Any, depth: int) -> _Node:
        self._check_tag(event, "seq")
        node = _Node([], self._spot(event))
        for item_event in self._events:
            if isinstance(item_event, yaml.SequenceEndEvent):
                node.spot.end = _index(item_event.end_mark)
                break
            item = self._node(item_event, depth + 1)
            node.spot.children[len(node.value)] = item.spot
            node.value.append(item.value)
            _grow(node, item)
        return node

    def _mapping(self, event: Any, depth: int) -> _Node:
        self._check_tag(event, "map")
        node = _Node({}, self._spot(event))
        merges: list[tuple[int, _Node]] = []
        for key_event in self._events:
            if isinstance(key_event, yaml.MappingEndEvent):
                node.spot.end = _index(key_event.end_mark)
                break
            key = self._node(key_event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            _grow(node, key)
            _grow(node, value)
            if key.is_merge:
                merges.append((_index(key_event.start_mark), value))
            else:
                self._enter(node, key, value, key_event)
        for offset, merged in merges:
            self._merge(node, offset, merged)
        return node

    def _enter(self, node: _Node, key: _Node, value: _Node, event: Any) -> None:
        name, offset = key.value, _index(event.start_mark)
        if not isinstance(name, str):
            written = event.value if isinstance(event, yaml.ScalarEvent) else None
            kind = "a list or a mapping" if written is None else f'"{written}", {describe(name)}'
            hint = f'quote it: "{written}"' if written is not None else None
            self._note(offset, f"a key must be a string, not {kind}", hint)
            return
        if name in node.spot.children:
            first = node.spot.children[name].position.key_line
            again = self._place(offset)[0]
            message = f'the key "{name}" is given twice, on line {first} and on line {again}'
            self._note(offset, message, "keep one of them")
            return
        line, column = key.spot.position.line, key.spot.position.column
        at = value.spot.position
        value.spot.position = Position(line, column, at.line, at.column)
        node.spot.children[name] = value.spot
        node.value[name] = value.value

    def _merge(self, node: _Node, offset: int, merged: _Node) -> None:
        sources = merged.value if isinstance(merged.value, list) else [merged.value]
        if not all(isinstance(source, dict) for source in sources):
            self._note(offset, 'the merge key "<<" needs a mapping or a list of mappings')
            return
        line, column = self._place(offset)
        for source in sources:
            for name, value in source.items():
                if name not in node.value:
                    node.value[name] = value
                    node.spot.children[name] = Spot(
                        Position(line, column, line, column), merged.spot.start, merged.spot.end
                    )

    # Scalars

    def _scalar(self, event: Any) -> _Node:
        node = _Node(None, self._spot(event))
        if event.style in (None, "") and event.tag is None and event.value == "<<":
            node.is_merge = True
            return node
        node.value = self._scalar_value(event)
        return node

    def _scalar_value(self, event: Any) -> JSONScalar:
        word: str = event.value
        offset = _index(event.start_mark)
        if _SURROGATE.search(word):
            self._note(offset, "half of a surrogate pair is not a character")
            return word
        tag = self._short_tag(event)
        if tag in ("str", "timestamp") or (tag is None and not event.implicit[0]):
            return word
        if tag == "binary":
            return self._binary(offset, word)
        if tag is not None and tag not in _SCALAR_TYPES:
            self._refuse_tag(event)
            return word
        try:
            value = resolve(word)
        except NotFiniteError:
            self._note(offset, f'"{word}" is not a number JSON can hold', "quote it for a string")
            return word
        if tag is not None:
            return self._tagged(offset, word, tag, value)
        remark = surprise(word, value)
        if remark:
            self._result.warnings.append(self._problem(offset, remark, "quote it for a string"))
        return value

    def _tagged(self, offset: int, word: str, tag: str, value: JSONScalar) -> JSONScalar:
        wrong_bool = isinstance(value, bool) and tag != "bool"
        if wrong_bool or not isinstance(value, _SCALAR_TYPES[tag]):
            self._note(offset, f'"{word}" cannot be read as !!{tag}')
        return value

    def _binary(self, offset: int, word: str) -> str:
        try:
            return base64.b64decode("".join(word.split()), validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            self._note(offset, "the !!binary value is not base64 of UTF-8 text")
            return word

    def _check_tag(self, event: Any, expected: str) -> None:
        if event.tag not in (None, "!", _YAML_TAG + expected):
            self._refuse_tag(event)

    @staticmethod
    def _short_tag(event: Any) -> str | None:
        if event.tag is None or event.tag == "!":
            return None
        tag: str = event.tag
        return tag.removeprefix(_YAML_TAG)

    def _refuse_tag(self, event: Any) -> None:
        tag: str = event.tag
        shown = "!!" + tag.removeprefix(_YAML_TAG) if tag.startswith(_YAML_TAG) else tag
        hint = "a manifest holds plain data only; delete the tag"
        self._note(_index(event.start_mark), f'the tag "{shown}" is not allowed', hint)


def _index(mark: Any) -> int:
    """Offset of a mark; PyYAML's types allow an event to have none, its parsers always set it."""
    offset: int = mark.index
    return offset


def _grow(node: _Node, child: _Node) -> None:
    node.size += child.size
    node.height = max(node.height, child.height + 1)


def describe(value: object) -> str:
    """What a value is, in the words of the messages: `a string`, `a list`, ..."""
    if value is None:
        return "null"
    names = {bool: "a boolean", str: "a string", list: "a list", dict: "a mapping"}
    return names.get(type(value), "a number")


def _explain(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "the text is not YAML"
    return f"{problem} ({error.context})" if error.context else problem
