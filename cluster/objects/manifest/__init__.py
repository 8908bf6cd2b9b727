"""Manifests as text: YAML or JSON to plain objects with positions, and back.

Stands for what `oc`, the console's Import YAML and the API server do with a manifest before its
kind matters. Knows nothing of kinds beyond the layout that hints on damaged text need.
"""

from .hints import hints, repair
from .model import DEFAULT_LIMITS, Document, Limits, ManifestError, Problem
from .parse import NO_CONTENT, parse
from .positions import Position, Positions
from .render import DiffLine, to_yaml, unified_diff
from .structure import check_structure

__all__ = [
    "DEFAULT_LIMITS",
    "NO_CONTENT",
    "DiffLine",
    "Document",
    "Limits",
    "ManifestError",
    "Position",
    "Positions",
    "Problem",
    "check_structure",
    "hints",
    "parse",
    "repair",
    "to_yaml",
    "unified_diff",
]
