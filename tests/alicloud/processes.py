"""The CPI as real processes on a served simulator: the same lives as in process, over the wire.

The world runs sixty times as fast as the processes wait, and leaps where a test lets time pass.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from cpikit_alicloud_simulator.simulator import Simulator
from tests.alicloud.simulated import WORLD, Simulated
from tests.alicloud.troubled import KILLS

WAIT_S = 120.0
PRODUCTS = ("ecs", "vpc", "slb", "nlb", "alb", "sts")
RULES = {"answer lost": "lose", "dropped": "drop"}
HOLDS = {"killed before": "hold_before", "killed after": "hold_after"}


@frozen
class Leaps:
    """The world's clock, as a test moves it."""

    simulator: Simulator

    def sleep(self, seconds: float) -> None:
        """Let the world be that much older."""
        self.simulator.control.advance(seconds)

    def monotonic_s(self) -> float:
        """The world's seconds."""
        return float(self.simulator.clock.now().timestamp())


@define
class Heard:
    """What the simulator heard of one process: the names of its calls, and the trouble it met."""

    names: list[str] = field(factory=list)
    met: str = ""


class Processes(Simulated):
    """One world, and processes of the CPI in it, which are killed for real."""

    def __init__(
        self, folder: Path, *, profile: Any = "typical", knobs: Mapping[str, Any] | None = None
    ) -> None:
        self.folder = folder
        self.simulator = Simulator(
            time="scaled:60", profile=profile, world={**WORLD, "knobs": dict(knobs or {})}
        )
        self.simulator.start()
        self.clock = Leaps(self.simulator)  # type: ignore[assignment]  # its two uses are the same
        self.wire = Heard()  # type: ignore[assignment]  # as above
        self.count = 0
        self.log = []
        self.groups = []
        self.untroubled: list[str] = []  # its calls: two kinds of trouble are made by name
        self._kind, self._nth = "", 0
        self.place = self._furnished()

    def stop(self) -> None:
        """End the world."""
        self.simulator.stop()

    def call(
        self,
        method: str,
        *arguments: Any,
        sections: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        **section: Any,
    ) -> dict[str, Any]:
        """The response of a new process, or one that says that it was killed."""
        self.count += 1
        control = self.simulator.control
        since = control.mark()
        rule = self._armed()
        process = self._started(method, arguments, context or {}, {**(sections or {})}, section)
        answer = self._killed(process, rule) if self._kind in KILLS else self._answered(process)
        calls = [one for one in control.calls(since) if not one["repeated"]]
        names = [one["name"] for one in calls]
        met = ""
        if rule and self._kind in (*RULES, *HOLDS):
            met = names[self._nth - 1] if len(names) >= self._nth else ""
        elif rule and control.rule(rule)["hits"]:  # by name: it began with the first of them
            met = self.untroubled[self._nth - 1]
        self.wire = Heard(names, met)  # type: ignore[assignment]  # as above
        return answer

    def trouble(self, kind: str, nth: int) -> None:
        """Trouble at the nth call of the next process."""
        self._kind, self._nth = kind, nth

    def calm(self) -> None:
        """No trouble from here on."""
        self.trouble("", 0)
        self.simulator.control.disarm()

    def _armed(self) -> str:
        """The rule of the trouble that is due."""
        control, kind, nth = self.simulator.control, self._kind, self._nth
        if not kind:
            return ""
        if kind in RULES:
            return control.arm(RULES[kind], nth=nth, times=1)
        if kind in HOLDS:
            return control.arm(HOLDS[kind], nth=nth, times=1)
        name = self.untroubled[nth - 1]
        if kind == "throttled five times":
            return control.arm("throttle", name=name, times=5)
        return control.arm("fail", name=name, code="InvalidParameter.Swept")

    def _killed(self, process: subprocess.Popen[str], rule: str) -> dict[str, Any]:
        """Kill it as soon as it waits for that answer."""
        control = self.simulator.control
        deadline = time.monotonic() + WAIT_S
        while control.rule(rule)["state"] != "hit":
            assert time.monotonic() < deadline, "the call never came"
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=WAIT_S)
        control.release(rule)
        control.disarm()
        return {"result": None, "error": {"message": "killed", "ok_to_retry": False}}

    def _answered(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        output, errors = process.communicate(timeout=WAIT_S)
        assert process.returncode == 0, errors
        assert "canary" not in output + errors
        answer: dict[str, Any] = json.loads(output)
        return answer

    def _started(
        self,
        method: str,
        arguments: tuple[Any, ...],
        context: Mapping[str, Any],
        sections: dict[str, Any],
        section: dict[str, Any],
    ) -> subprocess.Popen[str]:
        """A process that has its request, and nothing but PATH in its environment."""
        key, url = self.simulator.account, self.simulator.endpoint
        given = {
            "region": self.simulator.world.region_id,
            "access_key_id": key.id,
            "access_key_secret": key.secret,
            **{f"{product}_endpoint": url for product in PRODUCTS},
            **section,
        }
        config = self.folder / f"cpi-{id(self)}-{self.count}.json"
        properties = {"alicloud": given, **sections}
        config.write_text(json.dumps({"cloud": {"plugin": "alicloud", "properties": properties}}))
        request = {
            "method": method,
            "arguments": arguments,
            "context": {
                "director_uuid": "director-1",
                "request_id": f"cpi-{self.count:06d}",
                **context,
            },
            "api_version": 3,
        }
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", "cpikit", "--config", str(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"PATH": "/usr/bin:/bin"},
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(request))
        process.stdin.close()
        process.stdin = None
        return process
