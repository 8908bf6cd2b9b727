"""The heart of the course, by hand: a DeploymentConfig and a Service in, a route out, the slider."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import PATIENCE
from tests.e2e.lab import Lab, deployment_config, documents, service
from tests.e2e.pages import (
    addresses,
    cell,
    dialog,
    expect_pods,
    figures,
    import_yaml,
    open_menu,
    ring,
    row,
    wait_until,
)

APP = "simple-webapp-docker"
GREEN = f"{APP}-green"
POD_ADDRESS = re.compile(r"^10\.1(28|29|30|31)\.\d+\.\d+$")


def test_the_course_walk_from_yaml_to_a_split_that_visitors_see(
    page: Page, project: str, lab: Lab
) -> None:
    _import_the_application(page, project)
    _create_a_route_with_defaults(page, project)
    lab.apply(project, documents(deployment_config(GREEN, color="green"), service(GREEN)))
    _add_the_second_service(page, project)
    _drag_to_30_70(page, project)
    lab.speed(20)
    _observe_the_split(page, project)
    _undo(page)


def _import_the_application(page: Page, project: str) -> None:
    page.goto(f"/overview/ns/{project}")
    expect(page.get_by_text("Get started with your project.")).to_be_visible()
    page.get_by_role("link", name="Import YAML", exact=True).first.click()
    import_yaml(page, documents(deployment_config(APP), service(APP)))
    results = page.get_by_role("table", name="Imported resources")
    expect(results.get_by_role("row")).to_have_count(3)
    page.get_by_role("navigation", name="Global").get_by_role("button", name="Workloads").click()
    page.get_by_role("link", name="Pods", exact=True).click()
    pod = row(page, f"{APP}-1-")
    expect(cell(pod, "IP address")).to_have_text(POD_ADDRESS)
    expect(cell(pod, "Status")).to_contain_text("Running")
    expect(cell(pod, "Ready")).to_have_text("1/1")


def _create_a_route_with_defaults(page: Page, project: str) -> None:
    page.goto(f"/k8s/ns/{project}/services/{APP}")
    expect(page.locator("#tab-content")).to_contain_text("172.30.")
    open_menu(page, page.get_by_role("button", name="Actions")).get_by_role(
        "menuitem", name="Create Route"
    ).click()
    page.get_by_label("Name", exact=False).first.fill("web")
    expect(page.locator("#host-shown")).to_have_text(f"http://web-{project}.apps.localhost")
    expect(page.get_by_label("Service", exact=False).first).to_have_value(APP)
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page).to_have_url(re.compile(rf"/k8s/ns/{project}/routes/web$"))
    expect(page.locator("#page-header")).to_contain_text("Accepted")


def _add_the_second_service(page: Page, project: str) -> None:
    page.get_by_role("link", name="Add or remove services").click()
    page.get_by_role("button", name="Split traffic across multiple services").click()
    expect(page.locator("#id_alt_service_1")).to_have_value(GREEN)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile(rf"/k8s/ns/{project}/routes/web$"))
    expect(page.locator("[data-weights-row]")).to_have_count(2)


def _drag_to_30_70(page: Page, project: str) -> None:
    form = page.locator("#weights-form")
    thumb = form.get_by_role("slider")
    thumb.scroll_into_view_if_needed()
    track = form.locator("[data-weights-track]").bounding_box()
    at = thumb.bounding_box()
    assert track and at
    page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    page.mouse.down()
    page.mouse.move(track["x"] + track["width"] * 0.3, at["y"] + 5, steps=8)
    expect(form.locator("[data-weights-preview]")).to_contain_text("30")
    page.mouse.up()
    expect(thumb).to_have_attribute("aria-valuetext", re.compile(rf"{APP} 30.*{GREEN} 70"))
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Undo").first).to_be_visible()
    facts = page.locator("#route-facts")
    expect(facts).to_contain_text(re.compile(rf"{APP}\s+weight \d+, 30 %"))
    expect(facts).to_contain_text(re.compile(rf"{GREEN}\s+weight \d+, 70 %"))


def _observe_the_split(page: Page, project: str) -> None:
    page.get_by_role("button", name="Add visitors").first.click()
    form = dialog(page)
    form.get_by_label("Requests per second").fill("50")
    form.get_by_label("Clients that keep cookies").fill("0")
    form.get_by_role("button", name="Add", exact=True).click()
    expect(
        page.get_by_role("table", name="Visitors of this route").locator("tbody tr")
    ).to_have_count(1)
    shares = "Expected and observed share"
    expect(page.locator("[data-chart-table]", has_text=shares)).to_contain_text(
        f"Observed, {GREEN}"
    )

    def close() -> bool:
        found = figures(page, shares)
        return all(
            abs(found.get(f"Observed, {name}", -100.0) - found.get(f"Expected, {name}", 0.0)) <= 2
            for name in (APP, GREEN)
        )

    wait_until(
        page, close, "the observed shares are within 2 points of the expected ones", 2 * PATIENCE
    )
    found = figures(page, shares)
    assert abs(found[f"Expected, {APP}"] - 30) < 0.5
    assert abs(found[f"Expected, {GREEN}"] - 70) < 0.5


def _undo(page: Page) -> None:
    page.locator("#undo-weights").click()
    expect(page.locator("#route-facts")).to_contain_text(re.compile(rf"{APP}\s+weight \d+, 50 %"))
    expect(page.locator('#weights-form input[type="number"]').first).not_to_have_value("30")


def test_the_arrows_scale_from_1_to_5_and_down_to_2(page: Page, project: str, lab: Lab) -> None:
    lab.apply(project, deployment_config(APP))
    page.goto(f"/k8s/ns/{project}/deploymentconfigs/{APP}")
    donut = ring(page, "deploymentconfig", APP)
    expect_pods(donut, 1)
    posts: list[str] = []
    page.on("request", lambda each: posts.append(each.url) if each.method == "POST" else None)
    for _ in range(4):
        donut.get_by_role("button", name="Increase the Pod count").click()
    expect(donut).to_contain_text("Scaling to 5")
    expect_pods(donut, 5)
    for _ in range(3):
        donut.get_by_role("button", name="Decrease the Pod count").click()
    expect_pods(donut, 2)
    assert len([url for url in posts if url.endswith("~scale")]) == 2, "clicks are merged"
    page.get_by_label("Sections of this object").get_by_role("link", name="Pods").click()
    expect(page.locator('#tab-content [data-label="Status"]')).to_have_text(["Running", "Running"])


def test_a_deleted_pod_is_replaced_by_one_with_the_next_address(
    page: Page, project: str, lab: Lab
) -> None:
    lab.apply(project, deployment_config(APP))
    page.goto(f"/k8s/ns/{project}/pods")
    expect(cell(row(page, "Running"), "IP address")).to_have_text(POD_ADDRESS)
    before = addresses(page)[0]
    name = cell(row(page, "Running"), "Name").inner_text().split()[-1]
    open_menu(page, page.get_by_role("button", name=f"Actions for {name}")).get_by_role(
        "menuitem", name="Delete Pod"
    ).click()
    dialog(page).get_by_role("button", name="Delete").click()
    expect(page.get_by_text(f"Pod {name} was deleted.")).to_be_visible()
    expect(row(page, name)).to_have_count(0)
    expect(row(page, "Running")).to_have_count(1)
    expect(cell(row(page, "Running"), "IP address")).to_have_text(POD_ADDRESS)
    assert addresses(page)[0] != before
