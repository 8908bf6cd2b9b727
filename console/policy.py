"""The nonce that lets a page's own script element run (content security policy)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def nonce(request: HttpRequest) -> dict[str, Any]:
    """A context processor: `csp_nonce`. It enters the header only if a template writes it."""
    return {"csp_nonce": getattr(request, "csp_nonce", "")}
