"""Nothing may go wrong behind a test's back: script errors, refused resources, answers of 5xx."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response, WebError

WATCH_POLICY = """
window.addEventListener("securitypolicyviolation", (event) => {
  console.error("CSP", event.violatedDirective, event.blockedURI, event.sourceFile, event.lineNumber);
});
"""
FORM_ERROR = 422
"""A form that was not accepted comes back with this; the browser logs it as a failed resource."""


@dataclass
class Guard:
    """Collects what went wrong in the browser contexts that it watches."""

    allowed: set[int] = field(default_factory=lambda: {FORM_ERROR})
    expected: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Watch all pages of a context, which was made with `WATCH_POLICY`."""
        context.on("console", self._console)
        context.on("weberror", self._script)
        context.on("response", self._response)

    def leave(self, context: BrowserContext) -> None:
        """Watch it no longer: the next test brings its own guard."""
        context.remove_listener("console", self._console)
        context.remove_listener("weberror", self._script)
        context.remove_listener("response", self._response)

    def allow(self, *statuses: int) -> None:
        """Let answers with these statuses pass, for a test that asks for them."""
        self.allowed.update(statuses)

    def expect_in_console(self, text: str) -> None:
        """Let console errors with this text pass."""
        self.expected.append(text)

    def check(self) -> None:
        """Fail if anything went wrong."""
        assert not self.problems, "\n".join(self.problems)

    def _console(self, message: ConsoleMessage) -> None:
        allowed = [f"status of {status}" for status in self.allowed] + self.expected
        if message.type == "error" and not any(text in message.text for text in allowed):
            self.problems.append(f"console: {message.text} ({_address(message.page)})")

    def _script(self, error: WebError) -> None:
        self.problems.append(f"script: {error.error} ({_address(error.page)})")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.allowed:
            self.problems.append(f"{response.status} {response.request.method} {response.url}")


def _address(page: Page | None) -> str:
    return page.url if page else "no page"
