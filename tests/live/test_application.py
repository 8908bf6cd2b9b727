"""The ASGI application as a whole: what is open to everybody, and what no address answers."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator

from console.asgi import application
from tests.live.browser import PATIENCE, Browser


async def get(path: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a page, asked for without any cookie."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
    }
    server = ApplicationCommunicator(application, scope)
    await server.send_input({"type": "http.request", "body": b"", "more_body": False})
    start: dict[str, Any] = await server.receive_output(PATIENCE)
    headers = {name.decode().lower(): text.decode() for name, text in start["headers"]}
    body, more = b"", True
    while more:
        part = await server.receive_output(PATIENCE)
        body, more = body + part.get("body", b""), part.get("more_body", False)
    return start["status"], headers, body


async def test_style_and_scripts_are_served_before_signing_in() -> None:
    for path, kind in (("css/shiftlab.css", "text/css"), ("js/live.js", "text/javascript")):
        status, headers, body = await get(f"/static/{path}")
        assert status == 200
        assert headers["content-type"].startswith(kind)
        assert body


@pytest.mark.django_db(transaction=True)
async def test_static_files_that_are_not_there_are_not_found() -> None:
    for path in ("/static/none.css", "/static/../console/settings.py", "/static/%2e%2e/manage.py"):
        status, _, body = await get(path)
        assert status in (302, 404)
        assert b"import" not in body


@pytest.mark.django_db(transaction=True)
async def test_pages_are_not_served_before_signing_in() -> None:
    status, headers, _ = await get("/network")
    assert (status, headers["location"]) == (302, "/login/?next=/network")


@pytest.mark.django_db(transaction=True)
async def test_an_unknown_socket_is_refused() -> None:
    headers = [(b"host", b"localhost"), (b"origin", b"http://localhost")]
    assert not await Browser(application, headers=headers, path="/ws/dragons").connect()
