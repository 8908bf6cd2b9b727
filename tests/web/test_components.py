"""Badges, status words, ages and pod rings say what OpenShift's console says."""

import re

import pytest
from django.template import Context, Template
from django.template.loader import render_to_string

from console.templatetags.badges import badge_letters, status_sign
from console.templatetags.components import (
    age,
    centre_texts,
    donut_context,
    percent,
    ring_segments,
    share,
)

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "<invalid>"),
        (0, "0s"),
        (119.9, "119s"),
        (2 * MINUTE, "2m"),
        (9 * MINUTE + 59, "9m59s"),
        (10 * MINUTE + 5, "10m"),
        (179 * MINUTE, "179m"),
        (3 * HOUR, "3h"),
        (7 * HOUR + 13 * MINUTE, "7h13m"),
        (47 * HOUR, "47h"),
        (2 * DAY, "2d"),
        (3 * DAY + 4 * HOUR, "3d4h"),
        (8 * DAY + 4 * HOUR, "8d"),
        (729 * DAY, "729d"),
        (2 * 365 * DAY + 3 * DAY, "2y3d"),
        (9 * 365 * DAY + 3 * DAY, "9y"),
    ],
)
def test_an_age_reads_as_kubectl_prints_it(seconds: float, text: str) -> None:
    assert age(seconds) == text


def test_percentages_drop_a_trailing_zero() -> None:
    assert [percent(2 / 3), percent(0.7), percent(0.125, 0), percent(None)] == [
        "66.7 %",
        "70 %",
        "12 %",
        "",
    ]


def test_the_share_of_nothing_is_empty() -> None:
    assert share(10, 40) == "25 %"
    assert share(0, 0) == ""


@pytest.mark.parametrize(
    ("kind", "letters"),
    [("DeploymentConfig", "DC"), ("Route", "RT"), ("HostSubnet", "HS"), ("Secret", "SE")],
)
def test_a_kind_has_its_letters(kind: str, letters: str) -> None:
    assert badge_letters(kind) == letters


@pytest.mark.parametrize(
    ("word", "sign"),
    [
        ("Running", ("running", "neutral")),
        ("CrashLoopBackOff", ("error", "danger")),
        ("Init:1/2", ("hourglass", "neutral")),
        ("Init:CrashLoopBackOff", ("error", "danger")),
        ("Accepted", ("check-circle", "success")),
        ("no such word", ("unknown", "neutral")),
    ],
)
def test_a_status_word_has_icon_and_colour(word: str, sign: tuple[str, str]) -> None:
    assert status_sign(word) == sign


def test_the_ring_is_filled_by_its_segments_in_the_consoles_order() -> None:
    segments = ring_segments({"Pending": 1, "Running": 2, "Strange": 1, "Failed": 0})
    assert [(s.status, s.count) for s in segments] == [
        ("Running", 2),
        ("Pending", 1),
        ("Unknown", 1),
    ]
    assert [float(s.offset) for s in segments] == [0, -50, -75]
    for segment in segments:
        drawn, rest = map(float, segment.dash.split())
        assert drawn + rest == pytest.approx(100)


@pytest.mark.parametrize(
    ("actual", "desired", "texts"),
    [
        (2, 2, ("2", "Pods")),
        (1, 1, ("1", "Pod")),
        (0, 3, ("0", "Scaling to 3")),
        (0, 0, ("Scaled", "to 0")),
    ],
)
def test_the_ring_says_how_many_pods_there_are(
    actual: int, desired: int, texts: tuple[str, str]
) -> None:
    assert centre_texts(actual, desired) == texts


def test_the_rings_text_alternative_counts_pods_by_status() -> None:
    counts = {"Running": 2, "Pending": 1}
    html = render_to_string(
        "components/donut.html",
        {"donut": donut_context(name="web", kind="DeploymentConfig", counts=counts, desired=5)},
    )
    text = re.sub(r"\s+", " ", html)
    assert "Pod status: 2 Running, 1 Pending, scaling to 5" in text
    assert "data-donut-step" not in html


def test_arrows_are_drawn_only_where_scaling_is_allowed() -> None:
    source = (
        "{% load components %}"
        '{% donut name="web" kind="DeploymentConfig" counts=counts desired=0 scale_url="/scale" %}'
    )
    html = Template(source).render(Context({"counts": {}}))
    assert 'aria-label="Increase the Pod count"' in html
    assert re.search(r'aria-label="Decrease the Pod count"\s+disabled', html)


def test_a_label_that_looks_like_markup_is_escaped() -> None:
    html = render_to_string("components/labels.html", {"labels": {"a": "<script>"}})
    assert "<script>" not in html
