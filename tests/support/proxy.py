"""A way to a database that can fall silent: bytes stop, nothing is closed, and new connections are taken or not."""

from __future__ import annotations

import socket
import threading
from pathlib import Path


class Proxy:
    """Passes on what comes to `port` of this machine to a PostgreSQL server's socket, until it is told to be silent."""

    def __init__(self, server: Path) -> None:
        self._server = str(server)
        self._silent = threading.Event()
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def fall_silent(self) -> None:
        """Pass on nothing more, as a firewall that forgot its connections: no end, no reset."""
        self._silent.set()

    def speak_again(self) -> None:
        """Serve new connections; the old ones stay silent for ever."""
        self._silent = threading.Event()

    def close(self) -> None:
        self._listener.close()
        for one in self._sockets:
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            silent = self._silent
            self._sockets.append(client)
            if silent.is_set():
                continue
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._server)
            self._sockets.append(server)
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=_pass_on, args=(source, target, silent), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket, silent: threading.Event) -> None:
    try:
        while data := source.recv(65536):
            if silent.is_set():
                return
            target.sendall(data)
        if not silent.is_set():
            target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the test is over
