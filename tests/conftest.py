"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# How long an example takes says more about the machine than about the code: speed has benchmarks.
settings.register_profile("shiftlab", deadline=None)
settings.load_profile("shiftlab")
