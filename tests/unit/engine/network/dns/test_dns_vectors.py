"""Every recorded answer of the real servers: `vectors/dns.json`, profile by profile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest

from cluster.engine.network.dns import DIALECTS, Answer, Mx, Record, Soa, Srv
from cluster.engine.network.dns.names import canonical, is_under
from cluster.engine.network.dns.resolv import query_order
from tests.unit.engine.network.dns.zones import Outside, a_question, a_resolver, vectors

NOT_APPLICABLE: Mapping[str, str] = {}
"""Vectors that say nothing about this product, with the reason; under 2 % of them."""

FILE = vectors()
VECTORS: Sequence[Mapping[str, Any]] = FILE["vectors"]
ZONES: Mapping[str, Mapping[str, Any]] = FILE["zones"]
NAMES = ("data", "target", "exchange", "mname", "rname")


def test_under_two_percent_of_the_vectors_are_left_out_and_every_profile_is_known() -> None:
    assert len(NOT_APPLICABLE) < 0.02 * len(VECTORS)
    assert {each["profile"] for each in VECTORS} <= set(DIALECTS) == set(FILE["profiles"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: str(each["id"]))
def test_a_question_is_answered_as_the_real_server_answered_it(vector: Mapping[str, Any]) -> None:
    if vector["id"] in NOT_APPLICABLE:
        pytest.skip(NOT_APPLICABLE[vector["id"]])
    zone = ZONES[vector["zone"]]
    resolver = a_resolver(vector["profile"], zone, _outside(zone, vector))
    answer = resolver.answer(a_question(vector))
    expected = vector["expected"]
    assert ("FORWARD" if answer.forward else answer.rcode) == expected["rcode"]
    assert answer.is_nodata or not expected.get("nodata")
    _compare(answer.answers, expected["answers"])
    _assert_cnames_come_first(answer)
    if "authority" in expected:
        _compare(answer.authority, expected["authority"])
    if "additional" in expected:
        _compare(answer.additional, expected["additional"])


def _outside(zone: Mapping[str, Any], vector: Mapping[str, Any]) -> Outside:
    """The world outside: what the zone says of it, and what the vector's own answer takes from it."""
    said = [*(zone.get("upstream") or ()), *(vector.get("upstream") or ())]
    shown = [
        *vector["expected"]["answers"],
        *(vector["expected"].get("additional") or ()),
    ]
    domain = zone["zone"].lower()
    taken = [
        each
        for each in shown
        if not is_under(domain, each["name"].lower()) and each["type"] in ("A", "AAAA", "CNAME")
    ]
    return Outside(
        [
            Record(each["name"], each["type"], each.get("ttl", 5), each["data"])
            for each in said or taken
        ]
    )


def _compare(records: Iterable[Record], expected: Sequence[Mapping[str, Any]]) -> None:
    """As sets, comparing only the fields that are recorded."""
    left = [_fields(each) for each in records]
    for wanted in expected:
        compared = {
            name: _normal(name, value) for name, value in wanted.items() if name != "serial"
        }
        found = next(
            (each for each in left if all(each.get(name) == compared[name] for name in compared)),
            None,
        )
        assert found is not None, (compared, left)
        left.remove(found)
    assert not left


def _fields(record: Record) -> dict[str, Any]:
    fields: dict[str, Any] = {"name": record.name, "type": record.type, "ttl": record.ttl}
    if isinstance(record.data, Srv | Mx | Soa):
        fields |= {name: getattr(record.data, name) for name in record.data.__slots__}
        if isinstance(record.data, Mx):
            fields |= {"priority": record.data.preference, "data": record.data.exchange}
            fields["target"] = record.data.exchange
    else:
        fields["data"] = record.data
    return {name: _normal(name, value) for name, value in fields.items()}


def _normal(name: str, value: Any) -> Any:
    if name == "data" and isinstance(value, str):
        return canonical(value)
    if name in NAMES and isinstance(value, str):
        return value if value.endswith(".") else value + "."
    return value


def _assert_cnames_come_first(answer: Answer) -> None:
    seen: set[str] = set()
    for each in answer.answers:
        assert each.type != "CNAME" or str(each.data) not in seen
        seen.add(each.name)


@pytest.mark.parametrize("vector", FILE["search_path_vectors"], ids=lambda each: str(each["id"]))
def test_names_are_tried_in_the_order_of_the_search_list(vector: Mapping[str, Any]) -> None:
    order = query_order(vector["name"], vector["search"], vector["ndots"])
    # A resolver stops at the first answer, so a record may end before the list does.
    expected = tuple(vector["expected_query_order"])
    assert order[: len(expected)] == expected
