"""The variables of the router's environment: name, default, effect, and which values the router passes
over in silence (openshift/router: `pkg/cmd/infra/router`, haproxy-config.template)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cluster.engine.routing import router_log
from cluster.engine.routing.algorithm import ALGORITHMS, HTTP_SETTING, TCP_SETTING
from cluster.engine.routing.annotation_values import (
    CASE_ADJUSTMENTS_SETTING,
    CHECK_INTERVAL_SETTING,
    DEFAULT_CHECK_INTERVAL,
)
from cluster.engine.routing.cookies import COOKIE_NAME_SETTING, is_cookie_name
from cluster.engine.routing.durations import clip
from cluster.engine.routing.forwarded import APPEND, POLICIES
from cluster.engine.routing.forwarded import SETTING as FORWARDED_SETTING
from cluster.engine.routing.header_actions import parse_environment

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
MAX_CONNECTIONS_DEFAULT: Final = 50_000

_SWITCH_VALUES: Final = (
    "true",
    "false",
    "TRUE",
    "FALSE",
    "True",
    "False",
    "t",
    "f",
    "T",
    "F",
    "1",
    "0",
)
_PLACEHOLDER: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))", re.ASCII)

Problem = Callable[[str], str]
"""Why the router does not use a value, "" where it does."""


@dataclass(frozen=True, slots=True)
class IgnoredSetting:
    """A setting whose value the router does not use, and why, in words."""

    name: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class RouterVariable:
    """A variable that the router reads. `default` is what counts where it is not set, in words.

    `choices` are all legal values where there are only a few.
    """

    name: str
    default: str
    effect: str
    problem: Problem
    choices: tuple[str, ...] = ()

    @property
    def first_value(self) -> str:
        """What to begin with when it is set: its default where that is a value."""
        if self.choices:
            return self.default if self.default in self.choices else self.choices[0]
        is_value = self.problem in (_time, _number) and not self.problem(self.default)
        return self.default if is_value else ""


def _one_of(*legal: str) -> Problem:
    return lambda value: "" if value in legal else f'"{value}" is not one of {", ".join(legal)}'


def _switch(value: str) -> str:
    return "" if value in _SWITCH_VALUES else f'"{value}" is neither true nor false: false counts'


def _time(value: str) -> str:
    return "" if clip(value) else f'"{value}" is not a time such as 30s or 500ms'


def _number(value: str) -> str:
    legal = re.fullmatch("[1-9][0-9]*", value)
    return "" if legal else f'"{value}" is not a whole number above 0'


def _anything(value: str) -> str:
    return ""


def _headers(value: str) -> str:
    try:
        parse_environment(value)
    except ValueError as error:
        return str(error)
    return ""


def _cookie(value: str) -> str:
    if is_cookie_name(value):
        return ""
    return f'"{value}" is not made of letters, digits, _ and - alone'


def _template(value: str) -> str:
    names = {braced or bare for braced, bare in _PLACEHOLDER.findall(value)}
    unknown = sorted(names - {"name", "namespace"})
    if unknown:
        return f"${{{unknown[0]}}} is not known: there are ${{name}} and ${{namespace}}"
    return ""


def _choice(name: str, default: str, effect: str, legal: tuple[str, ...]) -> RouterVariable:
    return RouterVariable(name, default, effect, _one_of(*legal), legal)


def _switched(name: str, default: str, effect: str) -> RouterVariable:
    return RouterVariable(name, default, effect, _switch, ("true", "false"))


def _timed(name: str, default: str, effect: str) -> RouterVariable:
    return RouterVariable(name, default, effect, _time)


_TIMED: Final[Mapping[str, str]] = {
    "connect": "How long a connection to a pod may take to come about.",
    "client": "How long a client may be silent.",
    "client-fin": "The same while the connection is being closed.",
    "server": "How long a pod may take to answer. A route's annotation timeout goes before it.",
    "server-fin": "How long a pod may be silent while the connection is being closed.",
    "http-request": "How long a client may take to send the head of a request.",
    "http-keep-alive": "How long an idle connection is kept for the next request.",
    "tunnel": "How long WebSockets and passed-through connections may be silent.",
}

_ALL: Final = (
    _choice(
        HTTP_SETTING,
        "random",
        "Balance of plain, edge and re-encrypt routes with one active service; of passthrough ones"
        " too where ROUTER_TCP_BALANCE_SCHEME is not set.",
        ALGORITHMS,
    ),
    _choice(
        TCP_SETTING, "source", "Balance of passthrough routes with one active service.", ALGORITHMS
    ),
    _switched(
        DISABLE_OWNERSHIP_CHECK, "false", "true: projects may share a host (InterNamespaceAllowed)."
    ),
    _switched(ALLOW_WILDCARDS, "false", "true: routes with wildcardPolicy Subdomain are admitted."),
    RouterVariable(
        ALLOWED_DOMAINS,
        "all",
        "Only hosts in these domains, separated by commas, are admitted.",
        _anything,
    ),
    RouterVariable(
        DENIED_DOMAINS,
        "none",
        "Hosts in these domains, separated by commas, are refused, whatever is allowed.",
        _anything,
    ),
    RouterVariable(
        DOMAIN,
        "the ingress domain",
        "Domain of the canonical hostname and of routes with a subdomain.",
        _anything,
    ),
    RouterVariable(
        HOST_TEMPLATE,
        "none",
        "Host of routes that have none, such as ${name}-${namespace}.apps.example.com.",
        _template,
    ),
    _switched(
        OVERRIDE_HOST, "false", "true: that template is used for all routes, whatever their host."
    ),
    RouterVariable(
        OVERRIDE_DOMAINS, "none", "That template is used for hosts in these domains.", _anything
    ),
    _switched(
        EXTENDED_VALIDATION,
        "true",
        "Routes with certificates that HAProxy would refuse are refused.",
    ),
    RouterVariable(
        COOKIE_NAME_SETTING,
        "a hash for each route",
        "Name of the routing cookie of all routes. An annotation cookie_name goes before it.",
        _cookie,
    ),
    _choice(
        FORWARDED_SETTING,
        APPEND,
        "What happens to X-Forwarded-* and Forwarded of incoming requests.",
        POLICIES,
    ),
    _timed(
        CHECK_INTERVAL_SETTING, DEFAULT_CHECK_INTERVAL, "Time between two health checks of a pod."
    ),
    *(_timed(setting, default, _TIMED[each]) for each, (setting, default) in TIMEOUTS.items()),
    RouterVariable(
        MAX_CONNECTIONS, str(MAX_CONNECTIONS_DEFAULT), "Connections at the same time.", _number
    ),
    RouterVariable(THREADS, "HAProxy's own", "Threads of HAProxy.", _number),
    _switched(
        DISABLE_HTTP2, "false", "true: no HTTP/2 for routes with a certificate of their own."
    ),
    RouterVariable(
        REQUEST_HEADERS,
        "none",
        "Headers set in or deleted from all requests: Name:value:Set,Name:Delete.",
        _headers,
    ),
    RouterVariable(RESPONSE_HEADERS, "none", "The same for all responses.", _headers),
    RouterVariable(
        CASE_ADJUSTMENTS_SETTING,
        "none",
        "Header names, separated by commas, that routes with the annotation h1-adjust-case send so.",
        _anything,
    ),
    RouterVariable(
        CUSTOM_404,
        "none",
        "Path of the page for hosts without a route; with one they get 404 instead of 503.",
        _anything,
    ),
    RouterVariable(
        router_log.ADDRESS,
        "no access log",
        "Where HAProxy sends its log, in haproxy.config; the access log here does not need it.",
        _anything,
    ),
    RouterVariable(router_log.LENGTH, "1024", "Bytes of a line of that log.", _number),
    RouterVariable(router_log.FACILITY, "local1", "Facility of that log.", _anything),
    RouterVariable(
        router_log.LEVEL, "warning", "Level of that log; requests are at info.", _anything
    ),
    RouterVariable(router_log.FORMAT, "option httplog", "Format of that log.", _anything),
    RouterVariable(
        router_log.REQUEST_HEADERS,
        "none",
        "Headers of requests in that log: Host:253,Referer:80.",
        _anything,
    ),
    RouterVariable(router_log.RESPONSE_HEADERS, "none", "Headers of answers likewise.", _anything),
    RouterVariable(
        DEFAULT_CERTIFICATE,
        "the default certificate",
        "Path in haproxy.config only: choose a secret to change the certificate that is shown.",
        _anything,
    ),
    RouterVariable(
        DEFAULT_DESTINATION_CA,
        "the service CA",
        "Path in haproxy.config only: the CA for re-encrypted traffic.",
        _anything,
    ),
)
VARIABLES: Final[Mapping[str, RouterVariable]] = MappingProxyType(
    {each.name: each for each in _ALL}
)
"""All variables that the router reads, by name, the most asked for first."""


def ignored_settings(env: Mapping[str, str]) -> Iterator[IgnoredSetting]:
    """Values that the router passes over in silence, and variables that it does not know."""
    for name, value in env.items():
        variable = VARIABLES.get(name)
        if variable is None:
            yield IgnoredSetting(name, value, "the router has no setting of this name")
        elif value and (why := variable.problem(value)):
            yield IgnoredSetting(name, value, why)
