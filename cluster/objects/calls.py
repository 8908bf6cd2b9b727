"""The calls that a workload's pods make: the annotations `shiftlab/calls` and `shiftlab/calls-per-second`.

They stand for what a real application's configuration says: the services that it depends on, by name.
How they are read is `validation.calls`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

CALLS: Final = "shiftlab/calls"
"""Annotation: targets, separated by commas, blanks or line ends."""
CALLS_PER_SECOND: Final = "shiftlab/calls-per-second"
"""Annotation: calls a second that every pod makes to each target."""

HTTP, HTTPS, TCP = "http", "https", "tcp"
DEFAULT_PORTS: Final[Mapping[str, int]] = MappingProxyType({HTTP: 80, HTTPS: 443})
DEFAULT_RATE: Final = 1.0
LOWEST_RATE, HIGHEST_RATE = 0.1, 100.0
MOST_TARGETS: Final = 20


@dataclass(frozen=True, slots=True)
class CallTarget:
    """Whom a pod calls, and how. `host` is a name or an IPv4 address, `path` is "" for TCP."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @property
    def is_http(self) -> bool:
        """Whether requests are sent, not only connections opened."""
        return self.scheme != TCP

    @property
    def url(self) -> str:
        """As one writes it: without the scheme's own port."""
        port = "" if self.port == DEFAULT_PORTS.get(self.scheme) else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{'' if self.path == '/' else self.path}"


def declares_calls(annotations: Mapping[str, str]) -> bool:
    """Whether a workload with these annotations calls anybody."""
    return bool(annotations.get(CALLS, "").strip(", \t\r\n"))
