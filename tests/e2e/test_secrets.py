"""A secret's values in a browser: hidden, revealed, copied and hidden again."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.lab import Lab

SECRET = """\
apiVersion: v1
kind: Secret
metadata:
  name: database
stringData:
  username: webapp
  password: sesame
"""


def test_values_are_revealed_and_hidden_by_keyboard(page: Page, project: str, lab: Lab) -> None:
    lab.apply(project, SECRET)
    page.goto(f"/k8s/ns/{project}/secrets")
    page.get_by_role("link", name="database").click()
    data = page.locator("#secret-values")
    expect(data).to_contain_text("password")
    expect(data).not_to_contain_text("sesame")
    page.get_by_role("button", name="Reveal values").press("Enter")
    expect(data).to_contain_text("sesame")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    data.get_by_role("button", name="Copy to clipboard").first.click()
    assert page.evaluate("navigator.clipboard.readText()") == "sesame"
    page.get_by_role("button", name="Hide values").click()
    expect(data).not_to_contain_text("sesame")
    expect(data).to_contain_text("•••••")
