"""Create Route and Edit Route: one form, drawn anew by its own buttons, saved in one command."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from cluster.objects import kinds
from cluster.objects.errors import ApiError, Conflict
from cluster.objects.manifest import to_yaml
from cluster.objects.meta import Key
from cluster.objects.route import Route
from cluster.objects.secret import TLS
from cluster.objects.service import Service
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor, Create, Edit
from console.forms import route_backends, route_commands
from console.forms.route import RouteForm
from console.forms.route_shape import blank, focus_after, reshaped
from console.forms.route_values import RouteValues, posted, route_of, shown
from console.session import actor, client
from console.urls_for import url_of
from console.views.access import require
from console.views.route_form_page import form_context, manifest_of

SECRET = ("certificate", "key", "ca_certificate", "destination_ca_certificate")
FIELD_LABELS = {
    "host": "Hostname",
    "path": "Path",
    "targets": "Services and weights",
    "target_port": "Target port",
    "secure": "Secure Route",
    "termination": "TLS termination",
    "insecure": "Insecure traffic",
    "external_certificate": "External certificate",
    "certificate": "Certificate",
    "key": "Private key",
    "ca_certificate": "CA certificate",
    "destination_ca_certificate": "Destination CA certificate",
    "labels": "Labels",
    "balance": "Balance strategy",
    "cookies": "Sticky cookies",
    "timeout": "Timeout",
}


@dataclass(frozen=True, slots=True)
class Editing:
    """One request to the form: who, where, and the stored route (None while it is created)."""

    request: HttpRequest
    client: Client
    actor: Actor
    namespace: str
    route: Route | None
    services: list[Service]
    secrets: list[str] | None

    def form(self, values: RouteValues, data: Any = None) -> RouteForm:
        """The form with these values, or with what was sent."""
        return RouteForm(values, self.services, data, self.secrets)

    @property
    def known(self) -> dict[str, Service]:
        """The project's services by name."""
        return {each.metadata.name: each for each in self.services}

    @property
    def name(self) -> str:
        """The stored route's name, or ""."""
        return self.route.metadata.name if self.route else ""


def route_form(request: HttpRequest, ns: str, name: str = "") -> HttpResponse:
    """Show the form; draw it anew (`reshape`); show the YAML (`yaml`); or save it."""
    editing = _begin(request, ns, name)
    if request.method != "POST":
        chosen = request.GET.get("service", "")
        route = editing.route
        values = shown(route) if route else blank(editing.services, chosen)
        return _draw(editing, editing.form(values), opened=_opened(values))
    values = posted(request.POST, name)
    request_name = request.POST.get("reshape", "")
    if request_name:
        before = request.POST.get("shown_service", "")
        values = reshaped(values, request_name, editing.known, before, editing.route is None)
        form = editing.form(values)
        focus = focus_after(request_name, values)
        if focus in form.fields:
            form.fields[focus].widget.attrs["autofocus"] = True
        return _draw(editing, form, focus=focus)
    if "yaml" in request.POST:
        return _show_yaml(editing, values)
    return _save(editing, values)


def _begin(request: HttpRequest, ns: str, name: str) -> Editing:
    port, who = client(), actor(request)
    require(port, who, "update" if name else "create", kinds.ROUTE, ns)
    route = port.get(kinds.ROUTE, ns, name) if name else None
    services, secrets = port.list(kinds.SERVICE, ns), _certificates(port, who, ns)
    return Editing(request, port, who, ns, route, services, secrets)


def _certificates(port: Client, who: Actor, ns: str) -> list[str] | None:
    """The secrets with certificates that a route may name; None in the generations that have none."""
    if not port.config.profile.external_certificates:
        return None
    if not port.may(who, "list", kinds.SECRET, ns):
        return []
    found = (each for each in port.list(kinds.SECRET, ns) if each.type == TLS)
    return sorted(each.metadata.name for each in found)


def _draw(
    editing: Editing, form: RouteForm, status: int = 200, opened: str = "", **extra: Any
) -> HttpResponse:
    """The page; for the form's own buttons the form alone."""
    request = editing.request
    version = request.POST.get("version") or _version(editing.route)
    context = {
        "opened": opened or request.POST.get("opened", ""),
        "version": version,
        **form_context(editing.client, editing.actor, editing.namespace, editing.route, form),
        **extra,
    }
    fragment = request.htmx and not request.htmx.boosted
    template = "resources/routes/form.html" if fragment else "resources/routes/form_page.html"
    return render(request, template, context, status=status)


def _version(route: Route | None) -> int:
    return route.metadata.resource_version if route else 0


# --- saving ----------------------------------------------------------------------------------------


def _save(editing: Editing, values: RouteValues) -> HttpResponse:
    form = editing.form(values, editing.request.POST)
    if not form.is_valid():
        return _draw(editing, form, 422)
    text = editing.request.POST.get("version", "")
    version = int(text) if text.isdecimal() else 0
    try:
        command = _command(editing, values, version)
        new = editing.client.execute([command], editing.actor)[0].new
    except Conflict as error:
        return _conflict(editing, form, values, error)
    except ApiError as error:
        form.show_refusal(error)
        return _draw(editing, form, 422)
    _tell(editing, new)
    return redirect(url_of(new))


def _command(editing: Editing, values: RouteValues, version: int) -> Create | Edit:
    """What saving sends. Another version is no conflict while nothing that the form shows differs:
    the router writes its status to the same object."""
    if editing.route is None:
        return Create(route_of(values, None, editing.namespace))
    if version and _opened(shown(editing.route)) == editing.request.POST.get("opened"):
        version = editing.route.metadata.resource_version
    return Edit(
        kinds.ROUTE,
        Key(editing.namespace, editing.name),
        lambda old: route_of(values, old, editing.namespace),
        version,
    )


def _tell(editing: Editing, new: Route) -> None:
    request, old, name = editing.request, editing.route, new.metadata.name
    if old is None:
        messages.success(request, f"Route {name} was successfully created.")
    elif new.metadata.resource_version == old.metadata.resource_version:
        messages.info(request, f"Route {name} was left as it is: nothing was changed.")
    elif new.spec.backends != old.spec.backends:
        token = route_backends.remember(request, old, new)
        text = f"Route {name} was saved."
        messages.success(request, route_backends.undo_message(request, text, new, token))
    else:
        messages.success(request, f"Route {name} was saved.")


# --- somebody else was faster -----------------------------------------------------------------------


def _conflict(
    editing: Editing, form: RouteForm, values: RouteValues, error: Conflict
) -> HttpResponse:
    """Show what changed meanwhile; saving once more overwrites it."""
    newest = editing.client.get(kinds.ROUTE, editing.namespace, editing.name)
    theirs = shown(newest)
    context = {
        "conflict": error.message,
        "conflict_rows": _differences(editing.request.POST.get("opened", ""), theirs, values),
        "version": newest.metadata.resource_version,
        "opened": _opened(theirs),
    }
    return _draw(editing, form, 422, **context)


def _opened(values: RouteValues) -> str:
    """The fields as the form was opened with, certificates as digests: to see what changed since."""
    return json.dumps(_plain(values), separators=(",", ":"))


def _plain(values: RouteValues) -> dict[str, Any]:
    found = asdict(values)
    for name in SECRET:
        text = found[name]
        found[name] = hashlib.sha256(text.encode()).hexdigest()[:16] if text else ""
    return {name: json.loads(json.dumps(value)) for name, value in found.items()}


def _differences(opened: str, theirs: RouteValues, mine: RouteValues) -> list[dict[str, str]]:
    """The fields that are stored otherwise than they were when the form was opened."""
    try:
        before = json.loads(opened)
    except ValueError:
        before = {}
    now, own = _plain(theirs), _plain(mine)
    return [
        {
            "label": label,
            "before": _text(name, before.get(name)),
            "now": _text(name, now[name]),
            "mine": _text(name, own[name]),
        }
        for name, label in FIELD_LABELS.items()
        if before.get(name) != now[name]
    ]


def _text(name: str, value: Any) -> str:
    if value is None:
        return "unknown"
    if name == "targets":
        return ", ".join(f"{each['service']} {each['weight'] or 100}" for each in value)
    if name == "labels":
        return ", ".join(f"{key}={text}" for key, text in value) or "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) or "none"


# --- the YAML that would be saved -------------------------------------------------------------------


def _show_yaml(editing: Editing, values: RouteValues) -> HttpResponse:
    draft = route_of(values, editing.route, editing.namespace)
    outcome = editing.client.plan([_command(editing, values, 0)], editing.actor)[0]
    context = {
        "error": outcome.error.message if outcome.error else "",
        "yaml": to_yaml(manifest_of(draft if outcome.error else outcome.new)),
        "commands": route_commands.commands(draft, editing.route),
        "unchanged": outcome.action == "unchanged",
    }
    return render(editing.request, "resources/routes/form_yaml.html", context)
