"""Django's database settings from a URL: SQLite by default, PostgreSQL by `DATABASE_URL`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",  # a reader that turns writer would fail with "database is locked"
    "timeout": 5,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
}


def from_url(url: str, base: Path) -> dict[str, Any]:
    """The entry of `DATABASES` for a URL or a file name; relative names are below `base`.

    Known are `sqlite:///file`, `sqlite:////absolute/file`, `sqlite://:memory:`, a bare file name and
    `postgres://user:password@host:port/name`. Raises ImproperlyConfigured, naming the fault.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        return _sqlite(url, base)
    if scheme == "sqlite":
        return _sqlite(rest.removeprefix("/") if rest.startswith("/") else rest, base)
    if scheme in ("postgres", "postgresql"):
        return _postgres(url)
    raise ImproperlyConfigured(
        f"DATABASE_URL: unknown scheme {scheme!r}; use sqlite:///file or postgres://user@host/name"
    )


def _sqlite(name: str, base: Path) -> dict[str, Any]:
    if not name:
        raise ImproperlyConfigured("DATABASE_URL: no file is named")
    path = name if name == ":memory:" else str(base / name)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": SQLITE_OPTIONS,
        # A file, since the engine's threads have connections of their own.
        "TEST": {"NAME": str(base / f"test-{os.getpid()}.sqlite3")},
    }


def _postgres(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured("DATABASE_URL: the port is not a number") from None
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ImproperlyConfigured("DATABASE_URL: no database is named")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": port or "",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }
