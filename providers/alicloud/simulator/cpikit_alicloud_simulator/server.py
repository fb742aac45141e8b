"""Take requests off the socket and put answers onto it: HTTP and HTTPS on one world."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import ssl
import struct
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from aiohttp import web
from attrs import define, field

from cpikit_alicloud_simulator.control import Control, is_control
from cpikit_alicloud_simulator.desk import Desk, Sent
from cpikit_alicloud_simulator.exchange import Exchange
from cpikit_alicloud_simulator.oss.answer import Answer
from cpikit_alicloud_simulator.trouble import Rule
from cpikit_alicloud_simulator.wire import WireRequest

LOOPBACK = "127.0.0.1"
_LONGEST_LINE = 512 * 1024
"""User data of 32 KB comes in the query, in base64 and percent-encoded."""
_LONGEST_FIELD = 64 * 1024
_LARGEST_BODY = 1024**3
"""The largest part of an upload; RPC bodies are cut off far below."""
_LARGEST_FORM = 4 * 1024**2
_ABSOLUTE = re.compile(r"https?://(?P<host>[^/?#]*)", re.IGNORECASE)
_NO_BODY = frozenset({204, 304})

Lock: TypeAlias = AbstractContextManager[bool]
DeskNow: TypeAlias = Callable[[], Desk]


@define
class Server:
    """Serves whatever desk is the present one. All work is done on one event loop.

    `lock` is held while the world is touched, because a test in this process may call too.
    """

    desk: DeskNow
    control: Control
    lock: Lock
    _runner: web.ServerRunner | None = field(default=None, init=False)
    ports: dict[str, int] = field(factory=dict, init=False)

    async def start(self, http_port: int, https_port: int, context: ssl.SSLContext) -> None:
        """Listen on loopback; a port of 0 takes a free one, to be found in `ports`."""
        server = web.Server(
            self._answer,
            request_factory=_request,
            max_line_size=_LONGEST_LINE,
            max_field_size=_LONGEST_FIELD,
            access_log=None,
            logger=_silent(),
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=1.0)
        await self._runner.setup()
        for scheme, port, secured in (("http", http_port, None), ("https", https_port, context)):
            listening = _listening(port)
            self.ports[scheme] = listening.getsockname()[1]
            await web.SockSite(self._runner, listening, ssl_context=secured).start()

    async def stop(self) -> None:
        """Finish what is being answered and stop listening."""
        self.desk().rules.clear()
        if self._runner is None:
            return
        server = self._runner.server
        await self._runner.shutdown()
        for connection in list(server.connections) if server is not None else ():
            if connection.transport is not None:
                connection.transport.abort()  # TLS would wait for the client to say goodbye
        await self._runner.cleanup()
        await asyncio.sleep(0.01)  # let the transports hear that they are closed

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        wire = await _wire_request(request)
        if isinstance(wire, web.Response):
            return wire
        try:
            sent = await self._sent(wire, request)
        except Exception:  # noqa: BLE001  # a defect of ours: 500 and a note; the server lives
            self.desk().journal.defect(f"{wire.method} {wire.path}: {traceback.format_exc()}")
            return web.Response(status=500, text="the simulator failed; see /_simulator/counts")
        if sent.answer is None:
            _abort(request)
            return web.Response(status=500)
        if sent.cut == "reset":
            return await _cut_off(request, sent.answer)
        return _response(sent.answer, request)

    async def _sent(self, wire: WireRequest, request: web.BaseRequest) -> Sent:
        desk = self.desk()
        if is_control(wire.path):
            with self.lock:
                answer = self.control.answer(wire)
                return Sent(self.desk().dated(answer))
        with self.lock:
            exchange = desk.receive(wire)
        return await self._attended(desk, exchange, request)

    async def _attended(self, desk: Desk, exchange: Exchange, request: web.BaseRequest) -> Sent:
        """Take a request through the trouble that takes real time: holds and late answers."""
        rule = exchange.rule
        do = rule.do if rule else ""
        if do == "drop":
            with self.lock:
                return desk.dropped(exchange)
        if rule and do == "hold_before":
            await _held(rule)
            if _is_gone(request):  # killed while it waited: it never reached the work
                with self.lock:
                    return desk.dropped(exchange, "abandoned")
        with self.lock:
            desk.work(exchange)
        if rule and do == "hold_after":
            await _held(rule)
        elif rule and do == "late":
            await asyncio.sleep(1.0 if rule.seconds is None else rule.seconds)
        with self.lock:
            return desk.sent(exchange)


async def _held(rule: Rule) -> None:
    """Wait until the rule is released, or for its seconds if it has any."""
    waiting = asyncio.shield(asyncio.wrap_future(rule.let_go))
    try:
        await asyncio.wait_for(waiting, rule.seconds)
    except TimeoutError:
        return


def _request(*given: Any) -> web.BaseRequest:
    """Make a request that may have a large body (aiohttp gives message, payload and the rest)."""
    loop = asyncio.get_running_loop()
    message, payload, protocol, writer, task = given
    return web.BaseRequest(
        message, payload, protocol, writer, task, loop, client_max_size=_LARGEST_BODY
    )


async def _wire_request(request: web.BaseRequest) -> WireRequest | web.Response:
    """Take a request off the socket whole, or give the refusal of one that is too large."""
    if request.method == "CONNECT":
        refused = web.Response(status=501, text="no tunnels: ask for http:// URLs")
        refused.force_close()
        return refused
    if request.headers.get("Expect", "").lower() == "100-continue" and request.transport:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    kind = request.headers.get("Content-Type", "")
    is_form = kind.startswith("application/x-www-form-urlencoded")
    if is_form and (request.content_length or 0) > _LARGEST_FORM:
        return web.Response(status=413, text="the request body is too large")
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        return web.Response(status=413, text="the request body is too large")
    target, host = request.raw_path, request.headers.get("Host", "")
    absolute = _ABSOLUTE.match(target)
    if absolute:  # sent to a proxy
        target, host = target[absolute.end() :], absolute["host"]
    path, _, raw_query = target.partition("#")[0].partition("?")
    return WireRequest(
        method=request.method,
        path=path or "/",
        raw_query=raw_query,
        query=tuple(parse_qsl(raw_query, keep_blank_values=True)),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        scheme=request.scheme,
        host=host,
    )


def _response(answer: Answer, request: web.BaseRequest) -> web.Response:
    headers = dict(answer.headers)
    response = web.Response(status=answer.status, headers=headers, body=answer.body)
    if answer.status in _NO_BODY:
        response.body = None
    if request.version < (1, 1):
        response.force_close()
    return response


def _is_gone(request: web.BaseRequest) -> bool:
    return request.transport is None or request.transport.is_closing()


def _abort(request: web.BaseRequest) -> None:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()


async def _cut_off(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    """Send half of an answer and reset the connection."""
    response = web.StreamResponse(status=answer.status, headers=dict(answer.headers))
    response.content_length = max(len(answer.body), 2)
    await response.prepare(request)
    await response.write(answer.body[: len(answer.body) // 2] or b" ")
    if request.transport is not None:
        plain = request.transport.get_extra_info("socket")
        if plain is not None:  # a lingering time of zero makes the kernel send a reset
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return response


def _listening(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((LOOPBACK, port))
    listening.listen(1024)
    listening.settimeout(0)
    return listening


def _silent() -> logging.Logger:
    """Give a logger for aiohttp that says nothing: malformed requests are answered, not news."""
    return logging.Logger("aiohttp", logging.CRITICAL + 1)  # noqa: LOG001  # and it is nobody else's
