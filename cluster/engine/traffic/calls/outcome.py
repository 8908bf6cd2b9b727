"""How a call ends, in classes and in the words that programs print (Go's `net` and `net/http`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

OK: Final = "ok"
HTTP_ERROR: Final = "http-error"
REFUSED: Final = "refused"
TIMEOUT: Final = "timeout"
NO_ROUTE: Final = "no-route"
NAME_ERROR: Final = "name-error"
CLASSES: Final = (OK, HTTP_ERROR, REFUSED, TIMEOUT, NO_ROUTE, NAME_ERROR)
"""All classes, in the order of the columns in which they are counted."""

PATIENCE: Final = 3.0
"""Seconds after which a caller gives up on a connection; nobody answering ARP takes as long."""
ROUND_TRIP: Final = 0.0005
"""Seconds that a packet takes to another pod and back."""
NAME_QUERY: Final = 0.001
"""Seconds that one question to the cluster's DNS takes."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way in which a call may end. `seconds` is the mean time until then.

    `reason` is the packet walk's slug or the response code of DNS, `said` its sentence.
    """

    kind: str
    text: str
    seconds: float
    reason: str = ""
    said: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether the caller got what it wanted."""
        return self.kind == OK
