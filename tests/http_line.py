"""A line to an HTTP server on which a test answers requests itself."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

# What is answered instead, or None where the server itself is asked: given the method and the path.
Answer = Callable[[str, str], tuple[int, bytes] | None]
_OF_THE_LINE = {"connection", "transfer-encoding", "keep-alive"}


@contextmanager
def http_line(url: str, answer: Answer) -> Iterator[str]:
    """The address of a server that passes everything on to another but what ``answer`` says."""
    target = urlsplit(url).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            instead = answer(self.command, self.path)
            if instead is not None:
                status, content = instead
                self._reply(status, {"Content-Type": "application/xml"}, content)
                return
            # The name under which it was asked is signed, so it stays.
            with closing(http.client.HTTPConnection(target, timeout=60)) as connection:
                connection.request(self.command, self.path, body, dict(self.headers))
                with connection.getresponse() as answered:
                    content = answered.read()
            headers = {name: value for name, value in answered.getheaders() if name.lower() not in _OF_THE_LINE}
            # Whoever has asked may be gone, as a process that was killed.
            with suppress(ConnectionError):
                self._reply(answered.status, headers, content)

        def _reply(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if name.lower() != "content-length":
                    self.send_header(name, value)
            length = headers.get("Content-Length", len(content)) if self.command == "HEAD" else len(content)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass_on  # noqa: N815  the names that the library asks for

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
