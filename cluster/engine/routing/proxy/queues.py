"""The queues in which requests wait for a free connection: one for each server, one for the whole
backend (haproxy: queue.c), and the times at which waiting ends."""

from __future__ import annotations

from collections import OrderedDict
from heapq import heappop, heappush

from cluster.engine.routing.proxy.stream import Stream


class WaitingQueue:
    """Requests in the order of their arrival, first come, first served."""

    __slots__ = ("_streams",)

    def __init__(self) -> None:
        self._streams: OrderedDict[Stream, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._streams)

    def add(self, stream: Stream, now: float) -> None:
        stream.queued_at = round(now * 1000)
        self._streams[stream] = None

    def first(self) -> Stream | None:
        return next(iter(self._streams), None)

    def remove(self, stream: Stream) -> None:
        del self._streams[stream]

    def streams(self) -> list[Stream]:
        return list(self._streams)


class Timers:
    """Streams by the time at which they are due; one that is due elsewhen by now is passed over."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Stream]] = []
        self._serial = 0

    def set(self, stream: Stream, due: float) -> None:
        stream.due = due
        self._serial += 1
        heappush(self._heap, (due, self._serial, stream))

    def next_at(self) -> float | None:
        """The earliest time at which a stream is due."""
        heap = self._heap
        while heap and heap[0][2].due != heap[0][0]:
            heappop(heap)
        return heap[0][0] if heap else None

    def pop(self, now: float) -> Stream | None:
        """The stream that is due first, if that is by now."""
        due = self.next_at()
        if due is None or due > now:
            return None
        stream = heappop(self._heap)[2]
        stream.due = None
        return stream
