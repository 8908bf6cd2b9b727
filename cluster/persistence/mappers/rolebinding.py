"""Role bindings as rows."""

from collections.abc import Sequence
from typing import Any

from cluster import models
from cluster.objects import codec, kinds
from cluster.objects.meta import ObjectMeta
from cluster.objects.rolebinding import RoleBinding
from cluster.persistence.mappers.base import Mapper, Reader, decoded, dumps, loads


class RoleBindingMapper(Mapper):
    """The role's name for queries, then both parts as JSON."""

    kind = kinds.ROLEBINDING
    model = models.RoleBinding
    body = ("role", "role_ref", "subjects")

    def values(self, obj: RoleBinding) -> tuple[Any, ...]:
        """See `Mapper`."""
        subjects = dumps([codec.encode(each) for each in obj.subjects])
        return obj.role_ref.name, dumps(codec.encode(obj.role_ref)), subjects

    def object(self, metadata: ObjectMeta, values: Sequence[Any], reader: Reader) -> RoleBinding:
        """See `Mapper`."""
        document = {"roleRef": loads(values[1]), "subjects": loads(values[2])}
        binding: RoleBinding = decoded(self.kind, metadata, document)
        return binding


ROLEBINDING = RoleBindingMapper()
