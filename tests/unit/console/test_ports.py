"""Ports as people type them."""

from __future__ import annotations

import pytest

from console.network.ports import port_of


@pytest.mark.parametrize(("text", "port"), [("1", 1), ("65535", 65535), ("00080", 80)])
def test_a_port_is_a_number_up_to_65535(text: str, port: int) -> None:
    assert port_of(text) == port


@pytest.mark.parametrize("text", ["", "0", "65536", "-1", "8e1", "٣", " 80", "9" * 5000])
def test_anything_else_is_no_port(text: str) -> None:
    assert port_of(text) is None
