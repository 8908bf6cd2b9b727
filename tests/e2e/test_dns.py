"""The DNS explorer: a service's name resolves, a pod's does not, and what the page proposes does."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.lab import Lab, deployment_config, documents, service
from tests.e2e.pages import fits

APP = "shop"
NARROW = {"width": 420, "height": 900}


@pytest.fixture
def pod(page: Page, project: str, lab: Lab) -> str:
    """A ready pod with a service, whose page is open; its name."""
    lab.apply(project, documents(deployment_config(APP), service(APP)))
    page.goto(f"/k8s/ns/{project}/pods")
    expect(page.locator('#list tbody [data-label="Ready"]')).to_have_text("1/1")
    link = page.locator('#list tbody [data-label="Name"] a').first
    name = link.inner_text().strip()
    link.click()
    return name


def test_names_are_looked_up_from_a_pod(page: Page, project: str, pod: str) -> None:
    page.get_by_role("link", name="Look up a name").click()
    expect(page.get_by_label("In pod")).to_have_value(f"{project}/{pod}")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type(APP)
    page.keyboard.press("Enter")
    answer = page.locator("#dns-answer .pf-v6-c-alert")
    expect(answer).to_contain_text(f"{APP} resolves to 172.30.")
    steps = page.get_by_role("table", name="Questions")
    expect(steps).to_contain_text(f"{APP}.{project}.svc.cluster.local. A")
    expect(page.locator("#dns-answer")).to_contain_text(f"search {project}.svc.cluster.local")
    expect(page.locator("#dns-answer")).to_contain_text("/skydns/")

    page.get_by_label("Name").fill(pod)
    page.get_by_role("button", name="Ask").click()
    expect(answer).to_contain_text("does not resolve")
    expect(answer).to_contain_text("names of pods do not resolve")
    expect(answer).to_contain_text("Use instead:")
    answer.get_by_role("listitem").first.get_by_role("link").click()
    expect(answer).to_contain_text(f"{APP} resolves to 172.30.")

    page.get_by_label("In pod").fill("nowhere")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#dns-pod-helper")).to_contain_text("Write <project>/<name>.")
    page.set_viewport_size(NARROW)
    assert fits(page)


def test_a_service_leads_to_its_names_and_its_address_back(
    page: Page, project: str, pod: str
) -> None:
    page.goto(f"/k8s/ns/{project}/services/{APP}")
    page.get_by_role("link", name=f"_8080-tcp._tcp.{APP}").click()
    answer = page.locator("#dns-answer .pf-v6-c-alert")
    expect(answer).to_contain_text("resolves to 10 100 8080")
    page.go_back()
    page.get_by_role("link", name=f"{APP}.{project}.svc.cluster.local", exact=True).click()
    expect(answer).to_contain_text("resolves to 172.30.")
    address = answer.inner_text().split("resolves to ")[1].split()[0]
    page.get_by_label("Name").fill(address)
    page.get_by_role("button", name="Ask").click()
    page.get_by_role("link", name="Ask whose it is (PTR)").click()
    expect(answer).to_contain_text(f"{APP}.{project}.svc.cluster.local")
