"""Field errors and their texts: Kubernetes' `field.Error` (apimachinery)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong with one field. `str()` gives the API server's own wording."""

    path: str
    kind: str
    detail: str = ""
    value: Any = None

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"

    @property
    def message(self) -> str:
        """The text without the field's path."""
        if self.kind in ("Required value", "Forbidden", "Too long"):
            return f"{self.kind}: {self.detail}" if self.detail else self.kind
        shown = f"{self.kind}: {quoted(self.value)}"
        return f"{shown}: {self.detail}" if self.detail else shown


def quoted(value: Any) -> str:
    """A value as the API server prints it: strings quoted, numbers bare."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=dict)


def required(path: str, detail: str = "") -> FieldError:
    """The field must be given."""
    return FieldError(path, "Required value", detail)


def invalid(path: str, value: Any, detail: str) -> FieldError:
    """The value breaks a rule."""
    return FieldError(path, "Invalid value", detail, value)


def unsupported(path: str, value: Any, supported: tuple[str, ...]) -> FieldError:
    """The value is not one of the legal ones."""
    names = ", ".join(f'"{name}"' for name in supported)
    return FieldError(path, "Unsupported value", f"supported values: {names}", value)


def duplicate(path: str, value: Any) -> FieldError:
    """The value occurs twice where it may occur once."""
    return FieldError(path, "Duplicate value", "", value)


def forbidden(path: str, detail: str) -> FieldError:
    """The field may not be set here or by this user."""
    return FieldError(path, "Forbidden", detail)


def too_long(path: str, detail: str) -> FieldError:
    """The value is longer than the field may be."""
    return FieldError(path, "Too long", detail)


def too_many(path: str, count: int, limit: int) -> FieldError:
    """The list is longer than it may be."""
    return FieldError(path, "Too many", f"must have at most {limit} items", count)


def not_found(path: str, value: Any) -> FieldError:
    """The value names something that does not exist."""
    return FieldError(path, "Not found", "", value)


def aggregate(errors: list[FieldError]) -> str:
    """Several errors as one text, as `errors.Aggregate` prints them."""
    texts = list(dict.fromkeys(str(error) for error in errors))
    return texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]"
