"""Clients visit in turn: counted by client or at once by the servers that the clients have."""

from __future__ import annotations

import numpy as np
import pytest

from cluster.engine.traffic.population import Population
from cluster.objects.visitors import VisitorsSpec


def crowd(clients: int = 7) -> Population:
    return Population("crowd", VisitorsSpec(route="web", clients=clients), 0.0)


@pytest.mark.parametrize("n", [1, 5, 7, 9, 30])
def test_counts_by_server_are_the_turns_of_the_servers_clients(n: int) -> None:
    one, other = crowd(), crowd()
    servers = np.array([0, 2, 2, 1, 0, 2, 0])
    for _ in range(5):
        expected = np.bincount(servers, weights=one.turns(n), minlength=4)
        assert other.counts(n, servers, 4).tolist() == expected.tolist()
        assert one.next_client == other.next_client


def test_clients_without_a_server_are_counted_for_none_and_their_turns_go_on() -> None:
    group = crowd()
    assert group.counts(9, np.full(7, -1), 3).tolist() == [0, 0, 0]
    assert group.next_client == 2
