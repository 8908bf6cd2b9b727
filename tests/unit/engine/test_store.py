"""The store: versions, indexes, and the watch log that replays to the same state."""

from __future__ import annotations

import dataclasses

import pytest

from cluster.engine.store import Store
from cluster.engine.watch import ADDED, DELETED, MODIFIED
from cluster.objects.errors import Gone
from cluster.objects.meta import Key, ObjectMeta, OwnerReference
from cluster.objects.pod import Pod, PodSpec
from cluster.objects.service import Service


def a_pod(name: str, labels: dict[str, str] | None = None, node: str = "", owner: str = "") -> Pod:
    owners = (OwnerReference(uid=owner, controller=True),) if owner else ()
    metadata = ObjectMeta(
        name=name, namespace="demo", uid=name, labels=labels or {}, owner_references=owners
    )
    return Pod(metadata=metadata, spec=PodSpec(), node_name=node)


def test_every_commit_takes_the_next_version() -> None:
    store = Store()
    first, _ = store.put(a_pod("a"))
    second, _ = store.put(dataclasses.replace(first, node_name="n"))
    assert (first.metadata.resource_version, second.metadata.resource_version) == (1, 2)
    assert store.version == 2
    store.remove(Pod, Key("demo", "a"))
    assert store.version == 3


def test_the_log_says_what_happened_in_order() -> None:
    store = Store()
    first, _ = store.put(a_pod("a"), intent=True)
    store.put(dataclasses.replace(first, node_name="n"))
    store.remove(Pod, Key("demo", "a"))
    changes = store.log.since(0)
    assert [change.type for change in changes] == [ADDED, MODIFIED, DELETED]
    assert [change.intent for change in changes] == [True, False, False]
    assert store.log.since(2) == changes[2:]


def test_a_watcher_behind_the_log_is_told_to_list_anew() -> None:
    store = Store(log_limit=5)
    for number in range(20):
        store.put(a_pod(f"p{number}"))
    assert store.log.oldest > 0
    with pytest.raises(Gone):
        store.log.since(0)
    assert len(store.log.since(store.version - 3)) == 3


def test_a_read_version_never_moves_under_a_reader() -> None:
    store = Store()
    before, _ = store.put(a_pod("a"))
    listed = store.list(Pod)
    store.put(dataclasses.replace(before, node_name="n"))
    assert listed == [before]
    assert before.node_name == ""


def test_pods_are_found_by_node_and_leave_the_index_when_they_go() -> None:
    store = Store()
    pod, _ = store.put(a_pod("a"))
    assert store.pods_on("n1") == []
    pod, _ = store.put(dataclasses.replace(pod, node_name="n1"))
    assert store.pods_on("n1") == [pod]
    store.remove(Pod, pod.metadata.key)
    assert (store.pods_on("n1"), store.pod_count_on("n1")) == ([], 0)


def test_pods_are_found_by_all_labels_of_a_selector() -> None:
    store = Store()
    both, _ = store.put(a_pod("a", {"app": "web", "tier": "front"}))
    store.put(a_pod("b", {"app": "web"}))
    assert store.pods_matching("demo", {"app": "web", "tier": "front"}) == [both]
    assert len(store.pods_matching("demo", {"app": "web"})) == 2
    assert store.pods_matching("demo", {}) == []
    assert store.pods_matching("other", {"app": "web"}) == []


def test_a_relabelled_pod_is_found_under_its_new_labels_only() -> None:
    store = Store()
    pod, _ = store.put(a_pod("a", {"app": "web"}))
    metadata = dataclasses.replace(pod.metadata, labels={"app": "db"})
    pod, _ = store.put(dataclasses.replace(pod, metadata=metadata))
    assert store.pods_matching("demo", {"app": "web"}) == []
    assert store.pods_matching("demo", {"app": "db"}) == [pod]


def test_dependents_are_found_by_their_owner() -> None:
    store = Store()
    pod, _ = store.put(a_pod("a", owner="rc-uid"))
    assert store.owned("rc-uid") == [pod]
    store.remove(Pod, pod.metadata.key)
    assert store.owned("rc-uid") == []


def test_namespaces_are_listed_apart() -> None:
    store = Store()
    store.put(Service(metadata=ObjectMeta(name="a", namespace="x")))
    store.put(Service(metadata=ObjectMeta(name="a", namespace="y")))
    assert [each.metadata.namespace for each in store.list(Service, "x")] == ["x"]
    assert (store.count(Service), store.count(Service, "y"), store.count(Service, "z")) == (2, 1, 0)


def test_loading_gives_no_versions_and_logs_nothing() -> None:
    store = Store(version=40)
    store.load([a_pod("a", {"app": "web"}, node="n1")])
    assert (store.version, store.log.since(40)) == (40, [])
    assert len(store.pods_on("n1")) == len(store.pods_matching("demo", {"app": "web"})) == 1
