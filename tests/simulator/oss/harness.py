"""OSS for tests: asked directly, and over a real socket."""

from __future__ import annotations

import asyncio
import random
import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, quote, urlencode
from xml.etree import ElementTree as ET

from aiohttp import web
from attrs import define, field, frozen

from cpikit_alicloud_simulator.oss import Answer, OssService, OssSettings, OssStore
from cpikit_alicloud_simulator.wire import ApiError, WireRequest

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@frozen
class Somebody:
    account_id: str


def trusted(request: WireRequest, bucket: str, key: str) -> Somebody:
    """Take the access key id for the account, whatever the signature scheme; verify nothing."""
    header = request.headers.get("authorization", "")
    query = dict(request.query)
    if header.startswith("OSS4"):
        identity = header.partition("Credential=")[2].partition("/")[0]
    elif header:
        identity = header.partition(" ")[2].partition(":")[0]
    elif "x-oss-credential" in query:
        identity = query["x-oss-credential"].partition("/")[0]
    else:
        identity = query.get("OSSAccessKeyId", "")
    if not identity:
        raise ApiError(403, "AccessDenied", "no access key id in the request")
    return Somebody(identity)


@define
class World:
    """A store and its service, with a clock that the test moves."""

    settings: OssSettings = field(factory=OssSettings)
    authenticate: Callable[[WireRequest, str, str], object] = trusted
    permits: Callable[[object, str, str], bool] = lambda _caller, _action, _resource: True
    now: datetime = START
    store: OssStore = field(init=False)
    service: OssService = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.store = OssStore(settings=self.settings)
        self.service = OssService(self.store, self.authenticate, self.permits)

    def tick(self, seconds: int = 1) -> None:
        self.now += timedelta(seconds=seconds)

    def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
        account: str | None = "alice",
        host: str = "127.0.0.1:80",
        **query: object,
    ) -> WireRequest:
        """Make a request. `path` is not encoded yet; `account=None` leaves it unsigned.

        A header "drop" names one that is not to be sent.
        """
        sent = {"content-length": str(len(body))}
        if account is not None:
            sent["authorization"] = f"OSS {account}:signature"
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        sent.pop(sent.pop("drop", ""), None)
        pairs = tuple((name.replace("_", "-"), str(value)) for name, value in query.items())
        return WireRequest(method, quote(path), urlencode(pairs), pairs, sent, body, "http", host)

    def ask(self, *args: Any, **kwargs: Any) -> Answer:
        """Send one request, made of the same arguments."""
        return self.service.answer(self.request(*args, **kwargs), self.now)

    def code(self, *args: Any, **kwargs: Any) -> tuple[int, str]:
        """Send one request and give its status and error code."""
        answer = self.ask(*args, **kwargs)
        assert answer.status >= 300, f"expected a refusal, got {answer}"
        return answer.status, tree(answer).findtext("Code") or ""


def tree(answer: Answer) -> ET.Element:
    return ET.fromstring(answer.body)  # noqa: S314  # the simulator wrote it


def texts(answer: Answer, path: str) -> list[str]:
    return [element.text or "" for element in tree(answer).findall(path)]


def noise(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311  # test data


async def wire_request(request: web.Request) -> WireRequest:
    target = re.sub("^http://[^/]*", "", request.raw_path)  # absolute when sent to a proxy
    path, _, raw_query = target.partition("?")
    return WireRequest(
        method=request.method,
        path=path,
        raw_query=raw_query,
        query=tuple(parse_qsl(raw_query, keep_blank_values=True)),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await request.read(),
        scheme=request.scheme,
        host=request.headers.get("Host", ""),
    )


class Served:
    """A handler behind a real socket on 127.0.0.1, in a thread of its own."""

    def __init__(self, handle: Callable[[WireRequest], Answer]) -> None:
        self._handle = handle
        self._ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),), daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self.seen: list[WireRequest] = []
        self.defects: list[BaseException] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10), "the test server did not start within 10 s"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        assert not self.defects, self.defects

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        asked = await wire_request(request)
        self.seen.append(asked)
        try:
            answer = self._handle(asked)
        except Exception as error:  # reported when the server stops
            self.defects.append(error)
            raise
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)
