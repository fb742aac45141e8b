"""A small HTTP server on loopback, for what only a real socket can show: it answers as scripted."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from attrs import define, field


@define(eq=False)
class Request:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    headers: dict[str, str]


@define(eq=False)
class Loopback:
    """The server's script and what it heard. An answer is (status, body) or what makes one.

    `None` as an answer closes the connection without a word.
    """

    port: int = 0
    answers: list[Any] = field(factory=list)
    heard: list[Request] = field(factory=list)
    scheme: str = "http"

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def answer(self, body: Any = None, status: int = 200, **headers: str) -> None:
        """What comes next."""
        self.answers.append((status, {} if body is None else body, headers))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    script: Loopback
    wrap: Callable[[Any], Any] | None = None

    def setup(self) -> None:
        """Shake hands here: on the listening socket it would keep the server from its end."""
        if self.wrap is not None:
            self.request.settimeout(5)
            self.request = self.wrap(self.request)
        super().setup()

    def finish(self) -> None:
        """Close what was wrapped: the server knows the plain socket only."""
        super().finish()
        if self.wrap is not None:
            self.request.close()

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length).decode()
        url = urlsplit(self.path)
        self.script.heard.append(
            Request(
                self.command,
                url.path,
                dict(parse_qsl(url.query, keep_blank_values=True)),
                dict(parse_qsl(text, keep_blank_values=True)),
                dict(self.headers),
            )
        )
        answer = self.script.answers.pop(0)
        if answer is None:
            self.close_connection = True
            return
        if callable(answer):
            answer = answer(self.script.heard[-1])
        status, body, headers = answer
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    do_GET = do_POST  # noqa: N815  # as http.server calls it
    do_PUT = do_POST  # noqa: N815  # as above

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(wrap: Callable[[Any], Any] | None = None) -> Iterator[Loopback]:
    """A server for as long as the block runs; `wrap` puts TLS around its socket."""
    script = Loopback(scheme="https" if wrap else "http")
    handler = type(
        "Handler", (_Handler,), {"script": script, "wrap": staticmethod(wrap) if wrap else None}
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that distrusts
    script.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def tls(certificate: str, key: str) -> Callable[[Any], Any]:
    """What puts TLS around a socket."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return lambda sock: context.wrap_socket(sock, server_side=True)
