"""Pods made by users: the binding is the scheduler's, unless the manifest names a node that exists."""

from __future__ import annotations

from cluster.engine.strategies.base import Staging, Strategy
from cluster.objects.fields import FieldError, not_found
from cluster.objects.node import Node
from cluster.objects.pod import Pod


class PodStrategy(Strategy):
    """kubernetes `registry/core/pod`."""

    def check_create(self, pod: Pod, staging: Staging) -> list[FieldError]:
        """A pod may ask for a node by name; a node that is not there would keep it Pending forever."""
        if pod.node_name and staging.get(Node, "", pod.node_name) is None:
            return [not_found("spec.nodeName", pod.node_name)]
        return []
