"""What has happened to a node's health and what comes next, and when: told from the objects alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from cluster.engine.nodes.conditions import NETWORK_START
from cluster.engine.nodes.eviction import (
    GRACE_PERIOD,
    TOLERATION,
    Disruption,
    disruption,
    pause,
    toleration_seconds,
)
from cluster.engine.nodes.taints import health_taint
from cluster.objects.node import (
    NO_EXECUTE,
    UNKNOWN,
    Node,
    condition,
    evicting_since,
    is_machine_on,
    is_ready,
    is_reporting,
    silent_since,
    starts_at,
)
from cluster.objects.pod import Pod


class When(Enum):
    """Whether a step has been, holds until something changes, or comes by itself."""

    PAST = "past"
    NOW = "now"
    COMING = "coming"


@dataclass(frozen=True, slots=True)
class Step:
    """A step; `at` in cluster seconds, None where no time can be told."""

    when: When
    at: float | None
    text: str


def timeline(node: Node, nodes: Sequence[Node], pods: Sequence[Pod], *, modern: bool) -> list[Step]:
    """The steps of a node that is not well, in their order; empty for one that is.

    `nodes` are all of the cluster, `pods` those that are bound to this one.
    """
    if is_reporting(node) and is_ready(node):
        return []
    steps = _silence(node, pods)
    if not is_ready(node):
        steps += _eviction(node, nodes, pods, modern)
    steps += _return(node, pods)
    order = {When.PAST: 0, When.NOW: 1, When.COMING: 2}
    return sorted(steps, key=lambda step: (order[step.when], step.at or 0.0))


def _silence(node: Node, pods: Sequence[Pod]) -> list[Step]:
    silent, ready = silent_since(node), condition(node)
    steps = []
    if silent is not None:
        cause = "The machine stopped" if not is_machine_on(node) else "The last heartbeat came"
        steps.append(Step(When.PAST, silent, f"{cause}: the kubelet reports no more"))
        if ready is not None and ready.status != UNKNOWN:
            text = "The node becomes NotReady; its pods leave the endpoints"
            steps.append(Step(When.COMING, silent + GRACE_PERIOD, text))
            if pods:
                text = f"{_pods(len(pods))} evicted, if the node is silent until then"
                steps.append(Step(When.COMING, silent + GRACE_PERIOD + TOLERATION, text))
    if ready is not None and ready.status != "True":
        text = "The node is NotReady; its pods have left the endpoints"
        if ready.status == UNKNOWN or silent is not None:
            steps.append(Step(When.PAST, ready.last_transition_time, text))
    return steps


# --- eviction ----------------------------------------------------------------------------------------


def _eviction(node: Node, nodes: Sequence[Node], pods: Sequence[Pod], modern: bool) -> list[Step]:
    staying = [pod for pod in pods if not pod.is_terminating]
    leaving = len(pods) - len(staying)
    steps = []
    if leaving and not is_reporting(node):
        text = f"{_pods(leaving)} to be deleted: Terminating until the kubelet answers again"
        steps.append(Step(When.NOW, None, text))
    since = evicting_since(node)
    if not staying:
        return steps
    unhealthy = [each for each in nodes if not is_ready(each)]
    state = disruption(len(nodes) - len(unhealthy), len(unhealthy))
    between = pause(state, len(nodes))
    if state is Disruption.FULL:
        text = "No node is ready: nothing is evicted, for the masters' own network is to blame"
        return [*steps, Step(When.NOW, None, text)]
    if between is None and (since is None or not modern):
        text = (
            f"{len(unhealthy)} of {len(nodes)} nodes are not ready: as long as it is"
            " that many, nothing is evicted"
        )
        return [*steps, Step(When.NOW, None, text)]
    if since is None:
        text = "Pods are evicted after those of other nodes, one node at a time"
        return [*steps, Step(When.NOW, None, text)]
    return [*steps, *_departures(node, staying, since, modern)]


def _departures(node: Node, staying: Sequence[Pod], since: float, modern: bool) -> list[Step]:
    by_time: dict[float | None, int] = {}
    taint = health_taint(node, NO_EXECUTE)
    for pod in staying:
        patience = toleration_seconds(pod.spec, taint) if modern else TOLERATION
        at = None if patience is None else since + patience
        by_time[at] = by_time.get(at, 0) + 1
    return [
        Step(When.NOW, None, f"{_pods(count)} staying: tolerating the taint for ever")
        if at is None
        else Step(When.COMING, at, f"{_pods(count)} evicted and replaced on other nodes")
        for at, count in by_time.items()
    ]


# --- return ------------------------------------------------------------------------------------------


def _return(node: Node, pods: Sequence[Pod]) -> list[Step]:
    if not is_machine_on(node):
        at = starts_at(node)
        if at is None:
            return [Step(When.NOW, None, "The machine is off until somebody switches it on")]
        text = "The machine has started; its pods get new sandboxes with new addresses"
        return [Step(When.COMING, at, text)]
    ready = condition(node)
    if not is_reporting(node):
        return [Step(When.NOW, None, "The network between the node and the masters is cut")]
    if ready is not None and ready.status == "False" and ready.last_transition_time is not None:
        text = "The node is Ready, once its network plugin runs"
        return [Step(When.COMING, ready.last_transition_time + NETWORK_START, text)]
    return []


def _pods(count: int) -> str:
    return "1 pod is" if count == 1 else f"{count} pods are"
