"""Slips within one line: a tab, a colon forgotten, no space after a colon, values without keys."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from .model import Problem
from .reader import TAB_HINT, TAB_MESSAGE

_TAB = re.compile(r" *\t[ \t]*")
_NO_SPACE = re.compile(r"(?P<lead> *(?:- +)?)(?P<key>[A-Za-z]+):(?P<value>[^\s:/].*)$")
_NO_COLON = re.compile(r"(?P<lead> *(?:- +)?)(?P<key>[A-Za-z]+)(?:[ =]+(?P<value>[^\s:=].*))?$")
_BARE_VALUES = re.compile(r"(?P<lead> *)(?P<key>annotations):\s+(?P<values>[^\s{&*#!|>].*)$")
_VALUE = re.compile(r"'[^']*'|\"[^\"]*\"|[^\s'\"]+")
_ROUTER = "haproxy.router.openshift.io/"
_BALANCE = ("roundrobin", "leastconn", "source", "random")
_TAB_WIDTH = 2


@dataclass(frozen=True, slots=True)
class Slip:
    """A mended line: what was wrong with it, and whether the mending is beyond doubt."""

    problem: Problem
    mended: list[str]
    certain: bool


def find_slip(number: int, text: str, known: dict[str, bool]) -> Slip | None:
    """The slip on a line, if there is one; `known` are the field names of the document's kind."""
    checks: tuple[Callable[[int, str, dict[str, bool]], Slip | None], ...] = (
        _tab,
        _no_space,
        _no_colon,
        _bare_values,
    )
    for check in checks:
        slip = check(number, text, known)
        if slip is not None:
            return slip
    return None


def _tab(number: int, text: str, known: dict[str, bool]) -> Slip | None:
    found = _TAB.match(text)
    if not found or not text.strip():
        return None
    mended = found[0].replace("\t", " " * _TAB_WIDTH) + text[found.end() :]
    also = find_slip(number, mended, known)
    if also is not None:
        mended = also.mended[0]
    column = text.index("\t") + 1
    problem = Problem(0, number, column, TAB_MESSAGE, TAB_HINT)
    return Slip(problem, [mended], also is None or also.certain)


def _no_space(number: int, text: str, known: dict[str, bool]) -> Slip | None:
    found = _NO_SPACE.match(text)
    if not found or found["key"] not in known:
        return None
    value = found["value"].strip()
    mended = f"{found['lead']}{found['key']}: {value}"
    message = f'there is no space after the colon of "{found["key"]}"'
    hint = f'write "{found["key"]}: {value}"'
    problem = Problem(0, number, len(found["lead"]) + 1, message, hint)
    return Slip(problem, [mended], True)


def _no_colon(number: int, text: str, known: dict[str, bool]) -> Slip | None:
    found = _NO_COLON.match(text)
    if not found or found["key"] not in known:
        return None
    key, value = found["key"], (found["value"] or "").strip()
    # A word alone may well be a list's value ("- name"); a container's name hardly is.
    if not value and (not known[key] or "-" in found["lead"]):
        return None
    written = f"{key}: {value}" if value else f"{key}:"
    hint = f'write "{written}"'
    message = f'there is no colon after "{key}"'
    problem = Problem(0, number, len(found["lead"]) + 1, message, hint)
    return Slip(problem, [found["lead"] + written], True)


def _bare_values(number: int, text: str, known: dict[str, bool]) -> Slip | None:
    """`annotations: 'roundrobin' 'false'`: the annotations' keys were lost with their lines."""
    found = _BARE_VALUES.match(text)
    if not found or "annotations" not in known:
        return None
    entries = [_annotation(value) for value in _VALUE.findall(found["values"])]
    wanted = [f"{key}: {value}" for key, value in entries]
    message = '"annotations" holds values without their keys'
    hint = "write on lines of their own below it: " + ", ".join(wanted)
    problem = Problem(0, number, len(found["lead"]) + 1, message, hint)
    mended = [f"{found['lead']}annotations:"] + [f"{found['lead']}  {line}" for line in wanted]
    return Slip(problem, mended, False)


def _annotation(value: str) -> tuple[str, str]:
    """The router annotation a value most likely belonged to, and the value as a string."""
    word = value.strip("'\"")
    if word in _BALANCE:
        name = "balance"
    elif word in ("true", "false", "TRUE", "FALSE", "True", "False"):
        name = "disable_cookies"
    elif re.fullmatch(r"\d+(?:us|ms|s|m|h|d)", word):
        name = "timeout"
    else:
        return "<key>", f"'{word}'"
    return _ROUTER + name, f"'{word}'"
