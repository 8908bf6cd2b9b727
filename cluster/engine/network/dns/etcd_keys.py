"""SkyDNS's keys behind an answer, as `etcdctl get` would show them: `/skydns/local/cluster/svc/shop/web/…`.

OpenShift's embedded server has no such keys in etcd: it makes each record from the API's objects and only
labels it so. Stand-alone SkyDNS really stores them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from cluster.engine.network.dns.message import Answer
from cluster.engine.network.dns.sky_record import SkyRecord


@dataclass(frozen=True, slots=True)
class EtcdKey:
    """A key and its value, which is JSON."""

    key: str
    value: str


def keys_behind(answer: Answer) -> tuple[EtcdKey, ...]:
    """The keys of the records that an answer was made of, each once; CoreDNS has none."""
    return tuple(
        EtcdKey(each.key, value_of(each))
        for each in {each.key: each for each in answer.sources}.values()
    )


def value_of(record: SkyRecord) -> str:
    """A record as SkyDNS writes it: fields that are empty are left out (skydns `msg.Service`)."""
    fields = {
        "host": record.host,
        "port": record.port,
        "priority": record.priority,
        "weight": record.weight,
        "text": record.text,
        "mail": record.mail,
        "ttl": record.ttl,
        "targetstrip": record.target_strip,
        "group": record.group,
    }
    held = {name: each for name, each in fields.items() if each}
    return json.dumps(held, separators=(",", ":"), ensure_ascii=False)
