"""Create and Edit NetworkPolicy: one form with a live preview, drawn anew by its own buttons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from cluster.objects import kinds
from cluster.objects.document import to_document
from cluster.objects.errors import ApiError, Conflict
from cluster.objects.manifest import to_yaml
from cluster.objects.meta import Key
from cluster.objects.networkpolicy import NetworkPolicy
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor, Create, Edit
from console.forms.policy_errors import Errors, own_errors, refused
from console.forms.policy_samples import samples
from console.forms.policy_tree import focus_after, grown, reshaped
from console.forms.policy_values import PolicyValues, policy_of, shown, values_of
from console.network import policy_preview
from console.session import actor, client
from console.urls_for import url_of
from console.views.access import require
from console.views.policy_form_page import form_context

UNNAMED = "new-policy"
"""Stands for the name of a policy that has none yet, so that it can be previewed."""


@dataclass(frozen=True, slots=True)
class Editing:
    """One request to the form: who, where, and the stored policy (None while it is created)."""

    request: HttpRequest
    client: Client
    actor: Actor
    namespace: str
    policy: NetworkPolicy | None

    @property
    def name(self) -> str:
        """The stored policy's name, or ""."""
        return self.policy.metadata.name if self.policy else ""

    @property
    def form_url(self) -> str:
        """The form's own address."""
        place = [self.namespace, *([self.name] if self.policy else [])]
        return reverse("networkpolicy-edit" if self.policy else "networkpolicy-new", args=place)


@require_http_methods(["GET", "HEAD", "POST"])
def policy_form(request: HttpRequest, ns: str, name: str = "") -> HttpResponse:
    """Show the form; draw it anew (`reshape`); the preview alone (`preview`); the YAML; or save."""
    editing = _begin(request, ns, name)
    if request.method != "POST":
        return _draw(editing, _first_values(editing))
    tree = grown(request.POST)
    asked = request.POST.get("reshape", "")
    if asked:
        tree = reshaped(tree, asked)
        return _draw(editing, values_of(tree, name), focus=focus_after(tree, asked))
    values = values_of(tree, name)
    if "preview" in request.POST:
        context = {"oob": True, **_preview(editing, values)}
        return render(request, "resources/networkpolicies/preview.html", context)
    if "yaml" in request.POST:
        return _show_yaml(editing, values)
    return _save(editing, values)


def _begin(request: HttpRequest, ns: str, name: str) -> Editing:
    port, who = client(), actor(request)
    require(port, who, "update" if name else "create", kinds.NETWORKPOLICY, ns)
    policy = port.get(kinds.NETWORKPOLICY, ns, name) if name else None
    return Editing(request, port, who, ns, policy)


def _first_values(editing: Editing) -> PolicyValues:
    if editing.policy is not None:
        return shown(editing.policy)
    wanted = editing.request.GET.get("sample", "")
    known = samples(editing.client.network.view().is_modern)
    return next((each.values for each in known if each.slug == wanted), PolicyValues())


def _draw(
    editing: Editing,
    values: PolicyValues,
    errors: Errors | None = None,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    """The page; for the form's own buttons the form alone."""
    request = editing.request
    stored = editing.policy.metadata.resource_version if editing.policy else 0
    context = {
        "version": request.POST.get("version") or stored,
        "samples": samples(editing.client.network.view().is_modern),
        **form_context(editing.namespace, editing.policy, editing.form_url, values, errors or {}),
        **_preview(editing, values),
        **extra,
    }
    fragment = request.htmx and not request.htmx.boosted
    template = "form" if fragment else "form_page"
    return render(request, f"resources/networkpolicies/{template}.html", context, status=status)


def draft_of(editing: Editing, values: PolicyValues) -> NetworkPolicy:
    """The policy as the API server would store it, with a name in any case."""
    named = values if values.name else _named(values)
    draft: NetworkPolicy = kinds.NETWORKPOLICY.default(
        policy_of(named, editing.policy, editing.namespace)
    )
    return draft


def _named(values: PolicyValues) -> PolicyValues:
    return PolicyValues(
        name=UNNAMED, selector=values.selector, ingress=values.ingress, egress=values.egress
    )


def _preview(editing: Editing, values: PolicyValues) -> dict[str, Any]:
    replacing = editing.policy.metadata.key if editing.policy else None
    question = policy_preview.question_of(editing.request.POST)
    draft = draft_of(editing, values)
    found = policy_preview.context(editing.client, editing.actor, draft, replacing, question)
    return {**found, "no_types": not (values.ingress.is_governed or values.egress.is_governed)}


# --- saving ----------------------------------------------------------------------------------------


def _save(editing: Editing, values: PolicyValues) -> HttpResponse:
    errors = own_errors(values)
    if errors:
        return _draw(editing, values, errors, 422)
    text = editing.request.POST.get("version", "")
    version = int(text) if text.isdecimal() else 0
    try:
        new = editing.client.execute([_command(editing, values, version)], editing.actor)[0].new
    except Conflict as error:
        newest = editing.client.get(kinds.NETWORKPOLICY, editing.namespace, editing.name)
        extra = {
            "conflict": error.message,
            "version": newest.metadata.resource_version,
            "theirs": to_yaml(_manifest(newest)),
        }
        return _draw(editing, values, None, 422, **extra)
    except ApiError as error:
        return _draw(editing, values, refused(error), 422)
    _tell(editing, new)
    return redirect(url_of(new))


def _command(editing: Editing, values: PolicyValues, version: int) -> Create | Edit:
    if editing.policy is None:
        return Create(policy_of(values, None, editing.namespace))
    return Edit(
        kinds.NETWORKPOLICY,
        Key(editing.namespace, editing.name),
        lambda old: policy_of(values, old, editing.namespace),
        version,
    )


def _tell(editing: Editing, new: NetworkPolicy) -> None:
    old, name = editing.policy, new.metadata.name
    if old is None:
        messages.success(editing.request, f"NetworkPolicy {name} was successfully created.")
    elif new.metadata.resource_version == old.metadata.resource_version:
        text = f"NetworkPolicy {name} was left as it is: nothing was changed."
        messages.info(editing.request, text)
    else:
        messages.success(editing.request, f"NetworkPolicy {name} was saved.")


# --- the YAML that would be saved -------------------------------------------------------------------


def _show_yaml(editing: Editing, values: PolicyValues) -> HttpResponse:
    draft = policy_of(values, editing.policy, editing.namespace)
    outcome = editing.client.plan([_command(editing, values, 0)], editing.actor)[0]
    context = {
        "error": outcome.error.message if outcome.error else "",
        "unchanged": outcome.action == "unchanged",
        "yaml": to_yaml(_manifest(draft)),
        "import_url": reverse("import", args=[editing.namespace]),
    }
    return render(editing.request, "resources/networkpolicies/form_yaml.html", context)


def _manifest(policy: NetworkPolicy) -> dict[str, Any]:
    """What a user would write of a policy."""
    document = to_document(policy)
    kept = ("name", "namespace", "labels", "annotations")
    metadata = {key: value for key, value in document["metadata"].items() if key in kept}
    return {**document, "metadata": metadata}


_POLICIES = "k8s/ns/<str:ns>/networkpolicies"
urlpatterns = [
    path(f"{_POLICIES}/~new/form", policy_form, name="networkpolicy-new"),
    path(f"{_POLICIES}/<str:name>/form", policy_form, name="networkpolicy-edit"),
]
