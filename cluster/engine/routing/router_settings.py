"""The router's settings as an object: what OpenShift's operator puts into the environment of the router's
container (openshift/router: `pkg/cmd/infra/router`, haproxy-config.template), with its defaults.

`router_settings` is the one place that reads them from the cluster."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from cluster.engine.config import EngineConfig
from cluster.engine.routing.algorithm import ALGORITHMS, HTTP_SETTING, TCP_SETTING
from cluster.engine.routing.annotation_values import CHECK_INTERVAL_SETTING, DEFAULT_CHECK_INTERVAL
from cluster.engine.routing.backends import Objects
from cluster.engine.routing.cookies import COOKIE_NAME_SETTING, go_true, is_cookie_name
from cluster.engine.routing.durations import clip
from cluster.engine.routing.forwarded import APPEND, POLICIES
from cluster.engine.routing.forwarded import SETTING as FORWARDED_SETTING
from cluster.engine.routing.header_actions import HeaderAction, parse_environment
from cluster.engine.routing.host_index import Activation, oldest_first, same_namespace
from cluster.engine.routing.router_log import RouterLog, read_log
from cluster.engine.routing.router_object import (
    default_secret,
    environment,
    ingress_domain,
    overridden_settings,
    router_object,
)
from cluster.engine.routing.router_variables import (
    ALLOW_WILDCARDS,
    ALLOWED_DOMAINS,
    CUSTOM_404,
    DEFAULT_CERTIFICATE,
    DEFAULT_DESTINATION_CA,
    DENIED_DOMAINS,
    DISABLE_HTTP2,
    DISABLE_OWNERSHIP_CHECK,
    DOMAIN,
    EXTENDED_VALIDATION,
    HOST_TEMPLATE,
    MAX_CONNECTIONS,
    MAX_CONNECTIONS_DEFAULT,
    OVERRIDE_DOMAINS,
    OVERRIDE_HOST,
    REQUEST_HEADERS,
    RESPONSE_HEADERS,
    THREADS,
    TIMEOUTS,
    IgnoredSetting,
    ignored_settings,
)
from cluster.objects.host_assignment import RouterHosts
from cluster.objects.ingresscontroller import (
    INTER_NAMESPACE_ALLOWED,
    STRICT,
    WILDCARDS_ALLOWED,
    WILDCARDS_DISALLOWED,
    IngressController,
)

_SERVICE_CA: Final = "/var/run/configmaps/service-ca/service-ca.crt"
_INTEGER: Final = re.compile(r"[+-]?[0-9]+")


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
    ingress_domain: str = ""
    """The domain of generated hosts; `hosts.domain` is the router's own."""
    default_secret: str = ""
    """The secret with the certificate for hosts without their own, "" for a self-made one."""

    @property
    def admission(self) -> tuple[object, ...]:
        """All that decides over routes: where it changes the router looks at all of them again."""
        return (
            self.name,
            self.canonical_hostname,
            self.hosts,
            self.strict_ownership,
            self.allow_wildcards,
            self.allowed_domains,
            self.denied_domains,
            self.extended_validation,
        )

    @property
    def activation(self) -> Activation:
        """The rule among routes of one host."""
        return same_namespace if self.strict_ownership else oldest_first

    @property
    def ownership(self) -> str:
        """`namespaceOwnership` of the IngressController."""
        return STRICT if self.strict_ownership else INTER_NAMESPACE_ALLOWED

    @property
    def wildcard_policy(self) -> str:
        """`wildcardPolicy` of the IngressController."""
        return WILDCARDS_ALLOWED if self.allow_wildcards else WILDCARDS_DISALLOWED


def router_settings(objects: Objects, config: EngineConfig) -> RouterSettings:
    """The settings of a cluster's router, as its IngressController has them now."""
    return settings_of(router_object(objects), config)


def settings_of(controller: IngressController | None, config: EngineConfig) -> RouterSettings:
    """The settings that an IngressController gives the router; without one the profile's own."""
    return _remembered(
        tuple(sorted(environment(controller, config).items())),
        config.router_name,
        ingress_domain(controller, config),
        default_secret(controller),
        overridden_settings(controller),
    )


@lru_cache(maxsize=16)
def _remembered(
    env: tuple[tuple[str, str], ...],
    name: str,
    domain: str,
    secret: str,
    overridden: tuple[IgnoredSetting, ...],
) -> RouterSettings:
    read = read_settings(dict(env), name=name, domain=domain)
    return replace(read, default_secret=secret, ignored=(*overridden, *read.ignored))


def read_settings(
    env: Mapping[str, str], *, name: str = "default", domain: str = ""
) -> RouterSettings:
    """The settings of a router with this environment; `domain` counts where ROUTER_DOMAIN is unset."""
    served = env.get(DOMAIN) or domain
    threads, cookie = env.get(THREADS, ""), env.get(COOKIE_NAME_SETTING, "")
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
        cookie_name=cookie if is_cookie_name(cookie) else "",
        forwarded=_one_of(env.get(FORWARDED_SETTING), POLICIES) or APPEND,
        check_interval=clip(env.get(CHECK_INTERVAL_SETTING, "")) or DEFAULT_CHECK_INTERVAL,
        default_certificate=env.get(DEFAULT_CERTIFICATE, ""),
        default_destination_ca=env.get(DEFAULT_DESTINATION_CA, _SERVICE_CA),
        http2=not go_true(env.get(DISABLE_HTTP2)),
        max_connections=_integer(env.get(MAX_CONNECTIONS), MAX_CONNECTIONS_DEFAULT),
        threads=int(threads) if re.fullmatch("[1-9][0-9]*", threads) else None,
        timeouts={
            each: clip(env.get(setting, "")) or default
            for each, (setting, default) in TIMEOUTS.items()
        },
        request_headers=_headers(env.get(REQUEST_HEADERS)),
        response_headers=_headers(env.get(RESPONSE_HEADERS)),
        custom_404=bool(env.get(CUSTOM_404)),
        log=read_log(env),
        ignored=tuple(ignored_settings(env)),
        ingress_domain=domain,
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
