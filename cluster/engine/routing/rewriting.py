"""The annotation `rewrite-target` and what it does to a request's path (openshift/router:
`util/rewritetarget`, haproxy-config.template; HAProxy: `replace-path`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

TARGET: Final = re.compile(r"/.*")
_PERCENT_RUN: Final = re.compile(r"%+")
_BACKSLASH_RUN: Final = re.compile(r"\\+")
_REFERENCE: Final = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)", re.DOTALL)


def sanitized(target: str) -> str:
    """The target as the replacement text of a single-quoted `replace-path`.

    Once the value stood there unquoted, so HAProxy interpreted quotes, backslashes and `#`; the
    router keeps that meaning. What follows an unescaped `#` is gone, the rest of the path too.
    """
    text, commented = _before_comment(target)
    text = _without_quotes(text, '"', escaped='"')
    # The doubled backslash survives the removal of single ones below.
    text = _without_quotes(text, "'", escaped="'\\\\''")
    text = _PERCENT_RUN.sub(lambda run: run[0] * 2 if len(run[0]) % 2 else run[0], text)
    text = _BACKSLASH_RUN.sub(lambda run: "" if len(run[0]) == 1 else run[0], text)
    text = text.replace("\\\\", "\\")
    return text if commented else f"{text}\\1"


def _before_comment(text: str) -> tuple[str, bool]:
    escaped = False
    for index, sign in enumerate(text):
        if sign == "#" and not escaped:
            return text[:index], True
        escaped = sign == "\\" and not escaped
    return text, False


def _without_quotes(text: str, quote: str, escaped: str) -> str:
    """Drops quotes; one after a backslash becomes `escaped` (the backslash goes later)."""
    out: list[str] = []
    after_backslash = False
    for sign in text:
        if sign != quote:
            out.append(sign)
            after_backslash = sign == "\\" and not after_backslash
            continue
        if after_backslash:
            out.append(escaped)
        after_backslash = False
    return "".join(out)


def escape_single_quotes(text: str) -> str:
    """A text for use within single quotes; line breaks are left out."""
    return text.replace("'", "'\\''").replace("\n", "").replace("\r", "")


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A route's `http-request replace-path` line."""

    route_path: str
    target: str

    @property
    def pattern(self) -> str:
        """The regular expression; the path enters it unescaped, so a dot in it is a wildcard."""
        slash = "/?" if self.target == "/" else ""
        return f"^{self._plain_path}{slash}(.*)$"

    @property
    def _plain_path(self) -> str:
        return self.route_path.replace("\n", "").replace("\r", "")

    @property
    def replacement(self) -> str:
        """The replacement as it stands within single quotes."""
        return sanitized(self.target)

    @property
    def directive(self) -> str:
        """The configuration line, without indentation."""
        return (
            f"http-request replace-path '{escape_single_quotes(self.pattern)}' '{self.replacement}'"
        )

    @property
    def loads(self) -> bool:
        """Whether HAProxy takes the expression: a path with an open bracket is none."""
        try:
            re.compile(self.pattern)
        except re.error:
            return False
        return True

    def apply(self, url: str) -> str:
        """The URL that the pod sees; its query stays as it is."""
        path, mark, query = url.partition("?")
        match = re.search(self.pattern, path, re.DOTALL) if self.loads else None
        if match is None:
            return url
        replaced = _expanded(self.replacement, match)
        return f"{path[: match.start()]}{replaced}{path[match.end() :]}{mark}{query}"


def _expanded(replacement: str, match: re.Match[str]) -> str:
    """What HAProxy makes of a replacement: quotes, then the log format, then references."""
    text = replacement.replace("'\\''", "'").replace("%%", "%")

    def reference(found: re.Match[str]) -> str:
        sign = found[1]
        if sign.isdecimal():
            index = int(sign)
            return (match[index] or "") if index <= (match.lastindex or 0) else ""
        return chr(int(sign[1:], 16)) if len(sign) == 3 else sign

    return _REFERENCE.sub(reference, text)
