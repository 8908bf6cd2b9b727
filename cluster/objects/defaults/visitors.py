"""Defaults of Visitors."""

from __future__ import annotations

from cluster.objects.visitors import Visitors


def default_visitors(visitors: Visitors) -> Visitors:
    """The same group of visitors: its fields carry their own defaults."""
    return visitors
