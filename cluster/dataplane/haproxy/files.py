"""The files of a real HAProxy: configuration, maps, error pages, certificates. Each is replaced as a
whole, only what has changed is written, and what is no longer named goes."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cluster.dataplane.tls.authority import write_private
from cluster.engine.routing.haproxy_config import HaproxyConfig

CONFIGURATION: Final = "haproxy.config"


class ConfigurationFiles:
    """A directory that holds one configuration. Any one thread at a time may use it."""

    def __init__(self, directory: Path) -> None:
        """What an earlier process left in the directory is removed. Raises OSError."""
        self.directory = directory
        self.configuration = directory / CONFIGURATION
        self._held: Mapping[str, str] = {}
        for each in ("conf", "router"):
            shutil.rmtree(directory / each, ignore_errors=True)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write(self, made: HaproxyConfig) -> None:
        """Make the directory say this. The text that names the files comes last. Raises OSError."""
        wanted = {**made.files, str(self.configuration): made.text}
        for name, text in wanted.items():
            if self._held.get(name) != text:
                _replace(Path(name), text)
        for name in self._held.keys() - wanted.keys():
            Path(name).unlink(missing_ok=True)
        self._held = wanted


def _replace(file: Path, text: str) -> None:
    """Readers find the old text or the new one; keys are among them, so nobody else may read."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.new")
    write_private(new, text)
    new.replace(file)
