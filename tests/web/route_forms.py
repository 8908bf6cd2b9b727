"""What tests do with the route form: open it, send it, press its own buttons."""

from __future__ import annotations

import html
from typing import Any

from django.test import Client as Browser

from cluster.objects.meta import ObjectMeta
from cluster.objects.service import Service, ServicePort, ServiceSpec
from tests.web.route_cluster import fields_of

NEW = "/k8s/ns/demo/routes/~new/form"
EDIT = "/k8s/ns/demo/routes/web/form"
HTMX = {"HTTP_HX_REQUEST": "true"}
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def opened(browser: Browser, url: str) -> dict[str, list[str]]:
    """The fields that a browser would send of the freshly opened form."""
    answer = browser.get(url)
    assert answer.status_code == 200
    return fields_of(answer.content.decode())


def saved(browser: Browser, url: str, **changes: Any) -> Any:
    """Open the form, change some fields (None takes one away) and send it."""
    fields: dict[str, Any] = {**opened(browser, url), **changes}
    return browser.post(url, {name: value for name, value in fields.items() if value is not None})


def reshaped(browser: Browser, url: str, request: str, **changes: Any) -> dict[str, list[str]]:
    """The fields after one of the form's own buttons."""
    fields = {**opened(browser, url), **changes, "reshape": request}
    answer = browser.post(url, fields, **HTMX)
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    return fields_of(answer.content.decode())


def service(name: str, *ports: ServicePort, **labels: str) -> Service:
    return Service(
        metadata=ObjectMeta(name=name, namespace="demo", labels=labels),
        spec=ServiceSpec(ports=ports or (ServicePort(port=80),), selector={"app": name}),
    )
