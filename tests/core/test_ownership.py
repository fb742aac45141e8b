"""Which of what a Director owns is an orphan, and which orphan may be deleted."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from cpikit.director_lists import DirectorLists
from cpikit.ownership import YOUNGEST_S, Owned, orphans

OLD = YOUNGEST_S + 1
LEFT = Owned(kind="disk", cid="d-1", state="Available", age_s=OLD, is_claimed=False)
NONE = frozenset[str]()
EMPTY = DirectorLists(NONE, NONE, NONE, NONE, NONE, ())


def kept(one, lists=EMPTY):
    """Why it may not be deleted; None when it is no orphan at all."""
    return next((o.kept for o in orphans([one], lists) if o.owned == one), None)


def test_what_is_old_free_and_unclaimed_may_be_deleted():
    assert kept(LEFT) == ""


@pytest.mark.parametrize("field", ["vms", "disks", "orphaned_disks", "snapshots", "stemcells"])
def test_what_is_in_any_list_is_no_orphan(field):
    assert kept(LEFT, evolve(EMPTY, **{field: frozenset({"d-1"})})) is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"attached_to": ("i-1", "i-2")}, "attached: i-1, i-2"),
        ({"is_claimed": True}, "claimed"),
        ({"age_s": None}, "not known"),
        ({"age_s": YOUNGEST_S - 1}, "younger than 24 h"),
    ],
)
def test_what_may_be_in_use_is_shown_and_kept(change, why):
    assert why in kept(evolve(LEFT, **change))


def test_the_lists_own_age_counts_as_youth():
    one = evolve(LEFT, age_s=YOUNGEST_S + 100)
    assert kept(one, evolve(EMPTY, age_s=100.0)) == ""
    assert "younger" in kept(one, evolve(EMPTY, age_s=101.0))


@pytest.mark.parametrize("whole", ["listed", "there"])
def test_a_part_goes_with_its_whole(whole):
    part = evolve(LEFT, part_of="i-1")
    image = evolve(LEFT, kind="vm", cid="i-1")
    if whole == "listed":
        assert kept(part, evolve(EMPTY, vms=frozenset({"i-1"}))) is None
    else:
        assert [one.owned for one in orphans([part, image], EMPTY)] == [image]
    assert kept(part) == ""


def test_the_snapshots_of_an_orphaned_disk_are_kept_with_it():
    one = evolve(LEFT, kind="snapshot", cid="s-1", source="d-9")
    assert kept(one, evolve(EMPTY, orphaned_disks=frozenset({"d-9"}))) is None
    assert kept(one, evolve(EMPTY, disks=frozenset({"d-9"}))) == ""


def test_lists_that_name_no_vm_of_ours_are_doubted():
    ours = evolve(LEFT, kind="vm", cid="i-1")
    other = evolve(EMPTY, vms=frozenset({"i-9"}))
    assert "another Director" in kept(ours, other)
    assert all("another" in one.kept for one in orphans([ours, LEFT], other))
    both = evolve(ours, cid="i-9")
    assert [one.kept for one in orphans([ours, both, LEFT], other)] == ["", ""]
    assert kept(LEFT, other) == ""  # a Director whose VMs the Go CPI made


CIDS = st.sampled_from("abcdefgh")
THINGS = st.builds(
    Owned,
    kind=st.sampled_from(["vm", "disk", "snapshot", "stemcell"]),
    cid=CIDS,
    state=st.just("s"),
    age_s=st.none() | st.floats(0, 3 * YOUNGEST_S),
    is_claimed=st.booleans(),
    attached_to=st.lists(CIDS, max_size=2).map(tuple),
    part_of=st.just("") | CIDS,
    source=st.just("") | CIDS,
)
LISTS = st.builds(
    DirectorLists,
    *(st.frozensets(CIDS, max_size=3) for _ in range(5)),
    deployments=st.just(()),
    age_s=st.floats(0, YOUNGEST_S),
)


@given(st.lists(THINGS, unique_by=lambda one: one.cid), LISTS)
def test_nothing_that_might_be_in_use_may_ever_be_deleted(owned, lists):
    found = orphans(owned, lists)
    assert {one.owned for one in found} <= set(owned)
    for orphan in found:
        one = orphan.owned
        assert one.cid not in lists.cids
        if not orphan.kept:
            assert not one.attached_to
            assert not one.is_claimed
            assert one.age_s is not None
            assert one.age_s >= YOUNGEST_S + lists.age_s
