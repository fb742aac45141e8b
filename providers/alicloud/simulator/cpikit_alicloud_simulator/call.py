"""One call of an action: its parameters, who asks, and the world as that caller may see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from attrs import field, frozen

from cpikit_alicloud_simulator import paging, refusal
from cpikit_alicloud_simulator.accounts import AccessKey
from cpikit_alicloud_simulator.knobs import Knob, V
from cpikit_alicloud_simulator.limits import Quota
from cpikit_alicloud_simulator.paging import Page, Paging, PagingChoices
from cpikit_alicloud_simulator.parameters import Parameters
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.resource import Resource
from cpikit_alicloud_simulator.table import Scope, ScopedView
from cpikit_alicloud_simulator.world import World

R = TypeVar("R", bound=Resource)
T = TypeVar("T")

VISIBLE_AFTER_S = Knob(
    "visibility.describe_s",
    0.0,
    (0.0, 2.0, 5.0),
    "How long a new resource is missing from Describe answers, in seconds of the world.",
    "seen in production by several clients; no number is documented",
    is_open=True,
)
USABLE_AFTER_S = Knob(
    "visibility.act_s",
    0.0,
    (0.0, 2.0, 5.0),
    "How long calls that name a new resource by id answer that it does not exist.",
    "seen in production by several clients; no number is documented",
    is_open=True,
)


@frozen
class Call(Parameters):
    """What an action gets. It is a `Parameters`, so `call.text("VpcName")` reads one.

    Reads look through `look`; writes take what they change with `need`. Before the first change
    a write calls `checked()`: that is where a dry run ends.
    """

    world: World = field(kw_only=True)
    key: AccessKey = field(kw_only=True)
    region_id: str = field(kw_only=True)
    request_id: str = field(kw_only=True)
    product: str = field(default="", kw_only=True)
    real_now: datetime = field(factory=lambda: datetime.now(UTC), kw_only=True)
    """What keys and tokens expire by, whatever the world's clock says."""
    host: str = field(default="", kw_only=True)
    """The host that was asked, with its port; empty for a call in this process."""
    is_dry: bool = field(default=False, kw_only=True)
    stale_s: float = field(default=0.0, kw_only=True)
    blind: bool = field(default=False, kw_only=True)

    @property
    def account_id(self) -> str:
        """The account that the caller belongs to."""
        return self.key.account_id

    @property
    def now_s(self) -> float:
        """The world's time, in seconds since 1970."""
        return self.world.now_s

    def look(self, kind: type[R], region_id: str | None = None) -> ScopedView[R]:
        """Give what this caller sees of a kind: perhaps late, stale, or nothing when denied."""
        scope = Scope(
            account_id=self.account_id,
            region_id=self.region_id if region_id is None else region_id,
            now_s=self.now_s,
            hidden_s=self.world.knob(VISIBLE_AFTER_S),
            stale_s=self.stale_s,
            blind=self.blind,
        )
        return self.world.view(kind, scope)

    def own(self, kind: type[R], region_id: str | None = None) -> ScopedView[R]:
        """Give what this caller may act on, as it really is."""
        scope = Scope(
            account_id=self.account_id,
            region_id=self.region_id if region_id is None else region_id,
            now_s=self.now_s,
            hidden_s=self.world.knob(USABLE_AFTER_S),
        )
        return self.world.view(kind, scope)

    def need(self, kind: type[R], id_: str, missing: Refusal) -> R:
        """Give the resource with this id to act on, or raise that it does not exist."""
        found = self.own(kind).get(id_)
        if found is None:
            raise missing.error(id=id_)
        return found

    def count(self, kind: type[Resource]) -> int:
        """Count the caller's resources of a kind in the region, for quotas."""
        return self.world.table(kind).count_at_home(self.account_id, self.region_id)

    def within(self, quota: Quota, count: int, exceeded: Refusal) -> None:
        """Raise `exceeded` when `count` is more than the quota allows."""
        if count > self.world.quota(quota):
            raise exceeded.error(quota=self.world.quota(quota), count=count)

    def demand(self, name: str, missing: Refusal | None = None) -> str:
        """Give a text that only the rest of the call makes mandatory, or raise that it is missing.

        What is always mandatory is `required` in the decorator.
        """
        given = self.text(name)
        if not given:
            raise (missing or refusal.MISSING).error(name=name)
        return given

    def checked(self) -> None:
        """Say that all is checked and changes begin: a dry run ends here."""
        if self.is_dry:
            raise refusal.DRY_RUN.error()

    def new_id(self, kind: type[Resource]) -> str:
        """Give an id for a new resource of a kind, in the region of the call."""
        return self.world.ids.resource(kind.prefix, self.region_id)

    def page(
        self, paged: Paging, rows: Sequence[T], key: Callable[[T], str] | None = None
    ) -> Page[T]:
        """Cut what the call found into the page that it asks for.

        `key` names a row (resources are named by id).
        """
        how = PagingChoices(
            clamps=self.world.knob(paging.PAGE_SIZE_OVER) == "clamp",
            true_total=self.world.knob(paging.TOKEN_TOTAL) == "true",
            ends_with_token=self.world.knob(paging.LAST_TOKEN) == "empty",
        )
        names = [_name(row) if key is None else key(row) for row in rows]
        return paging.cut(self, paged, rows, names, how)

    def knob(self, knob: Knob[V]) -> V:
        """Give how a knob is set."""
        return self.world.knob(knob)

    def tags(self, name: str = "Tag") -> dict[str, str]:
        """Give `Tag.N.Key` and `Tag.N.Value` unchecked; a later one wins over an earlier."""
        return {tag.text("Key"): tag.text("Value") for tag in self.structures(name)}

    def tag_filters(self, name: str = "Tag") -> list[tuple[str, str | None]]:
        """Give the tags that a Describe filters by; a missing value means any value."""
        return [(tag.text("Key"), tag.text("Value", None)) for tag in self.structures(name)]


def has_tags(resource: Resource, filters: Sequence[tuple[str, str | None]]) -> bool:
    """Say whether a resource carries all of these tags."""
    return all(
        name in resource.tags and value in (None, resource.tags[name]) for name, value in filters
    )


def shown_tags(resource: Resource, key: str = "TagKey", value: str = "TagValue") -> dict[str, Any]:
    """Give `{"Tag": [{"TagKey", "TagValue"}]}`; VPC says `Key` and `Value`."""
    return {"Tag": [{key: name, value: text} for name, text in resource.tags.items()]}


def _name(row: object) -> str:
    return row.id if isinstance(row, Resource) else str(row)
