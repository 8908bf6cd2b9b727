#!/usr/bin/env python3
"""Django's command line. `python manage.py up` starts everything."""

import os
import sys


def main() -> None:
    """Run a management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    _settings_from_options(sys.argv[1:])
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit(
            f"{error}. Install what Shiftlab needs: pip install -r requirements.txt (or: make up)"
        ) from None
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        raise SystemExit(f"Error: {error}") from None


def _settings_from_options(arguments: list[str]) -> None:
    """`--db` and `--host` decide settings, so they must be known before the settings are read."""
    for option, variable in (("--db", "DATABASE_URL"), ("--host", "SHIFTLAB_HOST")):
        for index, argument in enumerate(arguments):
            if argument == option and index + 1 < len(arguments):
                os.environ[variable] = arguments[index + 1]
            elif argument.startswith(option + "="):
                os.environ[variable] = argument.partition("=")[2]


if __name__ == "__main__":
    main()
