"""Importing YAML: hints for damage, line by line, and the whole of it without a mouse."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.lab import Lab, deployment_config, documents, service
from tests.e2e.pages import type_yaml

DAMAGED = """\
apiVersion: v1
kind: Service
  name: simple-webapp-docker
    deploymentconfig: simple-webapp-docker
  - name: 8080-tcp
    port: 8080
    protocol: TCP
    targetPort: 8080
"""
"""The Service as the course's notes have it: the lines that open mappings are lost."""


def test_the_courses_damaged_service_is_explained_repaired_and_applied(
    page: Page, project: str
) -> None:
    page.goto(f"/k8s/ns/{project}/import")
    type_yaml(page, DAMAGED)
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_text("lost some of its lines")).to_be_visible()
    problems = page.locator("[data-editor-line]")
    expect(problems.filter(has_text="line 3").first).to_be_visible()
    expect(page.locator(".cm-lintRange-error, .cm-lint-marker-error").first).to_be_visible()
    expect(page.get_by_role("button", name="Apply")).to_have_count(0)
    page.get_by_role("button", name="Use the repaired YAML").click()
    expect(page.get_by_text("The editor holds the repaired YAML")).to_be_visible()
    expect(page.locator(".cm-content")).to_contain_text("selector:")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(rf"/k8s/ns/{project}/services/simple-webapp-docker$"))
    expect(page.locator("#tab-content")).to_contain_text("deploymentconfig=simple-webapp-docker")


def test_a_mistake_is_named_at_its_line_and_nothing_is_applied(page: Page, project: str) -> None:
    page.goto(f"/k8s/ns/{project}/import")
    wrong = service("wrong").replace("port: 8080\n", "port: 99999\n", 1)
    type_yaml(page, documents(deployment_config("right"), wrong))
    page.get_by_role("button", name="Review").click()
    expect(page.get_by_text("must be between 1 and 65535")).to_be_visible()
    line = page.locator("#document-2").get_by_role("link", name=re.compile("line")).last
    line.click()
    expect(page.locator(".cm-activeLine")).to_contain_text("99999")
    expect(page.get_by_role("button", name="Apply")).to_have_count(0)
    page.goto(f"/k8s/ns/{project}/deploymentconfigs")
    expect(page.get_by_text("No DeploymentConfigs found")).to_be_visible()


def test_importing_again_shows_what_would_change(page: Page, project: str, lab: Lab) -> None:
    lab.apply(project, deployment_config("web"))
    page.goto(f"/k8s/ns/{project}/import")
    type_yaml(page, documents(deployment_config("web", color="green"), service("web")))
    page.get_by_role("button", name="Review").click()
    changes = page.locator("#document-1")
    expect(changes.locator(".sl-diff__del")).to_contain_text(["blue"])
    expect(changes.locator(".sl-diff__add")).to_contain_text(["green"])
    expect(page.locator("#document-2")).to_contain_text("Create")


def test_a_dropped_or_chosen_file_lands_in_the_editor(page: Page, project: str) -> None:
    page.goto(f"/k8s/ns/{project}/import")
    expect(page.locator(".cm-content")).to_be_visible()
    file = {"name": "web.yaml", "mimeType": "text/yaml", "buffer": service("web").encode()}
    picture = {"name": "photo.png", "mimeType": "image/png", "buffer": b"\x89PNG"}
    page.locator('input[type="file"]').first.set_input_files([file, picture])
    expect(page.locator(".cm-content")).to_contain_text("kind: Service")
    expect(page.locator("#toasts")).to_contain_text("photo.png")


def test_the_import_can_be_walked_with_the_keyboard_alone(page: Page, project: str) -> None:
    page.goto(f"/k8s/ns/{project}/import")
    expect(page.locator(".cm-content")).to_be_focused()
    page.keyboard.insert_text(service("typed"))
    page.keyboard.press("Control+Enter")
    expect(page.locator("#plan")).to_be_focused()
    apply = page.get_by_role("button", name="Apply")
    for _ in range(4):
        page.keyboard.press("Tab")
        if apply.evaluate("(button) => button === document.activeElement"):
            break
    expect(apply).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/k8s/ns/{project}/services/typed$"))
    expect(page.locator("#toasts")).to_contain_text("Service typed")


def test_tab_leaves_the_editor_after_escape(page: Page, project: str) -> None:
    page.goto(f"/k8s/ns/{project}/import")
    editor = page.locator(".cm-content")
    expect(editor).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(editor).not_to_be_focused()
    expect(page.get_by_role("button", name="Review")).to_be_focused()
