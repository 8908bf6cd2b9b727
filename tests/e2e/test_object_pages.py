"""What every object's page has: YAML to read and to take away, events, and the shell's help."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from playwright.sync_api import Page, expect

from tests.e2e.lab import Lab, deployment_config, service
from tests.e2e.pages import cell, row


def test_the_yaml_is_shown_and_downloaded(page: Page) -> None:
    page.goto("/k8s/ns/demo/services/simple-webapp-docker")
    page.get_by_label("Sections of this object").get_by_role("link", name="YAML").click()
    editor = page.locator(".cm-content")
    expect(editor).to_contain_text("kind: Service")
    expect(editor).to_have_attribute("contenteditable", "false")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "service-simple-webapp-docker.yaml"
    document = yaml.safe_load(Path(download.value.path()).read_text())
    assert document["kind"] == "Service"
    assert document["spec"]["selector"] == {"deploymentconfig": "simple-webapp-docker"}


def test_what_was_downloaded_can_be_imported_again(page: Page, project: str, lab: Lab) -> None:
    lab.apply(project, service("web"))
    page.goto(f"/k8s/ns/{project}/services/web/yaml")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    page.goto(f"/k8s/ns/{project}/import")
    expect(page.locator(".cm-content")).to_be_visible()
    page.locator('input[type="file"]').first.set_input_files(
        {
            "name": "web.yaml",
            "mimeType": "text/yaml",
            "buffer": Path(download.value.path()).read_bytes(),
        }
    )
    expect(page.locator(".cm-content")).to_contain_text("kind: Service")
    page.get_by_role("button", name="Review").click()
    expect(page.locator("#document-1")).to_contain_text("Unchanged")


def test_events_tell_a_pods_life_while_it_happens(page: Page, project: str, lab: Lab) -> None:
    page.goto(f"/k8s/ns/{project}/events")
    lab.apply(project, deployment_config("web"))
    for reason in ("Scheduled", "Pulled", "Created", "Started"):
        expect(row(page, reason).first).to_be_visible()
    page.goto(f"/k8s/ns/{project}/pods")
    pod = row(page, "web-1-")
    expect(cell(pod, "Ready")).to_have_text("1/1")
    cell(pod, "Name").get_by_role("link").click()
    page.get_by_label("Sections of this object").get_by_role("link", name="Events").click()
    expect(page.get_by_role("table", name="Events")).to_contain_text("Started container")


def test_an_image_that_does_not_resolve_is_said_in_words(
    page: Page, project: str, lab: Lab
) -> None:
    lab.speed(20)
    broken = deployment_config("broken").replace(
        "mmumshad/simple-webapp-docker", "registry.invalid/web"
    )
    lab.apply(project, broken)
    page.goto(f"/k8s/ns/{project}/pods")
    status = cell(row(page, "broken-1-").first, "Status")
    expect(status).to_contain_text(re.compile("ErrImagePull|ImagePullBackOff"))


def test_help_lists_the_keyboard_shortcuts(page: Page) -> None:
    page.goto("/overview/ns/demo")
    page.get_by_role("button", name="Help").click()
    page.get_by_role("menuitem", name=re.compile("shortcuts", re.I)).click()
    expect(page.locator("dialog#shortcuts[open]")).to_contain_text("Go to the filter of a list")
    page.keyboard.press("Escape")
    expect(page.locator("dialog#shortcuts[open]")).to_have_count(0)
