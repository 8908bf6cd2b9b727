"""How an unquoted word is read, as `oc` and `kubectl` read it (sigs.k8s.io/yaml, goyaml.v2).

goyaml.v2 follows YAML 1.1 for booleans (yes/no/on/off/y/n) and octal numbers (0777), but knows
no base-60 numbers (`1:30` is a string), and sigs.k8s.io/yaml keeps dates as strings.
"""

from __future__ import annotations

import math
import re

from .model import JSONScalar

_TRUE = ("y", "yes", "true", "on")
_FALSE = ("n", "no", "false", "off")
_BOOLEANS: dict[str, bool] = {
    spelling: word in _TRUE
    for word in _TRUE + _FALSE
    for spelling in (word, word.capitalize(), word.upper())
}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_NOT_FINITE = frozenset(
    [".nan", ".NaN", ".NAN"]
    + [sign + word for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")]
)
_INTEGER = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<binary>[01]+)"
    r"|0[oO]?(?P<octal>[0-7]+)|(?P<decimal>0|[1-9][0-9]*))"
)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BASES = {"hex": 16, "binary": 2, "octal": 8, "decimal": 10}
_INT64_MIN, _INT64_MAX, _UINT64_MAX = -(1 << 63), (1 << 63) - 1, (1 << 64) - 1


class NotFiniteError(ValueError):
    """The word is .nan or .inf, which JSON, and so Kubernetes, cannot hold."""


def resolve(word: str) -> JSONScalar:
    """The value of an unquoted word.

    Raises `NotFiniteError` for .nan and .inf. A number with no fraction comes back as an int
    whatever its spelling (`2.0`): that is what the JSON sent to the API server would say.
    """
    if word in _BOOLEANS:
        return _BOOLEANS[word]
    if word in _NULLS:
        return None
    if word in _NOT_FINITE:
        raise NotFiniteError(word)
    if word[0] not in "+-.0123456789":
        return word
    return _number(word)


def _number(word: str) -> JSONScalar:
    plain = word.replace("_", "")
    matched = _INTEGER.fullmatch(plain)
    if matched and matched.lastgroup:
        digits = matched.group(matched.lastgroup)
        # Twenty decimal digits are the most a 64-bit number has, 64 the most in any base.
        if len(digits) <= 64:
            number = int(digits, _BASES[matched.lastgroup])
            number = -number if matched["sign"] == "-" else number
            if _INT64_MIN <= number <= _UINT64_MAX:
                return number
    if _FLOAT.fullmatch(plain):
        value = float(plain)
        if not math.isfinite(value):
            return word
        integral = value.is_integer() and _INT64_MIN <= value <= _INT64_MAX
        return int(value) if integral else value
    return word


def surprise(word: str, value: JSONScalar) -> str | None:
    """What a reader of `word` would not expect of `value`, or None when it reads as it looks."""
    if isinstance(value, bool):
        return None if word.lower() in ("true", "false") else f'"{word}" is read as {_json(value)}'
    if isinstance(value, int) and re.fullmatch(r"[-+]?0[0-9oO_]+", word):
        return f'"{word}" is read as the octal number {value}'
    if isinstance(value, int) and "_" in word:
        return f'"{word}" is read as {value}'
    if isinstance(value, float) and re.fullmatch(r"[-+]?[0-9_]+", word):
        return f'"{word}" is too large for a whole number and is read as {value!r}'
    return None


def _json(value: bool) -> str:
    return "true" if value else "false"
