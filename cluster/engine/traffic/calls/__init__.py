"""Simulated calls between pods: whom they call by name, what each call comes to, and what was counted."""

from cluster.engine.traffic.calls.controller import CallsController
from cluster.engine.traffic.calls.outcome import (
    CLASSES,
    HTTP_ERROR,
    NAME_ERROR,
    NO_ROUTE,
    OK,
    REFUSED,
    TIMEOUT,
)
from cluster.engine.traffic.calls.report import (
    CallSeries,
    CallsReport,
    LogLine,
    Recent,
    TargetReport,
)

__all__ = [
    "CLASSES",
    "HTTP_ERROR",
    "NAME_ERROR",
    "NO_ROUTE",
    "OK",
    "REFUSED",
    "TIMEOUT",
    "CallSeries",
    "CallsController",
    "CallsReport",
    "LogLine",
    "Recent",
    "TargetReport",
]
