"""What holds of every allocator whatever is asked of it, and in whatever order."""

from __future__ import annotations

import ipaddress
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from cluster.engine.network.bitmap import Bitmap
from cluster.engine.network.node_subnets import NodeSubnetAllocator, NoSubnetsAvailableError
from cluster.engine.network.pod_addresses import AddressesExhaustedError, HostLocal
from cluster.engine.network.service_addresses import ServiceAddresses
from cluster.engine.rng import RandomStream


class ANodesAddresses(RuleBasedStateMachine):
    """A node's pool beside the plainest model of it: a list of addresses and a place in it."""

    @initialize(prefix=st.integers(min_value=22, max_value=29))
    def begin(self, prefix: int) -> None:
        self.subnet = ipaddress.ip_network(f"10.128.0.0/{prefix}")
        self.pool = HostLocal(str(self.subnet))
        self.usable = [str(host) for host in self.subnet.hosts()][1:]
        self.held: dict[str, str] = {}
        self.place = 0
        self.pods = 0

    def expected(self) -> str | None:
        order = self.usable[self.place :] + self.usable[: self.place]
        return next((address for address in order if address not in self.held), None)

    @rule(count=st.integers(min_value=1, max_value=40))
    def create_pods(self, count: int) -> None:
        for _ in range(count):
            self.pods += 1
            expected = self.expected()
            try:
                address = self.pool.allocate(f"pod {self.pods}")
            except AddressesExhaustedError:
                assert expected is None
                return
            assert address == expected
            self.held[address] = f"pod {self.pods}"
            self.place = (self.usable.index(address) + 1) % len(self.usable)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def delete_a_pod(self, data: st.DataObject) -> None:
        address = data.draw(st.sampled_from(sorted(self.held)))
        assert self.pool.release(address)
        del self.held[address]

    @rule()
    def restart_the_node(self) -> None:
        restored = HostLocal(str(self.subnet))
        for address, owner in self.pool.holders().items():
            restored.mark(address, owner)
        restored.last_reserved = self.pool.last_reserved
        self.pool = restored

    @invariant()
    def the_leases_are_those_of_the_model(self) -> None:
        if hasattr(self, "pool"):
            assert dict(self.pool.holders()) == self.held
            assert len(self.pool) == len(self.held)


TestANodesAddresses = ANodesAddresses.TestCase
TestANodesAddresses.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


@given(
    prefix=st.integers(min_value=8, max_value=26),
    host_bits=st.integers(min_value=2, max_value=14),
    count=st.integers(min_value=1, max_value=60),
)
def test_node_subnets_lie_in_the_network_and_never_overlap(
    prefix: int, host_bits: int, count: int
) -> None:
    host_bits = min(host_bits, 32 - prefix)
    network = ipaddress.ip_network(f"10.0.0.0/{prefix}")
    allocator = NodeSubnetAllocator([(str(network), host_bits)])
    given_out = []
    for _ in range(count):
        try:
            given_out.append(ipaddress.ip_network(allocator.allocate()))
        except NoSubnetsAvailableError:
            assert len(given_out) == allocator.capacity()
            break
    assert all(subnet.subnet_of(network) for subnet in given_out)
    ordered = sorted(given_out)
    assert not any(a.overlaps(b) for a, b in pairwise(ordered))


@given(released=st.sets(st.integers(min_value=0, max_value=15), min_size=1, max_size=16))
def test_released_node_subnets_come_back_after_the_wrap_each_once(released: set[int]) -> None:
    allocator = NodeSubnetAllocator([("10.128.0.0/14", 14)])
    subnets = [allocator.allocate() for _ in range(allocator.capacity())]
    for index in released:
        allocator.release(subnets[index])
    again = [allocator.allocate() for _ in released]
    assert again == [subnets[index] for index in sorted(released)]


@given(seed=st.integers(min_value=0, max_value=2**64 - 1), count=st.integers(1, 80))
def test_service_addresses_are_inside_the_network_and_all_different(seed: int, count: int) -> None:
    services = ServiceAddresses("172.30.0.0/24", RandomStream(seed))
    addresses = [services.allocate() for _ in range(count)]
    network = ipaddress.ip_network("172.30.0.0/24")
    assert len(set(addresses)) == count
    assert services.kubernetes not in addresses
    assert all(ipaddress.ip_address(a) in list(network.hosts()) for a in set(addresses))


@given(
    size=st.integers(min_value=1, max_value=3000),
    taken=st.sets(st.integers(min_value=0, max_value=2999)),
    dense=st.booleans(),
    start=st.integers(min_value=0, max_value=2999),
)
def test_the_next_free_number_is_the_nearest_one_forward(
    size: int, taken: set[int], dense: bool, start: int
) -> None:
    taken = {n for n in taken if n < size}
    if dense:
        taken = set(range(size)) - taken
    bitmap = Bitmap(size)
    for number in taken:
        assert bitmap.take(number)
    start %= size
    order = [*range(start, size), *range(start)]
    assert bitmap.next_free(start) == next((n for n in order if n not in taken), None)
    assert list(bitmap) == sorted(taken)
    for number in taken:
        assert bitmap.free(number)
    assert len(bitmap) == 0


@given(
    seed=st.integers(min_value=0, max_value=2**64 - 1),
    draws=st.integers(min_value=0, max_value=20),
    stop=st.integers(min_value=1, max_value=2**64),
)
def test_a_stored_stream_goes_on_with_the_same_values(seed: int, draws: int, stop: int) -> None:
    stream = RandomStream(seed)
    for _ in range(draws):
        assert 0 <= stream.randrange(stop) < stop
    restored = RandomStream.from_state(stream.state)
    assert [stream.bits64() for _ in range(5)] == [restored.bits64() for _ in range(5)]
    assert restored.child("pods").state == RandomStream(seed).child("pods").state
