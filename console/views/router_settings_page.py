"""What the templates of the router's settings form need: variables explained, and the preview."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from cluster.objects import kinds
from cluster.objects.ingresscontroller import ROUTER_NAMESPACE, IngressController
from cluster.objects.secret import TLS, Secret
from cluster.runtime.client import Client, RouterVariable
from console.forms import router_commands
from console.forms.route_choices import BALANCES
from console.forms.router_settings import RouterSettingsForm
from console.forms.router_values import WITH_FIELDS, SettingsValues
from console.kinds.router import certificate_facts
from console.urls_for import name_url

MOST_ROUTES = 10
"""Routes that the preview names; the rest is counted."""


def tls_secrets(port: Client) -> list[Secret]:
    """The secrets that may hold a default certificate."""
    found: list[Secret] = port.list(kinds.SECRET, ROUTER_NAMESPACE)
    return [each for each in found if each.type == TLS]


def form_context(port: Client, form: RouterSettingsForm) -> dict[str, Any]:
    """All that `settings_form.html` draws beside the fields and the preview."""
    known = port.router_variables()
    taken = {name for name, _ in form.shown.variables}
    return {
        "form_url": reverse("router-settings"),
        "preview_url": reverse("router-settings-preview"),
        "crumbs": [{"label": "Router", "href": reverse("router")}, {"label": "Edit settings"}],
        "domain": port.router().ingress_domain,
        "profile": port.config.profile,
        "variables": [
            _row(index, name, text, known.get(name), form.variable_errors.get(index, []))
            for index, (name, text) in enumerate(form.shown.variables)
        ],
        "addable": [each for each in known.values() if each.name not in (*taken, *WITH_FIELDS)],
    }


def _row(
    index: int, name: str, text: str, variable: RouterVariable | None, errors: list[str]
) -> dict[str, Any]:
    ignored = ""
    if variable is None:
        ignored = "the router has no setting of this name"
    elif text:
        ignored = variable.problem(text)
    choices = list(variable.choices) if variable is not None else []
    return {
        "index": index,
        "id": f"variable-{index}",
        "name": name,
        "text": text,
        "variable": variable,
        "choices": [*choices, *([] if text in choices else [text])] if choices else [],
        "ignored": ignored,
        "errors": errors,
    }


def preview_context(
    port: Client, held: IngressController, draft: IngressController, values: SettingsValues
) -> dict[str, Any]:
    """What `settings_preview.html` draws: what would change, and the commands for it."""
    found = port.preview_router(draft)
    names = dict(BALANCES)
    balance = [
        {
            "route": each.route,
            "url": name_url(kinds.ROUTE, *each.route),
            "before": names.get(each.before, each.before),
            "after": names.get(each.after, each.after),
        }
        for each in found.balance
    ]
    admission = [
        {
            "route": each.route,
            "url": name_url(kinds.ROUTE, *each.route),
            "before": each.before,
            "after": each.after,
            "text": each.text,
        }
        for each in found.admission
    ]
    return {
        "balance": balance[:MOST_ROUTES],
        "balance_total": len(balance),
        "balance_hidden": max(0, len(balance) - MOST_ROUTES),
        "admission": admission[:MOST_ROUTES],
        "admitted": sum(each["after"] == "Accepted" for each in admission),
        "rejected": sum(each["after"] == "Rejected" for each in admission),
        "admission_hidden": max(0, len(admission) - MOST_ROUTES),
        "ignored": found.settings.ignored,
        "certificate": None if values.is_new_secret else certificate_facts(port, found.certificate),
        "is_new_secret": values.is_new_secret,
        "unchanged": draft.spec == held.spec and not values.is_new_secret,
        **_commands(port, held, draft, values),
    }


def _commands(
    port: Client, held: IngressController, draft: IngressController, values: SettingsValues
) -> dict[str, str]:
    secret = values.secret_name if values.is_new_secret else ""
    if port.config.profile.name == "4":
        exists = any(each.metadata.name == secret for each in tls_secrets(port))
        return {
            "commands": router_commands.patch(held, draft, secret, exists=exists),
            "commands_note": router_commands.UNSUPPORTED
            if router_commands.touches_environment(held, draft)
            else "",
        }
    other = draft.spec.default_certificate != held.spec.default_certificate
    after = port.preview_router(draft).settings.env
    return {
        "commands": router_commands.set_environment(
            port.router().env, after, new_certificate=bool(secret) or other
        ),
        "commands_note": "",
    }
