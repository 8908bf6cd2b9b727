"""Why a router refuses a route: the reason and message of its `Admitted` condition (openshift/router:
the `RouteStatusRecorder` calls of each stage)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HOST_ALREADY_CLAIMED: Final = "HostAlreadyClaimed"
NO_HOST_VALUE: Final = "NoHostValue"
INVALID_HOST: Final = "InvalidHost"
ROUTE_NOT_ADMITTED: Final = "RouteNotAdmitted"
EXTENDED_VALIDATION_FAILED: Final = "ExtendedValidationFailed"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a route is refused: the reason and message of the condition."""

    reason: str
    message: str
