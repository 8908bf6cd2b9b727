"""Browser tests: one console for all of them, a fresh browser context for each.

They run in a pytest process of their own (`pytest tests/e2e -p no:django`): Playwright's sync API
keeps an event loop running, beside which Django's ORM refuses to work. `SHIFTLAB_CHROMIUM` names the
browser, `SHIFTLAB_E2E` the folder for the screenshots of failed tests.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright  # noqa: E402

from tests.e2e.guard import WATCH_POLICY, Guard  # noqa: E402
from tests.e2e.lab import Lab  # noqa: E402
from tests.e2e.server import ROOT, Server  # noqa: E402

PATIENCE = 15_000
"""Milliseconds for anything to come true on a busy machine."""
SPEED = 10
"""Cluster seconds a second, unless a test wants another speed."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
WIDE = {"width": 1440, "height": 900}

expect.set_options(timeout=PATIENCE)

OpenPage = Callable[..., Page]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[None]:
    """Let fixtures know how their test ended."""
    outcome: Any = yield
    report = outcome.get_result()
    setattr(item, f"report_{report.when}", report)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium as Debian ships it."""
    wanted = os.environ.get("SHIFTLAB_CHROMIUM") or shutil.which("chromium")
    if not wanted or not Path(wanted).exists():
        pytest.skip("no Chromium: apt-get install chromium, or name it in SHIFTLAB_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=wanted, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The console, with the demo project in it."""
    server = Server.start(tmp_path_factory.mktemp("console"), "--speed", str(SPEED))
    yield server
    server.stop()


def sign_in(page: Page, user: str, password: str) -> None:
    """Fill in the login page and go on to the console."""
    page.get_by_label("Username").fill(user)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name=f"User menu: {user}")).to_be_visible()


def _signed_in(browser: Browser, server: Server, user: str, password: str) -> Any:
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    page.goto("/login/")
    sign_in(page, user, password)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(scope="session")
def developer(browser: Browser, server: Server) -> Any:
    """The session of `developer`."""
    return _signed_in(browser, server, "developer", "developer")


@pytest.fixture(scope="session")
def kubeadmin(browser: Browser, server: Server) -> Any:
    """The session of `kubeadmin`, with the password that the server printed."""
    return _signed_in(browser, server, "kubeadmin", server.kubeadmin_password)


@pytest.fixture
def guard() -> Iterator[Guard]:
    """Fails the test when something went wrong in the browser."""
    guard = Guard()
    yield guard
    guard.check()


def _new_context(browser: Browser, server: Server, **options: Any) -> BrowserContext:
    settings = {"base_url": server.url, "viewport": WIDE, "reduced_motion": "reduce", **options}
    context = browser.new_context(**settings)
    context.set_default_timeout(PATIENCE)
    context.add_init_script(WATCH_POLICY)
    return context


@pytest.fixture
def open_page(
    request: pytest.FixtureRequest, browser: Browser, server: Server, guard: Guard
) -> Iterator[OpenPage]:
    """Opens pages in contexts of their own: `open_page(state, viewport=…)`."""
    contexts: list[BrowserContext] = []

    def opened(state: Any = None, **options: Any) -> Page:
        context = _new_context(browser, server, storage_state=state, **options)
        guard.watch(context)
        contexts.append(context)
        return context.new_page()

    yield opened
    _keep_screenshots(request, contexts)
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def developers_context(
    browser: Browser, server: Server, developer: Any
) -> Iterator[BrowserContext]:
    """One context for most tests: what it has cached is loaded once, not in each of them."""
    context = _new_context(browser, server, storage_state=developer)
    yield context
    context.close()


@pytest.fixture
def page(
    request: pytest.FixtureRequest, developers_context: BrowserContext, guard: Guard
) -> Iterator[Page]:
    """A page of `developer`, who has chosen nothing yet (theme, sidebar)."""
    guard.watch(developers_context)
    page = developers_context.new_page()
    yield page
    _keep_screenshots(request, [developers_context])
    if not page.url.startswith("about:"):
        page.evaluate("localStorage.clear()")
    for each in developers_context.pages:
        each.close()
    guard.leave(developers_context)


def _keep_screenshots(request: pytest.FixtureRequest, contexts: list[BrowserContext]) -> None:
    report = getattr(request.node, "report_call", None)
    if report is None or not report.failed:
        return
    folder = Path(os.environ.get("SHIFTLAB_E2E") or ROOT / "var" / "e2e")
    folder.mkdir(parents=True, exist_ok=True)
    test = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
    for number, page in enumerate(page for context in contexts for page in context.pages):
        page.screenshot(path=folder / f"{test}-{number}.png")


@pytest.fixture
def lab(page: Page) -> Iterator[Lab]:
    """Requests of `developer`; the clock is put back afterwards."""
    lab = Lab(page.context.request)
    yield lab
    lab.speed(SPEED)


@pytest.fixture
def project(lab: Lab) -> str:
    """A new, empty project of `developer`."""
    return lab.project()
