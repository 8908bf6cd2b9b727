"""Light and dark, wide and narrow."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenPage
from tests.e2e.pages import fits

DARK = re.compile("pf-v6-theme-dark")
MAIN_PAGES = (
    "/overview/ns/demo",
    "/k8s/ns/demo/pods",
    "/k8s/ns/demo/services",
    "/k8s/ns/demo/routes",
    "/k8s/ns/demo/deploymentconfigs",
    "/k8s/ns/demo/replicationcontrollers",
    "/k8s/ns/demo/endpoints",
    "/k8s/ns/demo/visitors",
    "/k8s/ns/demo/events",
    "/k8s/cluster/nodes",
    "/k8s/cluster/hostsubnets",
    "/k8s/cluster/projects",
    "/network",
    "/k8s/ns/demo/import",
    "/k8s/ns/demo/routes/~new/form",
    "/k8s/ns/demo/routes/web",
    "/k8s/ns/demo/routes/web/yaml",
    "/k8s/ns/demo/services/simple-webapp-docker",
    "/k8s/ns/demo/deploymentconfigs/simple-webapp-docker",
    "/projects/~new",
)


def _choose_theme(page: Page, name: str) -> None:
    page.get_by_role("button", name="User menu: developer").click()
    page.get_by_role("menuitemradio", name=name).click()


def test_the_dark_theme_is_kept_and_light_comes_back(page: Page) -> None:
    page.goto("/overview/ns/demo")
    root = page.locator("html")
    expect(root).not_to_have_class(DARK)
    _choose_theme(page, "Dark")
    expect(root).to_have_class(DARK)
    page.reload()
    expect(root).to_have_class(DARK)
    page.goto("/k8s/ns/demo/pods")
    expect(root).to_have_class(DARK)
    _choose_theme(page, "Light")
    expect(root).not_to_have_class(DARK)


def test_the_system_theme_follows_the_desktop(open_page: OpenPage, developer: Any) -> None:
    page = open_page(developer, color_scheme="dark")
    page.goto("/overview/ns/demo")
    expect(page.locator("html")).to_have_class(DARK)
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).not_to_have_class(DARK)


def test_no_main_page_scrolls_sideways_on_a_narrow_screen(
    open_page: OpenPage, developer: Any
) -> None:
    page = open_page(developer, viewport={"width": 420, "height": 800})
    too_wide = []
    for address in MAIN_PAGES:
        page.goto(address)
        expect(page.locator("h1").first).to_be_visible()
        if not fits(page):
            too_wide.append(address)
    assert not too_wide


@pytest.mark.parametrize("width", [420, 360, 320])
def test_the_clock_stays_clear_of_the_mark_on_a_narrow_screen(
    open_page: OpenPage, developer: Any, width: int
) -> None:
    page = open_page(developer, viewport={"width": width, "height": 800})
    page.goto("/overview/ns/demo")
    mark = page.locator(".sl-brand").bounding_box()
    clock = page.locator("#clock").bounding_box()
    assert mark is not None and clock is not None
    assert mark["x"] + mark["width"] <= clock["x"]


@pytest.mark.parametrize("address", ["/k8s/all-namespaces/pods", "/k8s/ns/demo/routes"])
def test_a_list_shows_all_its_columns_beside_the_navigation(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("#list tbody tr").first).to_be_visible()
    room = page.locator(".sl-table-scroll").first
    assert room.evaluate("(box) => box.scrollWidth <= box.clientWidth")


def test_the_sidebar_opens_over_a_narrow_page_and_closes_again(
    open_page: OpenPage, developer: Any
) -> None:
    page = open_page(developer, viewport={"width": 420, "height": 800})
    page.goto("/overview/ns/demo")
    sidebar = page.locator("#sidebar")
    toggle = page.get_by_role("button", name="Global navigation")
    expect(sidebar).not_to_be_in_viewport()
    toggle.click()
    expect(sidebar).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(sidebar).not_to_be_in_viewport()
    toggle.click()
    sidebar.get_by_role("button", name="Networking").click()
    sidebar.get_by_role("link", name="Services").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Services")
    expect(sidebar).not_to_be_in_viewport()


def test_the_sidebar_stays_closed_on_a_wide_page(page: Page) -> None:
    page.goto("/overview/ns/demo")
    sidebar = page.locator("#sidebar")
    expect(sidebar).to_be_in_viewport()
    page.get_by_role("button", name="Global navigation").click()
    expect(sidebar).not_to_be_in_viewport()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(sidebar).not_to_be_in_viewport()
