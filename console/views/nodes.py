"""What cluster admins do to nodes: cordon, drain, power, network, address, and machines that join."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST

from cluster.objects import kinds
from cluster.objects.errors import ApiError, Invalid
from cluster.objects.node import Node, internal_ip
from cluster.runtime.client import DrainOptions, DrainPlan, NodesPort
from cluster.runtime.commands import Command
from console.session import actor, client
from console.urls_for import list_url, name_url
from console.views.access import require

MODAL = "modal"
NO_NAME = "A name is required."
NO_ADDRESS = "An IP address is required."
NO_NUMBER = "The grace period must be a whole number of seconds, 0 or more."


@dataclass(frozen=True, slots=True)
class _Verb:
    """Something done at once: the command, what is said of it, and the verb that undoes it."""

    command: Callable[[NodesPort, str], Sequence[Command]]
    said: str
    undo: str = ""


VERBS = {
    "cordon": _Verb(
        lambda nodes, name: [nodes.cordon(name, True)], "was marked as unschedulable", "uncordon"
    ),
    "uncordon": _Verb(
        lambda nodes, name: [nodes.cordon(name, False)], "was marked as schedulable", "cordon"
    ),
    "power-off": _Verb(lambda nodes, name: [nodes.power_off(name)], "was powered off", "power-on"),
    "power-on": _Verb(
        lambda nodes, name: [nodes.power_on(name)], "is starting: 30 s until its kubelet runs"
    ),
    "reboot": _Verb(
        lambda nodes, name: [nodes.reboot(name)], "is rebooting: nothing on it answers for 60 s"
    ),
    "reconnect": _Verb(lambda nodes, name: nodes.cut(name, ()), "is connected with all nodes"),
}


@require_POST
def act(request: HttpRequest, name: str, verb: str) -> HttpResponse:
    """Do something at once."""
    _require_admin(request)
    wanted, port = VERBS[verb], client()
    port.get(kinds.NODE, "", name)
    try:
        port.execute(wanted.command(port.nodes, name), actor(request))
    except ApiError as error:
        messages.error(request, f"Node {name} was left as it is. {_reason(error)}")
    else:
        _say(request, name, f"Node {name} {wanted.said}.", wanted.undo)
    return _done(request, name)


@require_http_methods(["GET", "POST"])
def drain(request: HttpRequest, name: str) -> HttpResponse:
    """GET: the dialog with the pods that would leave. POST: empty the node, or only say what would be.

    A refused drain changes nothing: the dialog says why, in the words of `oc adm drain`.
    """
    _require_admin(request)
    port = client()
    port.get(kinds.NODE, "", name)
    if request.method == "GET":
        return _drain_dialog(request, port.nodes.drain_plan(name, DrainOptions()), "")
    options, problem = _options(request)
    plan = port.nodes.drain_plan(name, options)
    if "preview" in request.GET:
        context = {"plan": plan, "problem": problem}
        return render(request, "resources/nodes/drain_plan.html", context)
    if problem:
        return _drain_dialog(request, plan, problem)
    try:
        plan = port.nodes.drain(name, options, actor(request))
    except ApiError as error:
        return _drain_dialog(request, plan, _reason(error))
    if plan.refusals:
        return _drain_dialog(request, plan, "", status=422)
    count = len(plan.evictions)
    pods = "1 pod is" if count == 1 else f"{count} pods are"
    _say(request, name, f"Node {name} was cordoned; {pods} being evicted.", "uncordon")
    return _done(request, name)


def _options(request: HttpRequest) -> tuple[DrainOptions, str]:
    text = request.POST.get("grace", "").strip()
    problem = ""
    if text and not (text.isascii() and text.isdecimal() and len(text) < 7):
        problem, text = NO_NUMBER, ""
    options = DrainOptions(
        ignore_daemonsets="ignore_daemonsets" in request.POST,
        delete_emptydir_data="delete_emptydir_data" in request.POST,
        force="force" in request.POST,
        grace=int(text) if text else None,
    )
    return options, problem


def _drain_dialog(
    request: HttpRequest, plan: DrainPlan, problem: str, status: int = 200
) -> HttpResponse:
    context = {
        "plan": plan,
        "problem": problem,
        "flags": _flags(request),
        "grace": request.POST.get("grace", ""),
        "name": plan.node,
        "form_url": node_url(plan.node, "drain"),
        "modal_size": "md",
    }
    code = 422 if problem else status
    return render(request, "resources/nodes/drain.html", context, status=code)


def _flags(request: HttpRequest) -> list[dict[str, Any]]:
    local = "emptydir-data" if client().nodes.is_modern else "local-data"
    flags = (
        (
            "ignore_daemonsets",
            "--ignore-daemonsets",
            "Leave pods of DaemonSets where they are",
        ),
        (
            "delete_emptydir_data",
            f"--delete-{local}",
            "Delete pods whose emptyDir volumes lose their data",
        ),
        ("force", "--force", "Delete pods that no controller replaces"),
    )
    return [
        {"name": name, "flag": flag, "text": text, "checked": name in request.POST}
        for name, flag, text in flags
    ]


# --- network ---------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def network(request: HttpRequest, name: str) -> HttpResponse:
    """GET: the dialog that chooses from which nodes this one is cut. POST: cut, and reconnect the rest."""
    _require_admin(request)
    port = client()
    node: Node = port.get(kinds.NODE, "", name)
    if request.method == "GET":
        return _network_dialog(request, node, port.nodes.cut_from(node), "")
    chosen = frozenset(request.POST.getlist("node"))
    try:
        port.execute(port.nodes.cut(name, chosen), actor(request))
    except ApiError as error:
        return _network_dialog(request, node, chosen, _reason(error))
    if chosen:
        _say(request, name, f"Node {name} is cut from {', '.join(sorted(chosen))}.", "reconnect")
    else:
        _say(request, name, f"Node {name} is connected with all nodes.", "")
    return _done(request, name)


def _network_dialog(
    request: HttpRequest, node: Node, chosen: frozenset[str], problem: str
) -> HttpResponse:
    others = [each for each in client().list(kinds.NODE) if each is not node]
    context = {
        "name": node.metadata.name,
        "problem": problem,
        "others": [
            {
                "name": each.metadata.name,
                "address": internal_ip(each),
                "checked": each.metadata.name in chosen,
            }
            for each in sorted(others, key=lambda each: each.metadata.name)
        ],
        "form_url": node_url(node.metadata.name, "network"),
    }
    status = 422 if problem else 200
    return render(request, "resources/nodes/network.html", context, status=status)


@require_http_methods(["GET", "POST"])
def address(request: HttpRequest, name: str) -> HttpResponse:
    """GET: the dialog. POST: the machine gets another IP address; its subnet stays."""
    _require_admin(request)
    port = client()
    node: Node = port.get(kinds.NODE, "", name)
    context = {"name": name, "form_url": node_url(name, "address"), "value": internal_ip(node)}
    if request.method == "GET":
        return render(request, "resources/nodes/address.html", context)
    text = request.POST.get("address", "").strip()
    problem = "" if text else NO_ADDRESS
    if text:
        try:
            port.execute([port.nodes.move(name, text)], actor(request))
        except ApiError as error:
            problem = _reason(error)
    if problem:
        shown = {**context, "value": text, "problem": problem}
        return render(request, "resources/nodes/address.html", shown, status=422)
    _say(request, name, f"Node {name} has the address {text}.", "")
    return _done(request, name)


# --- joining ---------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """GET: the dialog with the next name. POST: a machine joins."""
    require(client(), actor(request), "create", kinds.NODE, "")
    port = client()
    context = {"form_url": reverse("node-add"), "value": port.nodes.next_name()}
    if request.method == "GET":
        return render(request, "resources/nodes/add.html", context)
    name = request.POST.get("name", "").strip()
    problem = "" if name else NO_NAME
    if name:
        try:
            port.execute([port.nodes.add(name)], actor(request))
        except ApiError as error:
            problem = _reason(error)
    if problem:
        shown = {**context, "value": name, "problem": problem}
        return render(request, "resources/nodes/add.html", shown, status=422)
    messages.success(request, f"Node {name} joins: it is ready in some seconds.")
    return _done(request, "")


# --- answers ---------------------------------------------------------------------------------------


def node_url(name: str, verb: str) -> str:
    """Where something is done to a node."""
    return reverse(f"node-{verb}", args=[name])


def _require_admin(request: HttpRequest) -> None:
    require(client(), actor(request), "update", kinds.NODE, "")


def _reason(error: ApiError) -> str:
    """The API's own words, without the path of an annotation that no form shows."""
    if isinstance(error, Invalid):
        return " ".join(each.detail or str(each) for each in error.errors)
    return error.message


def _say(request: HttpRequest, name: str, text: str, undo: str) -> None:
    if undo:
        context = {"text": text, "undo_url": node_url(name, undo)}
        text = render_to_string("components/undo_message.html", context, request)
    messages.success(request, text)


def _done(request: HttpRequest, name: str) -> HttpResponse:
    """The message as a toast; what has changed comes over the page's live connection."""
    if request.htmx and not request.htmx.boosted:
        return render(request, "components/messages.html")
    return redirect(name_url(kinds.NODE, "", name) if name else list_url(kinds.NODE))


_NODE = "k8s/cluster/nodes/<str:name>"
urlpatterns = [
    path("k8s/cluster/nodes/~add", add, name="node-add"),
    path(f"{_NODE}/~drain", drain, name="node-drain"),
    path(f"{_NODE}/~network", network, name="node-network"),
    path(f"{_NODE}/~address", address, name="node-address"),
    *(path(f"{_NODE}/~{verb}", act, {"verb": verb}, name=f"node-{verb}") for verb in VERBS),
]
