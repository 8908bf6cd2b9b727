"""A machine without power, from the list of nodes: not ready, emptied, replaced, and back again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import OpenPage, sign_in
from tests.e2e.guard import Guard
from tests.e2e.lab import Lab
from tests.e2e.pages import cell, dialog, fits, open_menu, question, row
from tests.e2e.server import Server

NARROW = {"width": 420, "height": 900}


@pytest.fixture(scope="module")
def own_server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A console of this test's own: the others' pods are to stay where they are."""
    server = Server.start(tmp_path_factory.mktemp("nodes"))
    yield server
    server.stop()


@pytest.fixture
def admin(open_page: OpenPage, own_server: Server, guard: Guard) -> Page:
    """The list of nodes, seen by `kubeadmin`; the clock stands still."""
    page = open_page(base_url=own_server.url)
    page.goto("/login/")
    sign_in(page, "kubeadmin", own_server.kubeadmin_password)
    Lab(page.context.request).post("/clock/pause", {})
    page.goto("/k8s/cluster/nodes")
    return page


def step(page: Page, seconds: int) -> None:
    """Let cluster time pass, in steps that the clock offers."""
    lab = Lab(page.context.request)
    for size in (60, 10, 1):
        for _ in range(seconds // size):
            assert lab.post("/clock/step", {"seconds": str(size)}).ok
        seconds %= size


def choose(page: Page, action: str) -> None:
    """An entry of the page's menu."""
    button = page.locator("#page-header").get_by_role("button", name="Actions")
    open_menu(page, button).get_by_role("menuitem", name=action, exact=True).click()


def test_a_machine_is_switched_off_loses_its_pods_and_comes_back(admin: Page) -> None:
    page = admin
    expect(cell(row(page, "node-1"), "Status")).to_have_text("Ready")
    expect(cell(row(page, "node-1"), "Pods")).to_contain_text("2")
    row(page, "node-1").get_by_role("link", name="node-1").click()
    expect(page.get_by_role("heading", name="Conditions")).to_be_visible()

    choose(page, "Power off")
    expect(question(page)).to_contain_text("After 40 s the node is NotReady")
    question(page).get_by_role("button", name="Power off").click()
    expect(page.locator("#toasts")).to_contain_text("Node node-1 was powered off.")
    steps = page.locator(".sl-timeline__steps")
    expect(steps).to_contain_text("in 40 s")
    expect(steps).to_contain_text("in 5 min 40 s")

    step(page, 41)
    expect(page.locator("#page-header")).to_contain_text("NotReady")
    expect(steps).to_contain_text("2 pods are evicted and replaced on other nodes")
    expect(page.get_by_role("table", name="Conditions")).to_contain_text("NodeStatusUnknown")

    step(page, 300)
    expect(steps).to_contain_text("2 pods are to be deleted: Terminating until the kubelet answers")
    page.get_by_role("tab", name="Pods").or_(page.get_by_role("link", name="Pods")).last.click()
    expect(page.get_by_text("Terminating").first).to_be_visible()
    step(page, 20)
    page.goto("/k8s/cluster/nodes/node-2/pods")
    expect(page.locator("#tab-content tbody tr")).to_have_count(4)

    page.goto("/k8s/cluster/nodes/node-1")
    choose(page, "Power on")
    expect(page.locator("#tab-content")).to_contain_text("Starting")
    step(page, 42)
    expect(page.locator("#page-header")).to_contain_text("Ready")
    expect(steps).to_have_count(0)
    page.goto("/k8s/cluster/nodes")
    expect(cell(row(page, "node-1"), "Status")).to_have_text("Ready")
    expect(cell(row(page, "node-1"), "Pods")).to_contain_text("0")


def test_nodes_are_added_cordoned_drained_and_deleted(admin: Page) -> None:
    page = admin
    page.get_by_role("button", name="Add node").click()
    expect(dialog(page).get_by_label("Name")).to_have_value("node-3")
    dialog(page).get_by_role("button", name="Add").click()
    expect(dialog(page)).to_have_count(0)
    expect(cell(row(page, "node-3"), "Status")).to_have_text("NotReady")
    step(page, 11)
    expect(cell(row(page, "node-3"), "Status")).to_have_text("Ready")

    page.goto("/k8s/cluster/nodes/node-2")
    choose(page, "Drain")
    expect(dialog(page)).to_contain_text("leave node-2")
    dialog(page).get_by_label("Delete pods that no controller replaces").check()
    dialog(page).get_by_role("button", name="Drain").click()
    expect(page.locator("#toasts")).to_contain_text("Node node-2 was cordoned")
    expect(page.locator("#page-header")).to_contain_text("SchedulingDisabled")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#page-header")).not_to_contain_text("SchedulingDisabled")

    choose(page, "Cut network")
    dialog(page).get_by_label("node-1").check()
    dialog(page).get_by_role("button", name="Save").click()
    expect(page.locator("#tab-content")).to_contain_text("Network cut")

    page.goto("/k8s/cluster/nodes/node-3")
    choose(page, "Delete Node")
    dialog(page).get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Nodes")).to_be_visible()
    expect(row(page, "node-3")).to_have_count(0)


def test_the_pages_fit_a_narrow_window(admin: Page) -> None:
    admin.set_viewport_size(NARROW)
    assert fits(admin)
    admin.goto("/k8s/cluster/nodes/node-1")
    expect(admin.get_by_role("heading", name="Conditions")).to_be_visible()
    assert fits(admin)
