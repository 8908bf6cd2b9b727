"""Projects: made, switched, deleted by typing their name, and closed to those who are no members."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenPage
from tests.e2e.guard import Guard
from tests.e2e.lab import Lab, service
from tests.e2e.pages import dialog, open_menu, row


def test_a_project_is_made_and_deleted_by_typing_its_name(page: Page) -> None:
    page.goto("/k8s/cluster/projects")
    page.get_by_role("link", name="Create Project").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Create Project")
    page.get_by_label("Name", exact=False).first.fill("Not A Name")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("a lowercase RFC 1123 label must consist of")).to_be_visible()
    page.get_by_label("Name", exact=False).first.fill("short-lived")
    page.get_by_label("Display name").fill("Short lived")
    page.get_by_role("button", name="Create").click()
    expect(page).to_have_url(re.compile("/overview/ns/short-lived$"))
    expect(page.locator("#page")).to_contain_text("Short lived")
    open_menu(page, page.get_by_role("button", name="Actions")).get_by_role(
        "menuitem", name="Delete Project"
    ).click()
    dialog(page).get_by_role("button", name="Delete").click()
    expect(dialog(page)).to_contain_text("Type short-lived to confirm.")
    dialog(page).get_by_label("Confirm by typing").fill("short-lived")
    dialog(page).get_by_role("button", name="Delete").click()
    expect(page).to_have_url(re.compile("/k8s/cluster/projects$"))
    expect(row(page, "short-lived")).to_have_count(0)


def test_a_project_that_exists_is_not_made_again(page: Page) -> None:
    page.goto("/projects/~new")
    page.get_by_label("Name", exact=False).first.fill("demo")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text('project.project.openshift.io "demo" already exists')).to_be_visible()


def test_the_selector_leads_to_the_same_list_of_another_project(
    page: Page, project: str, lab: Lab
) -> None:
    lab.apply(project, service("only-here"))
    page.goto("/k8s/ns/demo/services")
    page.locator("#project-toggle").click()
    expect(page.locator("#project-menu")).to_be_visible()
    page.keyboard.type(project)
    page.locator("#project-menu").get_by_role("menuitem", name=project, exact=True).click()
    expect(page).to_have_url(re.compile(rf"/k8s/ns/{project}/services$"))
    expect(row(page, "only-here")).to_have_count(1)
    page.locator("#project-toggle").click()
    page.locator("#project-menu").get_by_role("menuitem", name="All Projects").click()
    expect(page.get_by_role("columnheader", name="Namespace")).to_be_visible()
    expect(row(page, "only-here")).to_have_count(1)


def test_who_is_no_member_sees_neither_the_project_nor_its_pages(
    page: Page, open_page: OpenPage, kubeadmin: Any, guard: Guard
) -> None:
    guard.allow(403)
    admin = open_page(kubeadmin)
    admin.goto("/overview/ns/demo")
    expect(admin.get_by_role("button", name="User menu: kubeadmin")).to_be_visible()
    secret = Lab(admin.context.request, "secret").project()
    page.goto("/k8s/cluster/projects")
    expect(row(page, "demo")).to_have_count(1)
    expect(row(page, secret)).to_have_count(0)
    for address in (f"/overview/ns/{secret}", f"/k8s/ns/{secret}/pods", f"/k8s/ns/{secret}/import"):
        page.goto(address)
        expect(page.get_by_text("Restricted Access")).to_be_visible()
    admin.goto("/k8s/cluster/projects")
    expect(row(admin, secret)).to_have_count(1)
    expect(row(admin, "demo")).to_have_count(1)


def test_a_name_that_does_not_exist_is_a_page_not_a_traceback(page: Page, guard: Guard) -> None:
    guard.allow(404)
    page.goto("/k8s/ns/demo/services/nothing")
    expect(page.get_by_text("404: Not Found")).to_be_visible()
    expect(page.get_by_text('services "nothing" not found')).to_be_visible()
    page.get_by_role("link", name="Back to your projects").click()
    expect(page).to_have_url(re.compile("/overview/ns/"))
