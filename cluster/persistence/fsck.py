"""Checking the database: every row makes an object, and the objects agree with one another.

`check` reads the database alone. `differences` compares it with a store, after a flush.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cluster.engine.store import Store
from cluster.objects import kinds
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.kind import Object
from cluster.objects.namespace import Namespace
from cluster.objects.node import Node, pod_cidr
from cluster.objects.pod import Pod
from cluster.objects.service import HEADLESS, Service
from cluster.persistence import state
from cluster.persistence.mappers import MAPPERS, Corrupt, Reader
from cluster.persistence.recovery import rows, templates


def check() -> list[str]:
    """What is wrong with the database, one sentence each; nothing when all is well."""
    saved = state.load()
    found: list[Object] = []
    problems: list[str] = []
    reader = Reader(templates())
    for mapper in MAPPERS.values():
        for row in rows(mapper):
            try:
                obj = mapper.read(row, reader)
            except Corrupt as error:
                problems.append(str(error))
                continue
            found.append(obj)
            problems += _stale_columns(mapper.columns, row, mapper.row(obj), _name(obj))
    if saved is None:
        return [*problems, "there are objects but no engine state"] if found else problems
    problems += _versions(found, saved.version_limit)
    problems += _uids(found)
    problems += _addresses(found)
    problems += _references(found)
    return problems


def differences(store: Store) -> list[str]:
    """Where the database differs from a store."""
    problems: list[str] = []
    reader = Reader(templates())
    for kind in kinds.STORED:
        mapper = MAPPERS[kind.name]
        stored = {tuple(obj.metadata.key): mapper.row(obj) for obj in store.list(kind.cls)}
        saved = {(row[0], row[1]): mapper.row(mapper.read(row, reader)) for row in rows(mapper)}
        for key in stored.keys() | saved.keys():
            name = f"{kind.name} {key[0]}/{key[1]}"
            if key not in saved:
                problems.append(f"{name} is in the store and not in the database")
            elif key not in stored:
                problems.append(f"{name} is in the database and not in the store")
            elif stored[key] != saved[key]:
                problems += _stale_columns(mapper.columns, saved[key], stored[key], name)
    return sorted(problems)


def _stale_columns(
    columns: Iterable[str], row: Iterable[Any], expected: Iterable[Any], name: str
) -> list[str]:
    return [
        f"{name}: column {column} is {held!r} and should be {wanted!r}"
        for column, held, wanted in zip(columns, row, expected, strict=True)
        if held != wanted
    ]


def _versions(objects: Iterable[Object], limit: int) -> Iterator[str]:
    for obj in objects:
        if obj.metadata.resource_version > limit:
            version = obj.metadata.resource_version
            yield f"{_name(obj)}: version {version} is above the counter's {limit}"


def _uids(objects: Iterable[Object]) -> Iterator[str]:
    return _doubles("uid", ((obj.metadata.uid, obj) for obj in objects))


def _addresses(objects: list[Object]) -> Iterator[str]:
    pods = [obj for obj in objects if isinstance(obj, Pod) and obj.status.pod_ip]
    subnets = {obj.metadata.name: pod_cidr(obj) for obj in objects if isinstance(obj, Node)}
    subnets |= {obj.host: obj.subnet for obj in objects if isinstance(obj, HostSubnet)}
    services = [obj for obj in objects if isinstance(obj, Service)]
    held = [pod for pod in pods if not (pod.is_finished or pod.is_on_host_network)]
    yield from _doubles("address", ((pod.status.pod_ip, pod) for pod in held))
    yield from _doubles(
        "subnet", ((each.subnet, each) for each in objects if isinstance(each, HostSubnet))
    )
    yield from _doubles(
        "cluster IP",
        ((s.spec.cluster_ip, s) for s in services if s.spec.cluster_ip not in ("", HEADLESS)),
    )
    for pod in held:
        subnet = subnets.get(pod.node_name)
        if subnet and not _contains(subnet, pod.status.pod_ip):
            yield (
                f"{_name(pod)}: address {pod.status.pod_ip} is outside of"
                f" {pod.node_name}'s subnet {subnet}"
            )


def _contains(subnet: str, address: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(subnet)
    except ValueError:
        return False


def _references(objects: list[Object]) -> Iterator[str]:
    namespaces = {obj.metadata.name for obj in objects if isinstance(obj, Namespace)}
    for obj in objects:
        kind = kinds.kind_of(obj)
        # Events outlive what they tell of.
        if kind.namespaced and kind is not kinds.EVENT and obj.metadata.namespace not in namespaces:
            yield f"{_name(obj)}: there is no namespace {obj.metadata.namespace}"


def _doubles(what: str, held: Iterable[tuple[str, Object]]) -> Iterator[str]:
    holders: Mapping[str, list[Object]] = defaultdict(list)
    for value, obj in held:
        holders[value].append(obj)
    for value, several in holders.items():
        if len(several) > 1:
            yield f"{what} {value} is held by {' and '.join(map(_name, several))}"


def _name(obj: Object) -> str:
    return f"{kinds.kind_of(obj).name} {obj.metadata.key}"
