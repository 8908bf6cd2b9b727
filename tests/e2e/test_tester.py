"""The traffic tester and haproxy.config, walked through from the route's page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.lab import Lab, deployment_config, documents, service

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


@pytest.fixture
def route_page(page: Page, project: str, lab: Lab) -> Page:
    """The page of a route with two ready pods."""
    lab.apply(project, documents(deployment_config(APP, replicas=2), service(APP), ROUTE))
    page.goto(f"/k8s/ns/{project}/routes/web")
    expect(page.locator("#route-split")).to_contain_text("50 %", timeout=30_000)
    return page


def test_requests_are_sent_and_each_answer_is_explained(route_page: Page) -> None:
    page = route_page
    page.get_by_role("link", name="Test traffic").click()
    page.locator("#id_requests").fill("0")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#id_requests-helper")).to_contain_text("Must be from 1 to 500.")
    expect(page.locator("#id_requests")).to_be_focused()
    page.locator("#id_requests").fill("12")
    page.locator("#id_clients").fill("203.0.113.0/24")
    page.keyboard.press("Enter")
    heading = page.get_by_role("heading", name="12 requests to http:")
    expect(heading).to_be_focused()
    expect(heading).to_be_in_viewport()
    rows = page.locator("#result-title ~ .sl-table-scroll tbody tr")
    expect(rows).to_have_count(12)
    expect(rows.first.locator('[data-label="Why"]')).to_have_text("hash of 203.0.113.1 mod 2 is 1")
    expect(page.locator("#chart-trial .main-svg").first).to_be_visible()
    address = page.url
    page.goto(address)
    expect(rows).to_have_count(12)
    expect(page.locator("#id_requests")).to_have_value("12")


def test_the_route_in_haproxy_config_follows_its_pods(route_page: Page, project: str) -> None:
    page = route_page
    page.get_by_role("link", name="haproxy.config", exact=True).click()
    own = page.locator(".sl-code__line--own", has_text=re.compile(r"^\s*server pod:"))
    expect(own).to_have_count(2)
    frontend = page.locator("#section-global")
    frontend.locator("summary").click()
    other = page.context.new_page()
    other.goto(f"/k8s/ns/{project}/deploymentconfigs/{APP}")
    other.get_by_role("button", name=re.compile("^Increase")).click()
    expect(own).to_have_count(3, timeout=30_000)
    expect(frontend).to_have_attribute("open", "")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download haproxy.config").click()
    assert download.value.suggested_filename == "haproxy.config"
