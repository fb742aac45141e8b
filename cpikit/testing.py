"""For the tests of providers: a clock that never waits, and calls without a process.

A request takes the same road as in the real executable, from its bytes to the bytes of the answer;
only the process edge (descriptors, signals, exit) is missing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from cpikit.caller import Caller
from cpikit.cpi_json import CpiJson
from cpikit.log import Log
from cpikit.plugins import load_provider
from cpikit.provider import Provider
from cpikit.redaction import Redactor
from cpikit.serve import Server
from cpikit.waiting import Clock

DIRECTOR_UUID = "0b0c2d3e-0000-4000-8000-000000000000"
_START_S = 1_700_000_000.0


class VirtualClock:
    """Time that only passes when somebody sleeps; starts in November 2023.

    `on_sleep` is told each sleep's seconds, so that a simulated cloud can keep step.
    """

    def __init__(self, on_sleep: Callable[[float], object] | None = None) -> None:
        self.elapsed_s = 0.0
        self.sleeps: list[float] = []
        self._on_sleep = on_sleep

    def monotonic_s(self) -> float:
        """Seconds slept so far."""
        return self.elapsed_s

    def time_s(self) -> float:
        """Seconds since 1970."""
        return _START_S + self.elapsed_s

    def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.sleeps.append(seconds)
        self.elapsed_s += max(seconds, 0.0)
        if self._on_sleep is not None:
            self._on_sleep(seconds)


class CallFailed(AssertionError):
    """A call that was meant to succeed answered an error."""

    def __init__(self, method: str, error: Mapping[str, Any]) -> None:
        super().__init__(f"{method}: {error['type']}: {error['message']}")
        self.type = str(error["type"]).removeprefix("Bosh::Clouds::")
        self.message = str(error["message"])
        self.ok_to_retry = bool(error["ok_to_retry"])


class InProcess:
    """Runs calls of one provider in this process: `InProcess("fake", {"state_dir": …})`.

    `provider` is the name of an installed one, or a Provider. `sections` are further sections of
    cpi.json. `context` is added to every request's context. `log` collects the lines of all calls.
    """

    def __init__(
        self,
        provider: str | Provider,
        section: Mapping[str, Any],
        *,
        sections: Mapping[str, Any] | None = None,
        clock: Clock | None = None,
        context: Mapping[str, Any] | None = None,
        api_version: int = 3,
    ) -> None:
        self.clock = clock or VirtualClock()
        self.log: list[str] = []
        self.api_version = api_version
        self._load = (lambda _name: provider) if isinstance(provider, Provider) else load_provider
        name = provider if isinstance(provider, str) else provider.name
        self._sections = {name: dict(section), **(sections or {})}
        self._name = name
        self._context = {"director_uuid": DIRECTOR_UUID, "request_id": "cpi-000001"}
        self._context.update(context or {})

    def call(self, method: str, *arguments: Any, **context: Any) -> Any:
        """The result of a method. Raises CallFailed for an error."""
        answer = self.respond(method, *arguments, **context)
        if answer["error"] is not None:
            raise CallFailed(method, answer["error"])
        return answer["result"]

    def respond(self, method: str, *arguments: Any, **context: Any) -> dict[str, Any]:
        """The whole response of a method."""
        request = {
            "method": method,
            "arguments": list(arguments),
            "context": {**self._context, **context},
            "api_version": self.api_version,
        }
        response: dict[str, Any] = json.loads(self.raw(json.dumps(request).encode()))
        return response

    def raw(self, request: bytes, caller: Caller | None = None) -> bytes:
        """The answer to these bytes."""
        return self.server(caller).answer(request)

    def server(self, caller: Caller | None = None) -> Server:
        """A server for one call, for tests that look behind the answer."""
        config = CpiJson("cpi.json", self._name, self._sections)
        log = Log(lambda line: self.log.append(line.decode()), Redactor(), debug=config.debug)
        return Server(config, log, caller or Caller(), clock=self.clock, load=self._load)
