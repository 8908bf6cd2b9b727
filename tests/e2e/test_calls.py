"""Pods call each other: a wrong targetPort shows as failing calls, and “Why?” leads to the cause."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import SPEED, sign_in
from tests.e2e.guard import WATCH_POLICY, Guard
from tests.e2e.lab import Lab
from tests.e2e.pages import dialog
from tests.e2e.server import Server

CALLS = "/k8s/ns/shop/deploymentconfigs/frontend/calls"
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: api
  labels: {{app: api}}
spec:
  selector: {{deploymentconfig: api}}
  ports:
  - {{name: 8080-tcp, port: 8080, protocol: TCP, targetPort: {port}}}
"""


@pytest.fixture
def shop(
    browser: Browser, guard: Guard, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """A page of a console with the scenario `shop`."""
    folder = tmp_path_factory.mktemp("shop")
    server = Server.start(folder, "--speed", str(SPEED), "--scenario", "shop")
    context = browser.new_context(base_url=server.url, reduced_motion="reduce")
    context.add_init_script(WATCH_POLICY)
    guard.watch(context)
    page = context.new_page()
    page.goto("/login/")
    sign_in(page, "developer", "developer")
    yield page
    context.close()
    server.stop()


def targets(page: Page) -> Locator:
    return page.get_by_role("region", name="Targets")


def test_a_wrong_target_port_fails_calls_and_why_leads_to_the_cause(shop: Page) -> None:
    page, lab = shop, Lab(shop.context.request)
    page.goto(CALLS)
    expect(targets(page)).to_contain_text("Healthy")
    chart = page.get_by_role("table", name="Calls per second by outcome")
    expect(chart).to_contain_text("Succeeded")

    lab.apply("shop", SERVICE.format(port=9999))
    expect(targets(page)).to_contain_text("connect: connection refused")
    expect(chart).to_contain_text("Refused")
    log = page.get_by_role("list", name="Log", exact=True)
    expect(log).to_contain_text("connection refused")

    page.get_by_role("link", name="Why? http://api:8080").click()
    expect(page.locator("main")).to_contain_text(
        "Nothing listens on port 9999/TCP of pod shop/api-"
    )

    page.goto("/overview/ns/shop")
    warning = page.locator("#calls-failing-frontend")
    expect(warning).to_contain_text("Calls to http://api:8080 fail")
    lab.apply("shop", SERVICE.format(port=8080))
    expect(warning).to_be_empty()


def test_calls_are_declared_in_a_dialog_that_says_what_is_wrong(shop: Page) -> None:
    page = shop
    page.goto(CALLS)
    page.get_by_role("button", name="Edit calls").click()
    box = dialog(page)
    typed = box.get_by_label("Targets")
    typed.fill("http://api:8080\ntcp://db.data")
    box.get_by_role("button", name="Save").click()
    expect(box).to_contain_text("the port is missing")
    expect(typed).to_have_value("http://api:8080\ntcp://db.data")
    typed.fill("http://api:8080\ntcp://db.data:5432\ntcp://nobody:1")
    box.get_by_role("button", name="Save").click()
    expect(targets(page)).to_contain_text("tcp://db.data:5432")
    expect(targets(page)).to_contain_text("lookup nobody: no such host")
    page.get_by_role("link", name="Why? tcp://nobody:1").click()
    expect(page.locator("main")).to_contain_text("NXDOMAIN")
