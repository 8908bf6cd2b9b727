"""Every kind survives the way to JSON and back, its defaults are stable and its rules never fail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cluster.objects import defaults, kinds, validation
from cluster.objects.codec import decode, encode
from cluster.objects.errors import BadRequest
from cluster.objects.pod import Pod
from tests.property.object_strategies import instances

KINDS: list[type[Any]] = [kind.cls for kind in kinds.KINDS]
DEFAULTED = [cls for cls in KINDS if hasattr(defaults, f"default_{cls.__name__.lower()}")]
FEW = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

each_kind = pytest.mark.parametrize("cls", KINDS, ids=lambda cls: cls.__name__)
each_defaulted = pytest.mark.parametrize("cls", DEFAULTED, ids=lambda cls: cls.__name__)


def test_every_defaulting_belongs_to_a_kind() -> None:
    assert len(DEFAULTED) == len(defaults.__all__)


@each_kind
@FEW
@given(data=st.data())
def test_an_object_survives_json(cls: type[Any], data: st.DataObject) -> None:
    instance = data.draw(instances(cls))
    document = json.loads(json.dumps(encode(instance)))
    again, unknown = decode(cls, document)
    assert unknown == []
    assert again == instance
    assert encode(again) == encode(instance)


@each_defaulted
@FEW
@given(data=st.data())
def test_defaults_change_nothing_the_second_time(cls: type[Any], data: st.DataObject) -> None:
    fill = getattr(defaults, f"default_{cls.__name__.lower()}")
    once = fill(data.draw(instances(cls)))
    assert fill(once) == once
    again, _ = decode(cls, json.loads(json.dumps(encode(once))))
    assert fill(again) == once


@each_kind
@FEW
@given(data=st.data())
def test_rules_answer_for_every_object_and_every_change(
    cls: type[Any], data: st.DataObject
) -> None:
    new, old = data.draw(instances(cls)), data.draw(instances(cls))
    name = f"validate_{cls.__name__.lower()}"
    errors = getattr(validation, name)(new) + getattr(validation, f"{name}_update")(new, old)
    for error in errors:
        assert str(error).startswith(f"{error.path}: {error.kind}")


@pytest.mark.parametrize(
    "status",
    [
        {"conditions": [{}]},
        {"conditions": 5},
        {"conditions": ["Ready"]},
        {"containerStatuses": [{"state": "running"}]},
        {"containerStatuses": [5]},
    ],
)
def test_a_status_of_another_shape_is_a_bad_request(status: dict[str, Any]) -> None:
    with pytest.raises(BadRequest, match="cannot unmarshal"):
        decode(Pod, {"metadata": {}, "status": status})
