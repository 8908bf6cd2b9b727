"""The console is stopped and started again while a page is open."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.conftest import OpenPage, sign_in
from tests.e2e.guard import Guard
from tests.e2e.lab import Lab, service
from tests.e2e.pages import figures, row, wait_until
from tests.e2e.server import Server


def test_an_open_page_says_that_it_lost_the_console_and_goes_on_when_it_is_back(
    open_page: OpenPage, guard: Guard, tmp_path: Path
) -> None:
    guard.expect_in_console("WebSocket connection")
    server = Server.start(tmp_path)
    try:
        page = open_page(base_url=server.url)
        page.goto("/k8s/ns/demo/services")
        sign_in(page, "developer", "developer")
        lab = Lab(page.context.request)
        lab.apply("demo", service("before"))
        expect(row(page, "before")).to_have_count(1)
        server.stop()
        expect(page.locator("#connection")).to_be_visible()
        server = Server.start(tmp_path, port=server.port)
        expect(page.locator("#connection")).to_be_hidden()
        expect(row(page, "before")).to_have_count(1)
        lab.apply("demo", service("after"))
        expect(row(page, "after")).to_have_count(1)
        page.goto("/k8s/ns/demo/routes/web")
        expect(page.locator("#page-header")).to_contain_text("Accepted")
        expect(page).to_have_url(re.compile("/routes/web$"))
        rates = "Requests per second by service"
        wait_until(page, lambda: sum(figures(page, rates).values()) > 0, "visitors come again")
    finally:
        server.stop()
