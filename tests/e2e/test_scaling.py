"""Scaling beside the arrows: the dialog, the question before zero, controllers that are owned."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.lab import Lab, deployment_config
from tests.e2e.pages import dialog, expect_pods, open_menu, question, ring, wait_until


def _edit_pod_count(page: Page) -> None:
    open_menu(page, page.get_by_role("button", name="Actions")).get_by_role(
        "menuitem", name="Edit Pod count"
    ).click()
    expect(dialog(page)).to_be_visible()


def test_the_dialog_edits_the_pod_count(page: Page, project: str, lab: Lab) -> None:
    lab.apply(project, deployment_config("web"))
    page.goto(f"/k8s/ns/{project}/deploymentconfigs/web")
    _edit_pod_count(page)
    count = dialog(page).get_by_label("Pod count", exact=True)
    expect(count).to_have_value("1")
    dialog(page).locator('[data-step="1"]').click()
    expect(count).to_have_value("2")
    dialog(page).get_by_role("button", name="Save").click()
    expect(dialog(page)).to_have_count(0)
    expect_pods(ring(page, "deploymentconfig", "web"), 2)


def test_the_dialog_says_what_is_wrong_with_a_number(page: Page, project: str, lab: Lab) -> None:
    lab.apply(project, deployment_config("web"))
    page.goto(f"/k8s/ns/{project}/deploymentconfigs/web")
    _edit_pod_count(page)
    count = dialog(page).get_by_label("Pod count", exact=True)
    count.fill("-1")
    dialog(page).get_by_role("button", name="Save").click()
    expect(dialog(page)).to_contain_text("Replicas can't be negative.")
    count = dialog(page).get_by_label("Pod count", exact=True)
    count.fill("")
    dialog(page).get_by_role("button", name="Save").click()
    expect(dialog(page)).to_contain_text("A value for replicas is required.")
    dialog(page).get_by_role("button", name="Cancel").click()
    expect(ring(page, "deploymentconfig", "web")).to_have_attribute("data-replicas", "1")


def test_scaling_to_zero_asks_first(page: Page, project: str, lab: Lab) -> None:
    lab.apply(project, deployment_config("web"))
    page.goto(f"/k8s/ns/{project}/deploymentconfigs/web")
    donut = ring(page, "deploymentconfig", "web")
    expect_pods(donut, 1)
    down = donut.get_by_role("button", name="Decrease the Pod count")
    down.click()
    expect(question(page)).to_contain_text("Are you sure you want to scale web to 0 replicas?")
    question(page).get_by_role("button", name="Cancel").click()
    expect(donut).to_have_attribute("data-replicas", "1")
    down.click()
    question(page).get_by_role("button", name="Scale Down").click()
    expect_pods(donut, 0)
    expect(down).to_be_disabled()


def test_a_controller_that_a_deploymentconfig_owns_is_set_back(
    page: Page, project: str, lab: Lab
) -> None:
    lab.apply(project, deployment_config("web"))
    page.goto(f"/k8s/ns/{project}/deploymentconfigs/web")
    expect_pods(ring(page, "deploymentconfig", "web"), 1)
    page.goto(f"/k8s/ns/{project}/replicationcontrollers/web-1")
    donut = ring(page, "replicationcontroller", "web-1")
    expect_pods(donut, 1)
    page.evaluate(
        """() => {
          window.seen = [];
          const ring = () => document.getElementById("donut-replicationcontroller-web-1");
          new MutationObserver(() => window.seen.push(ring()?.dataset.replicas)).observe(
            document.body, { subtree: true, childList: true, attributes: true });
        }"""
    )
    up = donut.get_by_role("button", name="Increase the Pod count")
    up.click()
    up.click()
    back = "window.seen.includes('3') && window.seen.at(-1) === '1'"
    wait_until(
        page, lambda: bool(page.evaluate(back)), "3 replicas are asked for, and set back to 1"
    )
    expect_pods(donut, 1)


def test_the_overview_scales_too(page: Page, project: str, lab: Lab) -> None:
    lab.apply(project, deployment_config("web"))
    page.goto(f"/overview/ns/{project}")
    donut = ring(page, "deploymentconfig", "web")
    expect_pods(donut, 1)
    donut.get_by_role("button", name="Increase the Pod count").click()
    expect_pods(donut, 2)
    expect(page.get_by_label("Inventory")).to_contain_text("2 Pods")
