"""What a declaration of a kind says: its names, its class, its rules, its columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cluster.objects.fields import FieldError

Object = Any
"""An instance of a kind's class; each has `metadata`."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of `oc get`. `value` gives the cell's text from the object and the cluster's time.

    `wide` columns appear with `-o wide`. `sort` gives the value to order by where text would be wrong.
    """

    name: str
    value: Callable[[Object, float], str]
    wide: bool = False
    sort: Callable[[Object], Any] | None = None


def _same(obj: Object) -> Object:
    return obj


def _no_errors(obj: Object) -> list[FieldError]:
    return []


def _no_update_errors(new: Object, old: Object) -> list[FieldError]:
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """The one declaration of a kind; API, import, tables and navigation read it.

    `section` is its place in the navigation ("" keeps it out). `legacy` lists further apiVersions under
    which old manifests name it. `user_made` says whether users create it or the cluster alone does;
    `admin_made` lets cluster admins write it nevertheless.
    `desired` names the attributes that a user writes and whose change raises `metadata.generation`.
    """

    name: str
    cls: type[Any]
    plural: str
    title: str
    badge: str
    group: str = ""
    version: str = "v1"
    section: str = ""
    namespaced: bool = True
    user_made: bool = True
    admin_made: bool = False
    short_names: tuple[str, ...] = ()
    legacy: tuple[str, ...] = ()
    desired: tuple[str, ...] = ("spec",)
    default: Callable[[Object], Object] = _same
    validate: Callable[[Object], list[FieldError]] = _no_errors
    validate_update: Callable[[Object, Object], list[FieldError]] = _no_update_errors
    columns: tuple[Column, ...] = field(default=())
    scalable: bool = False

    @property
    def api_version(self) -> str:
        """`v1` or `route.openshift.io/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def singular(self) -> str:
        """`route`."""
        return self.name.lower()

    @property
    def resource(self) -> str:
        """`pods`, `routes.route.openshift.io`: how error texts name the resource."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified(self) -> str:
        """`Pod`, `Route.route.openshift.io`: how error texts name the kind."""
        return f"{self.name}.{self.group}" if self.group else self.name

    def spec_changed(self, new: Object, old: Object) -> bool:
        """Whether an attribute that a user writes differs."""
        return any(getattr(new, each) != getattr(old, each) for each in self.desired)
