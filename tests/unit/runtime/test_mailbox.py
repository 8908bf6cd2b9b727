"""Requests reach the engine's thread in order, and every one is answered."""

from __future__ import annotations

import pytest

from cluster.runtime.errors import Unavailable
from cluster.runtime.mailbox import Mailbox


def test_requests_are_taken_in_order_of_arrival() -> None:
    mailbox, seen = Mailbox(), []
    for number in range(5):
        mailbox.put(lambda future, n=number: (seen.append(n), future.set_result(n)))
    for request in mailbox.take():
        request.serve()
    assert seen == [0, 1, 2, 3, 4]
    assert mailbox.take() == []


def test_what_the_work_raises_is_the_answer() -> None:
    mailbox = Mailbox()
    future = mailbox.put(lambda future: 1 / 0)
    mailbox.take()[0].serve()
    with pytest.raises(ZeroDivisionError):
        future.result(0)


def test_a_cancelled_request_is_not_served() -> None:
    mailbox, seen = Mailbox(), []
    future = mailbox.put(lambda future: seen.append(1))
    future.cancel()
    mailbox.take()[0].serve()
    assert seen == []


def test_a_closed_mailbox_refuses_and_gives_back_what_waits() -> None:
    mailbox = Mailbox()
    mailbox.put(lambda future: future.set_result(None))
    assert len(mailbox.close()) == 1
    with pytest.raises(Unavailable):
        mailbox.put(lambda future: None)


def test_a_request_wakes_a_sleeper_at_once() -> None:
    mailbox = Mailbox()
    mailbox.put(lambda future: None)
    mailbox.wait(None)  # would never return otherwise
