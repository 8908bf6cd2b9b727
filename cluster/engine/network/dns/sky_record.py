"""A record of SkyDNS: what stands behind one key of its tree (skydns `msg.Service`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

ROOT: Final = "skydns"


@dataclass(frozen=True, slots=True, kw_only=True)
class SkyRecord:
    """A host, an address or a name, with the port that it serves.

    `ttl` is in seconds. `target_strip` is the number of labels that are taken off the key's name when
    it becomes the target of a SRV record. Keys under one `group` hide those of others.
    """

    host: str = ""
    port: int = 0
    priority: int = 0
    weight: int = 0
    text: str = ""
    mail: bool = False
    ttl: int = 0
    target_strip: int = 0
    group: str = ""
    key: str = ""

    @property
    def name(self) -> str:
        """The domain name of the key."""
        return name_of(self.key)

    @property
    def target(self) -> str:
        """The name that a SRV record for an address points to."""
        labels = self.name.split(".")[:-1]
        if self.target_strip >= len(labels):  # the name is not that long: it is left as it is
            return self.name
        return ".".join(labels[self.target_strip :]) + "."


def key_of(name: str) -> str:
    """The key of a domain name: `web.shop.svc.cluster.local.` is `/skydns/local/cluster/svc/shop/web`."""
    labels = [label for label in name.split(".") if label]
    return "/" + "/".join((ROOT, *reversed(labels)))


def name_of(key: str) -> str:
    """The domain name of a key."""
    return ".".join(reversed(key.strip("/").split("/")[1:])) + "."


def of_group(records: list[SkyRecord]) -> list[SkyRecord]:
    """The records of the group that the shortest key names, and those of no group.

    Where keys of that length disagree there is no group (skydns `msg.Group`).
    """
    if not any(each.group for each in records):
        return records
    depths = [each.key.count("/") for each in records]
    group, shortest = records[0].group, depths[0]
    for each, depth in zip(records, depths, strict=True):
        if depth < shortest:
            if not each.group:
                break
            group, shortest = each.group, depth
    if not group:
        return records
    same_level = (each for each, depth in zip(records, depths, strict=True) if depth == shortest)
    if any(each.group not in ("", group) for each in same_level):
        return records
    return [each for each in records if each.group in ("", group)]


def with_defaults(record: SkyRecord, ttl: int, priority: int) -> SkyRecord:
    """The record as a server reads it: its own TTL (seconds) and priority, or the server's."""
    return replace(record, ttl=record.ttl or ttl, priority=record.priority or priority)
