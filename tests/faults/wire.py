"""A wire to a server that a test can cut: a small TCP proxy that drops what passes, and heals."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_Pair = tuple[socket.socket, socket.socket]


class Wire:
    """Forwards connections to a server on this machine; `port` is its own."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._whole = True
        self._pairs: list[_Pair] = []
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, name="wire", daemon=True).start()

    def cut(self) -> None:
        """Let nothing pass any more; neither side hears that.

        The server ends its half of each connection, as it does when the other side stops answering its probes.
        """
        with self._lock:
            self._whole = False
            servers = [server for _, server in self._pairs]
        for server in servers:
            _reset(server)

    def heal(self) -> None:
        """Let new connections pass. The old ones are dead: the server answers each with a reset."""
        with self._lock:
            self._whole = True
            pairs, self._pairs = self._pairs, []
        for client, server in pairs:
            _reset(client)
            _reset(server)

    def close(self) -> None:
        self._listener.close()
        self.heal()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                self._join(self._listener.accept()[0])

    def _join(self, client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", self._server_port))
        with self._lock:
            self._pairs.append((client, server))
        for source, sink in ((client, server), (server, client)):
            threading.Thread(target=self._pump, args=(source, sink), name="wire", daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while received := source.recv(65_536):
                if self._whole:
                    sink.sendall(received)
        if self._whole:
            _reset(sink)


def _reset(end: socket.socket) -> None:
    """Close a connection at once, also under a thread that reads from it."""
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        end.shutdown(socket.SHUT_RDWR)
    end.close()
