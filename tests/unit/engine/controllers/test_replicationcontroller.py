"""How many pods there are, which go first, and whose they are."""

from __future__ import annotations

from dataclasses import replace

from cluster.engine.controllers.replicationcontroller import deletion_order
from cluster.objects.meta import ObjectMeta, Timestamp
from cluster.objects.pod import Pod, PodStatus
from tests.unit.engine.lab import POD, RC, Lab, controller_document, pod_document


def test_a_controller_makes_its_pods_and_counts_them() -> None:
    lab = Lab()
    lab.create(controller_document(replicas=3))
    lab.run(15)
    status = lab.get(RC, "web").status
    assert (status.replicas, status.ready_replicas, status.available_replicas) == (3, 3, 3)
    assert status.observed_generation == lab.get(RC, "web").metadata.generation
    names = [pod.metadata.name for pod in lab.pods()]
    assert all(name.startswith("web-") and len(name) == 9 for name in names)
    assert sorted(lab.messages("SuccessfulCreate")) == sorted(f"Created pod: {n}" for n in names)


def test_scaling_up_and_down_follows_the_wanted_number() -> None:
    lab = Lab()
    lab.create(controller_document(replicas=1))
    lab.run(15)
    (first,) = lab.pods()
    lab.scale(RC, "web", 5)
    lab.run(15)
    assert lab.words() == ["Running"] * 5
    lab.scale(RC, "web", 2)
    lab.run(1)
    assert lab.words() == ["Running"] * 2 + ["Terminating"] * 3
    assert lab.pod(first.metadata.name).metadata.deletion_timestamp is None
    lab.run(30)
    assert lab.words() == ["Running"] * 2
    assert len(lab.messages("SuccessfulDelete")) == 3


def test_a_deleted_pod_is_replaced_before_it_has_ended() -> None:
    lab = Lab()
    lab.create(controller_document(replicas=1))
    lab.run(15)
    (old,) = lab.pods()
    lab.delete(POD, old.metadata.name)
    lab.run(15)
    assert lab.words() == ["Running", "Terminating"]


def test_pods_of_one_controller_share_what_they_have_in_common() -> None:
    lab = Lab()
    lab.create(controller_document(replicas=3))
    lab.run(15)
    pods = lab.pods()
    assert len({id(pod.spec) for pod in pods}) == 1
    assert len({id(pod.metadata.labels) for pod in pods}) == 1


def test_a_matching_pod_without_an_owner_is_adopted() -> None:
    lab = Lab()
    lab.create(pod_document("web"))
    lab.run(10)
    lab.create(controller_document(replicas=1))
    lab.run(10)
    (pod,) = lab.pods()
    assert pod.metadata.owner_references[0].uid == lab.get(RC, "web").metadata.uid


def test_a_pod_that_no_longer_matches_is_let_go_and_replaced() -> None:
    lab = Lab()
    lab.create(controller_document(replicas=1))
    lab.run(15)
    (pod,) = lab.pods()
    lab.edit(
        POD,
        pod.metadata.name,
        lambda held: replace(held, metadata=replace(held.metadata, labels={"app": "debug"})),
    )
    lab.run(15)
    assert lab.words() == ["Running", "Running"]
    assert lab.pod(pod.metadata.name).metadata.owner_references == ()


def test_a_large_controller_gets_there_in_batches() -> None:
    lab = Lab(nodes=6)
    lab.create(controller_document(replicas=1200))
    lab.run(15)
    assert lab.get(RC, "web").status.ready_replicas == 1200
    lab.scale(RC, "web", 0)
    lab.run(31)
    assert lab.pods() == []


def test_pods_in_excess_go_in_the_order_of_active_pods() -> None:
    def pod(name: str, node: str = "n", **status: object) -> Pod:
        metadata = ObjectMeta(name=name, creation_timestamp=Timestamp(100))
        return Pod(metadata=metadata, node_name=node, status=PodStatus(**status))  # type: ignore[arg-type]

    running = {"phase": "Running", "ready": True}
    pods = [
        pod("long-ready", **running, ready_at=Timestamp(110)),
        pod("just-ready", **running, ready_at=Timestamp(150)),
        pod("not-ready", phase="Running"),
        pod("pending", phase="Pending"),
        pod("unbound", node="", phase="Pending"),
    ]
    assert [each.metadata.name for each in sorted(pods, key=deletion_order)] == [
        "unbound",
        "pending",
        "not-ready",
        "just-ready",
        "long-ready",
    ]
