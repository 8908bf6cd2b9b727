"""Filters and tags behind the shared components: ages as kubectl prints them, percentages, and the
pod ring with its arrows (the console's PodRing).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms, template
from django.forms import BoundField
from django.utils.safestring import SafeString

from cluster.objects.duration import human_duration

register = template.Library()

# The ring's segments in the console's drawing order, with the class suffix of their colour.
RING: Final[dict[str, str]] = {
    "Running": "running",
    "Not Ready": "not-ready",
    "Warning": "warning",
    "Error": "error",
    "Failed": "error",
    "CrashLoopBackOff": "error",
    "Pulling": "pulling",
    "Pending": "pending",
    "Succeeded": "succeeded",
    "Terminating": "terminating",
    "Unknown": "unknown",
}

# Gap between two segments, in percent of the circle (2 degrees).
GAP: Final = 0.56


@register.filter
def age(seconds: float | None) -> str:
    """Seconds as kubectl prints an age: 45s, 5m, 2h13m; "-" for none."""
    return "-" if seconds is None else human_duration(seconds)


@register.filter
def percent(fraction: float | None, digits: int = 1) -> str:
    """A fraction as a percentage, without a trailing `.0`: 0.667 -> `66.7 %`."""
    if fraction is None:
        return ""
    text = f"{fraction * 100:.{digits}f}"
    return f"{text.removesuffix('.' + '0' * digits) if digits else text} %"


@register.filter
def share(weight: float, total: float) -> str:
    """A weight's part of the total as a percentage; empty when nothing has weight."""
    return percent(weight / total) if total else ""


@register.filter
def any_current(items: Iterable[Any]) -> bool:
    """Whether one of the navigation items is the page shown, so that its section stands open."""
    return any(_is_current(item) for item in items)


def _is_current(item: Any) -> bool:
    return bool(item.get("current") if isinstance(item, Mapping) else getattr(item, "current", 0))


@dataclass(frozen=True, slots=True)
class Segment:
    """One arc of the ring: `dash` and `offset` are in percent of the circumference."""

    status: str
    count: int
    colour: str
    dash: str
    offset: str


def ring_segments(counts: Mapping[str, int]) -> list[Segment]:
    """The arcs for pods by status in the console's order; a status it lacks counts as Unknown."""
    known = dict.fromkeys(RING, 0)
    for word, count in counts.items():
        known[word if word in known else "Unknown"] += count
    present = {word: count for word, count in known.items() if count > 0}
    total = sum(present.values())
    segments, start = [], 0.0
    for word, count in present.items():
        length = 100 * count / total
        drawn = length if len(present) == 1 else max(length - GAP, 0.3)
        segments.append(
            Segment(word, count, RING[word], f"{drawn:.2f} {100 - drawn:.2f}", f"{-start:.2f}")
        )
        start += length
    return segments


def centre_texts(actual: int, desired: int) -> tuple[str, str]:
    """The big and the small line in the ring, in OpenShift's words."""
    if actual != desired:
        return str(actual), f"Scaling to {desired}"
    if actual == 0:
        return "Scaled", "to 0"
    return str(actual), "Pod" if actual == 1 else "Pods"


def donut_context(
    *,
    name: str,
    kind: str,
    counts: Mapping[str, int],
    desired: int,
    scale_url: str = "",
    topic: str = "",
    version: str = "",
    pods_href: str = "",
    size: str = "md",
    note: str = "",
) -> dict[str, Any]:
    """What `components/donut.html` draws; also used to render its live frames."""
    segments = ring_segments(counts)
    actual = sum(segment.count for segment in segments)
    title, subtitle = centre_texts(actual, desired)
    listed = ", ".join(f"{segment.count} {segment.status}" for segment in segments)
    return {
        "name": name,
        "kind": kind,
        "segments": segments,
        "actual": actual,
        "desired": desired,
        "title": title,
        "subtitle": subtitle,
        "summary": f"Pod status: {listed or 'no pods'}",
        "scale_url": scale_url if size == "md" else "",
        "topic": topic,
        "version": version,
        "pods_href": pods_href,
        "size": size,
        "note": note,
    }


@register.inclusion_tag("components/donut.html")
def donut(**options: Any) -> dict[str, Any]:
    """The pod ring with its arrows; the arguments are those of `donut_context`."""
    return {"donut": donut_context(**options)}


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether a form field is drawn as one box with its label behind it."""
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def is_textarea(field: BoundField) -> bool:
    """Whether a form field holds several lines."""
    return isinstance(field.field.widget, forms.Textarea)


@register.filter
def is_select(field: BoundField) -> bool:
    """Whether a form field is a drop-down choice."""
    return type(field.field.widget) in (forms.Select, forms.NullBooleanSelect)


@register.filter
def pf_widget(field: BoundField) -> SafeString:
    """A bound field's control, tied to its helper text and marked when it holds an error."""
    attrs: dict[str, str] = {}
    if field.errors:
        attrs["aria-invalid"] = "true"
    if field.errors or field.help_text:
        attrs["aria-describedby"] = f"{field.id_for_label}-helper"
    if is_checkbox(field):
        attrs["class"] = "pf-v6-c-check__input"
    return field.as_widget(attrs=attrs)
