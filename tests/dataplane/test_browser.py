"""A real browser on the routes: from HTTP to HTTPS, with the certificate that the server name chooses."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from cluster.dataplane.tls.authority import new_authority
from tests.dataplane.lab import a_deployment, a_lab, a_route, a_service

CHROMIUM = os.environ.get("SHIFTLAB_CHROMIUM") or shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage"]  # fmt: skip
DOMAIN = "demo.apps.localhost"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium: apt-get install chromium"),
]


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium as Debian ships it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


async def test_a_browser_follows_the_redirect_and_sees_each_hosts_certificate(
    tmp_path: Path, browser: Browser
) -> None:
    own = new_authority("own-ca").issue([f"own.{DOMAIN}"])
    objects = (
        a_deployment("web", env={"APP_COLOR": "green"}), a_service("web"),
        a_route("plain", host=f"plain.{DOMAIN}"),
        a_route("moved", host=f"moved.{DOMAIN}", termination="edge", policy="Redirect"),
        a_route("own", host=f"own.{DOMAIN}", termination="edge", policy="Redirect",
                certificate=own.certificate, key=own.key),
        a_route("through", host=f"through.{DOMAIN}", termination="passthrough", policy="Redirect"),
    )  # fmt: skip
    async with a_lab(tmp_path, *objects) as lab:
        context = await browser.new_context(ignore_https_errors=True)
        page = await context.new_page()
        await page.goto(f"http://plain.{DOMAIN}:{lab.http_port}/")
        assert "Hello from web-1-" in await page.locator("h1").inner_text()
        color = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert color == "rgb(22, 160, 133)"
        for name, subject, issuer in (
            ("moved", "*.apps.localhost", "ingress-operator"),
            ("own", f"own.{DOMAIN}", "own-ca"),
            ("through", "web.demo.svc", "openshift-service-serving-signer"),
        ):
            answer = await page.goto(f"http://{name}.{DOMAIN}:{lab.http_port}/a?b=c")
            assert page.url == f"https://{name}.{DOMAIN}:{lab.https_port}/a?b=c"
            assert answer is not None and answer.status == 200
            shown = await answer.security_details()
            assert shown is not None
            assert shown["subjectName"] == subject
            assert shown["issuer"].startswith(issuer)
        answer = await page.goto(f"http://nobody.{DOMAIN}:{lab.http_port}/")
        assert answer is not None and answer.status == 503
        assert not await page.locator("details p").is_visible()
        await page.locator("summary").click()
        assert "No admitted route has the host" in await page.locator("details p").inner_text()
        await context.close()
