"""What the console shows of calls between pods: a workload's targets and log, and who calls a service."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from cluster.objects import kinds
from cluster.objects.calls import declares_calls
from cluster.objects.errors import NotFound
from cluster.objects.meta import Key
from cluster.objects.service import HEADLESS, Service
from cluster.runtime.client import CallLine, CallsReport, Client, TargetReport
from cluster.runtime.commands import Actor
from console.charts.calls import OUTCOMES, chart
from console.kinds.base import Page, Tab
from console.urls_for import name_url

SLUG = "calls"
SHOWN = 40
"""Lines of the log in a page."""


def edit_url(namespace: str, name: str) -> str:
    """The dialog in which a workload's calls are declared."""
    return reverse("calls-edit", args=[namespace, name])


# --- targets -----------------------------------------------------------------------------------------


def targets_context(client: Client, namespace: str, name: str) -> dict[str, Any]:
    """Context of `calls_targets.html`: what each target comes to now, and how it went."""
    report = client.calls(namespace, name)
    return {
        "report": report,
        "topic": f"calls-targets:{namespace}/{name}",
        "targets": [_target(client, report, each) for each in report.targets] if report else [],
    }


def _target(client: Client, report: CallsReport, found: TargetReport) -> dict[str, Any]:
    service, own = found.service, report.key.namespace
    failure = found.failure
    is_ours = service is None or service.namespace == own
    return {
        "url": found.target.url,
        "word": health(found),
        "found": found,
        "address": found.addresses[0] if found.addresses else "",
        "more": max(0, len(found.addresses) - 1),
        "service": service,
        "service_url": name_url(kinds.SERVICE, *service) if service else "",
        "service_name": "" if service is None else service.name if is_ours else str(service),
        "success": _percent(found.recent.success),
        "milliseconds": None if found.recent.latency is None else found.recent.latency * 1000,
        "failure": failure,
        # What a walk says names pods of the other project, which not all who look may know.
        "said": failure.said if failure is not None and is_ours else "",
        "why_url": why_url(client, report.key, found) if failure is not None else "",
    }


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def health(found: TargetReport) -> str:
    """Healthy, Degraded or Down; Unknown before the first call."""
    if not found.recent.calls:
        return "Unknown"
    if not found.is_failing:
        return "Healthy"
    return "Degraded" if found.recent.counts["ok"] else "Down"


def why_url(client: Client, caller: Key, found: TargetReport) -> str:
    """Where the cause of the last failure shows: the look-up, the packet's walk, or the service."""
    failure = found.failure
    if failure is None:
        return ""
    pod = Key(caller.namespace, failure.pod)
    if failure.kind == "name-error":
        asked = urlencode({"pod": str(pod), "name": found.target.host})
        return f"{reverse('dns')}?{asked}"
    if failure.kind == "http-error" and found.service is not None:
        return name_url(kinds.SERVICE, *found.service)
    asked = urlencode(
        {
            "from": f"pod/{pod}",
            "to": _destination(client, found),
            "port": found.target.port,
            **({"endpoint": failure.place} if ":" in failure.place else {}),
        }
    )
    return f"{reverse('walk')}?{asked}"


def _destination(client: Client, found: TargetReport) -> str:
    """The walk's destination: the service where it is dialled by its own address, else the address."""
    address = found.addresses[0] if found.addresses else found.target.host
    if found.service is None:
        return address
    try:
        service: Service = client.get(kinds.SERVICE, *found.service)
    except NotFound:
        return address
    own = service.spec.cluster_ip
    is_direct = own == address or (own == HEADLESS and found.target.host != address)
    return f"service/{found.service}" if is_direct else address


# --- log ---------------------------------------------------------------------------------------------


def lines(client: Client, namespace: str, name: str) -> list[CallLine]:
    """The lines to show, the newest first."""
    report = client.calls(namespace, name)
    return list(report.log[: -SHOWN - 1 : -1]) if report is not None else []


def line_id(line: CallLine) -> str:
    """The row's id in the page."""
    return f"call-{line.number}"


def line_context(line: CallLine, namespace: str) -> dict[str, Any]:
    """What a row of the log shows."""
    return {
        "line": line,
        "row_id": line_id(line),
        "outcome": OUTCOMES[line.kind],
        "milliseconds": line.seconds * 1000,
        "pod_url": name_url(kinds.POD, namespace, line.pod),
    }


# --- the workload's tab ------------------------------------------------------------------------------


def _context(page: Page) -> dict[str, Any]:
    namespace, name = page.obj.metadata.key
    return {
        "declares": declares_calls(page.obj.metadata.annotations),
        "edit_url": edit_url(namespace, name) if page.may_edit else "",
        "chart": chart(namespace, name),
        "log_topic": f"calls-log:{namespace}/{name}",
        "lines": [line_context(each, namespace) for each in lines(page.client, namespace, name)],
        **targets_context(page.client, namespace, name),
    }


CALLS = Tab(SLUG, "Calls", "resources/deploymentconfigs/calls.html", _context)


# --- the project's overview --------------------------------------------------------------------------


def failing_context(client: Client, namespace: str, name: str) -> dict[str, Any]:
    """Context of `pages/overview/calls.html`: the targets that a workload's calls fail to now."""
    report = client.calls(namespace, name)
    return {
        "name": name,
        "topic": f"calls-failing:{namespace}/{name}",
        "failing": [(each.target.url, each.failure) for each in report.failing] if report else [],
        "calls_url": name_url(kinds.DEPLOYMENTCONFIG, namespace, name, SLUG),
    }


# --- the service's tab -------------------------------------------------------------------------------


def called_by_context(client: Client, actor: Actor, namespace: str, name: str) -> dict[str, Any]:
    """Context of `called_by.html`: the workloads whose calls go to a service, as far as one may see them."""
    service = Key(namespace, name)
    rows, hidden = [], 0
    for report in client.all_calls():
        found = [each for each in report.targets if each.service == service]
        if not client.may(actor, "get", kinds.DEPLOYMENTCONFIG, report.key.namespace):
            hidden += bool(found)
            continue
        rows += [_caller(client, report, each, namespace) for each in found]
    return {
        "callers": rows,
        "hidden": hidden,
        "topic": f"called-by:{actor.name}:{namespace}/{name}",
    }


def _caller(
    client: Client, report: CallsReport, found: TargetReport, namespace: str
) -> dict[str, Any]:
    key = report.key
    return {
        **_target(client, report, found),
        "name": key.name if key.namespace == namespace else str(key),
        "caller_url": name_url(kinds.DEPLOYMENTCONFIG, *key, SLUG),
        "pods": report.pods,
    }


def _called_by(page: Page) -> dict[str, Any]:
    return called_by_context(page.client, page.actor, *page.obj.metadata.key)


CALLED_BY = Tab(
    "called-by", "Called by", "resources/services/called_by.html", _called_by, live=False
)
