"""fsck finds damage that was planted, and names it."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from cluster import models
from cluster.engine.assembly import build_engine
from cluster.engine.engine import Engine
from cluster.persistence import fsck
from cluster.scenarios import first_boot
from tests.builders import a_config
from tests.unit.persistence.conftest import save


@pytest.fixture
def engine() -> Engine:
    """A saved cluster with running pods."""
    engine = build_engine(a_config())
    first_boot(engine)
    engine.step(engine.now + 30)
    save(engine)
    return engine


def only(problems: list[str], *words: str) -> bool:
    """Whether one problem has all these words."""
    return any(all(word in problem for word in words) for problem in problems)


def test_a_whole_cluster_passes(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("fsck")
    assert "whole" in capsys.readouterr().out


def test_an_address_held_twice_is_found(engine: Engine) -> None:
    one, other = models.Pod.objects.exclude(pod_ip="").order_by("name")[:2]
    models.Pod.objects.filter(name=other.name).update(pod_ip=one.pod_ip)
    assert only(fsck.check(), f"address {one.pod_ip} is held by", one.name, other.name)


def test_an_address_outside_of_the_nodes_subnet_is_found(engine: Engine) -> None:
    pod = models.Pod.objects.exclude(pod_ip="").first()
    assert pod is not None
    models.Pod.objects.filter(name=pod.name).update(pod_ip="10.1.2.3")
    assert only(fsck.check(), pod.name, "10.1.2.3 is outside of", pod.node_name)


def test_a_version_above_the_counter_is_found(engine: Engine) -> None:
    models.Route.objects.update(resource_version=10**9)
    assert only(fsck.check(), "Route demo/", "version 1000000000 is above the counter's")


def test_a_uid_held_twice_is_found(engine: Engine) -> None:
    uid = models.Node.objects.values_list("uid", flat=True)[0]
    models.Route.objects.update(uid=uid)
    assert only(fsck.check(), f"uid {uid} is held by")


def test_a_column_that_contradicts_its_document_is_found(engine: Engine) -> None:
    models.Service.objects.filter(name="kubernetes").update(cluster_ip="172.30.9.9")
    assert only(fsck.check(), "Service default/kubernetes: column cluster_ip is '172.30.9.9'")


def test_a_missing_template_is_found(engine: Engine) -> None:
    models.PodTemplate.objects.all().delete()
    assert only(fsck.check(), "pod template", "is missing")


def test_an_object_without_its_namespace_is_found(engine: Engine) -> None:
    models.Namespace.objects.filter(name="demo").delete()
    assert only(fsck.check(), "there is no namespace demo")


def test_the_command_fails_on_damage(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    models.Namespace.objects.filter(name="demo").delete()
    with pytest.raises(CommandError, match="problems found"):
        call_command("fsck")
    assert "there is no namespace demo" in capsys.readouterr().out


def test_a_difference_between_store_and_database_is_found(engine: Engine) -> None:
    models.Service.objects.filter(name="kubernetes").delete()
    models.Route.objects.update(generation=77)
    problems = fsck.differences(engine.store)
    assert only(problems, "Service default/kubernetes is in the store and not in the database")
    assert only(problems, "Route demo/", "column generation is 77")
