"""Count what an account may have, and how often it may call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from attrs import define, field, frozen

from cpikit_alicloud_simulator.suggest import did_you_mean


@frozen
class Quota:
    """How many of something one account may have in one region.

    A product declares its quotas next to the code that counts; a world file can set them.
    """

    name: str
    default: int
    about: str
    source: str


@define
class QuotaBook:
    """The quotas of a world."""

    quotas: Mapping[str, Quota]
    _set: dict[str, int] = field(factory=dict, init=False)

    def get(self, quota: Quota) -> int:
        """Give how many are allowed."""
        return self._set.get(quota.name, quota.default)

    def set(self, name: str, value: object) -> None:
        """Set a quota by name; raises ValueError."""
        if name not in self.quotas:
            raise ValueError(f"unknown quota {name!r}{did_you_mean(name, self.quotas)}")
        if type(value) is not int or value < 0:
            raise ValueError(f"quota {name}: {value!r} found, wanted a whole number, 0 or more")
        self._set[name] = value

    def rows(self) -> list[dict[str, object]]:
        """Give the table of all quotas."""
        return [
            {"name": q.name, "value": self.get(q), "about": q.about, "source": q.source}
            for q in sorted(self.quotas.values(), key=lambda q: q.name)
        ]


@frozen
class Rate:
    """How many calls of an API fit into one window of time.

    Windows are fixed and the counter restarts with the next one (ECS, "API throttling"); the
    values live in the Quota Center, not in documents, so a world has only those that it declares.
    Scope `user` counts per account and region (Throttling.User), `api` over all (Throttling.Api).
    """

    product: str
    action: str
    calls: int
    seconds: float = 60.0
    scope: Literal["user", "api"] = "user"


@define
class RateBook:
    """The rates of a world and what was called in the present windows."""

    rates: list[Rate] = field(factory=list)
    _counts: dict[tuple[Rate, str, str], tuple[int, int]] = field(factory=dict, init=False)

    def exceeded(
        self, product: str, action: str, account_id: str, region_id: str, now_s: float
    ) -> Rate | None:
        """Count one call; give the rate that it breaks, if any. A refused call counts too."""
        broken = None
        for rate in self.rates:
            if (rate.product, rate.action) not in {(product, action), (product, "*")}:
                continue
            who = (account_id, region_id) if rate.scope == "user" else ("", "")
            window = int(now_s // rate.seconds)
            at, count = self._counts.get((rate, *who), (window, 0))
            count = count + 1 if at == window else 1
            self._counts[(rate, *who)] = (window, count)
            if count > rate.calls:
                broken = broken or rate
        return broken
