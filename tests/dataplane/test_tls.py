"""TLS at the router and behind it, seen by real clients: curl, openssl, websockets."""

from __future__ import annotations

import contextlib
import shutil
import ssl
from pathlib import Path

import pytest
import websockets

from cluster.dataplane.tls.authority import new_authority
from cluster.dataplane.tls.hello import NoHello, read_hello
from tests.dataplane.lab import Lab, a_deployment, a_lab, a_route, a_service, run

needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")


def at(lab: Lab, host: str, *more: str) -> list[str]:
    """Arguments for curl to reach a host over HTTPS, asking for JSON."""
    where = f"{host}:{lab.https_port}"
    return ["--resolve", f"{where}:127.0.0.1", "-H", "Accept: application/json", *more,
            f"https://{where}/"]  # fmt: skip


def hello(name: str | None) -> bytes:
    """A real client's hello."""
    context = ssl.create_default_context()
    context.check_hostname = False
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        session.do_handshake()
    return outgoing.read()


@pytest.mark.parametrize("name", ["web.test", "a.b-c.example", None])
def test_the_hello_tells_the_server_name_once_it_is_complete(name: str | None) -> None:
    data = hello(name)
    found = read_hello(data)
    assert found is not None and found.server_name == name
    assert all(read_hello(data[:length]) is None for length in range(0, len(data), 7))


def test_a_hello_in_several_records_is_put_together() -> None:
    body = hello("web.test")[5:]
    pieces = [body[at : at + 50] for at in range(0, len(body), 50)]
    data = b"".join(b"\x16\x03\x01" + len(each).to_bytes(2, "big") + each for each in pieces)
    found = read_hello(data)
    assert found is not None and found.server_name == "web.test"


def test_damaged_hellos_never_do_more_than_raise() -> None:
    data = hello("web.test")
    for place in range(len(data)):
        for value in (0, 1, 127, 255):
            with contextlib.suppress(NoHello):
                read_hello(data[:place] + bytes([value]) + data[place + 1 :])


@needs_curl
async def test_the_default_certificate_is_good_for_the_domain(tmp_path: Path) -> None:
    host = "web-demo.apps.localhost"
    objects = (a_deployment("web"), a_service("web"), a_route(host=host, termination="edge"))
    async with a_lab(tmp_path, *objects) as lab:
        ca = tmp_path / "router-ca.crt"
        code, output = await lab.curl("--cacert", str(ca), *at(lab, host))
        assert code == 0 and '"pod":"web-1-' in output
        assert lab.plane.certificates.downloads["router-ca.crt"] == ca.read_text()
        code, _ = await lab.curl(*at(lab, host))
        assert code == 60  # without the CA the certificate is not trusted
        assert (tmp_path / "router-ca.key").stat().st_mode & 0o077 == 0


@needs_curl
async def test_secured_plain_and_unknown_hosts_over_https(lab: Lab) -> None:
    _, edge = await lab.curl("-k", "-i", *at(lab, "edge.test"))
    assert "200 OK" in edge and "Secure; SameSite=None" in edge
    assert '"x-forwarded-proto":"https"' in edge and '"tls":false' in edge
    _, plain = await lab.curl("-k", "-i", *at(lab, "web.test"))
    assert "503 Service Unavailable" in plain
    assert "The route of web.test is not secured: it has no TLS block." in plain
    _, nobody = await lab.curl("-k", "-i", *at(lab, "nobody.test"))
    assert "503 Service Unavailable" in nobody
    # The Host header finds the route, whatever the SNI says.
    _, other = await lab.curl("-k", *at(lab, "nobody.test", "-H", "Host: edge.test"))
    assert '"host":"edge.test"' in other


@needs_curl
async def test_http_by_host_header_as_the_course_does_it(lab: Lab) -> None:
    url = f"http://127.0.0.1:{lab.http_port}/"
    code, output = await lab.curl("-H", "Host: web.test", url)
    assert code == 0 and "Hello from web-1-" in output


@needs_curl
async def test_an_allow_list_leaves_curl_with_an_empty_reply(lab: Lab) -> None:
    name = "haproxy.router.openshift.io/ip_whitelist"
    await lab.replace(a_route("web", annotations={name: "10.0.0.1"}))
    url = f"http://127.0.0.1:{lab.http_port}/"
    code, _ = await lab.curl("-H", "Host: web.test", url)
    assert code in (52, 56)


@needs_openssl
async def test_the_certificate_is_chosen_by_server_name(lab: Lab) -> None:
    own = new_authority("own-ca").issue(["own.test"])
    route = a_route("own", termination="edge", certificate=own.certificate, key=own.key)
    await lab.create(route)
    await lab.settle(1)

    async def subject(*arguments: str) -> str:
        where = f"127.0.0.1:{lab.https_port}"
        command = ("openssl", "s_client", "-connect", where, *arguments)
        output = (await run(*command))[1]
        return next(line for line in output.splitlines() if line.startswith("subject="))

    assert subject_name(await subject("-servername", "own.test")) == "own.test"
    assert subject_name(await subject("-servername", "edge.test")) == "*.apps.localhost"
    assert subject_name(await subject("-noservername")) == "*.apps.localhost"
    # Passthrough: the pod's own certificate, signed by the service CA.
    assert subject_name(await subject("-servername", "through.test")) == "web.demo.svc"


def subject_name(line: str) -> str:
    """The common name."""
    return line.rpartition("=")[2].strip()


@needs_openssl
async def test_passthrough_is_end_to_end(lab: Lab, tmp_path: Path) -> None:
    request = b"GET / HTTP/1.1\r\nHost: through.test\r\nConnection: close\r\n\r\n"
    code, output = await run(
        "openssl", "s_client", "-connect", f"127.0.0.1:{lab.https_port}", "-servername",
        "through.test", "-CAfile", str(tmp_path / "service-ca.crt"), "-verify_return_error",
        "-verify_hostname", "through.test", "-ign_eof", "-quiet", given=request,
    )  # fmt: skip
    assert code == 0 and "Hello from web-1-" in output and "over TLS" in output
    assert "x-forwarded-for" not in output


@needs_curl
async def test_passthrough_without_endpoints_is_closed(lab: Lab) -> None:
    await lab.scale("web", 0)
    await lab.settle(60)
    code, _ = await lab.curl("-k", *at(lab, "through.test"))
    assert code == 35


@needs_curl
async def test_reencrypt_checks_the_pods_certificate(lab: Lab, tmp_path: Path) -> None:
    _, good = await lab.curl("-k", *at(lab, "reencrypt.test"))
    assert '"tls":true' in good and '"x-forwarded-proto":"https"' in good
    service_ca = (tmp_path / "service-ca.crt").read_text()
    trusting = a_route(termination="reencrypt", name="own", destination_ca_certificate=service_ca)
    stranger = new_authority("stranger").pem
    doubting = a_route(termination="reencrypt", name="bad", destination_ca_certificate=stranger)
    await lab.create(trusting, doubting)
    await lab.settle(1)
    assert '"tls":true' in (await lab.curl("-k", *at(lab, "own.test")))[1]
    _, refused = await lab.curl("-k", "-i", *at(lab, "bad.test"))
    assert "503 Service Unavailable" in refused
    assert "TLS to the pod failed: self-signed certificate in certificate chain" in refused


@needs_curl
async def test_keep_alive_and_big_bodies_over_tls(lab: Lab, tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(b"z" * 3_000_000)
    for host in ("edge.test", "reencrypt.test", "through.test"):
        url = at(lab, host)
        code, output = await lab.curl("-k", "--data-binary", f"@{body}", *url, url[-1])
        assert code == 0
        assert '"body_bytes":3000000' in output


@pytest.mark.parametrize("host", ["web.test", "edge.test", "reencrypt.test", "through.test"])
async def test_websockets_echo_through_every_kind_of_route(lab: Lab, host: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    plain = host == "web.test"
    port = lab.http_port if plain else lab.https_port
    async with websockets.connect(
        f"{'ws' if plain else 'wss'}://{host}:{port}/chat",
        host="127.0.0.1",
        port=port,
        ssl=None if plain else context,
        proxy=None,
    ) as socket:
        await socket.send("hello")
        assert await socket.recv() == "hello"
        await socket.send(b"\x00" * 200_000)
        assert await socket.recv() == b"\x00" * 200_000
        await (await socket.ping())
    assert lab.plane.troubles == []
