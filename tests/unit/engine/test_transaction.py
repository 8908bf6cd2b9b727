"""Commands: permission, admission, optimistic concurrency, all or nothing."""

from __future__ import annotations

import dataclasses

import pytest

from cluster.engine.access import SYSTEM_ADMIN, Actor
from cluster.engine.commands import Apply, Create, Delete, Edit, Replace, Scale
from cluster.engine.config import EngineConfig
from cluster.engine.engine import Engine
from cluster.objects import kinds
from cluster.objects.document import from_document
from cluster.objects.errors import AlreadyExists, BadRequest, Conflict, Forbidden, Invalid, NotFound
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.namespace import Namespace, Project
from cluster.objects.replicationcontroller import ReplicationController
from cluster.objects.rolebinding import RoleBinding
from cluster.objects.route import Route
from cluster.objects.service import Service, ServicePort, ServiceSpec

ANNA, BERT = Actor("anna"), Actor("bert")


@pytest.fixture
def engine() -> Engine:
    made = Engine(EngineConfig(epoch=1_700_000_000), [])
    made.execute([Create(Project(metadata=ObjectMeta(name="demo")))], ANNA)
    made.take_changes()
    return made


def a_service(name: str, **spec: object) -> Service:
    ports = (ServicePort(port=8080),)
    return Service(
        metadata=ObjectMeta(name=name, namespace="demo"),
        spec=ServiceSpec(ports=ports, **spec),  # type: ignore[arg-type]
    )


def a_route(name: str, host: str = "") -> Route:
    document = {
        "apiVersion": "route.openshift.io/v1",
        "kind": "Route",
        "metadata": {"name": name, "namespace": "demo"},
        "spec": {"host": host, "to": {"name": "web"}},
    }
    return from_document(document)[0]


def test_requesting_a_project_makes_its_requester_admin(engine: Engine) -> None:
    binding = engine.store.get(RoleBinding, "demo", "admin")
    assert binding is not None and binding.subjects[0].name == "anna"
    engine.execute([Create(a_service("web"))], ANNA)
    with pytest.raises(Forbidden, match='User "bert" cannot create resource "services"'):
        engine.execute([Create(a_service("other"))], BERT)


def test_a_created_object_is_defaulted_and_gets_identity(engine: Engine) -> None:
    [outcome] = engine.execute([Create(a_service("web"))], ANNA)
    stored = engine.store.get(Service, "demo", "web")
    assert outcome.new is stored and stored is not None
    assert stored.metadata.uid and stored.metadata.creation_timestamp == 1_700_000_000
    assert stored.spec.type == "ClusterIP"
    assert stored.spec.ports[0].target_port == 8080
    assert stored.spec.cluster_ip.startswith("172.30.")


def test_either_all_commands_happen_or_none(engine: Engine) -> None:
    used = engine.cluster.addresses.services.used
    version = engine.store.version
    with pytest.raises(Invalid):
        engine.execute([Create(a_service("good")), Create(a_service("Bad_Name"))], ANNA)
    assert engine.store.version == version
    assert engine.store.list(Service, "demo") == []
    assert engine.cluster.addresses.services.used == used


def test_later_commands_see_what_earlier_ones_staged(engine: Engine) -> None:
    project = Create(Project(metadata=ObjectMeta(name="fresh")))
    service = dataclasses.replace(
        a_service("web"), metadata=ObjectMeta(name="web", namespace="fresh")
    )
    engine.execute([project, Create(service)], SYSTEM_ADMIN)
    assert engine.store.get(Service, "fresh", "web") is not None
    with pytest.raises(AlreadyExists):
        engine.execute([Create(a_service("a")), Create(a_service("a"))], ANNA)


def test_a_project_and_what_lives_in_it_may_come_in_one_transaction(engine: Engine) -> None:
    project = Create(Project(metadata=ObjectMeta(name="fresh")))
    service = dataclasses.replace(
        a_service("web"), metadata=ObjectMeta(name="web", namespace="fresh")
    )
    engine.execute([project, Create(service)], BERT)
    assert engine.store.get(Service, "fresh", "web") is not None


def test_applying_ones_own_manifests_again_changes_nothing(engine: Engine) -> None:
    again = [Apply(a_route("shop")), Apply(Project(metadata=ObjectMeta(name="demo")))]
    engine.execute(again, ANNA)
    outcomes = engine.execute(again, ANNA)
    assert [outcome.action for outcome in outcomes] == ["unchanged", "unchanged"]


def test_a_missing_project_is_named(engine: Engine) -> None:
    lost = dataclasses.replace(a_service("web"), metadata=ObjectMeta(name="web", namespace="gone"))
    with pytest.raises(NotFound, match='namespaces "gone" not found'):
        engine.execute([Create(lost)], SYSTEM_ADMIN)


def test_a_stale_replace_is_a_conflict(engine: Engine) -> None:
    engine.execute([Create(a_service("web"))], ANNA)
    seen = engine.store.get(Service, "demo", "web")
    assert seen is not None
    labelled = dataclasses.replace(
        seen, metadata=dataclasses.replace(seen.metadata, labels={"a": "b"})
    )
    engine.execute([Replace(labelled)], ANNA)
    with pytest.raises(Conflict, match="the object has been modified"):
        engine.execute([Replace(labelled)], ANNA)


def test_replacing_without_a_change_commits_nothing(engine: Engine) -> None:
    engine.execute([Create(a_service("web"))], ANNA)
    version = engine.store.version
    [outcome] = engine.execute([Apply(a_service("web"))], ANNA)
    assert (outcome.action, engine.store.version) == ("unchanged", version)


def test_generation_rises_with_the_spec_and_not_with_labels(engine: Engine) -> None:
    engine.execute([Create(a_service("web"))], ANNA)

    def label(obj: Service) -> Service:
        return dataclasses.replace(
            obj, metadata=dataclasses.replace(obj.metadata, labels={"a": "b"})
        )

    def select(obj: Service) -> Service:
        return dataclasses.replace(obj, spec=dataclasses.replace(obj.spec, selector={"app": "x"}))

    key = Key("demo", "web")
    [labelled] = engine.execute([Edit(kinds.SERVICE, key, label)], ANNA)
    [changed] = engine.execute([Edit(kinds.SERVICE, key, select)], ANNA)
    assert labelled.new is not None and labelled.new.metadata.generation == 1
    assert changed.new is not None and changed.new.metadata.generation == 2


def test_a_requested_cluster_ip_is_honoured_once(engine: Engine) -> None:
    engine.execute([Create(a_service("a", cluster_ip="172.30.9.9"))], ANNA)
    with pytest.raises(Invalid, match="provided IP is already allocated"):
        engine.execute([Create(a_service("b", cluster_ip="172.30.9.9"))], ANNA)
    with pytest.raises(Invalid, match=r"The range of valid IPs is 172.30.0.0/16"):
        engine.execute([Create(a_service("c", cluster_ip="10.0.0.1"))], ANNA)


def test_replacing_a_service_keeps_its_cluster_ip(engine: Engine) -> None:
    [made] = engine.execute([Create(a_service("web"))], ANNA)
    [changed] = engine.execute([Apply(a_service("web", selector={"app": "web"}))], ANNA)
    assert made.new and changed.new
    assert changed.new.spec.cluster_ip == made.new.spec.cluster_ip


def test_routes_get_a_host_that_only_cluster_admins_change(engine: Engine) -> None:
    [outcome] = engine.execute([Create(a_route("shop"))], ANNA)
    assert outcome.new and outcome.new.spec.host == "shop-demo.apps.localhost"
    with pytest.raises(Invalid, match="you do not have permission to set the host field"):
        engine.execute([Apply(a_route("shop", "shop.example.com"))], ANNA)
    engine.execute([Apply(a_route("shop", "shop.example.com"))], SYSTEM_ADMIN)


def test_a_plan_changes_nothing_and_goes_on_after_an_error(engine: Engine) -> None:
    version, chance = engine.store.version, engine.cluster.rng.state
    outcomes = engine.plan(
        [Apply(a_service("good")), Apply(a_service("Bad_Name")), Apply(a_route("r"))], ANNA
    )
    assert [outcome.action for outcome in outcomes] == ["create", "error", "create"]
    assert isinstance(outcomes[1].error, Invalid)
    assert (engine.store.version, engine.cluster.rng.state) == (version, chance)
    assert engine.cluster.addresses.services.used == 1


def test_scaling_checks_the_number_and_the_kind(engine: Engine) -> None:
    document = {
        "apiVersion": "v1",
        "kind": "ReplicationController",
        "metadata": {"name": "web", "namespace": "demo"},
        "spec": {
            "replicas": 1,
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "nginx"}]},
            },
        },
    }
    engine.execute([Create(from_document(document)[0])], ANNA)
    key = Key("demo", "web")
    engine.execute([Scale(kinds.REPLICATIONCONTROLLER, key, 4)], ANNA)
    stored = engine.store.get(ReplicationController, "demo", "web")
    assert stored is not None and stored.spec.replicas == 4
    with pytest.raises(Invalid, match="must be greater than or equal to 0"):
        engine.execute([Scale(kinds.REPLICATIONCONTROLLER, key, -1)], ANNA)
    with pytest.raises(BadRequest):
        engine.execute([Scale(kinds.SERVICE, key, 1)], ANNA)


def test_status_is_not_the_users_to_write(engine: Engine) -> None:
    document = {
        "apiVersion": "route.openshift.io/v1",
        "kind": "Route",
        "metadata": {"name": "r", "namespace": "demo"},
        "spec": {"to": {"name": "web"}},
        "status": {"ingress": [{"host": "forged"}]},
    }
    [outcome] = engine.execute([Create(from_document(document)[0])], ANNA)
    assert outcome.new and outcome.new.status.ingress == ()


def test_deleting_a_project_terminates_it_and_the_clusters_own_stay(engine: Engine) -> None:
    engine.execute([Delete(kinds.PROJECT, Key("", "demo"))], ANNA)
    namespace = engine.store.get(Namespace, "", "demo")
    assert namespace is not None and namespace.status.phase == "Terminating"
    with pytest.raises(Forbidden, match="because it is being terminated"):
        engine.execute([Create(a_service("late"))], ANNA)
    engine.execute([Create(Namespace(metadata=ObjectMeta(name="default")))], SYSTEM_ADMIN)
    with pytest.raises(Forbidden, match="this namespace may not be deleted"):
        engine.execute([Delete(kinds.NAMESPACE, Key("", "default"))], SYSTEM_ADMIN)


def test_only_intent_is_marked_as_such(engine: Engine) -> None:
    engine.execute([Create(a_service("web"))], ANNA)
    assert all(change.intent for change in engine.take_changes())
    assert engine.take_changes() == []


def test_viewers_read_and_do_not_write(engine: Engine) -> None:
    document = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "view", "namespace": "demo"},
        "roleRef": {"kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "User", "name": "bert"}],
    }
    engine.execute([Create(from_document(document)[0])], ANNA)
    with pytest.raises(Forbidden):
        engine.execute([Create(a_service("web"))], BERT)
