"""Run a simulated cloud in this process: its server in a thread, its world at hand."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

from cpikit_alicloud_simulator import tls, world_file
from cpikit_alicloud_simulator.accounts import AccessKey
from cpikit_alicloud_simulator.catalogue import Catalogue, catalogue
from cpikit_alicloud_simulator.client import ControlClient, ControlError
from cpikit_alicloud_simulator.clock import Clock
from cpikit_alicloud_simulator.control import PREFIX, Control, Refused
from cpikit_alicloud_simulator.desk import Desk
from cpikit_alicloud_simulator.durations import Profile
from cpikit_alicloud_simulator.gate import RealNow, real_now
from cpikit_alicloud_simulator.server import LOOPBACK, Server
from cpikit_alicloud_simulator.wire import ApiError
from cpikit_alicloud_simulator.world import World

_START_S = 30


class Simulator:
    """One simulated cloud. `with Simulator() as simulator:` serves it on free loopback ports.

    In virtual time (the default) a client in this process waits with `simulator.clock.sleep`, and
    nothing really waits. Without `with`, `ask` calls actions directly and nothing listens.
    """

    def __init__(
        self,
        *,
        time: str = "virtual",
        profile: Profile | None = None,
        seed: int | None = None,
        world: Mapping[str, Any] | str | None = None,
        http_port: int = 0,
        https_port: int = 0,
        now: RealNow = real_now,
        serves: Catalogue | None = None,
    ) -> None:
        self.clock = Clock.parsed(time)
        self.lock = threading.RLock()
        self._now = now
        self._catalogue = serves or catalogue()
        self._ports = (http_port, https_port)
        self._declared = world_file.read(world) if isinstance(world, str) else dict(world or {})
        self._profile, self._seed = profile, seed
        self.desk = self._fresh({}, profile)
        self._control = Control(self)
        self._server = Server(lambda: self.desk, self._control, self.lock)
        self._running: _Running | None = None

    # The world

    @property
    def world(self) -> World:
        """The present world."""
        return self.desk.world

    def reset(
        self, declared: Mapping[str, Any] | None = None, profile: Profile | None = None
    ) -> None:
        """Begin a fresh world: as the simulator was made, with `declared` in place of sections."""
        with self.lock:
            old = self.desk
            self.desk = self._fresh(declared or {}, profile or self._profile)
            old.rules.clear()

    def _fresh(self, declared: Mapping[str, Any], profile: Profile | None) -> Desk:
        self.clock.restart()
        whole = {**self._declared, **declared}
        world = world_file.built(
            self._catalogue, self.clock, whole, profile=profile, seed=self._seed
        )
        return Desk(world, self._catalogue, self._now)

    @property
    def account(self) -> AccessKey:
        """The first access key: what clients sign with unless a test says otherwise."""
        return self.world.accounts.default_key

    def ask(
        self, product: str, action: str, _key: AccessKey | None = None, **parameters: Any
    ) -> dict[str, Any]:
        """Call an action without wire and signature; raises ApiError for a refusal.

        Parameters are written as on the wire (a dict argument for names with dots) or nested:
        `ask("Ecs", "TagResources", ResourceId=["i-1"], Tag=[{"Key": "a", "Value": "b"}])`.
        Rules work too; what spoils the wire raises ConnectionError.
        """
        with self.lock:
            desk = self.desk
            desk.world.settle()
            key = _key or self.account
            exchange = desk.begin(desk.rpc.ask(key, product, action, flat(parameters)))
            do = exchange.rule.do if exchange.rule else ""
            if do == "drop":
                desk.dropped(exchange)
                raise ConnectionError("the connection was closed before the work: a rule asked")
            done = desk.work(exchange)
            desk.sent(exchange)
            if do in {"lose", "reset", "truncate", "garble", "html"}:
                raise ConnectionError(f"the answer did not arrive: a rule asked for {do}")
            if done.code != "ok":
                body = done.body or {}
                raise ApiError(done.answer.status, done.code, str(body.get("Message", "")))
            return dict(done.body)

    @property
    def control(self) -> ControlClient:
        """The control interface, in this process."""
        return ControlClient(self._ask_control)

    def _ask_control(self, method: str, path: str, body: Any) -> Any:
        place, _, query = path.partition("?")
        with self.lock:
            try:
                return self._control.ask(method, place, body, dict(parse_qsl(query)))
            except Refused as refused:
                raise ControlError(f"{method} {path}: {refused}") from refused

    # The server

    def start(self) -> None:
        """Listen on loopback, in a thread of its own."""
        self._running = _Running(self._server, self._ports, tuple(self.world.regions))
        self._running.start()

    def stop(self) -> None:
        """Stop listening; the world stays."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def host(self) -> str:
        """`127.0.0.1:PORT` of the HTTP server, as SDKs want an endpoint."""
        return f"{LOOPBACK}:{self._server.ports['http']}"

    @property
    def https_host(self) -> str:
        """`127.0.0.1:PORT` of the HTTPS server."""
        return f"{LOOPBACK}:{self._server.ports['https']}"

    @property
    def endpoint(self) -> str:
        """The HTTP server's URL."""
        return f"http://{self.host}"

    @property
    def https_endpoint(self) -> str:
        """The HTTPS server's URL."""
        return f"https://{self.https_host}"

    @property
    def ca_file(self) -> str:
        """The certificate that HTTPS clients have to trust."""
        if self._running is None:
            raise LookupError("the simulator is not started: there is no CA yet")
        return self._running.certificates.ca_file

    def ready(self) -> dict[str, Any]:
        """Give what the command prints when it is ready."""
        return {
            "http": self.endpoint,
            "https": self.https_endpoint,
            "ca_file": self.ca_file,
            "control": f"{self.endpoint}{PREFIX}",
            "metadata": f"{self.endpoint}{PREFIX}/instances/ID/metadata",
            "region": self.world.region_id,
            "accounts": [
                {
                    "access_key_id": key.id,
                    "access_key_secret": key.secret,
                    "account_id": key.account_id,
                }
                for key in self.world.accounts.lasting_keys()
            ],
        }


class _Running:
    """The server's thread: an event loop from start to stop."""

    def __init__(self, server: Server, ports: tuple[int, int], regions: tuple[str, ...]) -> None:
        self.certificates = tls.made(regions)
        self._server = server
        self._ports = ports
        self._ready = threading.Event()
        self._failed: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="alicloud simulator", daemon=True)

    def start(self) -> None:
        """Start and wait until it listens; raises what kept it from listening."""
        self._thread.start()
        started = self._ready.wait(_START_S)
        if self._failed is not None or not started:
            self.certificates.remove()
            raise self._failed or TimeoutError(f"the server did not start within {_START_S} s")

    def stop(self) -> None:
        """Stop and wait for the end."""
        if self._loop is not None and self._end is not None:
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(_START_S)
        self.certificates.remove()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        try:
            await self._server.start(*self._ports, self.certificates.context)
        except OSError as error:
            self._failed = error
            return
        finally:
            self._ready.set()
        await self._end.wait()
        await self._server.stop()


def flat(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Write parameters as they go over the wire: lists numbered from 1, dicts with dots."""
    found: dict[str, str] = {}
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            found |= {f"{name}.{inner}": text for inner, text in flat(value).items()}
        elif isinstance(value, Sequence) and not isinstance(value, str):
            numbered = {str(place): one for place, one in enumerate(value, 1)}
            found |= {f"{name}.{inner}": text for inner, text in flat(numbered).items()}
        elif isinstance(value, bool):
            found[name] = "true" if value else "false"
        elif value is not None:
            found[name] = str(value)
    return found
