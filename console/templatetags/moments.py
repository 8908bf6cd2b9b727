"""Cluster times in templates. A time is seconds since 1970 on the cluster's clock."""

from __future__ import annotations

import math

from django import template

from cluster.objects.meta import rfc3339

register = template.Library()


@register.filter
def epoch_ms(seconds: float | None) -> int | str:
    """Milliseconds since 1970, as the browser counts; "" for no time."""
    return "" if seconds is None else int(seconds * 1000)


@register.filter
def iso(seconds: float | None) -> str:
    """RFC 3339; "" for no time."""
    return "" if seconds is None else rfc3339(seconds)


@register.filter
def since(seconds: float | None, now: float) -> float | None:
    """Seconds from that time until now."""
    return None if seconds is None else now - seconds


@register.filter
def due_in(seconds: float, now: float) -> str:
    """The time until then: `4 min 12 s`; the browser's `countdown` counts on."""
    left = max(math.ceil(seconds - now), 0)
    hours, rest = divmod(left, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    shown = [f"{number} {unit}" for number, unit in parts if number][:2]
    return " ".join(shown) or "0 s"


@register.filter
def clock_time(seconds: float) -> str:
    """The time of day in UTC with milliseconds: `09:30:00.250`."""
    return f"{rfc3339(seconds)[11:19]}.{int(seconds % 1 * 1000):03d}"
