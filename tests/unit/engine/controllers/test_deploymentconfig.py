"""Rollouts: versions, phases, the move from old to new, and sizes that are set back."""

from __future__ import annotations

from dataclasses import replace

from cluster.objects.deploymentconfig import PHASE_ANNOTATION, REASON_ANNOTATION
from tests.unit.engine.lab import (
    DC,
    NAMESPACE,
    POD,
    RC,
    Lab,
    config_document,
    controller_document,
    with_image,
)

PHASES = ["New", "Pending", "Running", "Complete"]


def conditions(lab: Lab) -> dict[str, tuple[str, str, str]]:
    return {
        each.type: (each.status, each.reason, each.message)
        for each in lab.get(DC, "web").status.conditions
    }


def rolled_out(replicas: int = 2) -> Lab:
    lab = Lab()
    lab.create(config_document(replicas=replicas))
    lab.run(20)
    return lab


def test_a_new_config_is_rolled_out_as_version_one() -> None:
    lab = rolled_out()
    config, deployment = lab.get(DC, "web"), lab.get(RC, "web-1")
    assert config.status.latest_version == 1
    assert config.status.details.message == "config change"
    assert deployment.metadata.annotations["openshift.io/deployment-config.name"] == "web"
    assert deployment.metadata.annotations[PHASE_ANNOTATION] == "Complete"
    assert deployment.spec.selector["deployment"] == "web-1"
    assert lab.words() == ["Running", "Running"]
    assert lab.messages("DeploymentCreated") == [
        'Created new replication controller "web-1" for version 1'
    ]
    assert conditions(lab) == {
        "Available": ("True", "", "Deployment config has minimum availability."),
        "Progressing": (
            "True",
            "NewReplicationControllerAvailable",
            'replication controller "web-1" successfully rolled out',
        ),
    }


def test_a_rollout_passes_through_its_phases() -> None:
    lab = Lab()
    lab.create(config_document())
    lab.engine.take_changes()
    lab.run(20)
    phases: list[str] = []
    for change in lab.engine.take_changes():
        if change.kind is RC and change.new is not None:
            phase = change.new.metadata.annotations[PHASE_ANNOTATION]
            if not phases or phases[-1] != phase:
                phases.append(phase)
    assert phases == PHASES


def test_a_changed_template_moves_the_pods_over_without_losing_one() -> None:
    lab = rolled_out(replicas=4)
    lab.edit(DC, "web", with_image("mmumshad/simple-webapp-docker:v2"))
    least, most = 99, 0
    for _ in range(300):
        lab.run(0.1)
        active = [pod for pod in lab.pods() if not pod.is_terminating]
        least = min(least, sum(pod.status.ready for pod in active))
        most = max(most, len(active))
    assert (least, most) == (3, 5)
    old, new = lab.get(RC, "web-1"), lab.get(RC, "web-2")
    assert (old.spec.replicas, new.spec.replicas) == (0, 4)
    images = {pod.spec.containers[0].image for pod in lab.pods() if not pod.is_terminating}
    assert images == {"mmumshad/simple-webapp-docker:v2"}
    assert new.metadata.annotations[PHASE_ANNOTATION] == "Complete"


def test_a_recreate_rollout_ends_the_old_pods_first() -> None:
    lab = Lab()
    document = config_document()
    spec = {**document["spec"], "strategy": {"type": "Recreate"}}
    lab.create({**document, "spec": spec})
    lab.run(20)
    lab.edit(DC, "web", with_image("mmumshad/simple-webapp-docker:v2"))
    for _ in range(200):
        lab.run(0.1)
        images = {pod.spec.containers[0].image for pod in lab.pods() if not pod.is_terminating}
        assert len(images) < 2
    assert lab.get(RC, "web-2").status.ready_replicas == 2


def test_without_triggers_nothing_is_rolled_out() -> None:
    lab = Lab()
    document = config_document()
    lab.create({**document, "spec": {**document["spec"], "triggers": []}})
    lab.run(20)
    assert lab.get(DC, "web").status.latest_version == 0
    assert lab.pods() == []


def test_a_paused_config_waits() -> None:
    lab = rolled_out()
    lab.edit(DC, "web", lambda each: replace(each, spec=replace(each.spec, paused=True)))
    lab.edit(DC, "web", with_image("mmumshad/simple-webapp-docker:v2"))
    lab.run(20)
    assert lab.get(RC, "web-2") is None
    lab.edit(DC, "web", lambda each: replace(each, spec=replace(each.spec, paused=False)))
    lab.run(1)
    assert lab.get(RC, "web-2") is not None


def test_scaling_the_config_scales_its_active_deployment_at_once() -> None:
    lab = rolled_out()
    lab.scale(DC, "web", 5)
    lab.run(0.1)
    assert lab.get(RC, "web-1").spec.replicas == 5
    assert lab.messages("ReplicationControllerScaled") == [
        'Scaled replication controller "web-1" from 2 to 5'
    ]
    lab.run(15)
    assert lab.get(DC, "web").status.available_replicas == 5


def test_a_deployment_scaled_by_hand_is_seen_and_then_set_back() -> None:
    lab = rolled_out()
    lab.scale(RC, "web-1", 5)
    lab.run(1.9)
    assert lab.get(RC, "web-1").spec.replicas == 5
    assert len(lab.pods()) == 5
    lab.run(0.2)
    assert lab.get(RC, "web-1").spec.replicas == 2
    assert lab.messages("ReplicationControllerScaled") == [
        'Scaled replication controller "web-1" from 5 to 2'
    ]
    lab.run(40)
    assert lab.words() == ["Running", "Running"]


def test_a_version_whose_image_is_missing_leaves_the_old_one_serving() -> None:
    lab = rolled_out()
    lab.edit(DC, "web", with_image("no-such-image:v9"))
    lab.run(300)
    assert lab.get(RC, "web-1").status.available_replicas == 2
    assert conditions(lab)["Progressing"][:2] == ("True", "ReplicationControllerUpdated")
    lab.run(310)
    failed = lab.get(RC, "web-2")
    assert failed.metadata.annotations[PHASE_ANNOTATION] == "Failed"
    assert failed.spec.replicas == 0
    assert conditions(lab)["Progressing"][:2] == ("False", "ProgressDeadlineExceeded")
    assert lab.get(RC, "web-1").spec.replicas == 2


def test_a_newer_version_takes_the_place_of_one_under_way() -> None:
    lab = rolled_out()
    lab.edit(DC, "web", with_image("no-such-image:v9"))
    lab.run(10)
    lab.edit(DC, "web", with_image("mmumshad/simple-webapp-docker:v2"))
    lab.run(40)
    annotations = lab.get(RC, "web-2").metadata.annotations
    assert annotations[PHASE_ANNOTATION] == "Failed"
    assert annotations[REASON_ANNOTATION] == "newer deployment was found running"
    assert lab.get(RC, "web-3").status.available_replicas == 2


def test_old_versions_are_kept_up_to_the_limit() -> None:
    lab = Lab()
    document = config_document(replicas=1)
    lab.create({**document, "spec": {**document["spec"], "revisionHistoryLimit": 1}})
    for version in ("v1", "v2", "v3", "latest"):
        if version != "v1":
            lab.edit(DC, "web", with_image(f"mmumshad/simple-webapp-docker:{version}"))
        lab.run(60)
    names = [each.metadata.name for each in lab.engine.store.list(RC.cls, NAMESPACE)]
    assert names == ["web-3", "web-4"]


def test_a_deleted_deployment_of_the_latest_version_is_made_again() -> None:
    lab = rolled_out()
    lab.delete(RC, "web-1")
    lab.run(60)
    assert lab.get(RC, "web-1").status.ready_replicas == 2
    assert lab.words() == ["Running", "Running"]


def test_a_config_in_the_way_of_a_foreign_controller_says_so() -> None:
    lab = Lab()
    lab.create(controller_document("web-1", replicas=0), config_document())
    lab.run(5)
    assert "already exists" in lab.messages("DeploymentCreationFailed")[0]
    lab.delete(RC, "web-1")
    lab.run(30)
    assert lab.get(RC, "web-1").status.ready_replicas == 2


def test_deleting_a_config_takes_deployments_and_pods_along() -> None:
    lab = rolled_out()
    lab.delete(DC, "web")
    lab.run(1)
    assert lab.engine.store.list(RC.cls, NAMESPACE) == []
    assert lab.words() == ["Terminating", "Terminating"]
    lab.run(30)
    assert lab.engine.store.list(POD.cls, NAMESPACE) == []


def test_orphaning_a_config_leaves_its_pods_alone() -> None:
    lab = rolled_out()
    lab.delete(DC, "web", orphan=True)
    lab.run(60)
    assert lab.words() == ["Running", "Running"]
