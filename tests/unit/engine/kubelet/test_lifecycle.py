"""The life of pods: each stage, each status word, each delay that counts."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from cluster.engine.controllers import all_controllers
from cluster.engine.engine import Engine
from cluster.engine.kubelet.stages import TABLE, Stage
from cluster.objects.pod import status_word
from tests.unit.engine.lab import POD, Lab, crashing, pod_document

TIMES_OF_THE_SERIES = [0, 10, 20, 40, 80, 160, 300, 300]


def history(lab: Lab, seconds: float, name: str = "web") -> list[str]:
    """The different status words that a pod shows, in order."""
    words: list[str] = []
    lab.engine.take_changes()
    lab.run(seconds)
    for change in lab.engine.take_changes():
        if change.kind is POD and change.key.name == name and change.new is not None:
            word = status_word(change.new)
            if not words or words[-1] != word:
                words.append(word)
    return words


def restart_pauses(lab: Lab, count: int) -> list[float]:
    """Seconds between the end of each run and the start of the next."""
    pauses: list[float] = []
    lab.engine.take_changes()
    while len(pauses) < count:
        lab.run(100)
        for change in lab.engine.take_changes():
            if change.kind is not POD or change.new is None or change.old is None:
                continue
            for old, new in zip(
                change.old.status.container_statuses,
                change.new.status.container_statuses,
                strict=False,
            ):
                if new.restart_count > old.restart_count:
                    pauses.append(round(new.started_at - new.last_finished_at, 3))
    return pauses[:count]


def test_every_stage_but_the_final_ones_has_a_way_on() -> None:
    assert {each.source for each in TABLE} == set(Stage)


def test_a_pod_goes_from_pending_over_container_creating_to_running() -> None:
    lab = Lab()
    lab.create(pod_document())
    assert status_word(lab.pod()) == "Pending"
    assert history(lab, 10) == ["Pending", "ContainerCreating", "Running"]
    assert lab.pod().status.ready
    assert [event.reason for event in lab.events() if event.involved_object.name == "web"] == [
        "Scheduled",
        "Pulling",
        "Pulled",
        "Created",
        "Started",
    ]


def test_the_address_comes_with_the_sandbox_before_the_container_runs() -> None:
    lab = Lab()
    lab.create(pod_document())
    lab.until(lambda: bool(lab.pod().status.pod_ip))
    assert status_word(lab.pod()) == "ContainerCreating"
    assert lab.pod().status.pod_ip == "10.129.0.2"


def test_a_second_pod_finds_the_image_on_the_node() -> None:
    lab = Lab(nodes=1)
    lab.create(pod_document("one"))
    lab.run(10)
    lab.create(pod_document("two"))
    lab.run(10)
    assert lab.messages("Pulled")[-1] == (
        'Container image "mmumshad/simple-webapp-docker:v1" already present on machine'
    )


def test_an_image_that_must_always_be_pulled_is_pulled_again() -> None:
    lab = Lab(nodes=1)
    lab.create(pod_document("one"), pod_document("two", imagePullPolicy="Always"))
    lab.run(15)
    lab.create(pod_document("three", imagePullPolicy="Always"))
    lab.run(15)
    assert lab.words() == ["Running"] * 3
    assert len(lab.events("Pulling")) == 3


def test_a_probe_keeps_a_running_pod_unready_until_its_application_listens() -> None:
    lab = Lab()
    probe = {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 2}
    slow = [{"name": "APP_START_SECONDS", "value": "7"}]
    lab.create(pod_document(readinessProbe=probe, env=slow))
    lab.until(lambda: status_word(lab.pod()) == "Running")
    began = lab.elapsed
    assert not lab.pod().status.ready
    assert 7 <= lab.until(lambda: lab.pod().status.ready) - began <= 9.1
    assert "connect: connection refused" in lab.messages("Unhealthy")[0]


def test_a_probe_of_the_wrong_port_never_succeeds() -> None:
    lab = Lab()
    lab.create(pod_document(readinessProbe={"tcpSocket": {"port": 9090}}))
    lab.run(60)
    assert status_word(lab.pod()) == "Running"
    assert not lab.pod().status.ready
    (event,) = lab.events("Unhealthy")
    assert event.message == (
        "Readiness probe failed: dial tcp 10.129.0.2:9090: connect: connection refused"
    )
    assert 5 <= event.count <= 7


def test_a_failing_liveness_probe_has_the_container_killed_and_restarted() -> None:
    lab = Lab()
    probe = {"tcpSocket": {"port": 9090}, "periodSeconds": 5}
    lab.create(pod_document(livenessProbe=probe))
    lab.run(20)
    (status,) = lab.pod().status.container_statuses
    assert (status.restart_count, status.last_exit_code) == (1, 137)
    assert lab.messages("Killing") == ["Container web failed liveness probe, will be restarted"]


def test_an_image_that_does_not_resolve_alternates_between_two_words() -> None:
    lab = Lab()
    lab.create(pod_document(image="no-such-image:v9"))
    words = history(lab, 60)
    assert words[:6] == [
        "Pending",
        "ContainerCreating",
        "ErrImagePull",
        "ImagePullBackOff",
        "ErrImagePull",
        "ImagePullBackOff",
    ]
    assert lab.messages("BackOff") == ['Back-off pulling image "no-such-image:v9"']
    assert "Error: ErrImagePull" in lab.messages("Failed")
    assert "Error: ImagePullBackOff" in lab.messages("Failed")


def test_pulls_are_tried_again_after_ten_seconds_doubled_up_to_five_minutes() -> None:
    lab = Lab()
    lab.create(pod_document(image="no-such-image:v9"))
    failures: list[float] = []
    lab.engine.take_changes()
    lab.run(1500)
    for change in lab.engine.take_changes():
        if change.kind is POD and change.new is not None:
            (*_, status) = change.new.status.container_statuses or (None,)
            if status is not None and status.reason == "ErrImagePull":
                failures.append(status.finished_at)
    gaps = [round(late - early, 3) for early, late in itertools.pairwise(failures)]
    assert gaps[:7] == [10, 20, 40, 80, 160, 300, 300]


def test_a_mended_image_is_pulled_at_once() -> None:
    lab = Lab()
    lab.create(pod_document(image="no-such-image:v9"))
    lab.run(100)
    lab.edit(
        POD,
        "web",
        lambda pod: replace(
            pod,
            spec=replace(
                pod.spec, containers=(replace(pod.spec.containers[0], image="nginx:1.25"),)
            ),
        ),
    )
    lab.run(8)
    assert lab.words() == ["Running"]


def test_a_name_that_is_no_image_name_is_not_even_pulled() -> None:
    lab = Lab()
    lab.create(pod_document(image="Not/A/Name:v1"))
    lab.run(30)
    assert lab.words() == ["InvalidImageName"]
    assert not lab.events("Pulling")


def test_an_image_that_must_not_be_pulled_and_is_not_there() -> None:
    lab = Lab()
    lab.create(pod_document(imagePullPolicy="Never"))
    lab.run(30)
    assert lab.words() == ["ErrImageNeverPull"]


def test_a_crashing_container_is_restarted_by_the_series_and_keeps_its_address() -> None:
    lab = Lab()
    lab.create(pod_document(env=crashing(2)))
    lab.run(5)
    address = lab.pod().status.pod_ip
    assert restart_pauses(lab, 8) == [1.0, *TIMES_OF_THE_SERIES[1:]]
    assert lab.pod().status.pod_ip == address
    assert lab.messages("BackOff") == ["Back-off restarting failed container"]


def test_a_crashing_pod_shows_error_then_crash_loop_back_off() -> None:
    lab = Lab()
    lab.create(pod_document(env=crashing(2)))
    words = history(lab, 30)
    assert words[2:7] == ["Running", "Error", "Running", "Error", "CrashLoopBackOff"]
    (status,) = lab.pod().status.container_statuses
    assert status.last_exit_code == 1


def test_the_waiting_message_names_the_delay() -> None:
    lab = Lab()
    lab.create(pod_document(env=crashing(2)))
    lab.until(lambda: lab.words() == ["CrashLoopBackOff"])
    (status,) = lab.pod().status.container_statuses
    uid = lab.pod().metadata.uid
    assert status.message == (f"back-off 10s restarting failed container=web pod=web_demo({uid})")


def test_ten_minutes_of_running_begin_the_series_anew() -> None:
    lab = Lab()
    lab.create(pod_document(env=crashing(700)))
    assert restart_pauses(lab, 3) == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("policy", "command", "word", "phase"),
    [
        ("Never", ["true"], "Completed", "Succeeded"),
        ("Never", ["false"], "Error", "Failed"),
        ("OnFailure", ["true"], "Completed", "Succeeded"),
    ],
)
def test_a_pod_that_is_not_restarted_ends(
    policy: str, command: list[str], word: str, phase: str
) -> None:
    lab = Lab()
    lab.create(pod_document(image="busybox:1.36", command=command, restartPolicy=policy))
    lab.run(20)
    assert (lab.words(), lab.pod().status.phase) == ([word], phase)
    lab.create(pod_document("next"))
    lab.run(10)
    assert lab.pod("next").status.pod_ip not in ("", lab.pod().status.pod_ip)


def test_a_failing_job_is_restarted_when_its_policy_says_so() -> None:
    lab = Lab()
    command = ["sh", "-c", "sleep 1; exit 3"]
    lab.create(pod_document(image="busybox:1.36", command=command, restartPolicy="OnFailure"))
    lab.run(30)
    (status,) = lab.pod().status.container_statuses
    assert status.restart_count >= 1
    assert status.last_exit_code == 3


def test_a_pod_of_two_containers_is_ready_when_both_are() -> None:
    lab = Lab()
    document = pod_document()
    bad = {"name": "side", "image": "no-such-image:v9"}
    spec = dict(document["spec"])
    lab.create({**document, "spec": {**spec, "containers": [*spec["containers"], bad]}})
    lab.run(10)
    web, side = lab.pod().status.container_statuses
    assert (web.ready, side.ready, lab.pod().status.ready) == (True, False, False)
    assert lab.pod().status.phase == "Pending"


def test_a_deleted_pod_stays_terminating_for_its_grace_period() -> None:
    lab = Lab()
    lab.create(pod_document())
    lab.run(10)
    lab.delete(POD, "web")
    lab.run(29.9)
    assert lab.words() == ["Terminating"]
    assert lab.messages("Killing") == ["Stopping container web"]
    lab.run(0.1)
    assert lab.pods() == []


def test_a_grace_period_of_zero_ends_a_pod_at_once() -> None:
    lab = Lab()
    lab.create(pod_document())
    lab.run(10)
    lab.delete(POD, "web", grace=0)
    assert lab.pods() == []


def test_a_pod_without_a_node_is_gone_at_once() -> None:
    lab = Lab(nodes=0)
    lab.create(pod_document())
    lab.run(1)
    lab.delete(POD, "web")
    assert lab.pods() == []


def test_a_replacement_gets_the_next_address() -> None:
    lab = Lab(nodes=1)
    lab.create(pod_document("one"))
    lab.run(10)
    lab.delete(POD, "one", grace=0)
    lab.create(pod_document("two"))
    lab.run(10)
    assert lab.pod("two").status.pod_ip == "10.129.0.3"


def test_a_full_subnet_keeps_pods_creating_until_an_address_is_free() -> None:
    lab = Lab(nodes=1, host_subnet_length=2)  # one pod address: .2
    lab.create(pod_document("one"))
    lab.run(10)
    lab.create(pod_document("two"))
    lab.run(10)
    assert status_word(lab.pod("two")) == "ContainerCreating"
    assert "no IP addresses available in range set" in lab.messages("FailedCreatePodSandBox")[0]
    lab.delete(POD, "one", grace=0)
    lab.run(20)
    assert status_word(lab.pod("two")) == "Running"


@pytest.mark.parametrize("tenths", range(0, 60, 4))
def test_a_recovered_cluster_goes_on_from_any_stage(tenths: int) -> None:
    """What the pods show later does not depend on a restart of the engine in between."""
    documents = (
        pod_document("good"),
        pod_document("crash", env=crashing(2)),
        pod_document("image", image="no-such-image:v9"),
    )
    lab, other = Lab(nodes=1), Lab(nodes=1)
    for each in (lab, other):
        each.create(*documents)
        each.run(tenths / 2)
    lab.engine = _restarted(lab.engine)
    for each in (lab, other):
        each.run(90)
    assert [pod.status for pod in lab.pods()] == [pod.status for pod in other.pods()]


def _restarted(engine: Engine) -> Engine:
    fresh = Engine(engine.config, all_controllers(engine.config), now=engine.now)
    fresh.store.version = engine.store.version
    objects = [obj for bucket in engine.store._objects.values() for obj in bucket.values()]
    assert fresh.recover(objects, engine.state()) == []
    return fresh
