"""What the console is told of the router: its access log and its authorities."""

from __future__ import annotations

import ssl

from tests.dataplane.lab import Lab


async def test_a_request_shows_in_its_routes_log(lab: Lab) -> None:
    answer = await lab.get(path="/cart?n=1")
    [entry] = lab.client.access_log("demo", "web") or []
    assert (entry.status, entry.target, entry.host) == (200, "/cart?n=1", "web.test")
    assert entry.pod == answer.json["pod"]
    assert lab.client.access_log("demo", "web", since=entry.number) == []
    assert lab.client.access_log("demo", "else") == []


async def test_the_authorities_certificates_are_handed_out_without_keys(lab: Lab) -> None:
    found = lab.client.authority_certificates()
    assert found
    for text in found.values():
        assert ssl.PEM_cert_to_DER_cert(text)
        assert "PRIVATE KEY" not in text


async def test_a_stopped_router_keeps_no_log(lab: Lab) -> None:
    await lab.plane.stop()
    assert lab.client.access_log("demo", "web") is None
    assert lab.client.authority_certificates() == {}
