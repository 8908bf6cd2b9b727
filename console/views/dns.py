"""The DNS explorer: what a name comes to when it is asked for in a pod, question by question, and why not."""

from __future__ import annotations

import ipaddress
import shlex
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from cluster.objects import kinds
from cluster.objects.errors import NotFound
from cluster.objects.pod import Pod
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor
from cluster.runtime.dns import Lookup, Why
from console.network import parties
from console.session import actor, client
from console.urls_for import name_url

SKYDNS = "SkyDNS, as OpenShift 3 embeds it"
SERVERS = {"4": "CoreDNS, as OpenShift 4 runs it"}
"""Who answers, by profile."""
TYPES = ("A", "SRV", "PTR", "CNAME", "TXT", "AAAA", "ANY")
REQUIRED = "Required."


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed. `is_whole`: a name belongs to it; a link to the page may give the pod alone."""

    pod: str
    name: str
    type: str
    is_whole: bool


@require_safe
def dns_page(request: HttpRequest) -> HttpResponse:
    """Show the form, and the look-up if one is asked for; HTMX gets these two alone."""
    port, who = client(), actor(request)
    asked = _asked(port, who, request)
    pod, problems = _understood(port, who, asked)
    context: dict[str, Any] = {
        "asked": asked,
        "problems": problems,
        "pods": _pods(port, who),
        "types": TYPES,
        "names": _names(port, who),
        "address": port.dns.address(),
    }
    if pod is not None and asked.is_whole and not problems:
        context |= _explored(port, who, pod, asked)
    part = "ask" if request.htmx and not request.htmx.boosted else "dns"
    return render(request, f"pages/dns/{part}.html", context)


@require_safe
def dns_pods(request: HttpRequest) -> HttpResponse:
    """What pod may be meant by the letters typed so far, as options."""
    found = _pods(client(), actor(request), request.GET.get("pod", ""))
    return render(request, "pages/walk/parties.html", {"proposals": found})


# --- the question ----------------------------------------------------------------------------------


def _asked(port: Client, who: Actor, request: HttpRequest) -> Asked:
    pod, name, type_ = (request.GET.get(each, "").strip() for each in ("pod", "name", "type"))
    return Asked(
        pod=pod.removeprefix("pod/") or ("" if "pod" in request.GET else _any_pod(port, who, name)),
        name=name,
        type=type_ if type_ in TYPES else TYPES[0],
        is_whole="name" in request.GET,
    )


def _pods(port: Client, who: Actor, text: str = "") -> list[parties.Party]:
    """The pods in which the user may ask, by what they typed."""
    found = parties.proposals(port, who, parties.FROM, f"pod/ {text}")
    return [
        (value.removeprefix("pod/"), label) for value, label in found if value.startswith("pod/")
    ]


def _any_pod(port: Client, who: Actor, name: str) -> str:
    """The pod that asks unless one is chosen: of the project that the name speaks of, if possible."""
    labels = name.split(".")
    pods = [value for value, _ in _pods(port, who)]
    own = (value for value in pods if value.partition("/")[0] in labels[1:])
    return next(own, pods[0] if pods else "")


def _understood(port: Client, who: Actor, asked: Asked) -> tuple[Pod | None, dict[str, str]]:
    """The pod that asks, and what is wrong by field."""
    if not asked.is_whole:
        return None, {}
    problems = {} if asked.name else {"name": REQUIRED}
    namespace, _, name = asked.pod.partition("/")
    pod: Pod | None = None
    if not asked.pod:
        problems["pod"] = REQUIRED
    elif not name:
        problems["pod"] = "Write <project>/<name>."
    elif not port.may(who, "get", kinds.POD, namespace):
        problems["pod"] = "This belongs to a project that you may not see."
    else:
        try:
            pod = port.get(kinds.POD, namespace, name)
        except NotFound:
            problems["pod"] = f'pods "{name}" not found in {namespace}.'
    if pod is not None and (pod.is_finished or not pod.status.pod_ip):
        problems["pod"] = f"{asked.pod} has no network: nothing in it can ask."
    return pod, problems


def _names(port: Client, who: Actor) -> list[tuple[str, str]]:
    """Names that the page proposes: the services."""
    return [
        (f"{each.metadata.name}.{each.metadata.namespace}.svc.cluster.local", each.spec.type)
        for project in port.projects(who)
        for each in port.list(kinds.SERVICE, project.metadata.name)
    ][: parties.MOST]


# --- the answer ------------------------------------------------------------------------------------


def _explored(port: Client, who: Actor, pod: Pod, asked: Asked) -> dict[str, Any]:
    def may_see(namespace: str) -> bool:
        return port.may(who, "get", kinds.SERVICE, namespace)

    found = port.dns.look_up(pod, asked.name, asked.type, may_see)
    steps = found.lookup.steps
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
            for number, step in enumerate(steps, 1)
        ],
        "results": found.lookup.addresses or _texts(found.lookup),
        "culprit": _culprit(port, who, found.why),
        "dig": _dig(port, steps[-1].question.name, asked) if steps else "",
    }


def _texts(lookup: Lookup) -> list[str]:
    """What the last answer says, where it says no addresses: names, targets, texts."""
    return [record.text for record in lookup.answer.answers] if lookup.answer else []


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _culprit(port: Client, who: Actor, why: Why | None) -> tuple[str, str, str] | None:
    """Kind, name and page of the object to look at, for who may see it."""
    if why is None or why.culprit is None:
        return None
    kind = kinds.BY_NAME.get(why.culprit.kind)
    if kind is None or not port.may(who, "get", kind, why.culprit.namespace):
        return None
    return kind.name, why.culprit.name, name_url(kind, why.culprit.namespace, why.culprit.name)


def _dig(port: Client, name: str, asked: Asked) -> str:
    """The same question for `dig`, while the DNS server listens."""
    address = port.dns.address()
    if address is None:
        return ""
    reverse = asked.type == "PTR" and _is_address(asked.name)
    question = f"-x {asked.name}" if reverse else f"{shlex.quote(name)} {asked.type}"
    return f"dig @{address.host} -p {address.port} {question}"


urlpatterns = [
    path("dns", dns_page, name="dns"),
    path("dns/pods", dns_pods, name="dns-pods"),
]
