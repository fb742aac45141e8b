"""The CPI on the simulator in this process: in virtual time, without sockets, and mortal.

The official SDK and real sockets have tests of their own; here every call goes straight to the
simulator's `ask`, so that thousands of troubled lives fit into a minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import format_datetime
from typing import Any

from cpikit.testing import InProcess, VirtualClock
from cpikit_alicloud import client
from cpikit_alicloud.provider import PROVIDER
from cpikit_alicloud.refusals import AnswerLost, Refused
from cpikit_alicloud_simulator.simulator import Simulator
from cpikit_alicloud_simulator.wire import ApiError


class Killed(BaseException):
    """The process is dead: none of its calls reaches the cloud any more."""


class SimulatedWire:
    """Stands in the place of client.SdkWire."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self.count = 0
        self.dies_at = 0
        self.dies_after_work = False
        self.is_dead = False

    @property
    def date(self) -> str:
        """The world's time, as every answer of the simulator carries it."""
        return format_datetime(self._simulator.clock.now(), usegmt=True)

    def send(
        self,
        keys: Any,
        product: str,
        action: str,
        parameters: Mapping[str, str],
        *,
        is_read: bool,
    ) -> dict[str, Any]:
        """Answer one call, or die at it."""
        self.count += 1
        if self.is_dead or (self.count == self.dies_at and not self.dies_after_work):
            self.is_dead = True
            raise Killed
        try:
            return self._simulator.ask(product, action, **parameters)
        except ApiError as error:
            refused = Refused(error.code, error.message, status=error.status, request_id="R")
            refused.product = product
            raise refused from error
        except ConnectionError as error:
            raise AnswerLost(f"{action}: {error}") from error
        finally:
            if self.count == self.dies_at:
                self.is_dead = True
                raise Killed


class Simulated:
    """One world, and processes of the CPI in it."""

    def __init__(self, monkeypatch: Any, world: Mapping[str, Any] | None = None) -> None:
        self.simulator = Simulator(time="virtual", world=dict(world or {}))
        self.clock = VirtualClock(on_sleep=self.simulator.clock.sleep)
        self.wire = SimulatedWire(self.simulator)
        self.requests = 0
        monkeypatch.setattr(client, "SdkWire", lambda _config: self.wire)

    def cpi(self, **section: Any) -> InProcess:
        """A process of the CPI, which has a request id of its own."""
        self.requests += 1
        self.wire.is_dead = False
        key = self.simulator.account
        return InProcess(
            PROVIDER,
            {
                "region": self.simulator.world.region_id,
                "access_key_id": key.id,
                "access_key_secret": key.secret,
                **section,
            },
            clock=self.clock,
            context={"request_id": f"cpi-{self.requests:06d}"},
        )

    def ask(self, product: str, action: str, **parameters: Any) -> dict[str, Any]:
        """Call the cloud as an operator would."""
        region = {"RegionId": self.simulator.world.region_id}
        return self.simulator.ask(product, action, **{**region, **parameters})

    def die_at(self, call: int, *, after_work: bool) -> None:
        """Let the process die at its `call`-th call from now."""
        self.wire.dies_at = self.wire.count + call
        self.wire.dies_after_work = after_work

    def live(self) -> None:
        """No further process dies."""
        self.wire.dies_at = 0
        self.wire.is_dead = False

    def inventory(self, *kinds: str) -> list[dict[str, Any]]:
        """What exists of these kinds."""
        rows = self.simulator.control.inventory()
        return [row for row in rows if not kinds or row["kind"] in kinds]
