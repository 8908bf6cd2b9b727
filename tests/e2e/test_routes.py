"""The route form and the slider: what is legal, what is said, what the keyboard does."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.lab import Lab, deployment_config, documents, service

APP, GREEN = "web-blue", "web-green"
ROUTE = f"""\
apiVersion: v1
kind: Route
metadata:
  name: web
spec:
  to:
    kind: Service
    name: {APP}
    weight: 50
  alternateBackends:
  - kind: Service
    name: {GREEN}
    weight: 50
"""


@pytest.fixture
def form(page: Page, project: str, lab: Lab) -> Locator:
    """The form for a new route, in a project with two services."""
    lab.apply(project, documents(service(APP), service(GREEN)))
    page.goto(f"/k8s/ns/{project}/routes/~new/form")
    expect(page.get_by_role("heading", level=1)).to_have_text("Create Route")
    return page.locator("#route-form")


def test_the_form_says_at_each_field_what_is_wrong(page: Page, form: Locator) -> None:
    form.get_by_role("button", name="Create", exact=True).click()
    name = form.locator("#id_name")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_be_focused()
    expect(page.locator("#id_name-helper")).to_contain_text("Required value")
    name.fill("Not A Name")
    form.locator("#id_host").fill("under_score.example.com")
    form.locator("#id_path").fill("no-slash")
    form.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator("#id_name-helper")).to_contain_text("RFC 1123")
    expect(page.locator("#id_path-helper")).to_contain_text("path must begin with /")
    expect(form.locator("#id_path")).to_have_value("no-slash")


def test_only_legal_choices_for_insecure_traffic_are_offered(page: Page, form: Locator) -> None:
    termination, insecure = form.locator("#id_termination"), form.locator("#id_insecure")
    expect(termination).to_be_hidden()
    form.get_by_label("Secure Route").check()
    expect(termination).to_be_visible()
    expect(insecure.locator("option")).to_have_text(["None", "Allow", "Redirect"])
    termination.select_option("passthrough")
    expect(insecure.locator("option")).to_have_text(["None", "Redirect"])
    expect(form.locator("#id_certificate")).to_be_hidden()
    termination.select_option("reencrypt")
    expect(insecure.locator("option")).to_have_text(["None", "Allow", "Redirect"])
    expect(form.locator("#id_destination_ca_certificate")).to_be_visible()
    termination.select_option("edge")
    expect(form.locator("#id_certificate")).to_be_visible()
    expect(form.locator("#id_destination_ca_certificate")).to_be_hidden()


def test_an_edge_route_with_redirect_is_made_and_its_location_is_https(
    page: Page, project: str, form: Locator
) -> None:
    form.locator("#id_name").fill("secure")
    form.get_by_label("Secure Route").check()
    expect(form.locator("#id_termination")).to_be_visible()
    form.locator("#id_insecure").select_option("Redirect")
    form.get_by_role("button", name="Create", exact=True).click()
    expect(page).to_have_url(re.compile(r"/routes/secure$"))
    expect(page.locator("#route-facts")).to_contain_text(f"https://secure-{project}.apps.localhost")
    expect(page.locator("#route-tls")).to_contain_text("Edge")
    expect(page.locator("#route-tls")).to_contain_text("Redirect")


def test_a_certificate_comes_from_a_file_or_is_pasted_and_the_router_says_what_it_lacks(
    page: Page, form: Locator
) -> None:
    form.locator("#id_name").fill("with-certificate")
    form.get_by_label("Secure Route").check()
    certificate = form.locator("#id_certificate")
    expect(certificate).to_be_visible()
    form.get_by_label("Certificate file", exact=True).set_input_files(
        {"name": "tls.crt", "mimeType": "text/plain", "buffer": b"from a file"}
    )
    expect(certificate).to_have_value("from a file")
    certificate.fill("pasted, and no certificate")
    form.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator("#page-header")).to_contain_text("Rejected")
    expect(page.locator("#route-alerts")).to_contain_text("ExtendedValidationFailed")
    expect(page.locator("#route-alerts")).to_contain_text("spec.tls.certificate")
    page.get_by_role("link", name="Add or remove services").click()
    expect(page.locator("#id_certificate")).to_have_value("pasted, and no certificate")


def test_a_host_of_ones_own_is_previewed_and_a_claimed_one_is_named(
    page: Page, form: Locator
) -> None:
    form.locator("#id_name").fill("mine")
    form.locator("#id_host").fill("shop.example.com")
    expect(page.locator("#host-shown")).to_have_text("http://shop.example.com")
    form.locator("#id_host").fill("web-demo.apps.localhost")
    expect(page.locator("#host-preview")).to_contain_text("demo")


@pytest.fixture
def slider(page: Page, project: str, lab: Lab) -> Locator:
    """The slider on the page of a route at 50/50."""
    applications = (deployment_config(APP), deployment_config(GREEN, color="green"))
    lab.apply(project, documents(*applications, service(APP), service(GREEN), ROUTE))
    page.goto(f"/k8s/ns/{project}/routes/web")
    slider = page.locator("#weights-form").get_by_role("slider")
    expect(slider).to_be_visible()
    return slider


def test_the_slider_is_moved_by_keys_and_says_its_value(page: Page, slider: Locator) -> None:
    slider.focus()
    expect(slider).to_have_attribute("aria-valuetext", re.compile(f"{APP} 50.*{GREEN} 50"))
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(f"{APP} 51.*{GREEN} 49"))
    page.keyboard.press("PageUp")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(f"{APP} 61.*{GREEN} 39"))
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(f"{APP} 0.*{GREEN} 100"))
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(f"{APP} 100.*{GREEN} 0"))
    expect(page.locator("[data-weights-preview]")).to_contain_text("100 %")


def test_nothing_is_written_before_save_and_cancel_puts_the_weights_back(
    page: Page, slider: Locator
) -> None:
    first = page.locator('#weights-form input[type="number"]').first
    slider.focus()
    page.keyboard.press("PageDown")
    expect(first).to_have_value("40")
    expect(page.locator("#route-facts")).to_contain_text("weight 50, 50 %")
    page.locator("#weights-form").get_by_role("button", name="Cancel").click()
    expect(first).to_have_value("50")
    page.reload()
    expect(first).to_have_value("50")


def test_escape_while_dragging_restores_the_weights(page: Page, slider: Locator) -> None:
    first = page.locator('#weights-form input[type="number"]').first
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 105, box["y"] + 5, steps=4)
    expect(first).not_to_have_value("50")
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(first).to_have_value("50")


def test_at_zero_the_page_says_what_visitors_would_see(page: Page, slider: Locator) -> None:
    inputs = page.locator('#weights-form input[type="number"]')
    inputs.nth(0).fill("0")
    inputs.nth(1).fill("0")
    expect(page.locator("[data-weights-preview]")).to_contain_text("503")
    expect(slider).to_be_hidden()


def test_a_weight_out_of_range_is_refused_at_its_field(page: Page, slider: Locator) -> None:
    first = page.locator('#weights-form input[type="number"]').first
    first.fill("300")
    expect(first).to_have_attribute("aria-invalid", "true")
    page.locator("#weights-form").get_by_role("button", name="Save").click()
    expect(page.locator("#weights-form")).to_contain_text("between 0 and 256")
    expect(page.locator("#route-facts")).to_contain_text("weight 50, 50 %")


def test_a_saved_split_shows_in_the_list_of_another_tab(
    page: Page, project: str, slider: Locator
) -> None:
    other = page.context.new_page()
    other.goto(f"/k8s/ns/{project}/routes")
    services = other.locator('#list tbody [data-label="Services"]')
    expect(services).to_contain_text("50 %")
    slider.focus()
    page.keyboard.press("Home")
    page.locator("#weights-form").get_by_role("button", name="Save").click()
    expect(services).to_contain_text("100 %")
    page.get_by_role("button", name="Undo").first.click()
    expect(services).to_contain_text("50 %")
