"""The parts of HAProxy's configuration that do not depend on routes: global, defaults, the frontends for
HTTP, TLS with and without SNI, and the default backend (openshift/router: haproxy-config.template)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cluster.engine.routing import maps
from cluster.engine.routing.annotation_values import CASE_ADJUSTMENTS_SETTING
from cluster.engine.routing.haproxy_layout import Layout
from cluster.engine.routing.router_settings import RouterSettings

CIPHERS: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384"
)
"""Mozilla's intermediate recommendation, the operator's default TLS profile."""
CLIENT_CERTIFICATE_HEADERS: Final = (
    "X-SSL",
    "X-SSL-Client-CN",
    "X-SSL-Client-DER",
    "X-SSL-Client-DN",
    "X-SSL-Client-NotAfter",
    "X-SSL-Client-NotBefore",
    "X-SSL-Client-SHA1",
    "X-SSL-Client-Serial",
    "X-SSL-Client-Subject",
    "X-SSL-Client-Verify",
    "X-SSL-Client-Version",
    "X-SSL-Issuer",
)
"""Only the router may say who a client's certificate names, so clients' own headers go."""
DEFAULT_CERTIFICATE: Final = "/var/lib/haproxy/router/certs/default.pem"


def global_lines(settings: RouterSettings, layout: Layout) -> Iterator[str]:
    """The `global` section."""
    yield "global"
    yield "  no strict-limits"
    yield f"  maxconn {settings.max_connections}"
    if settings.threads:
        yield f"  nbthread {settings.threads}"
    yield "  daemon"
    if settings.log is not None:
        yield from settings.log.global_lines()
    yield "  ca-base /etc/ssl"
    yield "  crt-base /etc/ssl"
    socket = f"{layout.sockets}/haproxy.sock"
    yield f"  stats socket {socket} mode 600 level admin expose-fd listeners"
    yield "  stats timeout 2m"
    yield "  tune.maxrewrite 8192"
    yield "  tune.bufsize 32768"
    for name in _adjusted(settings):
        yield f"  h1-case-adjust {name.lower()} {name}"
    yield "  ssl-default-bind-options ssl-min-ver TLSv1.2"
    yield "  tune.ssl.default-dh-param 2048"
    yield f"  ssl-default-bind-ciphers {CIPHERS}"


def _adjusted(settings: RouterSettings) -> list[str]:
    text = settings.env.get(CASE_ADJUSTMENTS_SETTING, "")
    return [name for each in text.split(",") if (name := each.strip())]


def defaults_lines(settings: RouterSettings, layout: Layout) -> Iterator[str]:
    """The `defaults` section and the resolvers."""
    yield "defaults"
    yield f"  maxconn {settings.max_connections}"
    if settings.log is not None:
        yield from settings.log.default_lines()
    for status in (503, 404):
        yield f"  errorfile {status} {layout.error_file(status)}"
    for name, value in settings.timeouts.items():
        yield f"  timeout {name} {value}"
    if _adjusted(settings):
        yield "  option h1-case-adjust-bogus-client"
    yield "  default-server init-addr last,none resolvers ingress_dns"
    yield ""
    yield "resolvers ingress_dns"
    yield "  parse-resolv-conf"
    yield "  resolve_retries 1"
    yield "  timeout retry 5s"
    yield "  timeout resolve 10s"
    yield ""
    yield "listen stats"
    yield f"  bind {layout.stats_bind}"
    yield "  mode http"
    yield "  monitor-uri /healthz"


def public_lines(settings: RouterSettings, layout: Layout) -> Iterator[str]:
    """The frontend for plain HTTP: redirects first, then backends by host and path."""
    yield "frontend public"
    yield f"  bind {layout.http_bind}"
    yield "  mode http"
    yield "  tcp-request inspect-delay 5s"
    yield "  tcp-request content accept if HTTP"
    yield from _captured(settings)
    yield from _clean_up()
    redirect = layout.map_file(maps.REDIRECT)
    yield f"  acl secure_redirect base,map_reg_int({redirect}) -m bool"
    if layout.redirect_ports is not None:
        http, https = layout.redirect_ports
        yield _redirect(
            f":{http}$", f":{https}", f"secure_redirect {{ req.hdr(host) -m end :{http} }}"
        )
    yield _redirect(":[0-9]+$", "", "secure_redirect")
    yield from _router_headers(settings)
    yield f"  use_backend %[base,map_reg({layout.map_file(maps.HTTP)})]"
    yield "  default_backend openshift_default"


def _redirect(port: str, by: str, condition: str) -> str:
    host = f"%[req.hdr(host),regsub({port},{by},)]"
    return f"  http-request redirect location https://{host}%[url] code 302 if {condition}"


def public_tls_lines(settings: RouterSettings, layout: Layout) -> Iterator[str]:
    """The frontend for TLS: passthrough by server name, all else on to where TLS ends."""
    passthrough, tcp = layout.map_file(maps.SNI_PASSTHROUGH), layout.map_file(maps.TCP)
    yield "frontend public_ssl"
    if settings.log is not None:
        yield "  option tcplog"
    yield f"  bind {layout.https_bind}"
    yield "  tcp-request inspect-delay 5s"
    yield "  tcp-request content accept if { req_ssl_hello_type 1 }"
    yield "  acl sni req.ssl_sni -m found"
    yield f"  acl sni_passthrough req.ssl_sni,lower,map_reg({passthrough}) -m found"
    yield f"  use_backend %[req.ssl_sni,lower,map_reg({tcp})] if sni sni_passthrough"
    yield "  use_backend be_sni if sni"
    yield "  default_backend be_no_sni"


def terminating_lines(settings: RouterSettings, layout: Layout, *, sni: bool) -> Iterator[str]:
    """The pair of backend and frontend in which TLS ends, with or without a server name.

    The newest template adds `no-alpn`, a word that HAProxy 2.6 neither needs nor knows.
    """
    kind = "sni" if sni else "no_sni"
    socket = f"unix@{layout.sockets}/haproxy-{kind.replace('_', '-')}.sock"
    certificate = layout.default_certificate or settings.default_certificate or DEFAULT_CERTIFICATE
    listed = f" crt-list {layout.map_file(maps.CERTIFICATES)}" if sni else ""
    yield f"backend be_{kind}"
    yield f"  server fe_{kind} {socket} weight 1 send-proxy"
    yield ""
    yield f"frontend fe_{kind}"
    yield f"  bind {socket} ssl crt {certificate}{listed} accept-proxy"
    yield "  mode http"
    yield from _captured(settings)
    yield from _clean_up()
    yield from _router_headers(settings)
    yield f"  use_backend %[base,map_reg({layout.map_file(maps.EDGE_REENCRYPT)})]"
    yield "  default_backend openshift_default"


def default_backend_lines(settings: RouterSettings) -> Iterator[str]:
    """The backend without servers that answers where no route matches."""
    yield "backend openshift_default"
    yield "  mode http"
    yield "  option forwardfor"
    yield "  option http-pretend-keepalive"
    if settings.custom_404:
        yield "  http-request deny deny_status 404"


def _captured(settings: RouterSettings) -> Iterator[str]:
    if settings.log is not None:
        yield from settings.log.capture_lines()


def _clean_up() -> Iterator[str]:
    """What no request may bring along; hosts are compared in lower case (RFC 4343)."""
    yield "  http-request deny if { hdr_len(content-length) 0 }"
    yield "  http-request del-header Proxy"
    for name in CLIENT_CERTIFICATE_HEADERS:
        yield f"  http-request del-header {name}"
    yield "  http-request set-header Host %[req.hdr(Host),lower]"


def _router_headers(settings: RouterSettings) -> Iterator[str]:
    for action in settings.request_headers:
        yield f"  {action.directive('request')}"
    for action in settings.response_headers:
        yield f"  {action.directive('response')}"
