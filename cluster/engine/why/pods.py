"""Why a pod does not serve."""

from __future__ import annotations

from collections.abc import Iterator

from cluster.engine.routing.backends import Objects
from cluster.engine.why.model import Chain, Fact, chain
from cluster.engine.why.nodes import node_facts
from cluster.objects.meta import Key
from cluster.objects.pod import TERMINATED, WAITING, ContainerStatus, Pod, restarts, status_word

_IMAGE_TROUBLE = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName")


def why_pod(objects: Objects, key: Key) -> Chain:
    """The facts about a pod."""
    return chain(pod_facts(objects, key))


def pod_facts(objects: Objects, key: Key) -> Iterator[Fact]:
    """It is there and stays, has a node that runs, an address, containers that run and are ready."""
    pod = objects.get(Pod, *key)
    name = key.name
    if pod is None:
        yield Fact(f"Pod {name} does not exist.", False)
        return
    yield Fact(f"Pod {name} exists.", True, "Pod", key)
    if pod.is_terminating:
        yield Fact(f"Pod {name} is being deleted: it takes no new connections.", False, "Pod", key)
        return
    if not pod.node_name:
        told = pod.status.unschedulable or "the scheduler has not looked at it yet"
        fix = "Make room: add a node, uncordon one, or ask for less."
        yield Fact(f"Pod {name} has no node: {told}", False, "Pod", key, fix)
        return
    yield from node_facts(objects, pod.node_name)
    if pod.is_finished:
        word = status_word(pod)
        yield Fact(f"Pod {name} has ended ({word}) and serves no more.", False, "Pod", key)
        return
    yield from (_container_fact(pod, each) for each in pod.status.container_statuses)
    if not pod.status.pod_ip:
        said = f"Pod {name} has no address yet: its sandbox is being made."
        yield Fact(said, False, "Pod", key, "See its events.")
        return
    yield Fact(f"It has the address {pod.status.pod_ip}.", True, "Pod", key)
    if not pod.status.ready:
        said = f"Pod {name} is not ready, so services leave it out."
        fix = "See its readiness probe and events."
        yield Fact(said, False, "Pod", key, fix)
        return
    yield Fact("It is ready.", True, "Pod", key)


def _container_fact(pod: Pod, status: ContainerStatus) -> Fact:
    key = pod.metadata.key
    if status.state == WAITING and status.reason in _IMAGE_TROUBLE:
        said = f"Image {status.image} cannot be pulled: {status.message or status.reason}"
        return Fact(said, False, "Pod", key, "Correct the image's name or tag.")
    if status.state == WAITING and status.reason == "CrashLoopBackOff":
        said = (
            f"Container {status.name} keeps crashing (exit code {status.last_exit_code},"
            f" {restarts(pod)} restarts)."
        )
        return Fact(said, False, "Pod", key, "See what the container writes as it starts.")
    if status.state == TERMINATED:
        said = f"Container {status.name} has ended with exit code {status.exit_code}."
        return Fact(said, False, "Pod", key, "It is started again after a pause.")
    if status.state == WAITING:
        return Fact(f"Container {status.name} waits: {status.reason}.", False, "Pod", key)
    return Fact(f"Container {status.name} runs.", True, "Pod", key)
