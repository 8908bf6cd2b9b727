"""The router's settings, edited in the browser: routes follow, and TLS clients see another certificate."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography import x509
from playwright.sync_api import Page, expect

from cluster.dataplane.tls.authority import new_authority
from tests.e2e.conftest import OpenPage
from tests.e2e.lab import Lab, deployment_config, documents, service
from tests.e2e.server import Server

APP = "web-blue"
ROUTE = f"""\
apiVersion: v1
kind: Route
metadata:
  name: web
spec:
  to:
    kind: Service
    name: {APP}
"""

AS_MADE = {"ownership": "Strict", "wildcards": "WildcardsDisallowed", "secret": ""}
"""The form's fields as a new cluster has them."""


@pytest.fixture
def settings(open_page: OpenPage, kubeadmin: Any) -> Iterator[Page]:
    """The router's page of the cluster admin; the settings are put back afterwards."""
    page = open_page(kubeadmin)
    page.goto("/router")
    yield page
    answer = Lab(page.context.request).post("/router/settings", AS_MADE)
    assert answer.ok


def test_another_algorithm_reaches_an_open_route_page(
    settings: Page, page: Page, project: str, lab: Lab
) -> None:
    lab.apply(project, documents(deployment_config(APP, replicas=2), service(APP), ROUTE))
    page.goto(f"/k8s/ns/{project}/routes/web")
    facts = page.locator("#route-facts")
    expect(facts).to_contain_text("Source")
    settings.get_by_role("link", name="Edit settings").click()
    settings.get_by_label("Balance algorithm").select_option("leastconn")
    preview = settings.locator("#settings-preview")
    expect(preview).to_contain_text(f"{project}/web Source → Least connections")
    expect(preview).to_contain_text("ROUTER_LOAD_BALANCE_ALGORITHM=leastconn")
    expect(facts).to_contain_text("Source")
    settings.get_by_role("button", name="Save").click()
    expect(settings.locator("#router-settings-shown")).to_contain_text("Least connections")
    expect(facts).to_contain_text("Least connections")
    settings.get_by_role("button", name="Undo last change").click()
    expect(settings.locator("#router-settings-shown")).not_to_contain_text("Least connections")
    expect(facts).to_contain_text("Source")


def test_variables_are_edited_by_keyboard_alone(settings: Page) -> None:
    settings.goto("/router/settings")
    chooser = settings.get_by_label("Another variable")
    chooser.select_option("ROUTER_DEFAULT_SERVER_TIMEOUT")
    chooser.focus()
    settings.keyboard.press("Tab")
    settings.keyboard.press("Enter")
    value = settings.get_by_label("ROUTER_DEFAULT_SERVER_TIMEOUT", exact=True)
    expect(value).to_be_focused()
    expect(value).to_have_value("30s")
    settings.keyboard.press("Control+a")
    settings.keyboard.type("soon")
    preview = settings.locator("#settings-preview")
    expect(preview).to_contain_text('"soon" is not a time such as 30s or 500ms')
    settings.keyboard.press("Tab")
    settings.keyboard.press("Enter")
    expect(value).to_have_count(0)
    expect(chooser).to_be_focused()


def test_a_pasted_certificate_is_shown_to_tls_clients(settings: Page, server: Server) -> None:
    assert _shown_names(server) == ["*.apps.localhost", "apps.localhost"]
    made = new_authority("own-ca").issue(["*.apps.localhost", "own.test"])
    settings.get_by_role("link", name="Edit settings").click()
    settings.get_by_label("Default certificate").select_option("~new")
    settings.get_by_label("Name of the secret").fill("pasted")
    settings.get_by_role("textbox", name="Certificate", exact=True).fill(made.certificate)
    settings.get_by_role("button", name="Save").click()
    expect(settings.locator("#id_key-helper")).to_contain_text("Required value")
    expect(settings.get_by_role("textbox", name="Certificate", exact=True)).to_have_value(
        made.certificate
    )
    settings.get_by_role("textbox", name="Private key").fill(made.key)
    settings.get_by_role("button", name="Save").click()
    expect(settings.locator("#router-settings-shown")).to_contain_text("pasted")
    assert _shown_names(server) == ["*.apps.localhost", "own.test"]


def _shown_names(server: Server) -> list[str]:
    """The names in the certificate that a host without its own gets."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", server.router_https_port), 10) as plain,
        context.wrap_socket(plain, server_hostname="x.apps.localhost") as secured,
    ):
        data = secured.getpeercert(binary_form=True)
    assert data is not None
    leaf = x509.load_der_x509_certificate(data)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return names.value.get_values_for_type(x509.DNSName)
