"""The configuration that the router would write, and whether HAProxy takes it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cluster.engine.config import COURSE, EngineConfig
from cluster.engine.routing import annotation_values as names
from cluster.engine.routing.allow_list import ALLOWLIST
from cluster.engine.routing.haproxy_config import (
    HaproxyConfig,
    LineRange,
    render,
    served_by,
    served_route,
)
from cluster.engine.routing.haproxy_layout import Layout
from cluster.engine.routing.route_status import ingress_uri
from cluster.engine.routing.router_settings import RouterSettings, read_settings, router_settings
from cluster.engine.routing.server_options import server_options
from cluster.engine.store import Store
from cluster.objects.codec import decode
from cluster.objects.endpoints import EndpointPort, Endpoints, EndpointSubset
from cluster.objects.meta import ObjectMeta
from cluster.objects.route import (
    Route,
    RouteIngress,
    RouteIngressCondition,
    RouteSpec,
    RouteStatus,
    RouteTargetReference,
    TLSConfig,
)
from tests.unit.engine.routing.certificate_lab import FIXTURES, NOW
from tests.unit.engine.routing.objects import add_endpoints, add_service, address
from tests.unit.engine.routing.vectors import Vector, vector_id, vectors

MOMENT = NOW.timestamp()
ENV = COURSE.router_env


def route(
    name: str,
    host: str,
    services: Mapping[str, int],
    annotations: Mapping[str, str] | None = None,
    tls: TLSConfig | None = None,
    **spec: Any,
) -> Route:
    first, *others = [
        RouteTargetReference(kind="Service", name=each, weight=weight)
        for each, weight in services.items()
    ]
    return Route(
        metadata=ObjectMeta(name=name, namespace="demo", annotations=annotations or {}),
        spec=RouteSpec(host=host, to=first, alternate_backends=tuple(others), tls=tls, **spec),
    )


def rendered(
    store: Store, *routes: Route, env: Mapping[str, str] = ENV, layout: Layout | None = None
) -> HaproxyConfig:
    settings = read_settings(env, domain="apps.localhost")
    served = [served_route(store, each, each.spec.host, settings, MOMENT) for each in routes]
    return render(served, settings, layout)


# --- recorded lines ----------------------------------------------------------------------------------


def snippet_route(document: dict[str, Any], store: Store) -> Route:
    service = document.get("targetServiceName", "svc")
    annotations = {
        name: re.sub(r"<(\d+) IPs ([\d.]+)\.\d+ \.\. *>", _addresses, value)
        for name, value in document.get("annotations", {}).items()
    }
    termination = document.get("tlsTermination")
    weight = document.get("weight", 1)
    made = route(
        document["name"],
        document["host"],
        {service: weight},
        annotations,
        TLSConfig(
            termination=termination,
            insecure_edge_termination_policy=document.get("insecurePolicy", ""),
        )
        if termination
        else None,
        path=document.get("path", ""),
        http_headers=document.get("httpHeaders", {}),
    )
    return replace(made, metadata=replace(made.metadata, namespace="default"))


def _addresses(match: re.Match[str]) -> str:
    return " ".join(f"{match[2]}.{number}" for number in range(int(match[1])))


@pytest.mark.parametrize("vector", vectors("config.snippet"), ids=vector_id)
def test_a_backend_has_the_lines_of_the_real_template(vector: Vector) -> None:
    given, expected = vector["input"], vector["expected"]
    store = Store()
    for each in given.get("endpointSlices", ()):
        port = EndpointPort(port=8080, app_protocol=each.get("appProtocol") or "")
        addresses = tuple(address(ip) for ip in each.get("addresses", ["10.0.0.1"]))
        store_endpoints(
            store, each["serviceName"], EndpointSubset(addresses=addresses, ports=(port,))
        )
    layout = Layout(work="/work-dir")
    config = rendered(store, snippet_route(given["route"], store), layout=layout)
    value = expected["value"].replace("<allowlists>", "/work-dir/router/allowlists")
    lines = [line.strip() for line in config.section(expected["name"])]
    found = [
        line for line in lines if line.startswith(f"{expected['attribute']} ") and value in line
    ]
    assert bool(found) == expected["mustBePresent"], lines


def store_endpoints(store: Store, name: str, subset: EndpointSubset) -> None:
    add_endpoints(store, name, subset)
    held = store.get(Endpoints, "demo", name)
    assert held is not None
    store.put(replace(held, metadata=replace(held.metadata, namespace="default")))


@pytest.mark.parametrize("vector", vectors("config.server_options"), ids=vector_id)
def test_a_server_line_trusts_and_speaks_by_termination(vector: Vector) -> None:
    given, expected = vector["input"], vector["expected"]
    found = server_options(
        termination=given["termination"],
        service="<service>",
        namespace="<namespace>",
        app_protocol=given.get("appProtocol") or "",
        destination_ca="<route CA>" if given.get("destinationCACertificate") else None,
        default_ca="<default destination CA>" if given.get("defaultDestinationCA") else "",
        http2=not given.get("disableHTTP2", False),
    )
    values = {
        "ssl": found.ssl,
        "alpn": found.alpn,
        "verify": found.verify,
        "verifyhost": found.verify_host,
        "proto": found.protocol,
        "caFile": found.ca_file,
    }
    if found.ca_file == "<route CA>" and expected.get("caFile"):
        expected = {**expected, "caFile": found.ca_file}
    assert {name: values[name] for name in expected} == expected


@pytest.mark.parametrize("vector", vectors("status.ingress_uri"), ids=vector_id)
def test_the_uri_of_a_route_is_that_of_an_admitted_ingress(vector: Vector) -> None:
    given, expected = vector["input"], vector["expected"]
    made, _ = decode(Route, {**given["route"], "spec": given["route"].get("spec", {})})
    if expected["error"]:
        with pytest.raises(LookupError, match=f"^{re.escape(expected['error'])}$"):
            ingress_uri(made, given["host"])
    else:
        assert ingress_uri(made, given["host"]) == expected["uri"]


# --- the whole configuration ---------------------------------------------------------------------------


def lab() -> Store:
    store = Store()
    add_service(store, "a", 2)
    add_service(store, "b", 1)
    add_service(store, "lone", 1)
    return store


def many_routes() -> list[Route]:
    certificate, key = FIXTURES["testCertificate"](), FIXTURES["testPrivateKey"]()
    return [
        route("plain", "plain.test", {"a": 1}),
        route("split", "split.test", {"a": 80, "b": 20}, path="/shop"),
        route(
            "own",
            "www.example.com",
            {"a": 1},
            {names.HSTS: "max-age=1;preload", names.REWRITE_TARGET: "/it's"},
            TLSConfig(
                termination="edge",
                certificate=certificate,
                key=key,
                insecure_edge_termination_policy="Redirect",
            ),
            path="/app",
            http_headers={
                "actions": {
                    "request": [
                        {
                            "name": "X-A",
                            "action": {"type": "Set", "set": {"value": "%[req.hdr(Host)]"}},
                        }
                    ],
                    "response": [{"name": "Server", "action": {"type": "Delete"}}],
                }
            },
        ),
        route(
            "again",
            "again.test",
            {"a": 1},
            {
                names.POD_CONNECTIONS: "10",
                "haproxy.router.openshift.io/set-forwarded-headers": "if-none",
            },
            TLSConfig(
                termination="reencrypt",
                destination_ca_certificate=FIXTURES["testCACertificate"](),
                insecure_edge_termination_policy="Allow",
            ),
        ),
        route("trust", "trust.test", {"lone": 1}, {}, TLSConfig(termination="reencrypt")),
        route(
            "sealed",
            "sealed.test",
            {"a": 1},
            {names.TIMEOUT_TUNNEL: "5m", names.RATE_LIMIT: "true", names.RATE_TCP: "100"},
            TLSConfig(termination="passthrough"),
        ),
        route(
            "listed",
            "listed.test",
            {"b": 1},
            {
                ALLOWLIST: " ".join(f"10.0.{number}.0/24" for number in range(70)),
                names.RATE_LIMIT: "true",
                names.RATE_HTTP: "50",
                "haproxy.router.openshift.io/set-forwarded-headers": "replace",
            },
        ),
    ]


def test_the_lines_of_a_route_are_known_and_nothing_else_is_among_them() -> None:
    config = rendered(lab(), *many_routes())
    lines = config.text.splitlines()
    for name in ("demo:plain", "demo:sealed", "demo:own"):
        found = config.lines_of(name)
        assert found is not None
        assert lines[found.first - 1].startswith("backend ")
        assert lines[found.first - 1].endswith(name)
        body = lines[found.first : found.last]
        assert body
        assert all(line.startswith("  ") for line in body)
        following = lines[found.last : found.last + 1]
        assert following in ([], [""])
    assert config.lines_of("demo:none") is None
    assert 3 in LineRange(1, 3)
    assert 4 not in LineRange(1, 3)


def test_a_split_route_has_weighted_servers_with_cookies_and_checks() -> None:
    section = rendered(lab(), *many_routes()).section("be_http:demo:split")
    servers = [line.split() for line in section if line.startswith("  server ")]
    assert [line[line.index("weight") + 1] for line in servers] == ["256", "256", "128"]
    assert all("check inter 5000ms" in " ".join(line) for line in servers)
    assert "  balance roundrobin" in section
    assert any(line.startswith("  cookie ") for line in section)


def test_passthrough_has_neither_mode_nor_cookies_and_hashes_consistently() -> None:
    section = rendered(lab(), *many_routes()).section("be_tcp:demo:sealed")
    assert "  hash-type consistent" in section
    assert "  timeout tunnel 5m" in section
    assert not any("cookie" in line or "mode http" in line for line in section)


def test_a_reencrypt_route_without_a_ca_trusts_the_service_ca_for_the_services_name() -> None:
    section = rendered(lab(), *many_routes()).section("be_secure:demo:trust")
    (server,) = [line for line in section if line.startswith("  server ")]
    assert "verifyhost lone.demo.svc verify required" in server
    assert "check" not in server
    own = rendered(lab(), *many_routes()).section("be_secure:demo:again")
    assert all("verifyhost" not in line for line in own)
    assert any("cacerts/demo:again.pem" in line and "maxconn 10" in line for line in own)


def test_files_hold_maps_certificates_and_long_lists() -> None:
    config = rendered(lab(), *many_routes())
    files = config.files
    assert "be_http:demo:plain" in files["/var/lib/haproxy/conf/os_http_be.map"]
    pem = files["/var/lib/haproxy/router/certs/demo:own.pem"]
    assert "BEGIN CERTIFICATE" in pem
    assert "BEGIN RSA PRIVATE KEY" in pem
    assert files["/var/lib/haproxy/router/allowlists/demo:listed.txt"].count("\n") == 70
    assert files["/var/lib/haproxy/conf/cert_config.map"].endswith("www.example.com\n")
    assert files["/var/lib/haproxy/conf/os_wildcard_domain.map"] == ""


def test_the_routers_settings_are_in_the_configuration() -> None:
    env = {
        **ENV,
        "ROUTER_MAX_CONNECTIONS": "2000",
        "ROUTER_DEFAULT_SERVER_TIMEOUT": "7s",
        "ROUTER_THREADS": "4",
        "ROUTER_DISABLE_HTTP2": "true",
        "ROUTER_HTTP_RESPONSE_HEADERS": "X-Frame-Options:DENY:Set",
        "ROUTER_H1_CASE_ADJUST": "X-Forwarded-For",
    }
    text = rendered(lab(), *many_routes(), env=env).text
    for line in (
        "  maxconn 2000",
        "  timeout server 7s",
        "  nbthread 4",
        "  http-response set-header 'X-Frame-Options' 'DENY'",
        "  h1-case-adjust x-forwarded-for X-Forwarded-For",
    ):
        assert line in text.splitlines()
    assert "alpn h2" not in text


def test_only_admitted_routes_are_served_in_order_of_their_names() -> None:
    store = lab()
    for name, status in (("z", "True"), ("b", "True"), ("refused", "False")):
        made = route(name, f"{name}.test", {"a": 1})
        condition = RouteIngressCondition(status=status)
        entry = RouteIngress(host=f"{name}.test", router_name="default", conditions=(condition,))
        store.put(replace(made, status=RouteStatus(ingress=(entry,))))
    found = served_by(store, EngineConfig(epoch=0), MOMENT)
    assert [each.name for each in found] == ["demo:b", "demo:z"]


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="haproxy is not installed")
def test_haproxy_accepts_the_configuration(tmp_path: Path) -> None:
    def address_of(ip: str) -> str:
        return ip.replace("10.", "127.", 1)

    certificate, ca = tmp_path / "default.pem", tmp_path / "ca.pem"
    certificate.write_text(FIXTURES["testCertificate"]() + FIXTURES["testPrivateKey"]())
    ca.write_text(FIXTURES["testCACertificate"]())
    layout = Layout(
        configuration=str(tmp_path / "conf"),
        sockets=str(tmp_path),
        work=str(tmp_path),
        http_bind="127.0.0.1:8080",
        https_bind="127.0.0.1:8443",
        stats_bind="127.0.0.1:1936",
        default_certificate=str(certificate),
        default_destination_ca=str(ca),
        server_address=address_of,
    )
    env = {**ENV, "ROUTER_H1_CASE_ADJUST": "Host,X-Forwarded-For"}
    config = rendered(lab(), *many_routes(), env=env, layout=layout)
    for path, text in {**config.files, str(tmp_path / "haproxy.config"): config.text}.items():
        file = Path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    done = subprocess.run(
        ["haproxy", "-c", "-f", str(tmp_path / "haproxy.config")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "ALERT" not in done.stderr


# --- the settings --------------------------------------------------------------------------------------


def settings(**env: str) -> RouterSettings:
    return read_settings(env, domain="apps.test")


def test_an_empty_environment_gives_the_routers_defaults() -> None:
    found = settings()
    assert (found.ownership, found.wildcard_policy) == ("Strict", "WildcardsDisallowed")
    assert found.canonical_hostname == "router-default.apps.test"
    assert found.extended_validation
    assert found.http2
    assert (found.forwarded, found.check_interval) == ("append", "5000ms")
    assert found.timeouts["tunnel"] == "1h"
    assert found.load_balance_algorithm == ""
    assert found.ignored == ()


def test_settings_that_the_router_ignores_are_listed_with_the_reason() -> None:
    found = settings(
        ROUTER_LOAD_BALANCE_ALGORITHM="static-rr",
        ROUTER_SET_FORWARDED_HEADERS="always",
        ROUTER_BACKEND_CHECK_INTERVAL="5 s",
        ROUTER_HTTP_REQUEST_HEADERS="X",
    )
    assert {each.name for each in found.ignored} == {
        "ROUTER_LOAD_BALANCE_ALGORITHM",
        "ROUTER_SET_FORWARDED_HEADERS",
        "ROUTER_BACKEND_CHECK_INTERVAL",
        "ROUTER_HTTP_REQUEST_HEADERS",
    }
    assert found.request_headers == ()


def test_the_settings_of_a_cluster_follow_its_profile() -> None:
    found = router_settings(Store(), EngineConfig(epoch=0))
    assert found.load_balance_algorithm == "source"
    assert found.hosts.domain == "apps.localhost"
    assert settings(ROUTER_DOMAIN="other.test").hosts.domain == "other.test"


def test_the_router_logs_where_its_settings_say() -> None:
    env = {
        **ENV,
        "ROUTER_SYSLOG_ADDRESS": "/var/lib/rsyslog/rsyslog.sock",
        "ROUTER_LOG_LEVEL": "info",
        "ROUTER_CAPTURE_HTTP_REQUEST_HEADERS": "Host:128,Bad Name:3,Referer:20",
    }
    made = rendered(Store(), env=env)
    log = "  log /var/lib/rsyslog/rsyslog.sock len 1024 local1 info"
    assert {log, "  log-send-hostname"} <= set(made.section("global"))
    assert {"  option httplog", "  log global"} <= set(made.section("defaults"))
    assert "  option tcplog" in made.section("public_ssl")
    for frontend in ("public", "fe_sni", "fe_no_sni"):
        captured = [line for line in made.section(frontend) if "capture" in line]
        assert captured == [
            "  capture request header Host len 128",
            "  capture request header Referer len 20",
        ]
    custom = rendered(Store(), env={**env, "ROUTER_SYSLOG_FORMAT": '"%ci %ST"'})
    assert '  log-format "%ci %ST"' in custom.section("defaults")


def test_a_router_without_a_syslog_address_logs_nothing() -> None:
    assert settings(ROUTER_LOG_LEVEL="info").log is None
    words = {line.split()[0] for line in rendered(Store()).text.splitlines() if line.strip()}
    assert not words & {"log", "log-format", "log-send-hostname", "capture"}
