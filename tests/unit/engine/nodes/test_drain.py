"""`oc adm drain`: which pods leave, and the words with which it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cluster.engine.nodes.drain import DrainOptions, plan_drain
from cluster.objects.meta import OwnerReference
from cluster.objects.pod import PodSpec
from tests.builders import SPEC, a_pod

OWNED = {
    "owner_references": (OwnerReference(kind="ReplicationController", name="web", controller=True),)
}
BY_DAEMONSET = {
    "owner_references": (OwnerReference(kind="DaemonSet", name="logs", controller=True),)
}


def with_storage(name: str, **fields: Any) -> Any:
    spec = PodSpec(containers=SPEC.containers, extra={"volumes": [{"name": "d", "emptyDir": {}}]})
    return replace(a_pod(name, **fields), spec=spec)


PODS = [
    a_pod("web-1", **OWNED),
    a_pod("web-0", **OWNED),
    a_pod("alone"),
    a_pod("logs-x", **BY_DAEMONSET),
    with_storage("cache-1", **OWNED),
    a_pod("static", annotations={"kubernetes.io/config.mirror": "x"}),
]


def names(plan: Any) -> list[str]:
    return [each.metadata.name for each in plan.evictions]


def test_pods_of_controllers_leave_in_the_order_of_their_names() -> None:
    plan = plan_drain("node-1", PODS[:2], DrainOptions())
    assert names(plan) == ["web-0", "web-1"]
    assert (plan.warnings, plan.refusals, plan.error) == ((), (), "")


def test_what_drain_refuses_is_said_in_its_own_words() -> None:
    plan = plan_drain("node-1", PODS, DrainOptions(), modern=True)
    assert plan.refusals == (
        "cannot delete Pods that declare no controller (use --force to override): demo/alone",
        "cannot delete Pods with local storage (use --delete-emptydir-data to override):"
        " demo/cache-1",
        "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): demo/logs-x",
    )
    assert plan.error.startswith('unable to drain node "node-1", aborting command...: cannot')


def test_openshift_3_calls_the_flag_otherwise() -> None:
    (refusal,) = plan_drain("node-1", [PODS[4]], DrainOptions()).refusals
    assert "(use --delete-local-data to override)" in refusal


def test_with_all_flags_all_leave_but_daemonsets_and_mirror_pods() -> None:
    options = DrainOptions(ignore_daemonsets=True, delete_emptydir_data=True, force=True)
    plan = plan_drain("node-1", PODS, options, modern=True)
    assert names(plan) == ["alone", "cache-1", "web-0", "web-1"]
    assert plan.refusals == ()
    assert plan.warnings == (
        "WARNING: deleting Pods that declare no controller: demo/alone",
        "WARNING: deleting Pods with local storage: demo/cache-1",
        "WARNING: ignoring DaemonSet-managed Pods: demo/logs-x",
    )


def test_pods_that_have_ended_leave_without_flags() -> None:
    ended = with_storage("job")
    ended = replace(ended, status=replace(ended.status, phase="Succeeded"))
    plan = plan_drain("node-1", [ended], DrainOptions())
    assert names(plan) == ["job"]
    assert plan.refusals == ()
