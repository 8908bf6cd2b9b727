"""From targets to resource records, as CoreDNS makes them (coredns `plugin/backend_lookup.go`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import floor

from cluster.engine.network.dns import message
from cluster.engine.network.dns.coredns_objects import NO_PORT, Target
from cluster.engine.network.dns.message import Record, Soa, Srv
from cluster.engine.network.dns.names import family, fqdn


def soa(zone: str, mname: str, serial: int, ttl: int) -> Record:
    """The record of a zone; `ttl` in seconds is the minimum too."""
    data = Soa(f"{mname}.{zone}", f"hostmaster.{zone}", serial, 7200, 1800, 86400, ttl)
    return Record(zone, message.SOA, ttl, data)


def addresses(owner: str, targets: Iterable[Target], type_: str, ttl: int) -> list[Record]:
    """The addresses of one family, each once; `ttl` in seconds."""
    found = (family(each.host) for each in targets)
    texts = dict.fromkeys(address for kind, address in found if kind == type_)
    return [Record(owner, type_, ttl, text) for text in texts]


def services(
    owner: str, targets: Sequence[Target], ttl: int
) -> tuple[list[Record], list[Record], list[str]]:
    """SRV records, the addresses of their targets, and the targets that are other names.

    Targets without a port get no record, and yet their share of the weight.
    """
    weight = max(1, floor(100.0 / (100 * len(targets)) * 100)) if targets else 0
    answers: dict[tuple[str, int], Record] = {}
    additional: dict[tuple[str, str], Record] = {}
    others: dict[str, None] = {}
    for each in targets:
        if each.port == NO_PORT:
            continue
        kind, address = family(each.host)
        name = each.name if kind else fqdn(each.host)
        data = Srv(0, weight, each.port, name)
        answers.setdefault((name, each.port), Record(owner, message.SRV, ttl, data))
        if kind:
            additional.setdefault((name, address), Record(name, kind, ttl, address))
        else:
            others[name] = None
    return list(answers.values()), list(additional.values()), list(others)
