"""Signing in and out."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenPage, sign_in


def test_a_wrong_password_is_refused_without_saying_which_part_was_wrong(
    open_page: OpenPage,
) -> None:
    page = open_page()
    page.goto("/login/")
    page.get_by_label("Username").fill("developer")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("correct username and password")
    expect(page.get_by_label("Username")).to_have_value("developer")
    expect(page.get_by_label("Password")).to_have_value("")
    sign_in(page, "developer", "developer")


def test_signing_in_leads_to_the_page_that_was_asked_for(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/k8s/ns/demo/pods")
    expect(page).to_have_url(re.compile(r"/login/\?next=/k8s/ns/demo/pods"))
    sign_in(page, "developer", "developer")
    expect(page).to_have_url(re.compile(r"/k8s/ns/demo/pods$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Pods")


def test_signing_in_lands_in_the_demo_project(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")
    sign_in(page, "developer", "developer")
    expect(page).to_have_url(re.compile(r"/overview/ns/demo$"))
    expect(page.locator("h2", has_text="simple-webapp-docker")).to_be_visible()


def test_logging_out_ends_the_session_in_every_tab(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/login/")
    sign_in(page, "developer", "developer")
    other = page.context.new_page()
    other.goto("/k8s/ns/demo/services")
    expect(other.get_by_role("table", name="Services")).to_be_visible()
    page.get_by_role("button", name="User menu: developer").click()
    page.get_by_role("menuitem", name="Log out").click()
    expect(page).to_have_url(re.compile(r"/login/"))
    other.goto("/k8s/ns/demo/services")
    expect(other.get_by_role("heading", name="Log in to your account")).to_be_visible()


def test_who_is_signed_in_is_not_asked_again(page: Page, developer: Any) -> None:
    page.goto("/login/")
    expect(page.get_by_role("button", name="User menu: developer")).to_be_visible()
