"""Every kind goes into its table and comes back the same."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cluster.objects import kinds
from cluster.objects.meta import EMPTY
from cluster.objects.pod import ContainerStatus, Pod, PodSpec, PodStatus
from cluster.persistence.mappers import MAPPERS, Corrupt, Reader
from cluster.persistence.mappers.pod import POD, TemplateHashes
from tests.builders import SPEC, a_pod, a_service
from tests.property.object_strategies import instances

each_kind = pytest.mark.parametrize("name", [kind.name for kind in kinds.STORED])


def reader_for(obj: Any) -> Reader:
    """A reader that knows the template of a pod."""
    return Reader({POD.hashes.of(obj.spec): obj.spec} if isinstance(obj, Pod) else {})


@each_kind
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_an_object_survives_its_row(name: str, data: st.DataObject) -> None:
    mapper = MAPPERS[name]
    obj = data.draw(instances(mapper.kind.cls))
    assume("\\x00" not in repr(obj))  # text columns replace NUL, which PostgreSQL cannot hold
    row = mapper.row(obj)
    assert len(row) == len(mapper.columns)
    assert mapper.read(row, reader_for(obj)) == obj


@each_kind
def test_the_columns_are_those_of_the_model(name: str) -> None:
    mapper = MAPPERS[name]
    fields = {field.column for field in mapper.model._meta.concrete_fields}
    assert set(mapper.columns) == fields


def test_a_pods_moments_keep_their_fractions() -> None:
    pod = a_pod()
    again = POD.read(POD.row(pod), reader_for(pod))
    assert again.status.ready_at == pod.status.ready_at
    assert again.status.container_statuses == pod.status.container_statuses


def test_pods_read_together_share_specs_labels_and_the_empty_mapping() -> None:
    reader = reader_for(a_pod())
    one, other = (POD.read(POD.row(a_pod(name)), reader) for name in ("web-1", "web-2"))
    assert one.spec is other.spec
    assert one.metadata.labels is other.metadata.labels
    assert one.metadata.annotations is EMPTY


def test_equal_specs_have_one_hash_and_different_ones_two() -> None:
    hashes = TemplateHashes()
    same = PodSpec(containers=SPEC.containers)
    assert hashes.of(SPEC) == hashes.of(same)
    assert hashes.of(SPEC) != hashes.of(PodSpec(containers=()))


def test_a_pods_row_holds_no_spec() -> None:
    row = POD.row(a_pod())
    assert "example/web:1" not in str(row[: POD.columns.index("containers")])


def test_a_container_that_just_waits_takes_little_room() -> None:
    pod = a_pod()
    waiting = PodStatus(container_statuses=(ContainerStatus(name="web", image="example/web:1"),))
    row = POD.row(dataclasses.replace(pod, status=waiting))
    assert row[-1] == '[["web","example/web:1"]]'


def test_a_damaged_document_names_its_row() -> None:
    mapper = MAPPERS["Service"]
    row = list(mapper.row(a_service("web")))
    row[mapper.columns.index("spec")] = '{"ports": 3}'
    with pytest.raises(Corrupt, match=r"Service demo/web: .*spec.ports"):
        mapper.read(row, Reader())


def test_a_field_nobody_knows_is_damage() -> None:
    mapper = MAPPERS["Service"]
    row = list(mapper.row(a_service("web")))
    row[mapper.columns.index("spec")] = '{"portz": []}'
    with pytest.raises(Corrupt, match=r"unknown field spec.portz"):
        mapper.read(row, Reader())


def test_a_pod_without_its_template_is_damage() -> None:
    with pytest.raises(Corrupt, match=r"Pod demo/web-1: pod template .* is missing"):
        POD.read(POD.row(a_pod()), Reader())
