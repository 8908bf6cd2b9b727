"""`oc adm drain`: which pods would leave a node, and why it refuses to empty it.

Stands for kubectl's `drain` package: its filters, in their order and with their words. Pods that the
kubelet runs by itself (mirror pods) are skipped.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cluster.objects.pod import Pod

DAEMONSET_FATAL = "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"
LOCAL_STORAGE_FATAL = "Pods with local storage (use --{flag} to override)"
UNMANAGED_FATAL = "Pods that declare no controller (use --force to override)"
DAEMONSET_WARNING = "ignoring DaemonSet-managed Pods"
LOCAL_STORAGE_WARNING = "deleting Pods with local storage"
UNMANAGED_WARNING = "deleting Pods that declare no controller"
MIRROR = "kubernetes.io/config.mirror"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainOptions:
    """The flags. `grace` in seconds; None leaves each pod its own."""

    ignore_daemonsets: bool = False
    delete_emptydir_data: bool = False
    force: bool = False
    grace: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainPlan:
    """What a drain would do. With refusals it does nothing but cordon."""

    node: str
    evictions: tuple[Pod, ...]
    warnings: tuple[str, ...]
    refusals: tuple[str, ...]

    @property
    def error(self) -> str:
        """The error that `oc adm drain` ends with, or ""."""
        if not self.refusals:
            return ""
        reasons = "; ".join(self.refusals)
        return f'unable to drain node "{self.node}", aborting command...: {reasons}'


def plan_drain(
    node: str, pods: Iterable[Pod], options: DrainOptions, *, modern: bool = False
) -> DrainPlan:
    """Go through the pods of a node. `modern` names the flag as OpenShift 4 does."""
    evictions: list[Pod] = []
    fatal: dict[str, list[str]] = {}
    warned: dict[str, list[str]] = {}
    for pod in sorted(pods, key=lambda each: each.metadata.key):
        if MIRROR in pod.metadata.annotations:
            continue
        goes, problems, warnings = _judge(pod, options, modern)
        place = "/".join(pod.metadata.key)
        for reason in problems:
            fatal.setdefault(reason, []).append(place)
        for reason in warnings:
            warned.setdefault(reason, []).append(place)
        if goes and not problems:
            evictions.append(pod)
    return DrainPlan(
        node=node,
        evictions=tuple(evictions),
        warnings=tuple(f"WARNING: {why}: {', '.join(those)}" for why, those in warned.items()),
        refusals=tuple(f"cannot delete {why}: {', '.join(those)}" for why, those in fatal.items()),
    )


def _judge(pod: Pod, options: DrainOptions, modern: bool) -> tuple[bool, list[str], list[str]]:
    """Whether the pod goes, what forbids it, what is said of it."""
    controller = pod.metadata.controller()
    if controller is not None and controller.kind == "DaemonSet":
        if options.ignore_daemonsets:
            return False, [], [DAEMONSET_WARNING]
        return False, [DAEMONSET_FATAL], []
    problems: list[str] = []
    warnings: list[str] = []
    if _has_local_storage(pod) and not pod.is_finished:
        if options.delete_emptydir_data:
            warnings.append(LOCAL_STORAGE_WARNING)
        else:
            flag = "delete-emptydir-data" if modern else "delete-local-data"
            problems.append(LOCAL_STORAGE_FATAL.format(flag=flag))
    if controller is None and not pod.is_finished:
        if options.force:
            warnings.append(UNMANAGED_WARNING)
        else:
            problems.append(UNMANAGED_FATAL)
    return True, problems, warnings


def _has_local_storage(pod: Pod) -> bool:
    volumes = pod.spec.extra.get("volumes") or ()
    return any(isinstance(each, dict) and "emptyDir" in each for each in volumes)
