"""What is wrong with a message, and how it is answered."""

from __future__ import annotations


class BadMessage(Exception):
    """A message that cannot be read as HTTP/1.1, or must not be: `status` is the answer to it."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.why = why
        self.status = status
