"""Hold everything that exists in one simulated cloud, and let its time pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar, cast

from attrs import define, field

from cpikit_alicloud_simulator.accounts import Accounts
from cpikit_alicloud_simulator.clock import Clock
from cpikit_alicloud_simulator.durations import Duration, Profile
from cpikit_alicloud_simulator.ids import Ids
from cpikit_alicloud_simulator.knobs import Knob, KnobBook, V
from cpikit_alicloud_simulator.limits import Quota, QuotaBook, RateBook
from cpikit_alicloud_simulator.regions import DEFAULT_REGION, REGIONS, Region
from cpikit_alicloud_simulator.resource import SYSTEM_ACCOUNT, Resource
from cpikit_alicloud_simulator.table import History, Scope, ScopedView, Table
from cpikit_alicloud_simulator.timeline import Timeline, Transition

R = TypeVar("R", bound=Resource)
Step = tuple[str, Duration]


class Part(Protocol):
    """Something that a product keeps in a world beside resources, such as its stock.

    It is made when it is first asked for: `Stock(world)`. One that a world file may fill has
    `section: ClassVar[str]` (the file's section) and `declare(given)` (ValueError if it is wrong).
    """

    def __init__(self, world: World) -> None:
        """Begin empty, in this world."""


P = TypeVar("P", bound=Part)


@define(eq=False)
class World:
    """One simulated cloud. It is changed by one thread at a time (the simulator sees to that).

    What happens by itself is applied by `settle`, which runs before each look at the world.
    """

    knobs: KnobBook
    quotas: QuotaBook
    clock: Clock = field(factory=lambda: Clock("virtual"))
    profile: Profile = "instant"
    seed: int = 0
    region_id: str = DEFAULT_REGION
    regions: dict[str, Region] = field(factory=lambda: {each.id: each for each in REGIONS})
    ids: Ids = field(init=False)
    accounts: Accounts = field(init=False)
    rates: RateBook = field(factory=RateBook, init=False)
    timeline: Timeline = field(factory=Timeline, init=False)
    history: History = field(factory=History, init=False)
    made: list[Resource] = field(factory=list, init=False)
    _directory: dict[str, Resource] = field(factory=dict, init=False)
    _tables: dict[type[Resource], Table[Any]] = field(factory=dict, init=False)
    _parts: dict[type[Any], Any] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.ids = Ids(self.seed)
        self.accounts = Accounts(self.seed)

    # Time

    @property
    def now_s(self) -> float:
        """The time, in seconds since 1970: that of the transition while one is applied."""
        applying_s = self.timeline.applying_s
        return self.clock.now_s() if applying_s is None else applying_s

    def settle(self) -> None:
        """Apply all that is due by now."""
        self.timeline.settle(self.clock.now_s())

    def seconds(self, duration: Duration) -> float:
        """Give how long something takes in this world's profile; ranges follow the seed."""
        low, high = duration.bounds(self.profile)
        if low == high:
            return low
        return self.ids.stream(f"duration {duration.name}").uniform(low, high)

    def after(
        self,
        took: Duration | float,
        resource: Resource,
        do: Callable[[], None],
        *,
        whatever_state: bool = False,
    ) -> None:
        """Do something later, unless the resource is gone or has changed its state by then."""
        seconds = self.seconds(took) if isinstance(took, Duration) else took
        serial = None if whatever_state else resource.state_serial
        self.timeline.plan(Transition(self.now_s + seconds, resource, serial, do))

    def journey(
        self,
        resource: Resource,
        steps: Sequence[Step],
        end: str | None,
        then: Callable[[], None] | None = None,
    ) -> None:
        """Lead a resource through states that take time: `[("Starting", STARTING)], "Running"`.

        It is in the first step's state at once. `then` runs on arrival; an `end` of None means
        that the resource vanishes (and `then` runs before that). Whoever sets another state
        meanwhile ends the journey.
        """
        if not steps:
            if then:
                then()
            if end is None:
                resource.vanish(self)
            else:
                resource.state = end
            return
        (state, took), *rest = steps
        resource.state = state
        self.after(took, resource, lambda: self.journey(resource, rest, end, then))

    def freeze(self, resource: Resource, seconds: float | None = None) -> None:
        """Let a resource hang in its state, for some seconds or until it is thawed."""
        until_s = float("inf") if seconds is None else self.now_s + seconds
        self.timeline.freeze(resource.id, until_s)

    def thaw(self, resource: Resource) -> None:
        """Let a resource go on."""
        self.timeline.thaw(resource.id, self.now_s)

    # Things

    def table(self, kind: type[R]) -> Table[R]:
        """Give the table of a kind."""
        if kind not in self._tables:
            self._tables[kind] = Table(kind, lambda: self.now_s, self.history)
        return cast("Table[R]", self._tables[kind])

    def add(self, resource: R) -> R:
        """Take a new resource in and give it."""
        if resource.id in self._directory:
            raise ValueError(f"{resource.id} exists already")
        self.table(type(resource)).add(resource)
        self._directory[resource.id] = resource
        self.made.append(resource)
        return resource

    def remove(self, resource: Resource) -> None:
        """Take a resource out, and only it; `resource.vanish(world)` takes what hangs on it too."""
        if resource.exists:
            self.table(type(resource)).remove(resource)
            del self._directory[resource.id]

    def find(self, id_: str) -> Resource | None:
        """Give any resource by id."""
        return self._directory.get(id_)

    def get(self, kind: type[R], id_: str) -> R | None:
        """Give a resource of a kind by id, whoever owns it."""
        return self.table(kind).get(id_)

    def by(self, kind: type[R], name: str, value: object) -> list[R]:
        """Give the resources of a kind whose indexed field has (or contains) a value."""
        return self.table(kind).by(name, value)

    def leaning_on(self, name: str, id_: str) -> list[Resource]:
        """Give all resources whose indexed field of this name says an id: what lies in a VPC."""
        tables = [table for table in self._tables.values() if name in table.kind.indexed]
        return [found for table in tables for found in table.by(name, id_)]

    def view(self, kind: type[R], scope: Scope) -> ScopedView[R]:
        """Give what a caller may see of a kind."""
        return ScopedView(self.table(kind), scope)

    def part(self, kind: type[P]) -> P:
        """Give the one `kind(world)` of this world."""
        if kind not in self._parts:
            self._parts[kind] = kind(self)
        return cast("P", self._parts[kind])

    # Settings

    def knob(self, knob: Knob[V]) -> V:
        """Give how a knob is set."""
        return self.knobs.get(knob)

    def quota(self, quota: Quota) -> int:
        """Give how many are allowed."""
        return self.quotas.get(quota)

    # Everything, for people and judges

    def resources(self) -> Iterator[Resource]:
        """Give all resources that customers own, in the order of their making."""
        return (r for r in list(self._directory.values()) if r.account_id != SYSTEM_ACCOUNT)

    def counts(self) -> dict[str, int]:
        """Give how many resources of each kind there are."""
        tables = sorted(self._tables.values(), key=lambda table: table.kind.kind)
        return {table.kind.kind: len(table) for table in tables if len(table)}

    def named(self, ids: Iterable[str]) -> list[Resource]:
        """Give those of these ids that exist."""
        found = (self._directory.get(id_) for id_ in ids)
        return [one for one in found if one is not None]
