"""WebSockets in the pod: every message comes back. The protocol itself is the `websockets` library's."""

from __future__ import annotations

from typing import Final

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

LONGEST_MESSAGE: Final = 1_048_576


class Echo:
    """The server's side of one WebSocket, without a socket of its own."""

    def __init__(self) -> None:
        self._protocol = ServerProtocol(max_size=LONGEST_MESSAGE)
        self._fragments: list[bytes] = []
        self._size = 0
        self._text = True

    def open(self, head: bytes) -> bytes:
        """Answer the request that asks for the upgrade; what is to be sent."""
        self._protocol.receive_data(head)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._protocol.send_response(self._protocol.accept(event))
        return b"".join(self._protocol.data_to_send())

    @property
    def is_open(self) -> bool:
        """Whether messages may come."""
        return self._protocol.state is State.OPEN

    @property
    def is_over(self) -> bool:
        """Whether the connection is to be closed now."""
        return self._protocol.state is State.CLOSED or self._protocol.close_expected()

    def receive(self, data: bytes) -> bytes:
        """Take bytes in; what is to be sent for them."""
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and self.is_open:
                self._take(event)
        return b"".join(self._protocol.data_to_send())

    def _take(self, frame: Frame) -> None:
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._text = frame.opcode is Opcode.TEXT
            self._fragments, self._size = [], 0
        elif frame.opcode is not Opcode.CONT:
            return
        self._size += len(frame.data)
        if self._size > LONGEST_MESSAGE:
            self._protocol.fail(1009, "message too long")
            return
        self._fragments.append(bytes(frame.data))
        if frame.fin:
            message = b"".join(self._fragments)
            self._fragments = []
            if self._text:
                self._protocol.send_text(message)
            else:
                self._protocol.send_binary(message)
