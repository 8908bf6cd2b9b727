"""VNIDs of projects."""

from __future__ import annotations

import pytest

from cluster.engine.network.vnids import VnidError, VnidMap, VnidRange
from cluster.engine.rng import RandomStream
from cluster.objects.netnamespace import MIN_VNID


def a_map(*projects: str, vnids: VnidRange | None = None) -> VnidMap:
    made = VnidMap(RandomStream(7), vnids)
    for project in projects:
        made.assign(project)
    return made


def test_default_is_global_and_others_are_apart() -> None:
    vnids = a_map("default", "alpha", "bravo")
    assert vnids.vnid_of("default") == 0
    assert vnids.in_use() == 3
    assert all(vnid >= MIN_VNID for name, vnid in vnids.projects().items() if name != "default")


def test_joining_making_global_and_isolating_count_as_upstream_does() -> None:
    vnids = a_map("default", "alpha", "bravo")
    assert vnids.join("alpha", "bravo") == vnids.vnid_of("bravo")
    assert vnids.in_use() == 2
    vnids.make_global("alpha")
    vnids.make_global("bravo")
    assert vnids.in_use() == 1
    own = vnids.isolate("alpha")
    assert own >= MIN_VNID
    assert vnids.isolate("alpha") == own
    assert vnids.in_use() == 2


def test_a_shared_vnid_is_freed_with_its_last_project() -> None:
    vnids = a_map("alpha", vnids=VnidRange(10, 10))
    vnids.mark("bravo", 10)
    vnids.revoke("alpha")
    with pytest.raises(VnidError, match="range is full"):
        vnids.assign("charlie")
    vnids.revoke("bravo")
    assert vnids.assign("charlie") == 10


def test_changes_that_cannot_be_are_refused_and_change_nothing() -> None:
    vnids = a_map("default", "alpha")
    before = dict(vnids.projects())
    with pytest.raises(VnidError, match='network isolation for namespace "default"'):
        vnids.isolate("default")
    with pytest.raises(VnidError, match='netid not found for namespace "nobody"'):
        vnids.join("alpha", "nobody")
    with pytest.raises(VnidError, match="provided netid is not in the valid range"):
        vnids.mark("bravo", 1 << 24)
    assert dict(vnids.projects()) == before


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ((9, 20), "invalid netid base"),
        ((20, 19), "invalid netid size"),
        ((10, 1 << 24), "netid range exceeded max value 16777215"),
    ],
)
def test_a_range_that_cannot_be_is_refused(bounds: tuple[int, int], message: str) -> None:
    with pytest.raises(VnidError, match=message):
        VnidRange(*bounds)
