"""What can be done to an object from the console: look at its menu, scale it, delete it, take its YAML."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from cluster.objects import kinds
from cluster.objects.document import to_document
from cluster.objects.errors import ApiError
from cluster.objects.kind import Kind
from cluster.objects.manifest import to_yaml
from cluster.objects.meta import Key
from cluster.runtime.commands import Delete, Scale
from console import kinds as views
from console.kinds.base import Page
from console.kinds.common import scope
from console.kinds.workloads import desired
from console.session import actor, client
from console.urls_for import action_url, list_url
from console.views.access import require

SENTENCES = {
    "DeploymentConfig": "DeploymentConfigs maintain the desired number of healthy pods.",
    "ReplicationController": "ReplicationControllers maintain the desired number of healthy pods.",
}


def _kind(plural: str, ns: str) -> Kind:
    view = views.of_plural(plural)
    if view is None or view.kind.namespaced != bool(ns):
        raise Http404(plural)
    return view.kind


def _page(request: HttpRequest, kind: Kind, ns: str, name: str) -> Page:
    space = ns or (name if kind in (kinds.PROJECT, kinds.NAMESPACE) else "")
    require(client(), actor(request), "get", kind, space)
    return Page(client(), actor(request), kind, client().get(kind, ns, name), request)


@require_GET
def menu(request: HttpRequest, plural: str, name: str, ns: str = "") -> HttpResponse:
    """The entries of a row's menu, for this user."""
    kind = _kind(plural, ns)
    page = _page(request, kind, ns, name)
    context = {
        "id": f"menu-{page.obj.metadata.uid}",
        "label": f"Actions for {name}",
        "actions": views.of(kind).actions(page),
    }
    return render(request, "components/menu_items.html", context)


@require_GET
def download(request: HttpRequest, plural: str, name: str, ns: str = "") -> HttpResponse:
    """The object's YAML as a file."""
    page = _page(request, _kind(plural, ns), ns, name)
    answer = HttpResponse(to_yaml(to_document(page.obj)), content_type="application/yaml")
    answer["Content-Disposition"] = f'attachment; filename="{page.kind.singular}-{name}.yaml"'
    return answer


@require_http_methods(["GET", "POST"])
def scale(request: HttpRequest, plural: str, name: str, ns: str = "") -> HttpResponse:
    """GET: the dialog "Edit Pod count". POST: set the wanted number of pods.

    The donut's arrows post here too; they ignore the answer's body unless it is an error.
    """
    kind = _kind(plural, ns)
    if not kind.scalable:
        raise Http404(plural)
    page = _page(request, kind, ns, name)
    if request.method == "GET":
        return _scale_dialog(request, page, desired(page.obj), "")
    text = request.POST.get("replicas", "").strip()
    problem = _replicas_problem(text)
    if not problem:
        try:
            command = Scale(kind, Key(ns, name), int(text))
            client().execute([command], page.actor)
        except ApiError as error:
            problem = error.message
    if not problem:
        return HttpResponse(status=204)
    if not request.htmx:
        return HttpResponse(problem, status=422, content_type="text/plain")
    return _scale_dialog(request, page, text, problem)


def _replicas_problem(text: str) -> str:
    """The 3.x console's messages for a number of replicas."""
    if not text:
        return "A value for replicas is required."
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()) or len(text) > 6:
        return "Replicas must be a whole number."
    return "Replicas can't be negative." if text.startswith("-") else ""


def _scale_dialog(request: HttpRequest, page: Page, value: int | str, problem: str) -> HttpResponse:
    context = {
        "form_url": action_url(page.obj, "scale"),
        "kind": page.kind,
        "name": page.obj.metadata.name,
        "sentence": SENTENCES.get(page.kind.name, ""),
        "value": value,
        "problem": problem,
    }
    return render(request, "resources/scale.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, plural: str, name: str, ns: str = "") -> HttpResponse:
    """GET: ask. POST: delete, and go back to the list if the object's own page is open."""
    kind = _kind(plural, ns)
    page = _page(request, kind, ns, name)
    if request.method == "GET":
        return _delete_dialog(request, page, "")
    if kind is kinds.PROJECT and request.POST.get("confirm") != name:
        return _delete_dialog(request, page, f"Type {name} to confirm.")
    orphan = request.POST.get("dependents") != "on" and kind.scalable
    try:
        client().execute([Delete(kind, Key(ns, name), orphan=orphan)], page.actor)
    except ApiError as error:
        return _delete_dialog(request, page, error.message)
    messages.success(request, f"{kind.name} {name} was deleted.")
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = list_url(kind, ns)
    return answer


def _delete_dialog(request: HttpRequest, page: Page, problem: str) -> HttpResponse:
    context = {
        "form_url": action_url(page.obj, "delete"),
        "kind": page.kind,
        "name": page.obj.metadata.name,
        "namespace": scope(page.kind, page.obj),
        "is_project": page.kind is kinds.PROJECT,
        "problem": problem,
    }
    return render(request, "resources/delete.html", context, status=422 if problem else 200)
