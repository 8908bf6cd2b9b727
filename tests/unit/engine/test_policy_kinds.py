"""How many rules an EgressNetworkPolicy may have depends on the release."""

from __future__ import annotations

import pytest

from cluster.engine.access import SYSTEM_ADMIN
from cluster.engine.assembly import build_engine
from cluster.engine.commands import Create
from cluster.engine.config import COURSE, OPENSHIFT_4, EngineConfig, Profile
from cluster.engine.engine import Engine
from cluster.objects.document import from_document
from cluster.objects.errors import Invalid
from cluster.objects.meta import ObjectMeta
from cluster.objects.namespace import Project


def create(profile: Profile, rules: int) -> Engine:
    engine = build_engine(EngineConfig(epoch=1_700_000_000, profile=profile))
    document = {
        "apiVersion": "network.openshift.io/v1",
        "kind": "EgressNetworkPolicy",
        "metadata": {"name": "outside", "namespace": "shop"},
        "spec": {
            "egress": [
                {"type": "Allow", "to": {"cidrSelector": f"10.{number >> 8}.{number & 255}.0/24"}}
                for number in range(rules)
            ]
        },
    }
    project = Project(metadata=ObjectMeta(name="shop"))
    engine.execute([Create(project), Create(from_document(document)[0])], SYSTEM_ADMIN)
    return engine


@pytest.mark.parametrize(("profile", "most"), [(COURSE, 50), (OPENSHIFT_4, 1000)])
def test_the_most_rules_are_accepted(profile: Profile, most: int) -> None:
    create(profile, most)


@pytest.mark.parametrize(
    ("profile", "rules", "said"),
    [
        (COURSE, 51, 'spec.egress: Invalid value: "": too many egress rules (max 50)'),
        (OPENSHIFT_4, 1001, "spec.egress: Too many: 1001: must have at most 1000 items"),
    ],
)
def test_one_more_is_refused(profile: Profile, rules: int, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        create(profile, rules)
    assert [str(each) for each in refused.value.errors] == [said]
