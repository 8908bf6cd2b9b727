"""What several journeys do in the browser: the editor, dialogs, rings, tables, charts."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import PATIENCE


def type_yaml(page: Page, text: str) -> None:
    """Replace what stands in the editor."""
    editor = page.locator(".cm-content")
    expect(editor).to_be_visible()
    editor.fill(text)


def import_yaml(page: Page, text: str) -> None:
    """Review the text on the import page, then apply it."""
    type_yaml(page, text)
    page.get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Apply").click()


def row(page: Page, text: str) -> Locator:
    """The rows of the page's list that hold a text."""
    return page.locator("#list tbody tr", has_text=text)


def cell(line: Locator, label: str) -> Locator:
    """A cell by its column's name."""
    return line.locator(f'[data-label="{label}"]')


def ring(page: Page, kind: str, name: str) -> Locator:
    """The donut of a workload."""
    return page.locator(f"#donut-{kind}-{name}")


def expect_pods(donut: Locator, number: int) -> None:
    """The ring has settled at a number of pods."""
    expect(donut).to_have_attribute("data-replicas", str(number))
    expect(donut).to_have_attribute("data-actual", str(number))


def dialog(page: Page) -> Locator:
    """The dialog that was fetched."""
    return page.locator("dialog#modal[open]")


def question(page: Page) -> Locator:
    """The question before a dangerous act."""
    return page.locator("dialog#question[open]")


def open_menu(page: Page, button: Locator) -> Locator:
    """Open a menu; the menu."""
    button.click()
    menu = page.locator('[popover]:popover-open [role="menu"]').last
    expect(menu).to_be_visible()
    return menu


def figures(page: Page, caption: str) -> dict[str, float]:
    """A chart's latest numbers, from the table beside it."""
    table = page.locator("[data-chart-table]", has_text=caption)
    expect(table).to_be_attached()
    return table.evaluate(
        """(holder) => Object.fromEntries([...holder.querySelectorAll("tr")].map((row) =>
          [row.querySelector("th").textContent, parseFloat(row.querySelector("td").textContent)]))"""
    )


def wait_until(page: Page, holds: Callable[[], bool], what: str, patience: int = PATIENCE) -> None:
    """Look again at each of the browser's animation frames until something holds."""
    end = page.evaluate("performance.now()") + patience
    while not holds():
        now = page.evaluate(
            "new Promise((done) => requestAnimationFrame(() => done(performance.now())))"
        )
        assert now < end, what


def fits(page: Page) -> bool:
    """Whether the page needs no scrolling sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def addresses(page: Page) -> list[str]:
    """The addresses in the pods list."""
    texts = page.locator('#list tbody [data-label="IP address"]').all_inner_texts()
    return [text for text in texts if re.fullmatch(r"10\.\d+\.\d+\.\d+", text.strip())]
