"""Edit settings of the router: one form, a preview of what it would change, Save and Undo. Cluster admins
only, as the IngressController is theirs."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST

from cluster.objects import kinds
from cluster.objects.errors import ApiError, Conflict, NotFound
from cluster.objects.ingresscontroller import (
    DEFAULT,
    NAMESPACE,
    ROUTER_NAMESPACE,
    IngressController,
)
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.secret import CERTIFICATE, KEY, TLS, Secret
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor, Command, Create, Edit
from console.forms import router_undo
from console.forms.router_settings import RouterSettingsForm
from console.forms.router_undo import Saved
from console.forms.router_values import SettingsValues, controller_of, posted, shown
from console.session import actor, client
from console.views.access import require
from console.views.router_settings_page import form_context, preview_context, tls_secrets

PAGE = "pages/router/settings.html"
FORM = "pages/router/settings_form.html"
PREVIEW = "pages/router/settings_preview.html"


@dataclass(frozen=True, slots=True)
class Editing:
    """One request to the form. `held` is the stored object, a blank one where there is none."""

    request: HttpRequest
    client: Client
    actor: Actor
    held: IngressController

    @property
    def exists(self) -> bool:
        """Whether the object is stored."""
        return bool(self.held.metadata.uid)

    def draft(self, values: SettingsValues) -> IngressController:
        """The object as the form has it."""
        return controller_of(values, self.held, self.client.config.profile.name)

    def form(self, values: SettingsValues, data: Any = None) -> RouterSettingsForm:
        """The form with these values; with `data` it is checked."""
        profile = self.client.router_of_profile()
        defaults = {
            "algorithm": profile.load_balance_algorithm,
            "tcp": profile.tcp_balance_scheme,
        }
        names = [each.metadata.name for each in tls_secrets(self.client)]
        return RouterSettingsForm(values, names, defaults, data)


def _begin(request: HttpRequest) -> Editing:
    port, who = client(), actor(request)
    require(port, who, "update", kinds.INGRESSCONTROLLER, NAMESPACE)
    blank = IngressController(metadata=ObjectMeta(name=DEFAULT, namespace=NAMESPACE))
    return Editing(request, port, who, router_undo.stored(port) or blank)


@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """Show the form; draw it anew (`reshape`); or save it."""
    editing = _begin(request)
    if request.method != "POST":
        stored = editing.held if editing.exists else None
        return _draw(editing, editing.form(shown(stored, editing.client.router())))
    values = posted(request.POST)
    reshape = request.POST.get("reshape", "")
    if reshape:
        values = _reshaped(editing, values, reshape, request.POST.get("new_variable", "").strip())
        form, focus = editing.form(values), _focus(reshape, values)
        if focus in form.fields:
            form.fields[focus].widget.attrs["autofocus"] = True
        return _draw(editing, form, focus=focus)
    return _save(editing, values)


def _reshaped(editing: Editing, values: SettingsValues, asked: str, new: str) -> SettingsValues:
    """The fields after one of the form's own buttons. A new variable begins with its default where
    that is a value, and with the first one where there is a choice."""
    if asked == "add-variable" and new:
        known = editing.client.router_variables().get(new)
        text = "" if known is None else known.first_value
        return replace(values, variables=(*values.variables, (new, text)))
    action, _, index = asked.rpartition("-")
    if action == "remove-variable" and index.isdecimal():
        kept = [each for at, each in enumerate(values.variables) if at != int(index)]
        return replace(values, variables=tuple(kept))
    return values


def _focus(asked: str, values: SettingsValues) -> str:
    """The control that goes on from there."""
    if asked == "secret":
        return "secret"
    if asked == "add-variable" and values.variables:
        return f"variable-{len(values.variables) - 1}"
    return "new-variable"


def _draw(
    editing: Editing, form: RouterSettingsForm, status: int = 200, **extra: Any
) -> HttpResponse:
    request = editing.request
    context = {
        "form": form,
        "generation": request.POST.get("generation") or editing.held.metadata.generation,
        "preview": _preview(editing, form),
        **form_context(editing.client, form),
        **extra,
    }
    fragment = request.htmx and not request.htmx.boosted
    return render(request, FORM if fragment else PAGE, context, status=status)


# --- before saving ----------------------------------------------------------------------------------


@require_POST
def settings_preview(request: HttpRequest) -> HttpResponse:
    """What the typed settings would change. Nothing is written."""
    editing = _begin(request)
    form = editing.form(posted(request.POST), request.POST)
    form.is_valid()
    return HttpResponse(_preview(editing, form))


def _preview(editing: Editing, form: RouterSettingsForm) -> str:
    values = form.shown
    context = preview_context(editing.client, editing.held, editing.draft(values), values)
    return render_to_string(PREVIEW, context)


# --- saving ----------------------------------------------------------------------------------------


def _save(editing: Editing, values: SettingsValues) -> HttpResponse:
    form = editing.form(values, editing.request.POST)
    valid = form.is_valid()
    if values.is_new_secret:
        found = editing.client.certificate_errors(values.certificate, values.key)
        form.refuse(found)
        valid = valid and not found
    if not valid:
        return _draw(editing, form, 422)
    before = _secret(editing.client, values.secret_name) if values.is_new_secret else None
    try:
        outcomes = editing.client.execute(_commands(editing, values, before), editing.actor)
    except Conflict as error:
        generation = editing.held.metadata.generation
        return _draw(editing, form, 422, conflict=error.message, generation=generation)
    except ApiError as error:
        form.show_refusal(error)
        return _draw(editing, form, 422)
    secret = outcomes[0].new if values.is_new_secret else None
    _tell(editing, outcomes[-1].new, before, secret)
    return redirect("router")


def _commands(editing: Editing, values: SettingsValues, before: Secret | None) -> list[Command]:
    """The secret first, where its certificate is typed, then the router's object."""
    found: list[Command] = []
    if values.is_new_secret:
        found.append(_write_secret(values, before))
    if not editing.exists:
        return [*found, Create(editing.draft(values))]
    text = editing.request.POST.get("generation", "")
    seen = int(text) if text.isdecimal() else 0
    key = Key(NAMESPACE, DEFAULT)
    return [*found, Edit(kinds.INGRESSCONTROLLER, key, _change(editing, values, seen))]


def _change(
    editing: Editing, values: SettingsValues, seen: int
) -> Callable[[IngressController], IngressController]:
    generation = editing.client.config.profile.name

    def change(held: IngressController) -> IngressController:
        if seen and held.metadata.generation != seen:
            raise Conflict(kinds.INGRESSCONTROLLER.resource, DEFAULT, router_undo.CHANGED)
        return controller_of(values, held, generation)

    return change


def _write_secret(values: SettingsValues, before: Secret | None) -> Command:
    data = {
        name: base64.b64encode(text.encode()).decode()
        for name, text in ((CERTIFICATE, values.certificate), (KEY, values.key))
    }
    metadata = ObjectMeta(name=values.secret_name, namespace=ROUTER_NAMESPACE)
    if before is None:
        return Create(Secret(metadata=metadata, type=TLS, data=data))
    version = before.metadata.resource_version
    return Edit(kinds.SECRET, metadata.key, lambda held: replace(held, data=data), version)


def _secret(port: Client, name: str) -> Secret | None:
    try:
        held: Secret = port.get(kinds.SECRET, ROUTER_NAMESPACE, name)
    except NotFound:
        return None
    return held


def _tell(
    editing: Editing, after: IngressController, before: Secret | None, secret: Secret | None
) -> None:
    request, held = editing.request, editing.held
    if secret is None and after.metadata.generation == held.metadata.generation:
        messages.info(request, "The router's settings were left as they are: nothing was changed.")
        return
    text = "The router's settings were saved."
    if not editing.exists:
        router_undo.forget(request)
        messages.success(request, text)
        return
    saved = Saved(before=held, after=after, secret_before=before, secret_after=secret)
    router_undo.remember(request, saved)
    context = {"text": text, "undo_url": reverse("router-settings-undo")}
    messages.success(request, render_to_string("components/undo_message.html", context, request))


@require_POST
def settings_undo(request: HttpRequest) -> HttpResponse:
    """Set the router back to what it was before this session's last change."""
    editing = _begin(request)
    if not router_undo.is_open(request, editing.client):
        router_undo.forget(request)
        messages.error(request, f"The change was not undone: {router_undo.CHANGED}.")
        return redirect("router")
    try:
        editing.client.execute(router_undo.commands(request), editing.actor)
    except ApiError as error:
        messages.error(request, f"The change was not undone. {error.message}")
    else:
        messages.success(request, "Undone: the router's settings are what they were before.")
    router_undo.forget(request)
    return redirect("router")


urlpatterns = [
    path("router/settings", settings_page, name="router-settings"),
    path("router/settings/preview", settings_preview, name="router-settings-preview"),
    path("router/settings/undo", settings_undo, name="router-settings-undo"),
]
