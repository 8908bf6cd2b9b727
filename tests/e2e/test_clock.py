"""The cluster's clock: it stands still, goes on by steps and runs faster."""

from __future__ import annotations

import re
from datetime import datetime

from playwright.sync_api import Locator, Page, expect

from tests.e2e.lab import Lab, deployment_config
from tests.e2e.pages import row, wait_until


def _clock(page: Page) -> Locator:
    return page.get_by_role("group", name="Cluster clock")


def _time(page: Page) -> datetime:
    return datetime.strptime(page.locator("[data-clock-time]").inner_text(), "%H:%M:%S")


def _pause(page: Page) -> None:
    _clock(page).get_by_role("button", name=re.compile("Pause")).click()
    expect(page.locator("[data-clock-state]")).to_have_text("Paused")


def _step_a_minute(page: Page) -> None:
    """The menu stays open from step to step."""
    before = _time(page)
    step = page.get_by_role("button", name="+1 min")
    if not step.is_visible():
        page.get_by_role("button", name="Step and speed").click()
    step.click()

    def has_stepped() -> bool:
        return 59 <= (_time(page) - before).total_seconds() % 86400 <= 61

    wait_until(page, has_stepped, "a minute has passed")


def test_time_stands_still_and_goes_on_by_steps(page: Page, lab: Lab) -> None:
    page.goto("/overview/ns/demo")
    _pause(page)
    _step_a_minute(page)
    _step_a_minute(page)
    expect(page.locator("[data-clock-state]")).to_have_text("Paused")


def test_nothing_happens_in_the_cluster_while_time_stands_still(
    page: Page, project: str, lab: Lab
) -> None:
    page.goto(f"/k8s/ns/{project}/pods")
    _pause(page)
    lab.apply(project, deployment_config("frozen"))
    expect(row(page, "Running")).to_have_count(0)
    _step_a_minute(page)
    _step_a_minute(page)
    expect(row(page, "Running")).to_have_count(1)
    expect(page.locator("[data-clock-state]")).to_have_text("Paused")


def test_the_speed_is_chosen_and_shown_in_every_tab(page: Page, lab: Lab) -> None:
    page.goto("/overview/ns/demo")
    other = page.context.new_page()
    other.goto("/network")
    page.get_by_role("button", name="Step and speed").click()
    page.get_by_role("button", name="50×", exact=True).click()
    expect(page.locator("[data-clock-state]")).to_have_text("50×")
    expect(other.locator("[data-clock-state]")).to_have_text("50×")
    _pause(page)
    expect(other.locator("[data-clock-state]")).to_have_text("Paused")
    _clock(page).get_by_role("button", name=re.compile("Run|Resume|Start")).click()
    expect(other.locator("[data-clock-state]")).to_have_text("50×")
