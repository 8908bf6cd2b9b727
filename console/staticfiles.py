"""Static files: hashed names once `collectstatic` has run, plain names before (tests, runserver)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.exceptions import SuspiciousFileOperation
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from servestatic import ServeStaticASGI
from servestatic.storage import CompressedManifestStaticFilesStorage

HASHED = r"^.+\.[0-9a-f]{12}\..+$"
"""Names with a hash never change their content: browsers may keep them for a year."""


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Names carry a hash of the content; modules that import each other find the hashed names."""

    support_js_module_import_aggregation = True

    manifest_strict = False

    def stored_name(self, name: str) -> str:
        """The hashed name; the file's own name where nothing was collected under it."""
        clean = self.clean_name(name)
        return str(self.hashed_files.get(self.hash_key(clean), clean))


def is_collected() -> bool:
    """Whether what was collected is as new as its sources."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if not manifest.exists():
        return False
    made = manifest.stat().st_mtime
    sources = (path for root in settings.STATICFILES_DIRS for path in Path(root).rglob("*"))
    return all(path.stat().st_mtime <= made for path in sources)


class PlainFiles(ASGIStaticFilesHandler):
    """Files under their own names, while nothing has been collected."""

    def serve(self, request: HttpRequest) -> HttpResponseBase:
        """A path that climbs out of the folders is not there, as any other that is not."""
        try:
            return super().serve(request)
        except SuspiciousFileOperation:
            raise Http404(request.path) from None


def served(application: Any) -> Any:
    """An ASGI application with the static files in front of it."""
    if not (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        return PlainFiles(application)
    return ServeStaticASGI(
        application,
        root=settings.STATIC_ROOT,
        prefix=settings.STATIC_URL,
        max_age=60,
        allow_all_origins=False,
        immutable_file_test=HASHED,
    )
