"""A pod's phase from the states of its containers (kubelet `getPhase`)."""

from __future__ import annotations

from collections.abc import Iterable

from cluster.objects.pod import (
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    TERMINATED,
    WAITING,
    ContainerStatus,
)


def phase_of(restart_policy: str, statuses: Iterable[ContainerStatus]) -> str:
    """Pending until every container ran once; ended only if nothing will start again."""
    running = False
    codes: list[int] = []
    for each in statuses:
        if each.state == TERMINATED:
            codes.append(each.exit_code)
        elif each.state != WAITING:
            running = True
        elif each.last_finished_at is None:
            return PENDING
        else:
            codes.append(each.last_exit_code)
    if running or restart_policy == "Always":
        return RUNNING
    if not any(codes):
        return SUCCEEDED
    return FAILED if restart_policy == "Never" else RUNNING
