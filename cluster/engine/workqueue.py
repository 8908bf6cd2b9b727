"""Work queues: keys that a controller has to look at, each once (client-go `util/workqueue`).

A queue holds keys, never events: controllers are level-triggered. A key that fails is retried with
client-go's exponential back-off, on the cluster's clock.
"""

from __future__ import annotations

from cluster.objects.meta import Key

BASE_DELAY = 0.005
MAX_DELAY = 1000.0


class WorkQueue:
    """First in, first out, without duplicates."""

    def __init__(self) -> None:
        self._keys: dict[Key, None] = {}
        self._failures: dict[Key, int] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, key: Key) -> None:
        """Ask for a key to be looked at; asking twice is asking once."""
        self._keys[key] = None

    def pop(self) -> Key:
        """The key that waits longest."""
        key = next(iter(self._keys))
        del self._keys[key]
        return key

    def retry_delay(self, key: Key) -> float:
        """Seconds to wait after one more failure of this key."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        return float(min(BASE_DELAY * 2**failures, MAX_DELAY))

    def forget(self, key: Key) -> None:
        """The key went well: its next failure starts from the beginning."""
        self._failures.pop(key, None)
