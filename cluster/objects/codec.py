"""Objects to and from Kubernetes' JSON, driven by the dataclasses' fields (apimachinery's serializer).

A class is read once into a plan of fields; decoding reports the first wrong type in the API
server's words and lists the fields that the kind does not know. A class may refine its document by
`to_document(self, document)` and `from_document(cls, document)`.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast

from cluster.objects.errors import BadRequest
from cluster.objects.meta import EMPTY, Timestamp, from_rfc3339, rfc3339

T = TypeVar("T")
Encoder = Callable[[Any], Any]
Decoder = Callable[[Any, "_Reading"], Any]


@dataclass(frozen=True, slots=True)
class _Field:
    attribute: str
    json_name: str
    keep: bool
    optional: bool
    encode: Encoder
    decode: Decoder


@dataclass(frozen=True, slots=True)
class _Plan:
    fields: tuple[_Field, ...]
    by_json: Mapping[str, _Field]
    verbatim: frozenset[str]


@dataclass(slots=True)
class _Reading:
    """Where a decoder is in the document, and what it met on its way."""

    path: str
    struct: str
    unknown: list[str]

    def below(self, name: str, struct: str) -> _Reading:
        return _Reading(f"{self.path}.{name}" if self.path else name, struct, self.unknown)

    def item(self, index: int) -> _Reading:
        return _Reading(f"{self.path}[{index}]", self.struct, self.unknown)

    def wrong_type(self, value: Any, go_type: str) -> BadRequest:
        found = _json_type(value)
        return BadRequest(
            f"json: cannot unmarshal {found} into Go struct field {self.struct}.{self.path}"
            f" of type {go_type}",
            self.path,
        )


def encode(value: Any) -> dict[str, Any]:
    """The JSON document of an object or of a part of one."""
    return cast(dict[str, Any], _encoder(cast(Hashable, type(value)))(value))


def decode(cls: type[T], document: Mapping[str, Any], path: str = "") -> tuple[T, list[str]]:
    """The object in a document, and the paths of fields that the class does not know.

    Raises BadRequest when a field has the wrong JSON type.
    """
    reading = _Reading(path, cls.__name__, [])
    return cast(T, _decoder(cast(Hashable, cls))(document, reading)), reading.unknown


@cache
def _plan(cls: type) -> _Plan:
    hints = typing.get_type_hints(cls)
    fields: list[_Field] = []
    verbatim: frozenset[str] = frozenset()
    for declared in dataclasses.fields(cls):
        if "verbatim" in declared.metadata:
            verbatim = declared.metadata["verbatim"]
            continue
        hint = hints[declared.name]
        fields.append(
            _Field(
                attribute=declared.name,
                json_name=declared.metadata.get("json") or camel(declared.name),
                keep=declared.metadata.get("keep", False),
                optional=declared.default is None,
                encode=_encoder(hint),
                decode=_decoder(hint),
            )
        )
    return _Plan(tuple(fields), {each.json_name: each for each in fields}, verbatim)


def camel(snake: str) -> str:
    """`target_port` -> `targetPort`."""
    head, *rest = snake.split("_")
    return head + "".join(word.capitalize() for word in rest)


# --- encoding ------------------------------------------------------------------------------------


@cache
def _encoder(hint: Any) -> Encoder:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Timestamp:
        return rfc3339
    if dataclasses.is_dataclass(hint):
        return _encode_dataclass
    if origin is tuple:
        inner = _encoder(arguments[0])
        return lambda value: [inner(each) for each in value]
    if origin in (typing.Union, types.UnionType):
        return _encode_union(arguments)
    if origin is not None and issubclass(origin, Mapping):
        inner = _encoder(arguments[1])
        return lambda value: {name: inner(each) for name, each in value.items()}
    return lambda value: value


def _encode_union(arguments: tuple[Any, ...]) -> Encoder:
    real = [argument for argument in arguments if argument is not type(None)]
    if len(real) != 1:
        return lambda value: value
    inner = _encoder(real[0])
    return lambda value: None if value is None else inner(value)


def _encode_dataclass(value: Any) -> dict[str, Any]:
    plan = _plan(cast(Hashable, type(value)))
    document: dict[str, Any] = {}
    for each in plan.fields:
        held = getattr(value, each.attribute)
        if held or each.keep:
            encoded = each.encode(held)
            # A Go pointer to an empty struct is a value: `podSelector: {}` selects all pods.
            if encoded not in (None, {}) or each.keep or each.optional:
                document[each.json_name] = encoded
        elif each.optional and isinstance(held, int | float | tuple):
            document[each.json_name] = each.encode(held)  # a Go pointer: 0 and [] are values
    if plan.verbatim:
        document.update(value.extra)
    refine = getattr(value, "to_document", None)
    return cast(dict[str, Any], refine(document)) if refine else document


# --- decoding ------------------------------------------------------------------------------------


@cache
def _decoder(hint: Any) -> Decoder:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return lambda value, reading: value
    if hint is Timestamp:
        return _decode_time
    if dataclasses.is_dataclass(hint):
        return lambda value, reading: _decode_dataclass(cast(type, hint), value, reading)
    if origin is tuple:
        return _decode_list(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return _decode_union(arguments)
    if origin is not None and issubclass(origin, Mapping):
        return _decode_mapping(arguments[1])
    return _decode_scalar(hint)


def _decode_scalar(hint: type) -> Decoder:
    go_type = {int: "int32", float: "float64", str: "string", bool: "bool"}[hint]
    accepted: tuple[type, ...] = (int, float) if hint is float else (hint,)

    def read(value: Any, reading: _Reading) -> Any:
        if not isinstance(value, accepted) or (isinstance(value, bool) and hint is not bool):
            raise reading.wrong_type(value, go_type)
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise reading.wrong_type(value, go_type)
        return value

    return read


def _decode_time(value: Any, reading: _Reading) -> Timestamp:
    if not isinstance(value, str):
        raise reading.wrong_type(value, "v1.Time")
    try:
        return from_rfc3339(value)
    except ValueError:
        raise BadRequest(
            f'parsing time "{value}" as "2006-01-02T15:04:05Z07:00": cannot parse it', reading.path
        ) from None


def _decode_union(arguments: tuple[Any, ...]) -> Decoder:
    real = [argument for argument in arguments if argument is not type(None)]
    optional = len(real) != len(arguments)
    inner = _decode_int_or_string if set(real) == {int, str} else _decoder(real[0])

    def read(value: Any, reading: _Reading) -> Any:
        return None if optional and value is None else inner(value, reading)

    return read


def _decode_int_or_string(value: Any, reading: _Reading) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise reading.wrong_type(value, "intstr.IntOrString")
    return value


def _decode_list(item: Any) -> Decoder:
    inner = _decoder(item)

    def read(value: Any, reading: _Reading) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise reading.wrong_type(value, f"[]{_go_type(item)}")
        return tuple(inner(each, reading.item(index)) for index, each in enumerate(value))

    return read


def _decode_mapping(item: Any) -> Decoder:
    inner = _decoder(item)

    def read(value: Any, reading: _Reading) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise reading.wrong_type(value, f"map[string]{_go_type(item)}")
        return {
            name: inner(each, reading.below(name, reading.struct)) for name, each in value.items()
        } or EMPTY

    return read


def _decode_dataclass(cls: type, value: Any, reading: _Reading) -> Any:
    if not isinstance(value, Mapping):
        raise reading.wrong_type(value, f"v1.{cls.__name__}")
    document = _refined(cls, value, reading)
    plan = _plan(cast(Hashable, cls))
    arguments: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    for name, each in document.items():
        known = plan.by_json.get(name)
        if known is not None:
            if each is not None:
                arguments[known.attribute] = known.decode(each, reading.below(name, cls.__name__))
        elif name in plan.verbatim:
            kept[name] = each
        else:
            reading.unknown.append(f"{reading.path}.{name}" if reading.path else name)
    if kept:
        arguments["extra"] = kept
    return cls(**arguments)


def _refined(cls: type, value: Mapping[str, Any], reading: _Reading) -> Mapping[str, Any]:
    """The document as the class itself reads it; a class need not expect other shapes than its own."""
    refine = getattr(cls, "from_document", None)
    if refine is None:
        return value
    try:
        return cast(Mapping[str, Any], refine(value))
    except (AttributeError, KeyError, TypeError, ValueError):
        raise reading.wrong_type(value, f"v1.{cls.__name__}") from None


def _go_type(hint: Any) -> str:
    if dataclasses.is_dataclass(hint):
        return f"v1.{cast(type, hint).__name__}"
    return {int: "int32", str: "string", bool: "bool"}.get(hint, "interface {}")


def _json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object" if isinstance(value, dict) else "null"
