"""Projects: requesting one makes a namespace with its requester as admin (openshift projectrequest)."""

from __future__ import annotations

import dataclasses

from cluster.engine.strategies.base import Staging, Strategy
from cluster.objects.errors import Forbidden
from cluster.objects.kind import Object
from cluster.objects.meta import ObjectMeta
from cluster.objects.namespace import REQUESTER, NamespaceStatus, is_system
from cluster.objects.rolebinding import ADMIN, RoleBinding, RoleRef, Subject


class NamespaceStrategy(Strategy):
    """Namespaces made by a cluster admin get no members."""

    def prepare_create(self, obj: Object, staging: Staging) -> Object:
        """A new namespace is Active."""
        return dataclasses.replace(obj, status=NamespaceStatus(phase="Active"))

    def check_delete(self, obj: Object, staging: Staging) -> None:
        """The cluster's own namespaces stay (kubernetes NamespaceLifecycle admission)."""
        if is_system(obj.metadata.name):
            raise Forbidden(
                f'namespaces "{obj.metadata.name}" is forbidden: this namespace may not be deleted'
            )


class ProjectStrategy(NamespaceStrategy):
    """Projects requested by a user: the user becomes their admin."""

    def prepare_create(self, obj: Object, staging: Staging) -> Object:
        """Note who asked for it."""
        annotations = dict(obj.metadata.annotations) | {REQUESTER: staging.actor.name}
        metadata = dataclasses.replace(obj.metadata, annotations=annotations)
        return dataclasses.replace(obj, metadata=metadata, status=NamespaceStatus(phase="Active"))

    def prepare_update(self, new: Object, old: Object, staging: Staging) -> Object:
        """Who asked for a project does not change, whatever a manifest leaves out."""
        requester = old.metadata.annotations.get(REQUESTER)
        if requester is None or REQUESTER in new.metadata.annotations:
            return new
        annotations = {**new.metadata.annotations, REQUESTER: requester}
        metadata = dataclasses.replace(new.metadata, annotations=annotations)
        return dataclasses.replace(new, metadata=metadata)

    def after_create(self, obj: Object, staging: Staging) -> None:
        """Bind the admin role."""
        staging.stage_new(
            RoleBinding(
                metadata=ObjectMeta(name=ADMIN, namespace=obj.metadata.name),
                role_ref=RoleRef(name=ADMIN),
                subjects=(
                    Subject(
                        kind="User",
                        api_group="rbac.authorization.k8s.io",
                        name=staging.actor.name,
                    ),
                ),
            )
        )
