"""Ten thousand packets that are damaged questions or garbage; the server answers on."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import Iterator

import dns.message
import dns.rcode

from cluster.dataplane.dns.wire import respond
from cluster.engine.network.dns import resolver_for
from tests.dataplane.dns_lab import a_dns_lab
from tests.unit.engine.network.dns.cluster import a_store

PACKETS = 10_000
SEED = 53
NAME = "db.demo.svc.cluster.local"
TYPES = (
    "A",
    "AAAA",
    "SRV",
    "TXT",
    "PTR",
    "ANY",
    "NS",
    "SOA",
    "MX",
    "CNAME",
    "AXFR",
    "OPT",
    "TSIG",
    "HTTPS",
)
NAMES = (NAME, "crowd.demo.svc.cluster.local", "1.200.30.172.in-addr.arpa", ".", "www.example.com")


def packets(number: int = PACKETS) -> Iterator[bytes]:
    """Seeded: the same packets in every run."""
    rng = random.Random(SEED)
    for _ in range(number):
        if rng.random() < 0.2:
            yield rng.randbytes(rng.choice((0, 1, 11, 12, 13, 40, 511, 1400)))
            continue
        query = dns.message.make_query(
            rng.choice(NAMES),
            rng.choice(TYPES),
            use_edns=rng.choice((None, 0)),
            id=rng.getrandbits(16),
        )
        yield mutated(bytearray(query.to_wire()), rng)


def mutated(packet: bytearray, rng: random.Random) -> bytes:
    """A question with some bytes changed, cut, doubled or made to point elsewhere."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(packet)) if packet else 0
        kind = rng.randrange(6)
        if kind == 0 and packet:
            packet[at] = rng.getrandbits(8)
        elif kind == 1 and packet:
            packet[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            del packet[at:]
        elif kind == 3:
            packet[at:at] = packet[at : at + rng.randint(1, 40)]
        elif kind == 4 and at + 2 <= len(packet):
            packet[at : at + 2] = struct.pack("!H", 0xC000 | rng.randrange(64))
        else:
            packet += rng.randbytes(rng.randint(1, 30))
    return bytes(packet)


def test_ten_thousand_damaged_packets_are_answered_or_dropped() -> None:
    codes = set()
    store = a_store()
    asks = [resolver_for(profile, store).answer for profile in ("course", "4")]
    for number, packet in enumerate(packets()):
        answer = respond(packet, asks[number % 2], is_udp=number % 3 != 0)
        if answer is not None:
            assert answer[:2] == packet[:2]
            codes.add(dns.message.from_wire(answer).rcode())
    assert {dns.rcode.NOERROR, dns.rcode.NXDOMAIN, dns.rcode.FORMERR, dns.rcode.NOTIMP} <= codes


async def test_the_server_answers_after_ten_thousand_damaged_packets() -> None:
    async with a_dns_lab() as lab:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.setblocking(False)
            client.connect(("127.0.0.1", lab.port))
            for number, packet in enumerate(packets()):
                client.send(packet)
                if number % 20 == 19:
                    await served(lab.port)
        reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
        for packet in packets(500):
            writer.write(struct.pack("!H", len(packet)) + packet)
        writer.write(packets_end())
        writer.write_eof()
        everything = await asyncio.wait_for(reader.read(), 60)
        assert everything.endswith(b"\xac\x1e\xc8\x01")  # the last question's address, 172.30.200.1
        writer.close()
        response = await lab.ask(NAME)
        assert response.rcode() == dns.rcode.NOERROR


def packets_end() -> bytes:
    """A sound question, as TCP carries it."""
    query = dns.message.make_query(NAME, "A").to_wire()
    return struct.pack("!H", len(query)) + query


async def served(port: int) -> None:
    """Wait until the server has come as far as this question."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        client.connect(("127.0.0.1", port))
        client.send(dns.message.make_query(NAME, "A").to_wire())
        answer = await asyncio.wait_for(loop.sock_recv(client, 65535), 30)
    assert dns.message.from_wire(answer).rcode() == dns.rcode.NOERROR
