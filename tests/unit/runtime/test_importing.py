"""Import YAML against a real engine: plans with lines, and all or nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from cluster.engine.access import Actor
from cluster.engine.commands import Command, Create, Edit
from cluster.engine.config import EngineConfig
from cluster.engine.engine import Engine
from cluster.engine.transaction import Outcome
from cluster.objects import kinds
from cluster.objects.deploymentconfig import DeploymentConfig
from cluster.objects.kind import Object
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.namespace import Project
from cluster.objects.route import Route
from cluster.objects.service import Service
from cluster.runtime import importing
from cluster.runtime.importing import NotAppliedError, Review
from tests.shared_data import shared_path

DEVELOPER = Actor("developer")
ADMIN = Actor("kubeadmin", is_cluster_admin=True)

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
  - port: 8080
"""
ROUTE = """\
apiVersion: v1
kind: Route
metadata:
  name: web
spec:
  to:
    kind: Service
    name: web
"""
CONFIG = """\
apiVersion: v1
kind: DeploymentConfig
metadata:
  name: web
spec:
  replicas: 2
  selector:
    app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: web:latest
"""


@pytest.fixture
def engine() -> Engine:
    engine = Engine(EngineConfig(epoch=1_700_000_000), [])
    engine.execute([Create(Project(metadata=ObjectMeta(name="demo")))], DEVELOPER)
    engine.execute([Create(Project(metadata=ObjectMeta(name="secret")))], ADMIN)
    return engine


def reviewed(
    engine: Engine, text: str, namespace: str = "demo", actor: Actor = DEVELOPER
) -> Review:
    return importing.review(engine, text, namespace, actor)


def apply(
    engine: Engine, text: str, namespace: str = "demo", actor: Actor = DEVELOPER
) -> list[str]:
    plan = reviewed(engine, text, namespace, actor)
    return [each.action for each in importing.apply(engine, text, namespace, actor, plan.digest)]


def lines(plan: Review) -> list[tuple[int, str]]:
    return [(each.line, each.message) for each in plan.errors]


def documents(*texts: str) -> str:
    return "---\n".join(texts)


def stored(engine: Engine, cls: type, name: str = "web") -> Object | None:
    return engine.store.get(cls, "demo", name)


def test_the_course_service_gets_hints_at_its_lines_and_its_repaired_text_applies(
    engine: Engine,
) -> None:
    notes = shared_path("seed", "networks-services-routes-scaling.txt").read_text()
    text = notes[notes.index("apiVersion: v1\nkind: Service") :].split("\n\n")[0]
    plan = reviewed(engine, text)
    assert [line for line, _ in lines(plan)] == [3, 4, 5]
    assert all(problem.hint for problem in plan.errors)
    assert plan.documents == () and plan.repaired is not None
    assert apply(engine, plan.repaired) == ["create"]
    service = stored(engine, Service, "simple-webapp-docker")
    assert service.spec.selector == {"deploymentconfig": "simple-webapp-docker"}


def test_a_review_writes_nothing_and_names_what_the_cluster_will_give(engine: Engine) -> None:
    before = engine.store.version, engine.cluster.rng.state
    plan = reviewed(engine, documents(SERVICE, ROUTE, CONFIG))
    assert (engine.store.version, engine.cluster.rng.state) == before
    assert [(each.number, each.kind, each.action) for each in plan.documents] == [
        (1, "Service", "create"),
        (2, "Route", "create"),
        (3, "DeploymentConfig", "create"),
    ]
    cluster_ip, host = plan.documents[0].generated[0], plan.documents[1].generated[0]
    assert (cluster_ip.label, cluster_ip.value) == ("Cluster IP", "assigned on apply")
    assert (host.label, host.value) == ("Host", "web-demo.apps.localhost")
    assert "clusterIP" not in plan.documents[0].stored
    assert "sessionAffinity: None" in plan.documents[0].stored


def test_one_bad_document_keeps_all_others_from_being_written(engine: Engine) -> None:
    text = documents(SERVICE, ROUTE.replace("    kind: Service", "    kind: Pod"))
    plan = reviewed(engine, text)
    assert [each.action for each in plan.documents] == ["create", "error"]
    assert lines(plan) == [
        (17, 'spec.to.kind: Invalid value: "Pod": must reference a Service'),
    ]
    with pytest.raises(NotAppliedError) as refused:
        importing.apply(engine, text, "demo", DEVELOPER, plan.digest)
    assert refused.value.reason == "errors"
    assert stored(engine, Service) is None


def test_every_field_at_fault_has_its_own_line(engine: Engine) -> None:
    text = SERVICE.replace("port: 8080", "port: 70000\n    targetPort: Bad_Name")
    found = lines(reviewed(engine, text))
    assert [line for line, _ in found] == [9, 10]
    assert found[0][1].startswith("spec.ports[0].port: Invalid value: 70000")
    assert found[1][1].startswith('spec.ports[0].targetPort: Invalid value: "Bad_Name"')


def test_a_wrong_type_is_refused_at_its_line(engine: Engine) -> None:
    found = lines(reviewed(engine, SERVICE.replace("port: 8080", 'port: "8080"')))
    assert [line for line, _ in found] == [9]
    assert 'Service in version "v1" cannot be handled as a Service' in found[0][1]
    assert "cannot unmarshal string into Go struct field" in found[0][1]


def test_an_unknown_field_is_a_warning_at_its_line(engine: Engine) -> None:
    plan = reviewed(engine, SERVICE.replace("spec:\n", "spec:\n  colour: blue\n"))
    assert [(each.line, each.message) for each in plan.warnings] == [
        (6, 'unknown field "spec.colour"')
    ]
    assert plan.is_applicable


def test_a_list_is_taken_apart(engine: Engine) -> None:
    items = "".join(
        "- " + "\n  ".join(text.strip().splitlines()) + "\n" for text in (SERVICE, CONFIG)
    )
    text = f"apiVersion: v1\nkind: List\nitems:\n{items}"
    plan = reviewed(engine, text)
    assert [(each.kind, each.line) for each in plan.documents] == [
        ("Service", 4),
        ("DeploymentConfig", 13),
    ]
    assert apply(engine, text) == ["create", "create"]


def test_old_api_versions_of_route_and_deploymentconfig_are_read(engine: Engine) -> None:
    assert apply(engine, documents(CONFIG, ROUTE, SERVICE)) == ["create"] * 3
    assert stored(engine, DeploymentConfig).spec.replicas == 2
    assert stored(engine, Route).spec.host == "web-demo.apps.localhost"


def test_a_replace_shows_what_would_change_and_nothing_else(engine: Engine) -> None:
    apply(engine, CONFIG)
    plan = reviewed(engine, CONFIG.replace("replicas: 2", "replicas: 5"))
    (document,) = plan.documents
    assert document.action == "replace"
    changed = [(line.kind, line.text) for line in document.diff if line.kind != " "]
    assert changed == [("-", "  replicas: 2"), ("+", "  replicas: 5")]
    whole = "\n".join(line.text for line in document.diff)
    assert "resourceVersion" not in whole and "uid" not in whole and "status" not in whole


@pytest.mark.parametrize("text", [SERVICE, CONFIG])
def test_the_same_manifest_again_is_unchanged(engine: Engine, text: str) -> None:
    apply(engine, text)
    version = engine.store.version
    assert [each.action for each in reviewed(engine, text).documents] == ["unchanged"]
    assert apply(engine, text) == ["unchanged"]
    assert engine.store.version == version


def test_a_change_between_review_and_apply_asks_for_a_new_look(engine: Engine) -> None:
    apply(engine, CONFIG)
    text = CONFIG.replace("replicas: 2", "replicas: 5")
    plan = reviewed(engine, text)
    apply(engine, CONFIG.replace("replicas: 2", "replicas: 3"))
    with pytest.raises(NotAppliedError) as refused:
        importing.apply(engine, text, "demo", DEVELOPER, plan.digest)
    assert refused.value.reason == "cluster"
    assert "  replicas: 3" in [line.text for line in refused.value.review.documents[0].diff]
    assert stored(engine, DeploymentConfig).spec.replicas == 3


def test_an_object_made_between_review_and_apply_is_not_overwritten(engine: Engine) -> None:
    plan = reviewed(engine, CONFIG)
    apply(engine, CONFIG.replace("replicas: 2", "replicas: 3"))
    with pytest.raises(NotAppliedError) as refused:
        importing.apply(engine, CONFIG, "demo", DEVELOPER, plan.digest)
    assert refused.value.reason == "cluster"
    assert [each.action for each in refused.value.review.documents] == ["replace"]


def test_a_status_that_moved_on_needs_no_new_look(engine: Engine) -> None:
    apply(engine, CONFIG)
    text = CONFIG.replace("replicas: 2", "replicas: 5")
    plan = reviewed(engine, text)
    config = stored(engine, DeploymentConfig)
    status = dataclasses.replace(config.status, observed_generation=7)
    engine.cluster.update_status(config, status)
    assert importing.apply(engine, text, "demo", DEVELOPER, plan.digest)[0].action == "replace"
    assert stored(engine, DeploymentConfig).spec.replicas == 5


class MeddledPort:
    """An engine in which somebody else writes between the last look and the write."""

    def __init__(self, engine: Engine, meddle: Sequence[Command]) -> None:
        self.engine = engine
        self.meddle = meddle

    def plan(self, commands: Sequence[Command], actor: Actor) -> list[Outcome]:
        return self.engine.plan(commands, actor)

    def execute(self, commands: Sequence[Command], actor: Actor) -> list[Outcome]:
        self.engine.execute(self.meddle, ADMIN)
        return self.engine.execute(commands, actor)


def test_a_change_in_the_last_moment_refuses_the_write(engine: Engine) -> None:
    apply(engine, CONFIG)
    text = CONFIG.replace("replicas: 2", "replicas: 5")
    plan = reviewed(engine, text)

    def other(config: DeploymentConfig) -> DeploymentConfig:
        return dataclasses.replace(config, spec=dataclasses.replace(config.spec, replicas=9))

    meddle = [Edit(kinds.DEPLOYMENTCONFIG, Key("demo", "web"), other)]
    with pytest.raises(NotAppliedError) as refused:
        importing.apply(MeddledPort(engine, meddle), text, "demo", DEVELOPER, plan.digest)
    assert refused.value.reason == "cluster"
    assert stored(engine, DeploymentConfig).spec.replicas == 9


def test_another_text_than_the_reviewed_one_is_not_applied(engine: Engine) -> None:
    plan = reviewed(engine, SERVICE)
    with pytest.raises(NotAppliedError) as refused:
        importing.apply(engine, SERVICE + "# more\n", "demo", DEVELOPER, plan.digest)
    assert refused.value.reason == "text"


def test_without_a_project_every_document_must_name_its_own(engine: Engine) -> None:
    plan = reviewed(engine, SERVICE, namespace="")
    assert lines(plan) == [(3, 'No "metadata.namespace" field found in YAML.')]
    named = SERVICE.replace("  name: web\n", "  name: web\n  namespace: demo\n", 1)
    assert apply(engine, named, namespace="") == ["create"]


def test_a_project_of_others_is_refused_at_the_line_that_names_it(engine: Engine) -> None:
    text = SERVICE.replace("  name: web\n", "  name: web\n  namespace: secret\n", 1)
    assert lines(reviewed(engine, text)) == [
        (
            5,
            'services is forbidden: User "developer" cannot create resource "services"'
            ' in API group "" in the namespace "secret"',
        )
    ]


@pytest.mark.parametrize(
    ("kind", "actor"),
    [
        ("Node", DEVELOPER),
        ("Endpoints", DEVELOPER),
        ("Event", DEVELOPER),
        ("Event", ADMIN),
    ],
)
def test_what_the_cluster_makes_itself_is_refused_at_its_kind(
    engine: Engine, kind: str, actor: Actor
) -> None:
    plan = reviewed(engine, f"apiVersion: v1\nkind: {kind}\nmetadata:\n  name: x\n", actor=actor)
    assert [line for line, _ in lines(plan)] == [2]
    assert f'User "{actor.name}" cannot create resource' in plan.errors[0].message


def test_cluster_admins_may_write_nodes(engine: Engine) -> None:
    text = "apiVersion: v1\nkind: Node\nmetadata:\n  name: node-7\n"
    assert lines(reviewed(engine, text, actor=ADMIN)) == []


@pytest.mark.parametrize(
    ("head", "line", "hint"),
    [
        ("apiVersion: v1\nkind: Sevice", 2, 'did you mean "Service"?'),
        ("apiVersion: v2\nkind: Service", 1, 'Service is served as "v1"'),
        ("apiVersion: v1\nkind: Gadget", 2, None),
    ],
)
def test_a_kind_that_the_server_does_not_have_is_named(
    engine: Engine, head: str, line: int, hint: str | None
) -> None:
    plan = reviewed(engine, f"{head}\nmetadata:\n  name: x\n")
    (problem,) = plan.errors
    assert problem.line == line and problem.hint == hint
    assert problem.message.startswith("The server doesn't have a resource type \"kind: ")


def test_two_documents_of_one_name_are_refused(engine: Engine) -> None:
    plan = reviewed(engine, documents(SERVICE, SERVICE))
    assert lines(plan) == [
        (14, "Resources in the same namespace and API group must have unique names")
    ]


def test_projects_come_before_what_lives_in_them(engine: Engine) -> None:
    service = SERVICE.replace("  name: web\n", "  name: web\n  namespace: fresh\n", 1)
    project = "apiVersion: v1\nkind: Project\nmetadata:\n  name: fresh\n"
    plan = reviewed(engine, documents(service, project), actor=ADMIN)
    assert [(each.kind, each.action) for each in plan.documents] == [
        ("Service", "create"),
        ("Project", "create"),
    ]
    applied = importing.apply(engine, documents(service, project), "demo", ADMIN, plan.digest)
    assert [type(each.object) for each in applied] == [Service, Project]


def test_a_stale_resource_version_is_a_conflict_at_its_line(engine: Engine) -> None:
    apply(engine, CONFIG)
    text = CONFIG.replace("  name: web\n", '  name: web\n  resourceVersion: "1"\n', 1)
    ((line, message),) = lines(reviewed(engine, text))
    assert line == 5
    assert message.startswith("Operation cannot be fulfilled on deploymentconfigs")


def test_a_generated_name_is_promised_not_invented(engine: Engine) -> None:
    text = SERVICE.replace("  name: web\n", "  generateName: web-\n", 1)
    plan = reviewed(engine, text)
    assert plan.documents[0].name == "web-"
    assert plan.documents[0].generated[0].later
    (applied,) = importing.apply(engine, text, "demo", DEVELOPER, plan.digest)
    assert applied.object.metadata.name.startswith("web-")
    assert len(applied.object.metadata.name) == len("web-") + 5


def test_missing_fields_are_named_in_the_words_of_the_console(engine: Engine) -> None:
    assert lines(reviewed(engine, "kind: Service\nmetadata:\n  name: x\n")) == [
        (1, 'No "apiVersion" field found in YAML.')
    ]
    assert lines(reviewed(engine, "  \n")) == [(1, "No YAML content found.")]


def test_damage_that_can_still_be_read_brings_hints(engine: Engine) -> None:
    plan = reviewed(engine, SERVICE.replace("spec:\n", ""))
    assert any(each.hint for each in (*plan.warnings, *plan.errors))
    assert plan.repaired is not None and "spec:" in plan.repaired


def test_a_character_that_was_lost_in_reading_a_file_is_pointed_out(engine: Engine) -> None:
    plan = reviewed(engine, SERVICE.replace("    app: web", "    app: web # caf\ufffd"))
    assert [(each.line, each.column) for each in plan.warnings] == [(7, 19)]
    assert plan.warnings[0].hint == "save the file as UTF-8 and upload it again"
