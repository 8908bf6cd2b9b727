"""What holds for every history: it repeats byte for byte, and no address is held twice."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.engine.access import SYSTEM_ADMIN
from cluster.engine.commands import Command, Create, Delete, Edit, Scale
from cluster.engine.network.plugins.facts import PLUGINS
from cluster.engine.watch import Change
from cluster.objects import kinds
from cluster.objects.document import from_document, to_document
from cluster.objects.errors import ApiError
from cluster.objects.meta import Key
from cluster.objects.pod import Pod
from cluster.objects.service import Service
from cluster.scenarios.manifests import service
from tests.unit.engine.lab import (
    DC,
    NAMESPACE,
    POD,
    RC,
    SVC,
    Lab,
    config_document,
    controller_document,
    crashing,
    pod_document,
)

NAMES = ("a", "b", "c")
names = st.sampled_from(NAMES)
sizes = st.integers(0, 6)


def _create(document: object) -> Command:
    return Create(from_document(document)[0])  # type: ignore[arg-type]


commands = st.one_of(
    st.builds(lambda name: _create(pod_document(name)), names),
    st.builds(lambda name: _create(pod_document(name, env=crashing(3))), names),
    st.builds(lambda name, size: _create(controller_document(name, size)), names, sizes),
    st.builds(lambda name, size: _create(config_document(name, size)), names, sizes),
    st.builds(lambda name: _create(service(NAMESPACE, name, name)), names),
    st.builds(lambda name, size: Scale(RC, Key(NAMESPACE, name), size), names, sizes),
    st.builds(lambda name, size: Scale(DC, Key(NAMESPACE, name), size), names, sizes),
    st.builds(
        lambda kind, name, grace: Delete(kind, Key(NAMESPACE, name), grace),
        st.sampled_from((POD, RC, DC, SVC)),
        names,
        st.sampled_from((None, 0, 5)),
    ),
)
moments = st.floats(0, 40, allow_nan=False, width=32)


plugins = st.sampled_from(tuple(PLUGINS))
switches = st.builds(
    lambda plugin: Edit(
        kinds.CLUSTERNETWORK,
        Key("", "default"),
        lambda network: dataclasses.replace(network, plugin_name=plugin),
    ),
    plugins,
)
changing = st.lists(st.tuples(moments, st.one_of(commands, switches)), max_size=8)


def play(
    history: Sequence[tuple[float, Command]],
    stops: Sequence[float] = (),
    limit: int | None = None,
    plugin: str = "",
) -> tuple[Lab, list[Change]]:
    """Send each command at its time; step to further moments in between, in bites of `limit`."""
    lab = Lab(plugin=plugin)
    began = lab.engine.now
    changes = lab.engine.take_changes()
    actions: list[tuple[float, int, Command | None]] = [
        (at, index, command) for index, (at, command) in enumerate(history)
    ]
    actions += [(at, -1, None) for at in stops]
    for at, _, command in sorted(actions, key=lambda action: action[:2]):
        _step(lab, began + at, limit)
        if command is not None:
            try:
                lab.engine.execute([command], SYSTEM_ADMIN)
            except ApiError:
                continue
    _step(lab, began + 90, limit)
    return lab, changes + lab.engine.take_changes()


def _step(lab: Lab, until: float, limit: int | None) -> None:
    while not lab.engine.step(until, limit):
        pass


def written(changes: Sequence[Change]) -> bytes:
    """The watch log as JSON."""
    lines = [
        {"type": each.type, "version": each.version, "object": to_document(each.object)}
        for each in changes
    ]
    return json.dumps(lines, sort_keys=True).encode()


@settings(max_examples=25, deadline=None)
@given(
    history=changing,
    stops=st.lists(st.floats(0, 90, allow_nan=False), max_size=12),
    limit=st.one_of(st.none(), st.integers(1, 50)),
    plugin=plugins,
)
def test_a_history_is_the_same_however_its_steps_are_cut(
    history: list[tuple[float, Command]], stops: list[float], limit: int | None, plugin: str
) -> None:
    _, whole = play(history, plugin=plugin)
    _, cut = play(history, stops, limit, plugin)
    assert written(whole) == written(cut)


def test_another_seed_gives_another_history() -> None:
    one, other = Lab(seed=1), Lab(seed=2)
    assert written(one.engine.take_changes()) != written(other.engine.take_changes())


@settings(max_examples=25, deadline=None)
@given(history=changing, plugin=plugins)
def test_no_address_is_ever_held_twice(history: list[tuple[float, Command]], plugin: str) -> None:
    lab, changes = play(history, plugin=plugin)
    holder: dict[str, str] = {}
    for change in changes:
        if isinstance(change.object, Pod):
            _follow(holder, change)
    alive = {pod.metadata.uid: pod for pod in lab.engine.store.list(Pod) if not pod.is_finished}
    assert set(holder.values()) == {uid for uid, pod in alive.items() if pod.status.pod_ip}
    clusters = [each.spec.cluster_ip for each in lab.engine.store.list(Service)]
    assert len(clusters) == len(set(clusters))


def _follow(holder: dict[str, str], change: Change) -> None:
    pod = change.object
    address, uid = pod.status.pod_ip, pod.metadata.uid
    if change.new is None or pod.is_finished:
        if holder.get(address) == uid:
            del holder[address]
        return
    before = change.old.status.pod_ip if change.old is not None else ""
    if before and before != address and holder.get(before) == uid:
        del holder[before]
    if address:
        assert holder.setdefault(address, uid) == uid
