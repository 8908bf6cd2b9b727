"""The router's settings as an object: what OpenShift's operator puts into the environment of the router's
container (openshift/router: `pkg/cmd/infra/router`, haproxy-config.template), with its defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cluster.engine.config import EngineConfig
from cluster.engine.routing.algorithm import ALGORITHMS, HTTP_SETTING, TCP_SETTING
from cluster.engine.routing.annotation_values import CHECK_INTERVAL_SETTING, DEFAULT_CHECK_INTERVAL
from cluster.engine.routing.cookies import COOKIE_NAME_SETTING, go_true
from cluster.engine.routing.durations import clip
from cluster.engine.routing.forwarded import APPEND, POLICIES
from cluster.engine.routing.forwarded import SETTING as FORWARDED_SETTING
from cluster.engine.routing.header_actions import HeaderAction, parse_environment
from cluster.engine.routing.host_index import Activation, oldest_first, same_namespace
from cluster.engine.routing.router_log import RouterLog, read_log
from cluster.objects.host_assignment import RouterHosts

DISABLE_OWNERSHIP_CHECK: Final = "ROUTER_DISABLE_NAMESPACE_OWNERSHIP_CHECK"
ALLOW_WILDCARDS: Final = "ROUTER_ALLOW_WILDCARD_ROUTES"
DOMAIN: Final = "ROUTER_DOMAIN"
HOST_TEMPLATE: Final = "ROUTER_SUBDOMAIN"
OVERRIDE_HOST: Final = "ROUTER_OVERRIDE_HOSTNAME"
OVERRIDE_DOMAINS: Final = "ROUTER_OVERRIDE_DOMAINS"
ALLOWED_DOMAINS: Final = "ROUTER_ALLOWED_DOMAINS"
DENIED_DOMAINS: Final = "ROUTER_DENIED_DOMAINS"
EXTENDED_VALIDATION: Final = "EXTENDED_VALIDATION"
DEFAULT_CERTIFICATE: Final = "DEFAULT_CERTIFICATE_PATH"
DEFAULT_DESTINATION_CA: Final = "DEFAULT_DESTINATION_CA_PATH"
DISABLE_HTTP2: Final = "ROUTER_DISABLE_HTTP2"
MAX_CONNECTIONS: Final = "ROUTER_MAX_CONNECTIONS"
THREADS: Final = "ROUTER_THREADS"
REQUEST_HEADERS: Final = "ROUTER_HTTP_REQUEST_HEADERS"
RESPONSE_HEADERS: Final = "ROUTER_HTTP_RESPONSE_HEADERS"
CUSTOM_404: Final = "ROUTER_ERRORFILE_404"

TIMEOUTS: Final[Mapping[str, tuple[str, str]]] = {
    "connect": ("ROUTER_DEFAULT_CONNECT_TIMEOUT", "5s"),
    "client": ("ROUTER_DEFAULT_CLIENT_TIMEOUT", "30s"),
    "client-fin": ("ROUTER_CLIENT_FIN_TIMEOUT", "1s"),
    "server": ("ROUTER_DEFAULT_SERVER_TIMEOUT", "30s"),
    "server-fin": ("ROUTER_DEFAULT_SERVER_FIN_TIMEOUT", "1s"),
    "http-request": ("ROUTER_SLOWLORIS_TIMEOUT", "10s"),
    "http-keep-alive": ("ROUTER_SLOWLORIS_HTTP_KEEPALIVE", "300s"),
    "tunnel": ("ROUTER_DEFAULT_TUNNEL_TIMEOUT", "1h"),
}
"""HAProxy's `timeout NAME` of the defaults section: the setting and its default."""

_SERVICE_CA: Final = "/var/run/configmaps/service-ca/service-ca.crt"
_INTEGER: Final = re.compile(r"[+-]?[0-9]+")


@dataclass(frozen=True, slots=True)
class IgnoredSetting:
    """A setting whose value the router does not use, and why, in words."""

    name: str
    value: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterSettings:
    """One router's settings. `env` is what they were read from, by name of variable."""

    name: str
    canonical_hostname: str
    env: Mapping[str, str]
    hosts: RouterHosts
    load_balance_algorithm: str
    """The setting's value, "" where none is in force: then the template's own default counts."""
    tcp_balance_scheme: str
    strict_ownership: bool
    allow_wildcards: bool
    allowed_domains: tuple[str, ...]
    denied_domains: tuple[str, ...]
    extended_validation: bool
    cookie_name: str
    forwarded: str
    check_interval: str
    default_certificate: str
    """Path of the certificate for hosts without their own."""
    default_destination_ca: str
    """Path of the CA for re-encrypted traffic, "" for none (then pods are not verified)."""
    http2: bool
    max_connections: int
    threads: int | None
    timeouts: Mapping[str, str]
    request_headers: tuple[HeaderAction, ...]
    response_headers: tuple[HeaderAction, ...]
    custom_404: bool
    """Whether hosts without a route get 404 with a page of the operator's instead of 503."""
    log: RouterLog | None
    ignored: tuple[IgnoredSetting, ...]

    @property
    def activation(self) -> Activation:
        """The rule among routes of one host."""
        return same_namespace if self.strict_ownership else oldest_first

    @property
    def ownership(self) -> str:
        """`namespaceOwnership` of the IngressController."""
        return "Strict" if self.strict_ownership else "InterNamespaceAllowed"

    @property
    def wildcard_policy(self) -> str:
        """`wildcardPolicy` of the IngressController."""
        return "WildcardsAllowed" if self.allow_wildcards else "WildcardsDisallowed"


def router_settings(config: EngineConfig) -> RouterSettings:
    """The settings of a cluster's router."""
    env = tuple(sorted(config.profile.router_env.items()))
    return _remembered(env, config.router_name, config.router_domain)


@lru_cache(maxsize=16)
def _remembered(env: tuple[tuple[str, str], ...], name: str, domain: str) -> RouterSettings:
    return read_settings(dict(env), name=name, domain=domain)


def read_settings(
    env: Mapping[str, str], *, name: str = "default", domain: str = ""
) -> RouterSettings:
    """The settings of a router with this environment; `domain` counts where ROUTER_DOMAIN is unset."""
    served = env.get(DOMAIN) or domain
    threads = env.get(THREADS, "")
    return RouterSettings(
        name=name,
        canonical_hostname=f"router-{name}.{served}",
        env=env,
        hosts=RouterHosts(
            domain=served,
            template=env.get(HOST_TEMPLATE, ""),
            override=go_true(env.get(OVERRIDE_HOST)),
            override_domains=_words(env.get(OVERRIDE_DOMAINS)),
        ),
        load_balance_algorithm=_one_of(env.get(HTTP_SETTING), ALGORITHMS),
        tcp_balance_scheme=_one_of(env.get(TCP_SETTING), ALGORITHMS),
        strict_ownership=not go_true(env.get(DISABLE_OWNERSHIP_CHECK)),
        allow_wildcards=go_true(env.get(ALLOW_WILDCARDS)),
        allowed_domains=_words(env.get(ALLOWED_DOMAINS)),
        denied_domains=_words(env.get(DENIED_DOMAINS)),
        extended_validation=go_true(env.get(EXTENDED_VALIDATION) or "true"),
        cookie_name=env.get(COOKIE_NAME_SETTING, ""),
        forwarded=_one_of(env.get(FORWARDED_SETTING), POLICIES) or APPEND,
        check_interval=clip(env.get(CHECK_INTERVAL_SETTING, "")) or DEFAULT_CHECK_INTERVAL,
        default_certificate=env.get(DEFAULT_CERTIFICATE, ""),
        default_destination_ca=env.get(DEFAULT_DESTINATION_CA, _SERVICE_CA),
        http2=not go_true(env.get(DISABLE_HTTP2)),
        max_connections=_integer(env.get(MAX_CONNECTIONS), 50000),
        threads=int(threads) if re.fullmatch("[1-9][0-9]*", threads) else None,
        timeouts={
            each: clip(env.get(setting, "")) or default
            for each, (setting, default) in TIMEOUTS.items()
        },
        request_headers=_headers(env.get(REQUEST_HEADERS)),
        response_headers=_headers(env.get(RESPONSE_HEADERS)),
        custom_404=bool(env.get(CUSTOM_404)),
        log=read_log(env),
        ignored=tuple(_ignored(env)),
    )


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word for each in (text or "").split(",") if (word := each.strip()))


def _one_of(value: str | None, legal: tuple[str, ...]) -> str:
    return value if value in legal else ""


def _integer(text: str | None, default: int) -> int:
    return int(text) if text and _INTEGER.fullmatch(text) else default


def _headers(text: str | None) -> tuple[HeaderAction, ...]:
    if not text:
        return ()
    try:
        return parse_environment(text)
    except ValueError:
        return ()


def _ignored(env: Mapping[str, str]) -> Iterator[IgnoredSetting]:
    """Values that the router passes over in silence."""
    choices = {HTTP_SETTING: ALGORITHMS, TCP_SETTING: ALGORITHMS, FORWARDED_SETTING: POLICIES}
    for name, legal in choices.items():
        value = env.get(name)
        if value and value not in legal:
            yield IgnoredSetting(name, value, f'"{value}" is not one of {", ".join(legal)}')
    for name in (CHECK_INTERVAL_SETTING, *(setting for setting, _ in TIMEOUTS.values())):
        value = env.get(name)
        if value and not clip(value):
            yield IgnoredSetting(name, value, f'"{value}" is not a time such as 30s or 500ms')
    for name in (REQUEST_HEADERS, RESPONSE_HEADERS):
        try:
            _ = parse_environment(env[name]) if env.get(name) else ()
        except ValueError as error:
            yield IgnoredSetting(name, env[name], str(error))
