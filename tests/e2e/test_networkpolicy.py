"""NetworkPolicy in the browser: deny all, see in the preview what changes, save, see the matrix."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import SPEED, sign_in
from tests.e2e.guard import WATCH_POLICY, Guard
from tests.e2e.server import Server

PODS = 4
"""Pods of the demo project."""


@pytest.fixture
def enforcing(
    browser: Browser, guard: Guard, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """A page of a console whose plugin, OVN-Kubernetes, enforces policies."""
    folder = tmp_path_factory.mktemp("policies")
    server = Server.start(folder, "--speed", str(SPEED), "--profile", "4")
    context = browser.new_context(base_url=server.url, reduced_motion="reduce")
    context.add_init_script(WATCH_POLICY)
    guard.watch(context)
    page = context.new_page()
    page.goto("/login/")
    sign_in(page, "developer", "developer")
    yield page
    context.close()
    server.stop()


def test_denying_all_is_seen_before_and_after_it_is_saved(enforcing: Page) -> None:
    page = enforcing
    page.goto("/k8s/ns/demo/pods")
    expect(page.locator('[data-label="Ready"]').get_by_text("1/1")).to_have_count(PODS)

    page.goto("/k8s/ns/demo/networkpolicies")
    page.get_by_role("link", name="Create NetworkPolicy").first.click()
    changes = page.locator("#preview-changes")
    into = page.get_by_role("region", name="Who reaches the pods")
    page.get_by_label("Policy name").fill("deny-all")
    page.get_by_role("button", name="Add ingress rule").click()
    expect(changes).to_contain_text("Nothing would change")
    expect(into.locator(".sl-matrix__cell--changed")).to_have_count(0)

    page.get_by_label("Deny all ingress traffic").check()
    expect(changes).to_contain_text(f"{PODS * PODS} connections would pass otherwise than now")
    expect(into.locator(".sl-matrix__cell--changed")).to_have_count(PODS * PODS)
    marked = into.locator(".sl-matrix__cell--changed").first
    expect(marked).to_have_text("✓ → ✕")
    expect(marked.get_by_role("img")).to_have_accessible_name(
        expected_name := marked.get_attribute("title") or ""
    )
    assert "allowed now, denied with this policy" in expected_name
    expect(page.locator("#affected-pods")).to_contain_text(f"{PODS} pods of demo selected")

    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator("#page-header")).to_contain_text("deny-all")
    expect(page.locator("#tab-content")).to_contain_text("take no connections")

    page.goto("/reachability?level=pods&project=demo")
    expect(page.locator("#matrix")).to_contain_text("0 of 12 pairs of pods reach each other")

    page.goto("/k8s/ns/demo/networkpolicies/deny-all/form")
    expect(page.get_by_label("Deny all ingress traffic")).to_be_checked()
    page.get_by_label("Deny all ingress traffic").uncheck()
    page.get_by_role("button", name="Add ingress rule").press("Enter")
    page.get_by_role("button", name="Add allowed source").press("Enter")
    expect(into.locator(".sl-matrix__cell--changed")).to_have_count(PODS * (PODS - 1))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#tab-content")).to_contain_text("All pods of demo")
    page.goto("/reachability?level=pods&project=demo")
    expect(page.locator("#matrix")).to_contain_text("12 of 12 pairs of pods reach each other")
