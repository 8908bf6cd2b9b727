"""The traffic tester: some requests through the router's own objects, and why each came where it came.

A trial is what real traffic would find right after a reload of the router: no request is open, every
rotation stands at its start, all servers count as up until their first failed check.
"""

from __future__ import annotations

from cluster.engine.routing.trial.request import MAX_HOLD, MAX_REQUESTS, Trial, client_addresses
from cluster.engine.routing.trial.result import ServerShare, TrialAnswer, TrialResult
from cluster.engine.routing.trial.trying import try_route
from cluster.engine.routing.trial.visit import Application

__all__ = [
    "MAX_HOLD",
    "MAX_REQUESTS",
    "Application",
    "ServerShare",
    "Trial",
    "TrialAnswer",
    "TrialResult",
    "client_addresses",
    "try_route",
]
