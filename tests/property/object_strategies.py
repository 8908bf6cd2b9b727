"""Random objects of every kind, built from the fields that their classes declare.

Left out is what JSON cannot tell apart: an empty value where the default is not empty, and a part of
an object in which nothing is set.
"""

from __future__ import annotations

import base64
import dataclasses
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any

from hypothesis import strategies as st

from cluster.objects.codec import encode
from cluster.objects.meta import ObjectMeta, Timestamp
from cluster.objects.pod import ContainerStatus, PodStatus
from cluster.objects.secret import Secret

TEXT = st.one_of(
    st.sampled_from(
        ["", "a", "web", "app.kubernetes.io/name", "10.0.0.1", "edge", "Rolling", "-x"]
    ),
    st.text(max_size=8),
)
NUMBERS = st.one_of(st.integers(-2, 3), st.sampled_from([80, 8080, 65536, 2**31]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
BASE64 = st.binary(max_size=8).map(lambda content: base64.b64encode(content).decode())
TIMES = st.integers(1, 2**32 - 1).map(lambda seconds: Timestamp(float(seconds)))


@cache
def of(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type that a field declares."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in _SPECIAL:
        return _SPECIAL[hint]
    if dataclasses.is_dataclass(hint):
        return instances(typing.cast(type, hint))
    if origin is tuple:
        return st.lists(of(arguments[0]), max_size=2).map(tuple)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([st.none() if each is type(None) else given(each) for each in arguments])
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(TEXT, of(arguments[1]), max_size=2)
    raise AssertionError(hint)


def given(hint: Any) -> st.SearchStrategy[Any]:
    """Values of an optional field that can be told from a missing one."""
    if dataclasses.is_dataclass(hint):
        return of(hint).filter(lambda value: encode(value) != {})
    return of(hint).filter(lambda value: value != "")


def instances(cls: type[Any]) -> st.SearchStrategy[Any]:
    """Instances of a class of objects or of a part of one."""
    hints = typing.get_type_hints(cls)
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for field in dataclasses.fields(cls):
        if "verbatim" in field.metadata:
            names = sorted(field.metadata["verbatim"])
            fields[field.name] = st.dictionaries(st.sampled_from(names), JSON, max_size=1)
            continue
        values = of(hints[field.name])
        has_default = field.default is not dataclasses.MISSING and bool(field.default)
        if has_default and not field.metadata.get("keep"):
            values = values.filter(bool)
        fields[field.name] = values
    if cls is Secret:
        fields["data"] = st.dictionaries(TEXT, BASE64, max_size=2)
    return st.builds(cls, **fields)


@st.composite
def container_statuses(draw: st.DrawFn) -> ContainerStatus:
    """What a kubelet reports of a container: it waits, runs or has ended."""
    state = draw(st.sampled_from(["waiting", "running", "terminated"]))
    running, ended = state == "running", state == "terminated"
    restarted = draw(st.booleans())
    return ContainerStatus(
        name=draw(TEXT),
        image=draw(TEXT),
        state=state,
        reason="" if running else draw(TEXT),
        message="" if running else draw(TEXT),
        ready=running and draw(st.booleans()),
        restart_count=draw(st.integers(0, 3)),
        started_at=None if state == "waiting" else draw(TIMES),
        finished_at=draw(TIMES) if ended else None,
        exit_code=draw(st.integers(0, 255)) if ended else 0,
        last_reason=draw(TEXT) if restarted else "",
        last_exit_code=draw(st.integers(0, 255)) if restarted else 0,
        last_started_at=draw(TIMES) if restarted else None,
        last_finished_at=draw(TIMES) if restarted else None,
    )


@st.composite
def pod_statuses(draw: st.DrawFn) -> PodStatus:
    """The status of a pod that waits for a node, or of one that has one."""
    if draw(st.booleans()):
        return PodStatus()
    moment = draw(TIMES)
    return PodStatus(
        phase=draw(st.sampled_from(["Pending", "Running", "Succeeded", "Failed"])),
        reason=draw(TEXT),
        message=draw(TEXT),
        pod_ip=draw(TEXT),
        host_ip=draw(TEXT),
        start_time=draw(TIMES),
        scheduled_at=moment,
        ready=draw(st.booleans()),
        ready_at=draw(TIMES),
        container_statuses=tuple(draw(st.lists(container_statuses(), max_size=2))),
    )


_SPECIAL: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: NUMBERS,
    bool: st.booleans(),
    float: st.floats(-1, 200_000, allow_nan=False),
    Any: JSON,
    Timestamp: TIMES,
    PodStatus: pod_statuses(),
    ContainerStatus: container_statuses(),
}
_SPECIAL[ObjectMeta] = instances(ObjectMeta).map(
    lambda metadata: dataclasses.replace(metadata, resource_version=abs(metadata.resource_version))
)
