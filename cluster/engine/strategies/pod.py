"""Pods made by users: the binding is the scheduler's, unless the manifest names a node that exists."""

from __future__ import annotations

import dataclasses

from cluster.engine.strategies.base import Staging, Strategy
from cluster.objects.fields import FieldError, not_found
from cluster.objects.node import Node
from cluster.objects.pod import Pod


class PodStrategy(Strategy):
    """kubernetes `registry/core/pod`."""

    def prepare_update(self, new: Pod, old: Pod, staging: Staging) -> Pod:
        """A manifest that names no node leaves the pod where it is."""
        return new if new.node_name else dataclasses.replace(new, node_name=old.node_name)

    def check_create(self, pod: Pod, staging: Staging) -> list[FieldError]:
        """A pod may ask for a node by name; a node that is not there would keep it Pending forever."""
        if pod.node_name and staging.get(Node, "", pod.node_name) is None:
            return [not_found("spec.nodeName", pod.node_name)]
        return []
