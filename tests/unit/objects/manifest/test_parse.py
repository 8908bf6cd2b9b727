"""Reading YAML and JSON texts: values, positions, warnings, and every refusal with its line."""

from __future__ import annotations

import json

import pytest

from cluster.objects.manifest import Limits, ManifestError, Problem, check_structure, parse

SERVICE = """\
# the course's service
apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
    example.com/note: "1"
spec:
  ports:
  - name: http
    port: 80
    targetPort: 8080
"""


def problems(text: str | bytes, limits: Limits | None = None) -> tuple[Problem, ...]:
    with pytest.raises(ManifestError) as caught:
        parse(text, limits=limits or Limits())
    return caught.value.problems


def value(text: str) -> object:
    return parse(f"a: {text}\n")[0].value["a"]


def test_a_field_path_leads_to_its_line_and_column() -> None:
    (document,) = parse(SERVICE)
    assert document.line == 2
    position = document.positions["spec.ports[0].targetPort"]
    assert (position.key_line, position.key_column) == (12, 5)
    assert (position.line, position.column) == (12, 17)
    assert document.line_of("metadata.annotations[example.com/note]") == 7
    assert document.line_of("metadata.annotations.example.com/note") == 7


def test_a_missing_path_leads_to_its_nearest_parent() -> None:
    (document,) = parse(SERVICE)
    assert document.line_of("spec.ports[0].nodePort") == 10
    assert document.line_of("spec.ports[7].port") == 9
    assert document.line_of("spec.selector") == 8
    assert document.line_of("status") == 2
    assert "spec.selector" not in document.positions


def test_every_listed_path_is_found_again() -> None:
    (document,) = parse(SERVICE)
    assert len(document.positions) == 13
    assert all(document.positions[path] for path in document.positions)


def test_documents_are_split_at_markers_and_empty_ones_skipped() -> None:
    documents = parse("---\n# nothing\n---\na: 1\n--- # two\n\nb: 2\n...\n---\n")
    assert [(each.index, each.value, each.line) for each in documents] == [
        (0, {"a": 1}, 4),
        (1, {"b": 2}, 7),
    ]


def test_a_document_keeps_its_own_text_with_its_comments() -> None:
    first, second = parse("# one\na: 1\n---\n# two\nb: 2\n")
    assert (first.source, first.source_line) == ("# one\na: 1\n", 1)
    assert (second.source, second.source_line) == ("# two\nb: 2\n", 4)


@pytest.mark.parametrize(
    "text", ["", "\n\n", "# only a comment\n", "---\n---\n", b"\xef\xbb\xbf", "null"]
)
def test_a_text_without_content_is_refused(text: str | bytes) -> None:
    assert [each.message for each in problems(text)] == ["No YAML content found."]


def test_a_list_is_taken_apart_into_items_with_their_own_lines() -> None:
    text = "kind: List\napiVersion: v1\nitems:\n- kind: A\n  metadata:\n    name: a\n- kind: B\n"
    first, second = parse("x: 1\n---\n" + text)[1:]
    assert (first.index, first.line, first.line_of("metadata.name")) == (1, 6, 8)
    assert (second.index, second.line, second.value) == (2, 9, {"kind": "B"})
    assert first.source == "kind: A\nmetadata:\n  name: a\n"


def test_a_typed_list_in_json_is_taken_apart() -> None:
    text = json.dumps({"kind": "ServiceList", "items": [{"kind": "Service"}]}, indent="\t")
    (document,) = parse(text)
    assert document.value == {"kind": "Service"}
    assert document.line == 4
    assert json.loads(document.source) == document.value


def test_items_that_are_no_objects_are_each_refused() -> None:
    found = problems("kind: List\nitems:\n- 1\n- kind: A\n- text\n")
    assert [(each.line, each.message) for each in found] == [
        (3, "items[0] must be a mapping of fields, not a number"),
        (5, "items[2] must be a mapping of fields, not a string"),
    ]


def test_json_with_tabs_and_surrogate_pairs_is_read() -> None:
    assert parse('{\n\t"a":\t"\\ud83d\\ude00",\n\t"b": [1.5, null]\n}')[0].value == {
        "a": "😀",
        "b": [1.5, None],
    }


def test_crlf_and_byte_order_marks_are_tolerated() -> None:
    documents = parse("\ufeffa: 1\r\nb: |\r\n  x\r\n---\r\n\ufeffc: 2\r\n".encode())
    assert [each.value for each in documents] == [{"a": 1, "b": "x\n"}, {"c": 2}]
    assert documents[1].line_of("c") == 5


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("2001-01-01", "2001-01-01"),
        ("2001-01-01T00:00:00Z", "2001-01-01T00:00:00Z"),
        ("1:30", "1:30"),
        ("0777", 511),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b101", 5),
        ("-12", -12),
        ("1_000", 1000),
        ("08", 8),
        ("1.0", 1),
        ("1.50", 1.5),
        ("1e3", 1000),
        ("1e999", "1e999"),
        ("1.2.3", "1.2.3"),
        ("10.0.0.1", "10.0.0.1"),
        ("~", None),
        ("", None),
        ("Null", None),
        ("yes", True),
        ("OFF", False),
        ("y", True),
        ("yEs", "yEs"),
        ("'yes'", "yes"),
        ("!!str 12", "12"),
        ("!!int 12", 12),
        ("!!binary aGVsbG8=", "hello"),
        ("=", "="),
        ("-", [None]),
    ],
)
def test_words_are_read_as_kubernetes_reads_them(word: str, expected: object) -> None:
    found = parse(f"a:\n  {word}\n")[0].value["a"] if word == "-" else value(word)
    assert found == expected
    assert type(found) is type(expected)


def test_words_that_surprise_are_warned_about() -> None:
    (document,) = parse("a: true\nb: on\nc: 'no'\nd: 0644\ne: 123456789012345678901\n")
    assert [str(each) for each in document.warnings] == [
        'line 2: "on" is read as true; quote it for a string',
        'line 4: "0644" is read as the octal number 420; quote it for a string',
        'line 5: "123456789012345678901" is too large for a whole number and is read as '
        "1.2345678901234568e+20; quote it for a string",
    ]


def test_the_warnings_of_a_list_go_with_their_items() -> None:
    first, second = parse("kind: List\nitems:\n- a: 1\n- b: yes\n")
    assert first.warnings == ()
    assert [each.line for each in second.warnings] == [4]


def test_merge_keys_give_way_to_own_keys() -> None:
    text = (
        "base: &b {x: 1, y1: {z: 2}}\nuse:\n  <<: *b\n  x: 3\nboth:\n  <<: [{p: 1}, {p: 2, q: 3}]\n"
    )
    (document,) = parse(text)
    assert document.value["use"] == {"x": 3, "y1": {"z": 2}}
    assert document.value["both"] == {"p": 1, "q": 3}
    assert document.line_of("use.y1.z") == 3


def test_aliases_are_copies() -> None:
    (document,) = parse("a: &a [1]\nb: *a\n")
    document.value["a"].append(2)
    assert document.value["b"] == [1]
    assert document.line_of("b[0]") == 2


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 'the key "a" is given twice, on line 1 and on line 3'),
        ("a:\n  80: x\n", 2, 'a key must be a string, not "80", a number'),
        ("on: x\n", 1, 'a key must be a string, not "on", a boolean'),
        ("[a]: x\n", 1, "a key must be a string, not a list or a mapping"),
        (
            "a: 1\nb: !!python/object:os.system x\n",
            2,
            'the tag "!!python/object:os.system" is not allowed',
        ),
        ("a: !mine {}\n", 1, 'the tag "!mine" is not allowed'),
        ("a: !!set {b}\n", 1, 'the tag "!!set" is not allowed'),
        ("a: !!int x\n", 1, '"x" cannot be read as !!int'),
        ("a: .inf\n", 1, '".inf" is not a number JSON can hold'),
        ("a: -.Inf\n", 1, '"-.Inf" is not a number JSON can hold'),
        ("a: .NaN\n", 1, '".NaN" is not a number JSON can hold'),
        ("a: 1\nb: x\x07y\n", 2, "control character U+0007 is not allowed"),
        ("a: x\ufeffy\n", 1, "byte order mark U+FEFF is not allowed"),
        ("a: \ud800\n", 1, "control character U+D800 is not allowed"),
        ("a: 1\nb:\n\tc: 2\n", 3, "a tab is used for indentation"),
        ("a: *b\n", 1, 'the alias "*b" names no anchor above it'),
        ("a: &a\n  b: *a\n", 2, 'the alias "*a" stands inside its own anchor'),
        ("a:\n  <<: 1\n", 2, 'the merge key "<<" needs a mapping or a list of mappings'),
        ("just text\n", 1, "a manifest must be a mapping of fields, not a string"),
        ("\n- 1\n", 2, "a manifest must be a mapping of fields, not a list"),
    ],
)
def test_what_no_manifest_may_hold_is_refused_with_its_line(
    text: str, line: int, message: str
) -> None:
    found = problems(text)
    assert (found[0].line, found[0].message) == (line, message)


def test_a_tab_is_refused_with_advice() -> None:
    (problem,) = problems("a:\n\tb: 1\n")
    assert problem.hint is not None
    assert "YAML does not allow tabs for indentation" in problem.hint


def test_invalid_utf8_is_refused_with_its_offset_and_line() -> None:
    (problem,) = problems(b"a: 1\nb: \xff\n")
    assert (problem.line, problem.column) == (2, 4)
    assert "byte 0xff at byte offset 8" in problem.message


def test_problems_of_all_documents_are_reported_together() -> None:
    found = problems("a: [1\n---\nok: 1\n---\nb: 1\nb: .nan\nc: !x y\n---\nd: {\n")
    assert [(each.document_index, each.line) for each in found][1:4] == [(2, 6), (2, 6), (2, 7)]
    assert {each.document_index for each in found} == {0, 2, 3}


@pytest.mark.parametrize(
    ("text", "limits", "part"),
    [
        ("a: " + "x" * 100, Limits(bytes=50), "103 bytes"),
        ("a: " + "[" * 70 + "]" * 70, Limits(), "nested more than 64 levels"),
        ("a: " + "[" * 100_000, Limits(), "nested more than 64 levels"),
        ("a: 1\n---\nb: 1\n---\nc: 1\n", Limits(documents=2), "3 documents"),
        ("a: [1, 2, 3, 4]", Limits(nodes=5), "more than 5 values"),
        ("a: &a 1\nb: [*a, *a, *a]", Limits(aliases=2), "more than 2 aliases"),
        ("a: &a [[[1]]]\nb: [[[*a]]]", Limits(depth=6), "nested more than 6 levels"),
    ],
)
def test_limits_are_kept(text: str, limits: Limits, part: str) -> None:
    (problem,) = problems(text, limits)
    assert part in problem.message


def test_a_flood_of_problems_is_cut_short_and_counted() -> None:
    found = problems("a: 1\n" * 1000)
    assert len(found) == 201
    assert found[-1].message == "799 more problems from this line on"


def test_the_limit_on_documents_names_the_first_one_too_many() -> None:
    (problem,) = problems("a: 1\n---\nb: 1\n---\nc: 1\n", Limits(documents=2))
    assert problem.line == 4


def test_the_console_names_the_missing_fields() -> None:
    (document,) = parse("spec: {}\n")
    assert [each.message for each in check_structure(document)] == [
        'No "apiVersion" field found in YAML.',
        'No "kind" field found in YAML.',
        'No "metadata" field found in YAML.',
    ]
    assert check_structure(parse(SERVICE)[0]) == []


def test_an_empty_list_is_named() -> None:
    (document,) = parse("apiVersion: v1\nkind: List\nitems: []\n")
    (problem,) = check_structure(document)
    assert (problem.line, problem.message) == (3, '"items" list is empty')
    (document,) = parse("apiVersion: v1\nkind: List\nitems: some\n")
    assert [each.message for each in check_structure(document)] == ['"items" is not a list']


def test_a_missing_field_comes_with_advice_when_the_layout_shows_where_it_was() -> None:
    text = "apiVersion: v1\nkind: Service\nname: web\nspec:\n  ports:\n  - port: 80\n"
    (document,) = parse("x: 1\n---\n" + text)[1:]
    (problem,) = check_structure(document)
    assert problem.message == 'No "metadata" field found in YAML.'
    assert problem.line == 3
