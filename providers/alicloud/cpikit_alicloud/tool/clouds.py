"""The regions of one cpi.json: a session of the provider in each, by the same code and keys."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, cast

from cpikit.commands.opened import Opened, stderr_log
from cpikit_alicloud.endpoints import is_loopback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cpikit.waiting import Clock
    from cpikit_alicloud.cpi import AlicloudCpi
    from cpikit_alicloud.session import Session

_OWNER = "cpikit-alicloud"
_PER_REGION = ("ecs", "sts", "oss")


class Clouds:
    """Sessions by region, made when they are asked for."""

    def __init__(
        self, config_path: str, *, debug: bool = False, clock: Clock | None = None
    ) -> None:
        self._path = config_path
        self._log = stderr_log(debug=debug)
        self._clock = clock
        home = self._opened({})
        self.home = _session(home)
        self._open = {self.home.client.region: home}

    def at(self, region: str) -> Session:
        """The session in a region."""
        if region not in self._open:
            self._open[region] = self._opened({"region": region, **self._endpoints(region)})
        return _session(self._open[region])

    @contextmanager
    def step(self, region: str = "") -> Iterator[Session]:
        """A step in a region, without one in cpi.json's own; a failure is a CpiError in words."""
        session = self.at(region or self.home.client.region)
        with self._open[session.client.region].step():
            yield session

    def _opened(self, context: dict[str, Any]) -> Opened:
        return Opened(
            self._path,
            command="stemcell",
            director_uuid=_OWNER,
            log=self._log,
            context=context,
            clock=self._clock,
        )

    def _endpoints(self, region: str) -> dict[str, str]:
        """The endpoints of another region.

        One that names the home region names the other instead, one on loopback serves all, and any
        other is the home region's alone: the other is reached at its public one.
        """
        config, home = self.home.config, self.home.client.region
        found = {}
        for product in _PER_REGION:
            given = str(getattr(config, f"{product}_endpoint"))
            host = given.rpartition("//")[2]
            if given and not is_loopback(host):
                found[f"{product}_endpoint"] = given.replace(home, region) if home in given else ""
        return found


def _session(opened: Opened) -> Session:
    return cast("AlicloudCpi", opened.cpi).session
