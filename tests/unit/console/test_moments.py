"""Times as pages write them."""

from __future__ import annotations

import pytest

from console.templatetags.moments import due_in


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (252.0, "4 min 12 s"),
        (251.2, "4 min 12 s"),
        (60.0, "1 min"),
        (12.0, "12 s"),
        (3780.0, "1 h 3 min"),
        (3605.0, "1 h 5 s"),
        (0.0, "0 s"),
        (-5.0, "0 s"),
    ],
)
def test_the_time_until_something_happens_is_told_in_two_units(seconds: float, shown: str) -> None:
    assert due_in(1_800_000_000.0 + seconds, 1_800_000_000.0) == shown
