"""Malformed and hostile clients: the right error or a closed connection, and the service goes on."""

from __future__ import annotations

import asyncio
import contextlib
import random
import resource
import socket
import ssl
import struct

import pytest

from cluster.dataplane.router import entrance, incoming
from tests.dataplane.lab import Answer, Lab, until
from tests.dataplane.test_tls import hello

START = b"GET / HTTP/1.1\r\nHost: web.test\r\n"


@pytest.mark.parametrize(
    ("data", "first"),
    [
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n", b"HTTP/1.1 400 Bad request"),
        (START + b"X: " + b"a" * 40_000, b"HTTP/1.1 400 Bad request"),
        (START + b"X: y\r\n" * 200 + b"\r\n", b"HTTP/1.1 400 Bad request"),
        (
            START + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"HTTP/1.1 400",
        ),
        (START + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", b"HTTP/1.1 400"),
        (START + b"X: a\r\n b\r\n\r\n", b"HTTP/1.1 400"),
        (START + b"X : a\r\n\r\n", b"HTTP/1.1 400"),
        (b"GET / HTTP/1.1\nHost: web.test\n\n\r\n\r\n", b"HTTP/1.1 400"),
        (START + b"Content-Length:\r\n\r\n", b"HTTP/1.1 403 Forbidden"),
        (b"\x16\x03\x01\x02\x00\x01\x00", b"HTTP/1.1 400"),
        (b"\x00" * 20, b"HTTP/1.1 400"),
        (b"CONNECT web.test:80 HTTP/1.1\r\nHost: web.test:80\r\n\r\n", b"HTTP/1.1 405"),
    ],
)
async def test_bad_requests_get_an_error_and_the_end(lab: Lab, data: bytes, first: bytes) -> None:
    answer = await lab.raw(data)
    assert answer.startswith(first)
    assert answer.count(b"HTTP/1.") == 1
    assert (await lab.get()).status == 200


@pytest.mark.parametrize("body", [b"zz\r\n", b"3\r\nabcd\r\n0\r\n\r\n", b"3\nabc", b"-1\r\n"])
async def test_bad_chunks_get_400_and_are_never_taken_for_a_request(lab: Lab, body: bytes) -> None:
    sent = b"POST / HTTP/1.1\r\nHost: web.test\r\nTransfer-Encoding: chunked\r\n\r\n" + body
    answer = await lab.raw(sent + START + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 400 Bad request")
    assert answer.count(b"HTTP/1.") == 1
    assert (await lab.get()).status == 200


async def test_a_smuggled_request_is_not_answered(lab: Lab) -> None:
    hidden = START + b"X-Hidden: 1\r\n\r\n"
    forms = (
        b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % (len(hidden) + 5),
        b"Transfer-Encoding : chunked\r\nContent-Length: 4\r\n\r\n",
        b"Transfer-Encoding: \x0bchunked\r\nContent-Length: 4\r\n\r\n",
        b"Content-Length: 0\r\n\tContent-Length: 4\r\n\r\n",
    )
    for form in forms:
        answer = await lab.raw(b"POST / HTTP/1.1\r\nHost: web.test\r\n" + form + hidden)
        assert answer.startswith(b"HTTP/1.1 400"), form
        assert answer.count(b"HTTP/1.") == 1


async def test_slow_senders_of_heads_get_408(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lab.plane.router.timeouts["http-request"] == 10.0
    monkeypatch.setitem(lab.plane.router.timeouts, "http-request", 0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.http_port)
    for byte in b"GET / HTT":
        writer.write(bytes([byte]))
        await asyncio.sleep(0.01)
    answer = await asyncio.wait_for(reader.read(), 10)
    assert answer.startswith(b"HTTP/1.1 408 Request Time-out")
    writer.close()


async def test_slow_senders_of_bodies_get_408(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(lab.plane.router.timeouts, "client", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.http_port)
    writer.write(b"POST / HTTP/1.1\r\nHost: web.test\r\nContent-Length: 10\r\n\r\nabc")
    answer = await asyncio.wait_for(reader.read(), 10)
    assert answer.startswith(b"HTTP/1.1 408 Request Time-out")
    writer.close()


async def test_a_half_closed_client_still_gets_its_answer(lab: Lab) -> None:
    answer = await lab.raw(START + b"\r\n", half=True)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    cut = await lab.raw(START, half=True)
    assert cut.startswith(b"HTTP/1.1 400 Bad request")
    assert await lab.raw(b"", half=True) == b""


async def test_500_idle_connections_leave_room_for_others(lab: Lab) -> None:
    opened = await asyncio.gather(
        *(asyncio.open_connection("127.0.0.1", lab.http_port) for _ in range(500))
    )
    assert (await lab.get()).status == 200
    await until(lambda: len(lab.plane.router.connections) == 500)
    for _, writer in opened:
        writer.close()
    await until(lambda: not lab.plane.router.connections)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: web.test\r\n\r\n",
        b"\x00" * 100,
        b"\x16\x03\x01\xff\xff" + b"x" * 100,
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
        b"\x16\x03\x01\x00\x04\x02\x00\x00\x00",
        b"\x15\x03\x01\x00\x02\x02\x28",
        bytes(range(256)) * 100,
    ],
)
async def test_garbage_on_the_port_for_tls_is_hung_up_on(lab: Lab, data: bytes) -> None:
    with contextlib.suppress(ConnectionResetError):
        assert b"HTTP" not in await lab.raw(data, port=lab.https_port)
    await until(lambda: not lab.plane.router.entering)
    assert (await lab.get()).status == 200


async def test_a_hello_that_never_ends_is_given_up(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert entrance.INSPECT == 5.0
    monkeypatch.setattr(entrance, "INSPECT", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.https_port)
    writer.write(b"\x16\x03\x01\x02\x00\x01\x00")
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1), 10)
    writer.close()


async def test_a_client_that_reads_nothing_does_not_fill_the_memory(lab: Lab) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.http_port, limit=1024)
    writer.transport.pause_reading()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    one = START + b"Accept: application/json\r\n\r\n"
    for _ in range(40):
        writer.write(one * 1_000)
        await asyncio.sleep(0)
    for _ in range(200):
        await asyncio.sleep(0.005)
        if writer.transport.get_write_buffer_size() > 1_000_000:
            break
    held = next(iter(lab.plane.router.connections))
    transport = held.outgoing.transport
    assert transport is not None
    assert len(held._incoming._buffer) < incoming.PIPELINED + 300_000
    assert transport.get_write_buffer_size() < 200_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000
    assert (await lab.get()).status == 200
    writer.transport.abort()
    await until(lambda: not lab.plane.router.connections)
    reader.feed_eof()


async def test_a_body_is_not_read_faster_than_the_pod_takes_it(lab: Lab) -> None:
    head = b"POST / HTTP/1.1\r\nHost: web.test\r\nAccept: application/json\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.http_port)
    writer.write(head + b"Content-Length: 20000000\r\nConnection: close\r\n\r\n")
    piece = b"x" * 100_000
    for _ in range(200):
        writer.write(piece)
        await writer.drain()
    answer = Answer(await asyncio.wait_for(reader.read(), 20))
    assert answer.json["body_bytes"] == 20_000_000
    writer.close()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_old_tls_versions_are_refused(lab: Lab) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        await asyncio.open_connection(
            "127.0.0.1", lab.https_port, ssl=context, server_hostname="edge.test"
        )


async def test_random_damage_to_requests_never_breaks_the_service(lab: Lab) -> None:
    dice = random.Random(7)
    whole = (
        b"POST /a?b=c HTTP/1.1\r\nHost: web.test\r\nTransfer-Encoding: chunked\r\n"
        b"Cookie: a=b\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: web.test\r\n"
        b"Connection: close\r\n\r\n"
    )
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(data))
            match dice.randrange(3):
                case 0:
                    data[at] = dice.randrange(256)
                case 1:
                    del data[at : at + dice.randint(1, 9)]
                case _:
                    data[at:at] = dice.randbytes(dice.randint(1, 9))
        with contextlib.suppress(ConnectionResetError):
            answer = await lab.raw(bytes(data), half=True)
            assert answer[:7] in (b"", b"HTTP/1.")
    assert (await lab.get()).status == 200
    await until(lambda: not lab.plane.router.connections)


async def test_clients_that_reset_their_connection_leave_nothing_behind(lab: Lab) -> None:
    """Before, during and behind an answer, plain and passed through."""
    for port in (lab.http_port, lab.https_port):
        for data in (b"", START, START + b"\r\n", (START + b"\r\n") * 50, hello("through.test")):
            for wait in (0.0, 0.005):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                plain = writer.get_extra_info("socket")
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.write(data)
                await asyncio.sleep(wait)
                writer.transport.abort()
    router = lab.plane.router
    await until(lambda: not (router.connections or router.tunnels or router.entering))
    assert (await lab.get()).status == 200
