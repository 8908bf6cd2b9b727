"""Lists: filtered, sorted and paged by the server, live row by row, usable by keyboard."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.lab import Lab, deployment_config, documents, service
from tests.e2e.pages import cell, dialog, open_menu, question, row


def test_a_list_is_filtered_by_name_as_one_types(page: Page, project: str, lab: Lab) -> None:
    lab.apply(project, documents(service("apple"), service("pear"), service("pineapple")))
    page.goto(f"/k8s/ns/{project}/services")
    expect(page.locator("#list tbody tr")).to_have_count(3)
    page.keyboard.press("/")
    page.keyboard.type("apple")
    expect(page.locator("#list tbody tr")).to_have_count(2)
    expect(page).to_have_url(re.compile("name=apple"))
    expect(page.get_by_role("searchbox", name="Filter by name")).to_be_focused()
    page.reload()
    expect(page.locator("#list tbody tr")).to_have_count(2)
    page.get_by_role("group", name="Active filters").get_by_role("link").first.click()
    expect(page.locator("#list tbody tr")).to_have_count(3)


def test_a_filter_that_nothing_matches_says_so_and_can_be_cleared(page: Page) -> None:
    page.goto("/k8s/ns/demo/pods?name=nobody")
    expect(page.get_by_text("No results found")).to_be_visible()
    page.get_by_role("link", name=re.compile("Clear")).first.click()
    expect(page.locator("#list tbody tr")).not_to_have_count(0)


def test_pods_are_filtered_by_status_from_a_menu(page: Page) -> None:
    page.goto("/k8s/ns/demo/pods")
    page.locator("#filter-status").click()
    page.get_by_label("Pending", exact=True).check()
    expect(page.get_by_text("No results found")).to_be_visible()
    page.get_by_label("Running", exact=True).check()
    expect(page.locator("#list tbody tr")).not_to_have_count(0)
    expect(page).to_have_url(re.compile("status=Pending&status=Running|status=Running"))


def test_a_list_is_sorted_by_a_click_on_a_column(page: Page, project: str, lab: Lab) -> None:
    lab.apply(project, documents(service("b"), service("a"), service("c")))
    page.goto(f"/k8s/ns/{project}/services")
    names = page.locator('#list tbody [data-label="Name"] a')
    expect(names).to_have_text(["a", "b", "c"])
    page.get_by_role("columnheader", name="Name").get_by_role("link").click()
    expect(names).to_have_text(["c", "b", "a"])
    expect(page.get_by_role("columnheader", name="Name")).to_have_attribute(
        "aria-sort", "descending"
    )


def test_a_long_list_is_paged(page: Page, project: str, lab: Lab) -> None:
    lab.apply(project, documents(*(service(f"web-{number:02}") for number in range(25))))
    page.goto(f"/k8s/ns/{project}/services?size=20")
    expect(page.locator("#list tbody tr")).to_have_count(20)
    page.get_by_role("link", name="Next page").first.click()
    expect(page.locator("#list tbody tr")).to_have_count(5)
    expect(page.locator("#list-pagination")).to_contain_text("21 - 25 of 25")
    forward = page.get_by_role("link", name="Next page").first
    expect(forward).to_have_attribute("aria-disabled", "true")
    lab.apply(project, documents(*(service(f"web-{number}") for number in range(25, 41))))
    expect(page.locator("#list-pagination")).to_contain_text("21 - 40 of 41")
    forward.click()
    expect(page.locator('#list tbody [data-label="Name"] a')).to_have_text(["web-40"])


def test_rows_come_change_and_go_in_another_tab_without_a_reload(
    page: Page, project: str, lab: Lab
) -> None:
    page.goto(f"/k8s/ns/{project}/pods")
    expect(page.get_by_text("No Pods found")).to_be_visible()
    page.evaluate("window.untouched = true")
    lab.apply(project, deployment_config("web", replicas=2))
    pods = row(page, "web-1-")
    expect(pods).to_have_count(2)
    expect(cell(pods.first, "Ready")).to_have_text("1/1")
    expect(page.get_by_text("No Pods found")).to_be_hidden()
    expect(page.locator("#list-pagination")).to_contain_text("1 - 2 of 2")
    other = page.context.new_page()
    other.goto(f"/k8s/ns/{project}/deploymentconfigs/web")
    open_menu(other, other.get_by_role("button", name="Actions")).get_by_role(
        "menuitem", name="Delete DeploymentConfig"
    ).click()
    dialog(other).get_by_role("button", name="Delete").click()
    expect(pods).to_have_count(0)
    expect(page.get_by_text("No Pods found")).to_be_visible()
    assert page.evaluate("window.untouched"), "the page was loaded anew"


def test_the_menu_of_a_row_works_by_keyboard(page: Page, project: str, lab: Lab) -> None:
    lab.apply(project, service("web"))
    page.goto(f"/k8s/ns/{project}/services")
    button = page.get_by_role("button", name="Actions for web")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Create Route")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="View YAML")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Create Route")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(dialog(page)).to_contain_text("Are you sure you want to delete web")
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)
    expect(row(page, "web")).to_have_count(1)
    expect(question(page)).to_have_count(0)


def test_deleting_asks_first_and_then_takes_the_row_away(
    page: Page, project: str, lab: Lab
) -> None:
    lab.apply(project, documents(service("keep"), service("drop")))
    page.goto(f"/k8s/ns/{project}/services/drop")
    open_menu(page, page.get_by_role("button", name="Actions")).get_by_role(
        "menuitem", name="Delete Service"
    ).click()
    dialog(page).get_by_role("button", name="Cancel").click()
    expect(dialog(page)).to_have_count(0)
    open_menu(page, page.get_by_role("button", name="Actions")).get_by_role(
        "menuitem", name="Delete Service"
    ).click()
    dialog(page).get_by_role("button", name="Delete").click()
    expect(page).to_have_url(re.compile(rf"/k8s/ns/{project}/services$"))
    expect(page.locator("#toasts")).to_contain_text("Service drop was deleted.")
    expect(page.locator('#list tbody [data-label="Name"] a')).to_have_text(["keep"])


def test_a_page_whose_object_is_deleted_elsewhere_says_so(
    page: Page, project: str, lab: Lab
) -> None:
    lab.apply(project, service("web"))
    page.goto(f"/k8s/ns/{project}/services/web")
    expect(page.locator("#tab-content")).to_contain_text("172.30.")
    lab.post(f"/k8s/ns/{project}/services/web/~delete", {})
    expect(page.get_by_text("This object has been deleted.").first).to_be_visible()
