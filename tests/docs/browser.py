"""A headless Chromium, driven through its debugging protocol: what a page says, asks and shows."""

from __future__ import annotations

import asyncio
import base64
import functools
import http.server
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path

import aiohttp

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_TROUBLE = ("warning", "error", "assert")


def browser():
    """The path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def served(folder: Path):
    """The URL of a folder's files, on loopback."""
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Files, without a line for each."""

    def log_message(self, *_words):
        pass


class Tab:
    """One tab. `trouble` holds console messages, exceptions and requests that failed."""

    def __init__(self, socket):
        self._socket = socket
        self._number = 0
        self._answers = {}
        self._loaded = asyncio.Event()
        self._open = set()
        self.trouble = []
        self.asked = []
        self._reader = asyncio.ensure_future(self._read())

    async def send(self, method, **parameters):
        self._number += 1
        answer = self._answers[self._number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        return await asyncio.wait_for(answer, 60)

    async def _read(self):
        async for message in self._socket:
            said = message.json()
            if "id" in said:
                self._answers.pop(said["id"]).set_result(said.get("result", said))
            else:
                self._told(said["method"], said["params"])

    def _told(self, event, values):
        if event == "Page.loadEventFired":
            self._loaded.set()
        elif event == "Runtime.exceptionThrown":
            self.trouble.append(values["exceptionDetails"]["text"])
        elif event == "Runtime.consoleAPICalled" and values["type"] in _TROUBLE:
            self.trouble.append(str(values["args"]))
        elif event == "Log.entryAdded" and values["entry"]["level"] in _TROUBLE:
            self.trouble.append(values["entry"]["text"])
        elif event == "Network.requestWillBeSent":
            self._open.add(values["requestId"])
            self.asked.append(values["request"]["url"])
        elif event == "Network.loadingFinished":
            self._open.discard(values["requestId"])
        elif event == "Network.loadingFailed":
            self._open.discard(values["requestId"])
            self.trouble.append(f"request failed: {values['errorText']}")
        elif event == "Network.responseReceived" and values["response"]["status"] >= 400:
            self.trouble.append(f"{values['response']['status']} {values['response']['url']}")

    async def start(self):
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.send(f"{domain}.enable")

    async def visit(self, url):
        self._loaded.clear()
        await self.send("Page.navigate", url=url)
        await asyncio.wait_for(self._loaded.wait(), 60)

    async def value(self, expression):
        """What a promise in the page comes to."""
        answer = await self.send(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        return answer["result"].get("value")

    async def picture(self, width, height, *, is_dark=False):
        """A picture of the page at this width, as PNG."""
        await self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        scheme = "dark" if is_dark else "light"
        await self.send(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )
        return base64.b64decode((await self.send("Page.captureScreenshot"))["data"])


async def with_tab(folder: Path, do):
    """What `do(tab)` gives, in a browser that finds no address but loopback."""
    process = await asyncio.create_subprocess_exec(
        browser(), "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--no-first-run",
        f"--user-data-dir={folder}", "about:blank",
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        port = await asyncio.wait_for(_port(process), 60)
        async with aiohttp.ClientSession() as session:
            async with session.put(f"http://127.0.0.1:{port}/json/new?about:blank") as answer:
                address = (await answer.json())["webSocketDebuggerUrl"]
            async with session.ws_connect(address, max_msg_size=0) as socket:
                tab = Tab(socket)
                await tab.start()
                return await do(tab)
    finally:
        process.terminate()
        await process.wait()


async def _port(process):
    """It says on stderr where it listens."""
    async for line in process.stderr:
        if b"DevTools listening on ws://127.0.0.1:" in line:
            return int(line.split(b"127.0.0.1:")[1].split(b"/")[0])
    raise RuntimeError("the browser ended before it listened")
