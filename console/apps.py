"""The Django applications of the console: its own, and the static files that it ships."""

from typing import ClassVar

from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class ConsoleConfig(AppConfig):
    """The console."""

    name = "console"
    default = True


class StaticFiles(StaticFilesConfig):
    """Django's static files without htmx 4 and the extensions, which no page uses.

    A comment in one of them reads like an import of a file that is not there.
    """

    default = False
    ignore_patterns: ClassVar[list[str]] = [
        *StaticFilesConfig.ignore_patterns,
        "hx-*",
        "htm*-4*",
        "LICENSE",
        "vendor.toml",
    ]
