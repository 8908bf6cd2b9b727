"""DeploymentConfigs: what an update may leave out."""

from __future__ import annotations

import dataclasses

from cluster.engine.strategies.base import Staging, Strategy
from cluster.objects.deploymentconfig import DeploymentConfig
from cluster.objects.kind import Object


class DeploymentConfigStrategy(Strategy):
    """openshift-apiserver `apps/apiserver/registry/deployconfig/strategy.go`."""

    def prepare_update(self, new: DeploymentConfig, old: Object, staging: Staging) -> Object:
        """The status is the controller's, as is the image that an ImageChange trigger resolved."""
        return dataclasses.replace(new, status=old.status)
