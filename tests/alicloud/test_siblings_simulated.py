"""Two calls for one agent at the same time, the second some seconds after the first.

Both give the same VM, the smallest of those that were launched, and nothing else is there then.
"""

from __future__ import annotations

from typing import Any

import pytest

from cpikit.testing import InProcess, VirtualClock
from cpikit_alicloud import client
from cpikit_alicloud.provider import PROVIDER
from tests.alicloud.shared_time import SharedTime
from tests.alicloud.simulated import ENV, IMAGE, VM, Simulated, SimulatedWire
from tests.alicloud.sweep_cases import bound, plain, several
from tests.alicloud.sweeping import shape

LATENCY_S = 0.4  # of each call, so that the calls of both fall between one another


class Pair:
    """Two processes on one simulator, whose time is theirs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, knobs: dict[str, Any]) -> None:
        self.life = Simulated(monkeypatch, knobs=knobs)
        self._monkeypatch = monkeypatch
        self.time = SharedTime()
        self.answers: dict[int, Any] = {}
        self._told_s = 0.0

    def create(self, arguments: list[Any], apart_s: float) -> None:
        """Both ask for the same."""
        clocks: dict[str, VirtualClock] = {}
        inner = SimulatedWire(self.life.simulator)
        pair = self

        class Wire:
            """Takes its time for each call, and lets the world's time pass before it."""

            def __init__(self, clock: VirtualClock) -> None:
                self._clock = clock
                self.date = ""

            def send(self, *arguments: Any, **more: Any) -> dict[str, Any]:
                self._clock.sleep(LATENCY_S)
                pair.pass_time()
                try:
                    return inner.send(*arguments, **more)
                finally:
                    self.date = inner.date

        self._monkeypatch.setattr(
            client, "SdkWire", lambda config: Wire(clocks[config.role_session_name])
        )
        key = self.life.simulator.account

        def process(number: int) -> Any:
            def run(clock: VirtualClock) -> None:
                name = f"process-{number}"  # tells the wires apart; nothing uses it
                clocks[name] = clock
                clock.sleep(number * apart_s)
                section = {
                    "region": self.life.simulator.world.region_id,
                    "access_key_id": key.id,
                    "access_key_secret": key.secret,
                    "role_session_name": name,
                }
                context = {"request_id": f"cpi-{number:06d}"}
                cpi = InProcess(PROVIDER, section, clock=clock, context=context)
                self.answers[number] = cpi.respond("create_vm", *arguments)

            return run

        self.time.run([process(number) for number in range(2)])
        self.pass_time()

    def pass_time(self) -> None:
        self.life.simulator.clock.sleep(max(self.time.now_s - self._told_s, 0.0))
        self._told_s = self.time.now_s


def dynamic(life: Simulated) -> list[Any]:
    """No address that would keep the second launch from being made."""
    return ["agent-1", IMAGE, VM, life.place.networks(None), [], ENV]


@pytest.mark.parametrize(
    "knobs",
    [{}, pytest.param({"visibility.describe_s": 5.0}, marks=pytest.mark.slow)],
    ids=["default", "late"],
)
@pytest.mark.parametrize("apart_s", [0.0, 0.5, 1.0, 2.0, 4.0, 9.0, 20.0, 31.0])
@pytest.mark.parametrize("arguments", [plain, dynamic, bound, several])
def test_both_give_the_same_vm(
    monkeypatch: pytest.MonkeyPatch, arguments: Any, apart_s: float, knobs: dict[str, Any]
) -> None:
    alone = Simulated(monkeypatch)
    alone.result("create_vm", *arguments(alone))
    pair = Pair(monkeypatch, knobs)
    pair.create(arguments(pair.life), apart_s)
    answers = list(pair.answers.values())
    assert [answer["error"] for answer in answers] == [None, None]
    first, second = (answer["result"][0] for answer in answers)
    assert [first] == [second] == pair.life.alive()
    pair.life.simulator.control.disarm()
    monkeypatch.setattr(client, "SdkWire", lambda _config: pair.life.wire)
    assert shape(pair.life) == shape(alone)
