"""What the route form's template needs beside the fields: previews, choices explained, warnings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from cluster.objects import kinds
from cluster.objects.document import to_document
from cluster.objects.host_assignment import allocate_host
from cluster.objects.meta import EMPTY
from cluster.objects.route import BALANCE, PASSTHROUGH, REENCRYPT, Route
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor
from console.forms.route import HOST_FIXED, RouteForm, service_field, weight_field
from console.forms.route_choices import BALANCES, port_sentence
from console.forms.route_shape import may_add
from console.forms.route_values import RouteValues, route_of
from console.kinds.route_split import split_preview
from console.urls_for import list_url, name_url, url_of

PASSTHROUGH_HELP = {
    "cookies": "Passthrough routes have no cookies: the router sees no HTTP.",
    "path": "Path value will not be used. Paths cannot be set for passthrough TLS.",
    "timeout": "How long an idle connection is kept, such as 30s or 2h."
    " Empty: the router's default of 1h.",
}
NEW = "~new"
"""Stands for the name of a route that is not stored yet; no object can be called so."""


def form_context(
    client: Client, actor: Actor, namespace: str, route: Route | None, form: RouteForm
) -> dict[str, Any]:
    """All that `resources/routes/form.html` draws."""
    values = form.shown
    name = route.metadata.name if route else NEW
    services = {each.metadata.name: each for each in client.list(kinds.SERVICE, namespace)}
    draft = draft_of(values, route, namespace)
    host_fixed = route is not None and not client.may_set_host(actor, "update")
    _explain(form, client, draft, host_fixed)
    return {
        "form": form,
        "ns": namespace,
        "route": route,
        "values": values,
        "form_url": _form_url(namespace, route),
        "cancel_url": url_of(route) if route else list_url(kinds.ROUTE, namespace),
        "title": f"Edit Route {name}" if route else "Create Route",
        "crumbs": _crumbs(namespace, route),
        "no_services": not services,
        "alternates": _alternates(form),
        "may_add": may_add(values, services),
        "may_split": len(services) > 1 or len(values.targets) > 1,
        "weights": _weights(client, form, draft, namespace, name),
        "labels": [
            (index, key, text, f"label-key-{index}")
            for index, (key, text) in enumerate(values.labels)
        ],
        "host_url": reverse("route-host-preview", args=[namespace, name]),
        "host_preview": host_preview(client, actor, draft, values.host),
        "host_fixed": host_fixed,
        "passthrough": values.used_termination == PASSTHROUGH,
        "reencrypt": values.used_termination == REENCRYPT,
        "unused": unused_certificates(values),
        "port_note": _port_note(values, services),
    }


def draft_of(values: RouteValues, route: Route | None, namespace: str) -> Route:
    """The typed route with the API server's defaults: what previews are computed for."""
    defaulted: Route = kinds.ROUTE.default(route_of(values, route, namespace))
    return defaulted


def manifest_of(route: Route) -> dict[str, Any]:
    """What a user would write of a route: no status, and no metadata that the server keeps."""
    document = to_document(route)
    document.pop("status", None)
    kept = ("name", "namespace", "labels", "annotations")
    metadata = {key: value for key, value in document["metadata"].items() if key in kept}
    return {**document, "metadata": metadata}


def _form_url(namespace: str, route: Route | None) -> str:
    if route is None:
        return reverse("route-new", args=[namespace])
    return reverse("route-edit", args=[namespace, route.metadata.name])


def _crumbs(namespace: str, route: Route | None) -> list[dict[str, str]]:
    crumbs = [{"label": "Routes", "href": list_url(kinds.ROUTE, namespace)}]
    if route is None:
        return [*crumbs, {"label": "Create Route"}]
    return [*crumbs, {"label": route.metadata.name, "href": url_of(route)}, {"label": "Edit Route"}]


def _alternates(form: RouteForm) -> list[dict[str, Any]]:
    return [
        {"index": index, "field": form[service_field(index)]}
        for index in range(1, len(form.shown.targets))
    ]


def _weights(
    client: Client, form: RouteForm, draft: Route, namespace: str, name: str
) -> dict[str, Any] | None:
    """The slider's context; nothing to weigh with one service that has the default weight."""
    values = form.shown
    if len(values.targets) == 1 and values.targets[0].weight in ("", "100"):
        return None
    return {
        "rows": [
            {
                "field": weight_field(index),
                "name": target.service,
                "weight": target.weight,
                "service_field": service_field(index),
            }
            for index, target in enumerate(values.targets)
        ],
        "preview_url": reverse("route-preview", args=[namespace, name]),
        "preview": split_preview(client, draft),
        "errors": form.weight_errors,
    }


def host_preview(client: Client, actor: Actor, draft: Route, typed: str) -> SafeString:
    """The host that the route would get, and who else claims it."""
    spec = draft.spec
    named = bool(draft.metadata.name)
    host = (
        allocate_host(draft, client.router().ingress_domain).spec.host if named or spec.host else ""
    )
    claims = client.claims(draft, actor) if host else []
    found = [
        {
            "claim": each,
            "url": name_url(kinds.ROUTE, each.namespace, each.name) if each.name else "",
        }
        for each in claims
    ]
    context = {
        "host": host,
        "typed": typed,
        "path": spec.path if spec.path.startswith("/") else "",
        "scheme": "https" if spec.tls else "http",
        "claims": found,
    }
    return render_to_string("resources/routes/host_preview.html", context)


# --- explanations ----------------------------------------------------------------------------------


def _explain(form: RouteForm, client: Client, draft: Route, host_fixed: bool) -> None:
    """Say beside the fields what the defaults are for this very route."""
    bare = {k: v for k, v in draft.metadata.annotations.items() if k != BALANCE}
    plain = replace(draft, metadata=replace(draft.metadata, annotations=bare or EMPTY))
    split = client.split(plain)
    title = dict(BALANCES).get(split.algorithm, split.algorithm)
    balance = form.fields["balance"]
    first, *rest = balance.widget.choices
    balance.widget.choices = [(first[0], f"Default ({title})"), *rest]
    balance.help_text = f"Default: {split.algorithm_reason}"
    if form.shown.used_termination == PASSTHROUGH:
        for name, text in PASSTHROUGH_HELP.items():
            form.fields[name].help_text = text
    if host_fixed:
        form.fields["host"].help_text = HOST_FIXED


def unused_certificates(values: RouteValues) -> str:
    """Why certificates that were typed will not be saved, in the 3.x console's words; else ""."""
    typed = any((values.certificate, values.key, values.ca_certificate))
    secret = values.external_certificate
    if (typed or values.destination_ca_certificate) and not values.secure:
        return "The certificate or key you've set will not be used: the route is unsecured."
    if typed and values.termination == PASSTHROUGH:
        return (
            "The certificate or key you've set will not be used:"
            " certificates cannot be set for passthrough TLS."
        )
    if secret and (values.certificate or values.key):
        return (
            "The certificate or key you've set will not be used:"
            f" both are taken from secret {secret}."
        )
    if values.destination_ca_certificate and values.termination != REENCRYPT:
        return (
            "The destination CA certificate will be removed from the route. Destination CA"
            " certificates are only used for re-encrypt termination."
        )
    return ""


def _port_note(values: RouteValues, services: dict[str, Any]) -> str:
    """Where the target port leads; for a service that is missing, that."""
    chosen = values.services[0]
    if chosen and chosen not in services:
        return f"Service {chosen} does not exist."
    return port_sentence(services.get(chosen), values.target_port)
