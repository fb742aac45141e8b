"""The world: indexes, journeys, history, under random change and at scale."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import pytest
from attrs import field, frozen
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cpikit_alicloud_simulator.catalogue import catalogue
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.resource import SYSTEM_ACCOUNT, Resource, resource
from cpikit_alicloud_simulator.table import Scope
from cpikit_alicloud_simulator.world import World

WALK = Duration("test.walk", typical=10.0, slow=(20.0, 40.0), grade="assumed", source="a test")


@resource
class Thing(Resource):
    kind: ClassVar[str] = "thing"
    prefix: ClassVar[str] = "t"
    indexed: ClassVar[tuple[str, ...]] = ("host_id", "group_ids")

    host_id: str = ""
    group_ids: tuple[str, ...] = ()


def empty(profile: str = "typical") -> World:
    found = catalogue()
    world = World(found.knob_book(), found.quota_book(), profile=profile)  # type: ignore[arg-type]  # one of three
    world.accounts.add_default()
    return world


def thing(world: World, **more: object) -> Thing:
    own = {"id": world.ids.resource("t", "r"), "region_id": "r", "account_id": "a", **more}
    return world.add(Thing(**own))  # type: ignore[arg-type]  # names are Thing's


def names(things: list[Thing]) -> list[str]:
    return [each.id for each in things]


class Indexes(RuleBasedStateMachine):
    """Whatever is assigned, added and removed: indexes, views and history agree with a scan."""

    def __init__(self) -> None:
        super().__init__()
        self.world = empty()
        self.things: list[Thing] = []
        self.shots: list[tuple[float, dict[str, tuple[str, tuple[str, ...], str]]]] = []

    @rule(host=st.sampled_from("xyz"), groups=st.sets(st.sampled_from("ghi")))
    def add(self, host: str, groups: set[str]) -> None:
        self.things.append(thing(self.world, host_id=host, group_ids=tuple(sorted(groups))))

    @precondition(lambda self: self.things)
    @rule(data=st.data(), host=st.sampled_from("xyz"))
    def move(self, data: st.DataObject, host: str) -> None:
        data.draw(st.sampled_from(self.things)).host_id = host

    @precondition(lambda self: self.things)
    @rule(data=st.data(), groups=st.sets(st.sampled_from("ghi")), state=st.sampled_from("AB"))
    def regroup(self, data: st.DataObject, groups: set[str], state: str) -> None:
        chosen = data.draw(st.sampled_from(self.things))
        chosen.group_ids, chosen.state = tuple(sorted(groups)), state

    @precondition(lambda self: self.things)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(self.things))
        self.things.remove(chosen)
        self.world.remove(chosen)

    @rule()
    def pass_time(self) -> None:
        shot = {t.id: (t.host_id, t.group_ids, t.state) for t in self.things}
        self.shots.append((self.world.now_s, shot))
        self.world.clock.sleep(1)

    @invariant()
    def indexes_agree_with_a_scan(self) -> None:
        for host in "xyz":
            assert names(self.world.by(Thing, "host_id", host)) == sorted(
                (t.id for t in self.things if t.host_id == host),
                key=names(self.world.by(Thing, "host_id", host)).index,
            )
        for group in "ghi":
            found = names(self.world.by(Thing, "group_ids", group))
            assert Counter(found) == Counter(t.id for t in self.things if group in t.group_ids)
        assert names(self.world.table(Thing).at_home("a", "r")) == names(self.things)

    @invariant()
    def the_past_is_as_it_was(self) -> None:
        for at_s, shot in self.shots[-3:]:
            rows = self.world.table(Thing).as_of(at_s)
            assert {t.id: (t.host_id, t.group_ids, t.state) for t in rows.values()} == shot


TestIndexes = Indexes.TestCase
TestIndexes.settings = settings(
    derandomize=True, database=None, max_examples=30, stateful_step_count=25, deadline=None
)


def test_a_journey_takes_its_time_whenever_one_looks() -> None:
    world = empty()
    one = thing(world)
    began = world.now_s
    world.journey(one, [("Walking", WALK), ("Resting", WALK)], "There")
    assert one.state == "Walking"
    world.clock.sleep(100)
    world.settle()
    assert (one.state, one.state_since_s) == ("There", began + 20)


def test_another_state_ends_a_journey() -> None:
    world = empty()
    one = thing(world)
    world.journey(one, [("Walking", WALK)], "There")
    one.state = "Fallen"
    one.state = "Walking"  # the same word again is not the same walk
    world.clock.sleep(100)
    world.settle()
    assert one.state == "Walking"


def test_what_is_gone_is_not_woken() -> None:
    world = empty()
    one = thing(world)
    woken: list[str] = []
    world.journey(one, [("Walking", WALK)], "There", then=lambda: woken.append("x"))
    one.vanish(world)
    world.clock.sleep(100)
    world.settle()
    assert (woken, world.find(one.id), one.state) == ([], None, "Walking")


def test_instant_is_there_before_the_next_look() -> None:
    world = empty("instant")
    one = thing(world)
    world.journey(one, [("Walking", WALK)], None)
    assert one.state == "Walking"
    world.settle()
    assert not one.exists


def test_a_range_follows_the_seed() -> None:
    first, second = empty("slow"), empty("slow")
    taken = [first.seconds(WALK) for _ in range(5)]
    assert taken == [second.seconds(WALK) for _ in range(5)]
    assert all(20 <= seconds <= 40 for seconds in taken)


def test_an_endless_chain_is_found() -> None:
    world = empty("instant")
    one = thing(world)

    def again() -> None:
        world.after(0.0, one, again, whatever_state=True)

    again()
    with pytest.raises(RuntimeError, match="endless"):
        world.settle()


def test_what_never_changes_cannot_be_assigned_nor_added_twice() -> None:
    world = empty()
    one = thing(world)
    with pytest.raises(TypeError, match="never changes"):
        one.id = "t-2"
    with pytest.raises(ValueError, match="exists already"):
        thing(world, id=one.id)
    with pytest.raises(LookupError, match="not indexed"):
        world.by(Thing, "name", "x")


def test_what_the_system_owns_is_in_no_inventory() -> None:
    world = empty()
    thing(world, account_id=SYSTEM_ACCOUNT)
    assert list(world.resources()) == []


@frozen
class CountingScope(Scope):
    looked: list[str] = field(factory=list)

    def sees(self, resource: Resource) -> bool:
        self.looked.append(resource.id)
        return super().sees(resource)


@pytest.mark.parametrize("count", [400, 40_000])
def test_a_lookup_touches_what_it_asks_for_however_large_the_world_is(count: int) -> None:
    world = empty()
    made = [thing(world, host_id=f"h{number % 100}") for number in range(count)]
    wanted = names(made[:: count // 100])[:100]
    scope = CountingScope("a", "r", world.now_s)
    assert names(world.view(Thing, scope).ids(wanted)) == wanted
    assert scope.looked == wanted
    scope.looked.clear()
    assert len(world.view(Thing, scope).by("host_id", "h7")) == count // 100
    assert len(scope.looked) == count // 100
