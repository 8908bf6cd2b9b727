"""Defaults of ReplicationController (kubernetes `core/v1: SetDefaults_ReplicationController`)."""

from __future__ import annotations

from dataclasses import replace

from cluster.objects.defaults.pod import default_template
from cluster.objects.replicationcontroller import ReplicationController


def default_replicationcontroller(controller: ReplicationController) -> ReplicationController:
    """A controller with one replica, and with the template's labels as selector and labels."""
    spec, metadata = controller.spec, controller.metadata
    if spec.template is not None and spec.template.metadata.labels:
        labels = spec.template.metadata.labels
        spec = replace(spec, selector=spec.selector or labels)
        metadata = replace(metadata, labels=metadata.labels or labels)
    return replace(
        controller,
        metadata=metadata,
        spec=replace(
            spec,
            replicas=1 if spec.replicas is None else spec.replicas,
            template=None if spec.template is None else default_template(spec.template),
        ),
    )
