"""The DNS server on its sockets, asked by dnspython and by dig."""

from __future__ import annotations

import asyncio
import shutil
import socket
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.update
import pytest
import pytest_asyncio

from cluster.dataplane import running as dataplane
from cluster.dataplane.dns.answers import Answers
from cluster.dataplane.dns.server import DnsError
from cluster.dataplane.service import OFF, DataPlaneSetup
from cluster.engine.network.dns import Answer, Question, resolver_for
from cluster.objects import kinds
from cluster.objects.meta import Key
from cluster.objects.service import Service
from tests.dataplane.dns_lab import MANY, DnsLab, a_dns_lab, a_server, a_service
from tests.unit.engine.network.dns.cluster import a_store

WEB = "db.demo.svc.cluster.local"
needs_dig = pytest.mark.skipif(not shutil.which("dig"), reason="dig is not installed")


@pytest_asyncio.fixture
async def lab() -> AsyncIterator[DnsLab]:
    """The course's DNS."""
    async with a_dns_lab() as made:
        yield made


def texts(message: dns.message.Message) -> list[str]:
    """The data of the answer section."""
    return [each.to_text() for rrset in message.answer for each in rrset]


async def test_a_service_is_answered_over_udp_and_tcp(lab: DnsLab) -> None:
    query = dns.message.make_query(WEB, "A")
    for response in (await lab.udp(query), await lab.tcp(query)):
        assert response.rcode() == dns.rcode.NOERROR
        assert response.flags & dns.flags.AA
        assert texts(response) == ["172.30.200.1"]
        assert response.answer[0].ttl == 30
        assert response.edns == -1


async def test_every_kind_of_record_survives_the_wire(lab: DnsLab) -> None:
    srv = await lab.ask(f"_pg._tcp.{WEB}", "SRV")
    assert texts(srv)[0].startswith("10 100 5432 ")
    assert [rrset.rdtype for rrset in srv.additional] == [dns.rdatatype.A]
    assert texts(await lab.ask("1.200.30.172.in-addr.arpa", "PTR")) == [f"{WEB}."]
    assert texts(await lab.ask("outside.demo.svc.cluster.local", "CNAME")) == ["www.example.com."]
    assert texts(await lab.ask("cluster.local", "SOA"))[0].startswith("ns.dns.cluster.local. ")
    chaos = await lab.udp(dns.message.make_query("version.bind", "TXT", dns.rdataclass.CH))
    assert texts(chaos)


async def test_a_name_that_does_not_exist_carries_the_start_of_authority(lab: DnsLab) -> None:
    response = await lab.ask("none.demo.svc.cluster.local")
    assert response.rcode() == dns.rcode.NXDOMAIN
    assert [rrset.rdtype for rrset in response.authority] == [dns.rdatatype.SOA]


async def test_names_outside_fail_at_once(lab: DnsLab) -> None:
    assert (await lab.ask("www.example.com")).rcode() == dns.rcode.SERVFAIL
    assert (await lab.ask("9.9.9.9.in-addr.arpa", "PTR")).rcode() == dns.rcode.SERVFAIL


async def test_an_answer_too_long_for_udp_is_cut_and_whole_over_tcp(lab: DnsLab) -> None:
    query = dns.message.make_query("crowd.demo.svc.cluster.local", "A")
    cut = await lab.udp(query)
    assert cut.flags & dns.flags.TC
    assert 0 < len(texts(cut)) < MANY
    assert len(cut.to_wire()) <= 512
    whole = await lab.tcp(query)
    assert not whole.flags & dns.flags.TC
    assert len(texts(whole)) == MANY
    srv = dns.message.make_query("crowd.demo.svc.cluster.local", "SRV")
    assert len(texts(await lab.tcp(srv))) == MANY


async def test_the_size_that_edns_offers_is_used(lab: DnsLab) -> None:
    query = dns.message.make_query("crowd.demo.svc.cluster.local", "A", use_edns=0, payload=4096)
    larger = await lab.udp(query)
    assert larger.edns == 0
    small = await lab.udp(dns.message.make_query("crowd.demo.svc.cluster.local", "A"))
    assert len(texts(larger)) > len(texts(small)) * 4
    tiny = dns.message.make_query("crowd.demo.svc.cluster.local", "A", use_edns=0, payload=100)
    assert len(texts(await lab.udp(tiny))) > 5  # less than 512 is never meant
    asked = dns.message.make_query(WEB, "A")
    asked.use_edns(3)
    assert (await lab.udp(asked)).rcode() == dns.rcode.BADVERS


async def test_what_is_no_question_is_refused_as_the_real_servers_do(lab: DnsLab) -> None:
    update = dns.update.UpdateMessage("cluster.local")
    assert (await lab.udp(update)).rcode() == dns.rcode.NOTIMP
    assert (await lab.ask(WEB, "ANY")).rcode() == dns.rcode.REFUSED
    wire = dns.message.make_query(WEB, "A").to_wire()
    two = wire[:4] + struct.pack("!H", 2) + wire[6:] + wire[12:]
    for broken in (two, wire[:-3], wire + b"\x00", wire[:12] + b"\xc0\x0c" + wire[-4:]):
        response = await raw_udp(lab.port, broken)
        assert response is not None
        assert response[:2] == wire[:2]
        assert response[3] & 15 == dns.rcode.FORMERR


async def test_answers_and_scraps_are_not_answered(lab: DnsLab) -> None:
    wire = dns.message.make_query(WEB, "A").to_wire()
    answer = wire[:2] + bytes([wire[2] | 0x80]) + wire[3:]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", lab.port))
        for each in (b"", b"\x00", wire[:11], answer, wire):
            client.send(each)
        client.setblocking(False)
        first = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 4096), 10)
    assert dns.message.from_wire(first).rcode() == dns.rcode.NOERROR  # the last one's


async def test_questions_are_pipelined_over_tcp_and_answered_in_order(lab: DnsLab) -> None:
    queries = [dns.message.make_query(WEB, "A", id=number) for number in range(1, 301)]
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
    writer.write(b"".join(framed(each.to_wire()) for each in queries))
    writer.write_eof()
    seen = []
    for _ in queries:
        (length,) = struct.unpack("!H", await asyncio.wait_for(reader.readexactly(2), 20))
        seen.append(dns.message.from_wire(await reader.readexactly(length)).id)
    assert seen == list(range(1, 301))
    assert await asyncio.wait_for(reader.read(), 20) == b""
    writer.close()


async def test_a_question_may_come_byte_by_byte(lab: DnsLab) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
    for byte in framed(dns.message.make_query(WEB, "A").to_wire()):
        writer.write(bytes([byte]))
        await writer.drain()
    (length,) = struct.unpack("!H", await asyncio.wait_for(reader.readexactly(2), 20))
    assert texts(dns.message.from_wire(await reader.readexactly(length))) == ["172.30.200.1"]
    writer.close()


async def test_idle_connections_end_and_too_many_are_turned_away(lab: DnsLab) -> None:
    lab.server.connections.idle = 0.05
    reader, _ = await asyncio.open_connection("127.0.0.1", lab.port)
    assert await closed(reader)
    lab.server.connections.idle = 60
    lab.server.connections.most = 1
    held_reader, held = await asyncio.open_connection("127.0.0.1", lab.port)
    held.write(framed(dns.message.make_query(WEB, "A").to_wire()))
    assert await asyncio.wait_for(held_reader.readexactly(2), 20)
    reader, _ = await asyncio.open_connection("127.0.0.1", lab.port)
    assert await closed(reader)
    held.close()


async def test_a_new_service_is_answered_at_once(lab: DnsLab) -> None:
    assert (await lab.ask("fresh.demo.svc.cluster.local")).rcode() == dns.rcode.NXDOMAIN
    await lab.create(a_service("fresh", ("http", 80)))
    made = lab.client.get(kinds.SERVICE, "demo", "fresh")
    assert isinstance(made, Service)
    assert texts(await lab.ask("fresh.demo.svc.cluster.local")) == [made.spec.cluster_ip]
    backwards = ".".join(reversed(made.spec.cluster_ip.split("."))) + ".in-addr.arpa"
    assert texts(await lab.ask(backwards, "PTR")) == ["fresh.demo.svc.cluster.local."]


def test_an_answer_is_kept_until_the_cluster_changes() -> None:
    store = a_store()
    asked: list[Question] = []

    def ask(question: Question) -> Answer:
        asked.append(question)
        return resolver_for("course", store).answer(question)

    answers = Answers(ask, lambda: store.version, most=4)

    def respond(name: str, number: int, is_udp: bool = True) -> dns.message.Message:
        query = dns.message.make_query(f"{name}.demo.svc.cluster.local", "A", id=number)
        answer = answers.respond(query.to_wire(), is_udp=is_udp)
        assert answer is not None
        response = dns.message.from_wire(answer)
        assert query.is_response(response)
        return response

    assert texts(respond("web", 1)) == texts(respond("web", 2)) == ["172.30.1.1"]
    assert len(asked) == 1
    respond("web", 3, is_udp=False)
    respond("WEB", 4)
    assert len(asked) == 3
    store.remove(Service, Key("demo", "web"))
    assert respond("web", 5).rcode() == dns.rcode.NXDOMAIN
    for number in range(10):
        respond(f"x{number}", number)
    assert respond("db", 6).rcode() == dns.rcode.NOERROR


async def test_profile_4_is_answered_by_coredns() -> None:
    async with a_dns_lab("4") as lab:
        assert (await lab.ask(WEB)).answer[0].ttl == 5
        assert texts(await lab.ask("dns-version.cluster.local", "TXT")) == ['"1.1.0"']
        assert (await lab.ask(f"any.prefix.{WEB}")).rcode() == dns.rcode.NXDOMAIN


@needs_dig
async def test_dig_finds_a_service(lab: DnsLab) -> None:
    output = await lab.dig(WEB)
    assert "status: NOERROR" in output
    assert f"{WEB}. 30\tIN\tA\t172.30.200.1" in output.replace("\t\t", "\t")
    assert "172.30.200.1" in await lab.dig(WEB, "+tcp", "+short")
    assert (await lab.dig(f"_pg._tcp.{WEB}", "SRV", "+short")).startswith("10 100 5432 ")
    assert (await lab.dig("-x", "172.30.200.1", "+short")).strip() == f"{WEB}."
    assert "status: NXDOMAIN" in await lab.dig("none.demo.svc.cluster.local")
    assert "status: SERVFAIL" in await lab.dig("www.example.com")


@needs_dig
async def test_dig_asks_again_over_tcp_for_what_was_cut(lab: DnsLab) -> None:
    output = await lab.dig("crowd.demo.svc.cluster.local", "+noedns")
    assert "Truncated, retrying in TCP mode" in output
    assert output.count("\tA\t203.0.") == MANY


async def test_a_port_in_use_is_told(lab: DnsLab) -> None:
    second = a_server(lab.client, lab.port)
    with pytest.raises(DnsError, match=r"Address already in use\. Choose another port with --dns-"):
        await second.start()
    with pytest.raises(DnsError, match="--dns-port: 70000 is not between 0 and 65535"):
        await a_server(lab.client, 70000).start()
    assert texts(await lab.ask(WEB))


async def test_dns_is_served_where_no_router_is(lab: DnsLab, tmp_path: Path) -> None:
    said: list[str] = []
    setup = DataPlaneSetup(directory=tmp_path, router=OFF, dns_port=0)
    dataplane.configure(setup, said.append)
    try:
        assert await dataplane.start(lab.client) is None
        address = lab.client.dns.address()
        assert address is not None
        assert said == [f"DNS: 127.0.0.1:{address.port}"]
        await dataplane.stop()
        assert lab.client.dns.address() is None
        dataplane.configure(
            DataPlaneSetup(directory=tmp_path, router=OFF, dns_port=lab.port), said.append
        )
        await dataplane.start(lab.client)
        assert "The DNS server cannot listen on 127.0.0.1" in said[-1]
        assert lab.client.dns.address() is None
    finally:
        await dataplane.stop()
        dataplane.configure(None)


def framed(packet: bytes) -> bytes:
    """A packet as it goes over TCP."""
    return struct.pack("!H", len(packet)) + packet


async def raw_udp(port: int, packet: bytes) -> bytes | None:
    """Send a packet, and the first that comes back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        client.connect(("127.0.0.1", port))
        client.send(packet)
        return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 65535), 10)


async def closed(reader: asyncio.StreamReader) -> bool:
    """Whether the server ends a connection."""
    try:
        return await asyncio.wait_for(reader.read(), 20) == b""
    except ConnectionResetError:
        return True
