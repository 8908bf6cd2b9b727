"""Writing YAML as `oc get -o yaml` does, and the lines of a difference."""

from __future__ import annotations

import math

import pytest

from cluster.objects.manifest import DiffLine, parse, to_yaml, unified_diff


def test_an_object_is_written_in_block_style_with_its_keys_in_order() -> None:
    value = {
        "kind": "Service",
        "apiVersion": "v1",
        "spec": {"ports": [{"port": 80, "x": None}, [1, [2]], {}], "selector": {}, "on": True},
    }
    assert to_yaml(value) == (
        "kind: Service\napiVersion: v1\nspec:\n  ports:\n  - port: 80\n    x: null\n"
        '  - - 1\n    - - 2\n  - {}\n  selector: {}\n  "on": true\n'
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain text", "plain text"),
        ("nginx:1.2", "nginx:1.2"),
        ("--flag=x", "--flag=x"),
        ("yes", '"yes"'),
        ("8080", '"8080"'),
        ("0777", '"0777"'),
        ("1e3", '"1e3"'),
        ("null", '"null"'),
        ("", '""'),
        ("2001-01-01", '"2001-01-01"'),
        ("1:30", '"1:30"'),
        ("*.example.com", "'*.example.com'"),
        ("a: b", "'a: b'"),
        ("it's #1", "'it''s #1'"),
        ("---", "'---'"),
        ("tab\there", '"tab\\there"'),
        ("two\nlines", "|-\n  two\n  lines"),
        ("two\nlines\n", "|\n  two\n  lines"),
        ("two\nlines\n\n", "|+\n  two\n  lines\n"),
        ("  in\nout", "|2-\n    in\n  out"),
        ("bell\x07", '"bell\\u0007"'),
    ],
)
def test_strings_are_quoted_only_when_needed(text: str, written: str) -> None:
    assert to_yaml({"a": text}) == f"a: {written}\n"
    assert parse(to_yaml({"a": text}))[0].value == {"a": text}


@pytest.mark.parametrize("value", [math.nan, math.inf, object(), "\ud800"])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        to_yaml({"a": value})


def test_a_key_too_long_for_a_simple_key_is_read_back() -> None:
    value = {"k" * 3000: {"a": [1]}, "n\nm": [1], "x" * 2000: ["y"]}
    assert parse(to_yaml(value))[0].value == value


def test_a_difference_lists_removed_before_added_with_both_line_numbers() -> None:
    assert unified_diff("a: 1\nb: 2\nc: 3\n", "a: 1\nb: 5\nc: 3\nd: 4\n") == [
        DiffLine(" ", "a: 1", 1, 1),
        DiffLine("-", "b: 2", 2, None),
        DiffLine("+", "b: 5", None, 2),
        DiffLine(" ", "c: 3", 3, 3),
        DiffLine("+", "d: 4", None, 4),
    ]
    assert unified_diff("", "a\n") == [DiffLine("+", "a", None, 1)]
