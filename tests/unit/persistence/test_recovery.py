"""What was written is there again after a restart, in the same state and order."""

from __future__ import annotations

from cluster import models
from cluster.engine.assembly import build_engine
from cluster.engine.config import OPENSHIFT_4
from cluster.objects.document import to_document
from cluster.persistence import fsck, recovery, state
from cluster.scenarios import first_boot
from tests.builders import a_config, a_new_service, an_engine
from tests.unit.persistence.conftest import save


def test_a_living_cluster_comes_back_as_the_api_shows_it() -> None:
    engine = build_engine(a_config())
    first_boot(engine)
    engine.step(engine.now + 30.5)
    before = [
        to_document(obj) for bucket in engine.store._objects.values() for obj in bucket.values()
    ]
    save(engine)
    after = [to_document(obj) for obj in recovery.objects()]
    assert len(before) > 30
    assert sorted(before, key=_name) == sorted(after, key=_name)
    assert fsck.differences(engine.store) == []
    assert fsck.check() == []


def test_objects_come_back_in_order_of_creation() -> None:
    engine = an_engine(a_new_service("first"))
    engine.step(engine.now + 1)
    from cluster.engine.access import SYSTEM_ADMIN
    from cluster.engine.commands import Create

    engine.execute([Create(a_new_service("a-second"))], SYSTEM_ADMIN)
    save(engine)
    names = [obj.metadata.name for obj in recovery.objects()]
    assert names == ["demo", "first", "a-second"]


def test_templates_that_no_pod_uses_are_dropped() -> None:
    models.PodTemplate.objects.create(hash="unused", spec={"containers": []})
    recovery.drop_unused_templates()
    assert not models.PodTemplate.objects.exists()


def test_the_configuration_survives_with_its_profile() -> None:
    config = a_config(profile=OPENSHIFT_4, seed=42, router_domain="apps.example.com")
    assert state.config_from_json(state.config_to_json(config)) == config


def _name(document: dict) -> tuple[str, str, str]:
    metadata = document["metadata"]
    return document["kind"], metadata.get("namespace", ""), metadata["name"]
