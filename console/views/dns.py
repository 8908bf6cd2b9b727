"""The DNS explorer: what a name comes to when it is asked for in a pod, question by question, and why not."""

from __future__ import annotations

import shlex
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from cluster.objects import kinds
from cluster.objects.kind import Object
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor
from cluster.runtime.dns import Why
from console.session import actor, client
from console.urls_for import name_url

SKYDNS = "SkyDNS, as OpenShift 3 embeds it"
SERVERS = {"4": "CoreDNS, as OpenShift 4 runs it"}
"""Who answers, by profile."""
TYPES = ("A", "SRV", "PTR", "CNAME", "TXT", "AAAA", "ANY")


@require_safe
def dns_page(request: HttpRequest) -> HttpResponse:
    """Show the form, and the look-up if one is asked for; HTMX gets the look-up alone."""
    port, who = client(), actor(request)
    pods = _pods(port, who)
    asked = {name: request.GET.get(name, "").strip() for name in ("pod", "name", "type")}
    asked["type"] = asked["type"] if asked["type"] in TYPES else TYPES[0]
    chosen = next((pod for pod in pods if str(pod.metadata.key) == asked["pod"]), None)
    context: dict[str, Any] = {
        "asked": asked,
        "pods": [(str(pod.metadata.key), pod.status.pod_ip) for pod in pods],
        "types": TYPES,
        "names": _names(port, who),
        "problem": _problem(asked, chosen),
        "address": port.dns.address(),
    }
    if chosen is not None and asked["name"] and not context["problem"]:
        context |= _explored(port, who, chosen, asked["name"], asked["type"])
    part = "answer" if request.htmx and not request.htmx.boosted else "dns"
    return render(request, f"pages/dns/{part}.html", context)


def _pods(port: Client, who: Actor) -> list[Any]:
    """The pods in which the user may ask."""
    found = [
        pod
        for project in port.projects(who)
        for pod in port.list(kinds.POD, project.metadata.name)
        if pod.status.pod_ip and not pod.is_finished
    ]
    return sorted(found, key=lambda pod: pod.metadata.key)


def _names(port: Client, who: Actor) -> list[tuple[str, str]]:
    """Names that the page proposes: the services."""
    return [
        (f"{each.metadata.name}.{each.metadata.namespace}.svc.cluster.local", each.spec.type)
        for project in port.projects(who)
        for each in port.list(kinds.SERVICE, project.metadata.name)
    ]


def _problem(asked: dict[str, str], chosen: Object | None) -> str:
    if not (asked["pod"] or asked["name"]):
        return ""
    if not asked["name"]:
        return "Name: required."
    if chosen is None:
        return "Pod: choose a pod that has an address, in a project that you may see."
    return ""


def _explored(port: Client, who: Actor, pod: Object, name: str, type_: str) -> dict[str, Any]:
    def may_see(namespace: str) -> bool:
        return port.may(who, "get", kinds.SERVICE, namespace)

    found = port.dns.look_up(pod, name, type_, may_see)
    return {
        "found": found,
        "server": SERVERS.get(port.config.profile.name, SKYDNS),
        "steps": [
            {
                "number": number,
                "question": step.question,
                "code": step.code,
                "answer": step.answer,
            }
            for number, step in enumerate(found.lookup.steps, 1)
        ],
        "culprit": _culprit(port, who, found.why),
        "dig": _dig(port, found.lookup.steps[-1].question.name, type_)
        if found.lookup.steps
        else "",
    }


def _culprit(port: Client, who: Actor, why: Why | None) -> tuple[str, str, str] | None:
    """Kind, name and page of the object to look at, for who may see it."""
    if why is None or why.culprit is None:
        return None
    kind = kinds.BY_NAME.get(why.culprit.kind)
    if kind is None or not port.may(who, "get", kind, why.culprit.namespace):
        return None
    return kind.name, why.culprit.name, name_url(kind, why.culprit.namespace, why.culprit.name)


def _dig(port: Client, name: str, type_: str) -> str:
    """The same question for `dig`, while the DNS server listens."""
    address = port.dns.address()
    if address is None:
        return ""
    asked = f"-x {shlex.quote(name)}" if type_ == "PTR" and name[:1].isdigit() else ""
    plain = f"{shlex.quote(name)} {type_}"
    return f"dig @{address.host} -p {address.port} {asked or plain}"


urlpatterns = [path("dns", dns_page, name="dns")]
