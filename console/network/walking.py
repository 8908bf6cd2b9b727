"""A walk's question as the page writes it: `pod/demo/web-1`, `service/demo/web`, `node/node-1`,
`router/node-1`, `nodeport/node-1`, or an address."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from cluster.objects import kinds
from cluster.objects.errors import NotFound
from cluster.objects.meta import Key
from cluster.objects.service import ingress_addresses, node_ports
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor
from cluster.runtime.network import (
    Connection,
    OfPod,
    OnNode,
    Outside,
    ToAddress,
    ToNodePort,
    ToService,
)
from console.network.ports import port_of

PROTOCOLS = ("TCP", "UDP", "SCTP")


NOT_YOURS = "This belongs to a project that you may not see."


class UnknownPartyError(ValueError):
    """What was typed names nobody; the message says why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, what it means (None while it makes no sense), and what is wrong by field."""

    source: str = ""
    destination: str = ""
    port: str = ""
    protocol: str = "TCP"
    endpoint: str = ""
    seed: int = 0
    connection: Connection | None = None
    problems: Mapping[str, str] = field(default_factory=dict)

    def query(self, **changes: Any) -> str:
        """The query string of this question, or of one that differs."""
        given = {
            "from": self.source,
            "to": self.destination,
            "port": self.port,
            "protocol": self.protocol,
            "endpoint": self.endpoint,
            "seed": self.seed,
            **changes,
        }
        return urlencode({name: value for name, value in given.items() if value})


def parse(client: Client, actor: Actor, values: Mapping[str, Any]) -> Asked:
    """The question in a query string. Without both parties, as links to the page give it, it is only the
    beginning of one: no connection, and no problems."""
    source, destination = (str(values.get(name, "")).strip() for name in ("from", "to"))
    port, protocol = str(values.get("port", "")).strip(), str(values.get("protocol", "TCP"))
    seed, endpoint = str(values.get("seed", "0")), str(values.get("endpoint", ""))
    typed = Asked(
        source=source,
        destination=destination,
        port=port,
        protocol=protocol if protocol in PROTOCOLS else "TCP",
        endpoint=endpoint,
        seed=int(seed) if seed.isascii() and seed.isdecimal() and len(seed) < 10 else 0,
    )
    is_asked = "from" in values and "to" in values
    return _understood(client, actor, typed) if is_asked else typed


def _understood(client: Client, actor: Actor, typed: Asked) -> Asked:
    problems: dict[str, str] = {}
    parties: dict[str, Any] = {}
    for name, text, read in (
        ("from", typed.source, read_source),
        ("to", typed.destination, read_destination),
    ):
        try:
            parties[name] = read(client, actor, text, typed.endpoint)
        except UnknownPartyError as error:
            problems[name] = str(error)
    port = port_of(typed.port)
    if port is None:
        problems["port"] = "Must be a number from 1 to 65535."
    elif not problems and not _may_dial(client, actor, parties["to"], port):
        problems["to"] = NOT_YOURS
    connection = None
    if not problems and port is not None:
        connection = Connection(
            source=parties["from"],
            destination=parties["to"],
            port=port,
            protocol=typed.protocol,
            seed=typed.seed,
        )
    return Asked(
        source=typed.source,
        destination=typed.destination,
        port=typed.port,
        protocol=typed.protocol,
        endpoint=typed.endpoint,
        seed=typed.seed,
        connection=connection,
        problems=problems,
    )


def read_source(client: Client, actor: Actor, text: str, endpoint: str) -> OfPod | OnNode | Outside:
    """Who dials. Raises UnknownPartyError."""
    kind, _, rest = text.partition("/")
    if kind == "pod":
        return OfPod(_object(client, actor, kinds.POD, rest))
    if kind in ("node", "router"):
        _node(client, kind, rest)
        return OnNode(rest, router=kind == "router")
    address = _address(text, "pod/<project>/<name>, node/<name>, router/<node>")
    view = client.network.view()
    site = view.pod_at(address)
    if site is not None:
        return OfPod(_seen(client, actor, site.key))
    node = view.node_at(address)
    return Outside(address) if node is None else OnNode(node.name)


def read_destination(
    client: Client, actor: Actor, text: str, endpoint: str
) -> OfPod | ToService | ToNodePort | ToAddress:
    """Who is dialled. Raises UnknownPartyError."""
    kind, _, rest = text.partition("/")
    if kind == "pod":
        return OfPod(_object(client, actor, kinds.POD, rest))
    if kind == "service":
        return ToService(_object(client, actor, kinds.SERVICE, rest), endpoint)
    if kind in ("node", "nodeport"):
        _node(client, kind, rest)
        node = client.network.view().node(rest)
        return (
            ToNodePort(rest, endpoint) if kind == "nodeport" or node is None else ToAddress(node.ip)
        )
    address = _address(
        text, "pod/<project>/<name>, service/<project>/<name>, nodeport/<node>, node/<name>"
    )
    view = client.network.view()
    site, service = view.pod_at(address), view.service_at(address)
    if site is not None:
        _seen(client, actor, site.key)
    if service is not None:
        _seen(client, actor, service.metadata.key)
    return ToAddress(address)


def _object(client: Client, actor: Actor, kind: Any, text: str) -> Key:
    namespace, _, name = text.partition("/")
    if not namespace or not name:
        raise UnknownPartyError(f"Write {kind.singular}/<project>/<name>.")
    key = _seen(client, actor, Key(namespace, name))
    try:
        client.get(kind, namespace, name)
    except NotFound:
        raise UnknownPartyError(f'{kind.plural} "{name}" not found in {namespace}.') from None
    return key


def _seen(client: Client, actor: Actor, key: Key) -> Key:
    if not client.may(actor, "get", kinds.POD, key.namespace):
        raise UnknownPartyError(NOT_YOURS)
    return key


def _may_dial(client: Client, actor: Actor, destination: Any, port: int) -> bool:
    """Whether the user may see the services that answer at a node's port or at an external IP."""
    if not isinstance(destination, ToNodePort | ToAddress):
        return True
    ip = destination.ip if isinstance(destination, ToAddress) else ""
    is_node = not ip or client.network.view().node_at(ip) is not None
    return all(
        client.may(actor, "get", kinds.SERVICE, service.metadata.namespace)
        for service in client.list(kinds.SERVICE)
        if (is_node and port in node_ports(service))
        or (ip and ip in (*service.spec.external_ips, *ingress_addresses(service)))
    )


def _node(client: Client, kind: str, name: str) -> None:
    if not name:
        raise UnknownPartyError(f"Write {kind}/<node>.")
    if client.network.view().node(name) is None:
        raise UnknownPartyError(f'nodes "{name}" not found.')


def _address(text: str, forms: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        if not text:
            raise UnknownPartyError("Required.") from None
        raise UnknownPartyError(f"{text!r} is neither an IPv4 address nor {forms}.") from None
