"""Where SkyDNS's server gets its records from (skydns `server/backend.go`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cluster.engine.network.dns.sky_record import SkyRecord


class NoSuchName(Exception):
    """The name does not exist: etcd's `key not found`."""


class BackendError(Exception):
    """The backend cannot say: a question for SRV fails, others get nothing."""


@dataclass(frozen=True, slots=True)
class Found:
    """The records of a name, and the rule that gave them."""

    records: Sequence[SkyRecord]
    rule: str


class Backend(Protocol):
    """Where the records come from."""

    def records(self, name: str, exact: bool) -> Found:
        """The records of a lower-case name. Raises NoSuchName, BackendError."""

    def reverse(self, name: str) -> Found | None:
        """The one record of a lower-case reverse name."""
