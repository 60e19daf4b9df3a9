"""A line to a server that can be cut or go dead: for trying what becomes of those who rely on it."""

import socket
import threading
import time
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit


class Line:
    """A TCP line on a port of its own that carries everything to the server of an address, and can fail."""

    def __init__(self, url: str, default_port: int) -> None:
        self._url = urlsplit(url)
        self._target = (self._url.hostname or "127.0.0.1", self._url.port or default_port)
        self._is_up = True
        self._is_dead = threading.Event()
        self._ends: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The address of the server by way of this line."""
        user = f"{self._url.netloc.rpartition('@')[0]}@" if "@" in self._url.netloc else ""
        port = self._listening.getsockname()[1]
        return urlunsplit(self._url._replace(netloc=f"{user}127.0.0.1:{port}"))

    def cut(self) -> None:
        """Close what is open and refuse what comes: a server that is down."""
        self._is_up = False
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends.clear()

    def go_dead(self) -> None:
        """Carry nothing any more, of which neither end hears: a cable that somebody pulled."""
        self._is_dead.set()

    def mend(self) -> None:
        """Carry again."""
        self._is_up = True
        self._is_dead.clear()

    def close(self) -> None:
        """Be gone."""
        self.mend()
        self.cut()
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                if not self._is_up:
                    near.close()
                    continue
                far = socket.create_connection(self._target)
                self._ends += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                while self._is_dead.is_set():
                    time.sleep(0.1)
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
