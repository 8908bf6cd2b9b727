"""Nodes: a new one is a machine that joins; the last master stays, for without it there is no cluster."""

from __future__ import annotations

import dataclasses

from cluster.engine.network.addresses import AddressError, parse_address, parse_cidr
from cluster.engine.nodes.registration import (
    free_address,
    joining_status,
    joining_taints,
    labels,
    next_number,
)
from cluster.engine.strategies.base import Staging, Strategy
from cluster.objects.errors import Forbidden
from cluster.objects.fields import FieldError, forbidden, invalid, not_found
from cluster.objects.node import (
    ADDRESS,
    CUT_FROM,
    EVICTING_SINCE,
    MACHINE,
    Node,
    cut_from,
    internal_ip,
    is_machine_on,
    is_master,
)

LAST_MASTER = (
    "is the only master that runs: without it there is neither an API nor anybody to look after the"
    " nodes"
)


class NodeStrategy(Strategy):
    """kubernetes `registry/core/node`, and the machine that is to be there for the kubelet."""

    def prepare_create(self, node: Node, staging: Staging) -> Node:
        """A machine is set up under that name and registers with what it is."""
        config, name = staging.cluster.config, node.metadata.name
        nodes = staging.cluster.store.list(Node)
        number = next_number([each.metadata.name for each in nodes] + [name]) - 1
        wanted = node.metadata.annotations.get(ADDRESS, "")
        address = wanted or free_address(max(number, 1), {internal_ip(each) for each in nodes})
        own = labels(name)
        if is_master(node):
            own = {key: value for key, value in own.items() if not key.endswith("/worker")}
        metadata = dataclasses.replace(
            node.metadata, labels={**own, **node.metadata.labels}, annotations=_users(node)
        )
        known = {(each.key, each.effect) for each in node.spec.taints}
        taints = tuple(
            each for each in joining_taints(config) if (each.key, each.effect) not in known
        )
        return dataclasses.replace(
            node,
            metadata=metadata,
            spec=dataclasses.replace(node.spec, taints=(*node.spec.taints, *taints)),
            status=joining_status(config, name, address, staging.cluster.now),
        )

    def prepare_update(self, new: Node, old: Node, staging: Staging) -> Node:
        """What the node controller keeps in an annotation is not the user's."""
        annotations = _users(new)
        if EVICTING_SINCE in old.metadata.annotations:
            annotations[EVICTING_SINCE] = old.metadata.annotations[EVICTING_SINCE]
        if annotations == new.metadata.annotations:
            return new
        metadata = dataclasses.replace(new.metadata, annotations=annotations)
        return dataclasses.replace(new, metadata=metadata)

    def check_create(self, node: Node, staging: Staging) -> list[FieldError]:
        """The machine's network must be possible."""
        return [*_cut_errors(node, None, staging), *_address_errors(node, staging)]

    def check_update(self, new: Node, old: Node, staging: Staging) -> list[FieldError]:
        """The machine's network must be possible, and somebody must be left to run the cluster."""
        errors = _cut_errors(new, old, staging)
        if new.metadata.annotations.get(ADDRESS) != old.metadata.annotations.get(ADDRESS):
            errors += _address_errors(new, staging)
        ends = is_running_master(old) and not is_running_master(new)
        if ends and _is_last_master(old, staging):
            off = not is_machine_on(new)
            path = f"metadata.annotations[{MACHINE}]" if off else "metadata.labels"
            errors.append(forbidden(path, f"{new.metadata.name} {LAST_MASTER}"))
        return errors

    def check_delete(self, node: Node, staging: Staging) -> None:
        """The last master stays."""
        if is_running_master(node) and _is_last_master(node, staging):
            name = node.metadata.name
            raise Forbidden(f'nodes "{name}" is forbidden: {name} {LAST_MASTER}')


def is_running_master(node: Node) -> bool:
    """Whether the API is served from it."""
    return is_master(node) and is_machine_on(node)


def _is_last_master(node: Node, staging: Staging) -> bool:
    others = [
        staging.get(Node, "", each.metadata.name)
        for each in staging.cluster.store.list(Node)
        if each.metadata.name != node.metadata.name
    ]
    return not any(each is not None and is_running_master(each) for each in others)


def _users(node: Node) -> dict[str, str]:
    annotations = dict(node.metadata.annotations)
    annotations.pop(EVICTING_SINCE, None)
    return annotations


def _cut_errors(new: Node, old: Node | None, staging: Staging) -> list[FieldError]:
    """Only nodes that exist can be cut off; a name that was there before may be outdated."""
    path = f"metadata.annotations[{CUT_FROM}]"
    added = cut_from(new) - (cut_from(old) if old is not None else frozenset())
    errors = []
    for name in sorted(added):
        if name == new.metadata.name:
            errors.append(invalid(path, name, "a node is always connected with itself"))
        elif staging.get(Node, "", name) is None:
            errors.append(not_found(path, name))
    return errors


def _address_errors(node: Node, staging: Staging) -> list[FieldError]:
    """openshift/sdn `master/subnets.go: getNodeInternalIP` and `validateNodeIP`."""
    text = node.metadata.annotations.get(ADDRESS, "")
    if not text:
        return []
    path = f"metadata.annotations[{ADDRESS}]"
    try:
        value, bits = parse_address(text)
    except AddressError:
        return [invalid(path, text, "must be a valid IP address")]
    if bits == 32 and value >> 24 == 127:
        return [invalid(path, text, f"node IP {text} can't be a loopback address")]
    config = staging.cluster.config
    for kind, cidr in (
        ("cluster", config.cluster_network),
        ("service", config.service_network),
    ):
        if parse_cidr(cidr).contains(value, bits):
            return [invalid(path, text, f"node IP {text} conflicts with {kind} network {cidr}")]
    for each in staging.cluster.store.list(Node):
        taken = (internal_ip(each), each.metadata.annotations.get(ADDRESS))
        if each.metadata.name != node.metadata.name and text in taken:
            return [invalid(path, text, f"node {each.metadata.name} has this address")]
    return []
