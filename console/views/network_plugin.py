"""Change the network plugin: choose one, see what that would change, do it, and go back the same way.

Cluster admins only, as the ClusterNetwork is theirs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from cluster.objects import kinds
from cluster.objects.clusternetwork import ClusterNetwork
from cluster.objects.errors import ApiError
from cluster.objects.meta import Key
from cluster.runtime.client import Client
from cluster.runtime.commands import Edit
from cluster.runtime.network import PLUGINS, SwitchPlan
from console.session import actor, client
from console.views.access import require

NAME = "default"
PAGE, PLAN = "pages/network/plugin.html", "pages/network/plugin_plan.html"
NAMED = 20
"""Projects and policies that are named; the others are counted."""


@require_http_methods(["GET", "HEAD", "POST"])
def plugin_page(request: HttpRequest) -> HttpResponse:
    """GET: choose, and see the plan (`?plugin=`). POST: change the plugin."""
    port, who = client(), actor(request)
    require(port, who, "update", kinds.CLUSTERNETWORK, "")
    chosen = request.POST.get("plugin") or request.GET.get("plugin", "")
    if request.method == "POST":
        problem = _change(request, chosen)
        if not problem:
            return redirect("network")
        return render(request, PAGE, _context(port, chosen, problem), status=422)
    fragment = request.htmx and not request.htmx.boosted
    return render(request, PLAN if fragment else PAGE, _context(port, chosen))


def _change(request: HttpRequest, chosen: str) -> str:
    """Give the cluster the plugin; the reason when it is refused."""
    port = client()
    before = port.network.plugin
    if chosen == before.name:
        return f"The cluster runs {before.title} already."

    def change(held: ClusterNetwork) -> ClusterNetwork:
        return replace(held, plugin_name=chosen)

    try:
        port.execute([Edit(kinds.CLUSTERNETWORK, Key("", NAME), change)], actor(request))
    except ApiError as error:
        return error.message
    undo = f"{reverse('network-plugin')}?{urlencode({'plugin': before.name})}"
    context = {"text": f"The network changes to {PLUGINS[chosen].title}.", "undo_url": undo}
    messages.success(request, render_to_string("components/undo_message.html", context, request))
    return ""


def _context(port: Client, chosen: str, problem: str = "") -> dict[str, Any]:
    current = port.network.plugin
    plan: SwitchPlan | None = None
    if chosen in PLUGINS and chosen != current.name and not problem:
        try:
            plan = port.network.plan_switch(chosen)
        except ValueError as error:
            problem = f"{PLUGINS[chosen].title} cannot work with this cluster network: {error}"
    return {
        "plugins": list(PLUGINS.values()),
        "current": current,
        "chosen": chosen,
        "plan": plan,
        "problem": problem,
        "hidden_moves": plan.moved + plan.homeless - len(plan.moves) if plan else 0,
        "hidden_subnets": plan.subnets_changed - len(plan.subnet_moves) if plan else 0,
        "lists": _lists(plan) if plan else [],
    }


def _lists(plan: SwitchPlan) -> list[dict[str, Any]]:
    """What begins and stops, named as far as that is short."""
    policies = (
        ("Policies that begin to have an effect", plan.policies_starting),
        ("Policies that stop having an effect", plan.policies_stopping),
    )
    found: list[tuple[str, list[str]]] = [
        ("Projects that others can no longer freely reach", list(plan.projects_isolated)),
        ("Projects that everybody can reach then", list(plan.projects_opened)),
        *(
            (title, [f"{each.kind} {each.key.namespace}/{each.key.name}" for each in held])
            for title, held in policies
        ),
    ]
    return [
        {"title": title, "names": names[:NAMED], "hidden": len(names[NAMED:]), "count": len(names)}
        for title, names in found
    ]


urlpatterns = [path("network/plugin", plugin_page, name="network-plugin")]
