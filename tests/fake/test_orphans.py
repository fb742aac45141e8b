"""`cpikit orphans` on the fake: what it shows, what it lets go, and how sure it is of that."""

from __future__ import annotations

import io
import json
import os
import time
from typing import Any

import pytest

from cpikit.commands import main
from cpikit.commands import orphans as command
from cpikit.ownership import YOUNGEST_S
from tests.bosh_lists import written

DIRECTOR = "0b0c2d3e-0000-4000-8000-000000000000"  # cpikit.testing.DIRECTOR_UUID
OTHER = {"director_uuid": "another-director"}
DAY = YOUNGEST_S + 3600


class Estate:
    """A world with what two Directors and a person made, and the first one's lists."""

    def __init__(self, world: Any, net: Any) -> None:
        self.world = world
        self.net = net
        self.lists = world.root / "lists"
        self.lists.mkdir()
        self.known: dict[str, Any] = {"instances": {"cf": []}}

    def seed(self) -> dict[str, set[str]]:
        """Fill the world; gives what may go, what is kept, and what is not ours to show."""
        call = self.world.call
        used_image = call("create_stemcell", str(self.world.image), {}, {})
        rows, used = [], {used_image}
        for n in range(4):  # in use: VM, claimed persistent disk, snapshot
            cid, _ = call("create_vm", *self._vm(f"used-{n}", n))
            disk = call("create_disk", 1024, {}, cid)
            call("set_vm_metadata", cid, {"deployment": "cf", "index": n})
            call("attach_disk", cid, disk)
            rows.append((cid, disk))
            used |= {cid, disk}
        snapshots = [call("snapshot_disk", rows[0][1], {}) for _ in range(2)]
        orphaned_disk = call("create_disk", 1024, {}, None)
        of_orphaned = call("snapshot_disk", orphaned_disk, {})
        used |= {*snapshots, orphaned_disk, of_orphaned}
        self.known = {
            "instances": {"cf": rows, "empty": []},
            "snapshots": {"cf": snapshots},
            "orphaned_disks": [orphaned_disk],
            "stemcells": [used_image],
        }
        free, held = self._leftovers()
        foreign = {
            call("create_disk", 1024, {}, None, **OTHER),
            call("create_vm", *self._vm("theirs", 50), **OTHER)[0],
            call("create_stemcell", str(self.world.image), {}, {}, **OTHER),
            call("snapshot_disk", orphaned_disk, {}, **OTHER),
        }
        self.later(DAY)
        held.add(call("create_disk", 1024, {}, None))  # young
        return {"free": free, "held": held, "used": used, "foreign": foreign}

    def _leftovers(self) -> tuple[set[str], set[str]]:
        call = self.world.call
        free = {call("create_disk", 1024, {}, None) for _ in range(5)}
        free |= {call("create_vm", *self._vm(f"lost-{n}", 20 + n))[0] for n in range(3)}
        some = min(free)
        free |= {call("create_stemcell", str(self.world.image), {}, {}) for _ in range(2)}
        free |= {call("snapshot_disk", min(c for c in free if c.startswith(some[:4])), {})}
        claimed_vm, _ = call("create_vm", *self._vm("claimed", 30))
        call("set_vm_metadata", claimed_vm, {"deployment": "gone"})
        holding_vm, _ = call("create_vm", *self._vm("holding", 31))
        held_disk = call("create_disk", 1024, {}, holding_vm)
        call("attach_disk", holding_vm, held_disk)
        claimed_disk = call("create_disk", 1024, {}, None)
        call("set_disk_metadata", claimed_disk, {"deployment": "gone"})
        return free, {claimed_vm, holding_vm, held_disk, claimed_disk}

    def _vm(self, agent: str, number: int) -> tuple[Any, ...]:
        given: tuple[Any, ...] = self.world.vm(
            agent, networks={"private": self.net(f"10.0.0.{number + 5}")}
        )
        return given

    def later(self, seconds: float) -> None:
        self.world.ask("POST", "/clock", {"advance_s": seconds})

    def write(self, **changed: Any) -> str:
        """The lists in their folder."""
        for path in self.lists.iterdir():
            path.unlink()
        for name, data in written(**{**self.known, **changed}).items():
            (self.lists / name).write_bytes(data)
        return str(self.lists)


@pytest.fixture
def estate(world: Any, net: Any) -> Estate:
    return Estate(world, net)


@pytest.fixture
def run(estate: Estate, capsys: Any, monkeypatch: Any) -> Any:
    def run(*words: str, typed: str = "", typing: Any = None) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", typing or io.StringIO(typed))
        monkeypatch.setattr("cpikit.call.SystemClock", lambda _caller: estate.world.clock)
        given = ["--config", str(estate.world.config), "--director", DIRECTOR]
        source = [] if "--bosh" in words else ["--lists", str(estate.lists)]
        try:
            status = main(["orphans", *given, *source, *words])
        except SystemExit as left:
            status = int(str(left.code))
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_precision_and_recall_on_seeded_leftovers(
    estate: Estate, run: Any, record_property: Any
) -> None:
    seeded = estate.seed()
    estate.write()
    status, out, _ = run("--json")
    report = json.loads(out)
    assert (status, report["director"]) == (0, DIRECTOR)
    shown = {one["id"] for one in report["orphans"]}
    free = {one["id"] for one in report["orphans"] if one["may_be_deleted"]}
    assert not shown & (seeded["used"] | seeded["foreign"])
    assert free == seeded["free"]
    assert shown == seeded["free"] | seeded["held"]
    leftovers = seeded["free"] | seeded["held"]
    for name, found in (("shown", shown & leftovers), ("free", free & seeded["free"])):
        record_property(f"{name}_found", len(found))
    figures = (len(shown & leftovers), len(shown), len(leftovers))
    assert figures == (16, 16, 16)  # precision 16/16, recall 16/16
    assert (len(seeded["used"]), len(seeded["foreign"])) == (13, 4)


def test_each_is_deleted_after_its_id_was_typed(estate: Estate, run: Any) -> None:
    seeded = estate.seed()
    estate.write()
    before = {row["id"] for row in estate.world.inventory()}
    order = [o["id"] for o in json.loads(run("--json")[1])["orphans"] if o["may_be_deleted"]]
    status, out, _ = run("--delete", typed="\n".join(order) + "\n")
    after = {row["id"] for row in estate.world.inventory()}
    assert status == 0, out
    assert before - after == seeded["free"]
    assert out.count("\ndeleted\n") + out.count(": deleted\n") == len(order)


@pytest.mark.parametrize("typed", ["", "y\n" * 9, "all\n" * 9], ids=["end", "y", "all"])
def test_nothing_is_deleted_in_bulk(estate: Estate, run: Any, typed: str) -> None:
    for _ in range(3):
        left_disk(estate)
    before = estate.world.inventory()
    status, out, _ = run("--delete", typed=typed)
    assert (status, out.count("kept\n")) == (0, 3)
    assert estate.world.inventory() == before


def left_disk(estate: Estate) -> str:
    """One old disk that may go."""
    cid = str(estate.world.call("create_disk", 1024, {}, None))
    estate.later(DAY)
    estate.write()
    return cid


@pytest.mark.parametrize(
    ("meanwhile", "told"),
    [
        ("claimed", "it changed meanwhile: claimed"),
        ("listed", "it is gone, or the Director has it"),
        ("gone", "it is gone, or the Director has it"),
    ],
)
def test_what_changes_while_a_person_thinks_is_not_deleted(
    estate: Estate, run: Any, meanwhile: str, told: str
) -> None:
    cid = left_disk(estate)

    class Person:
        """Takes their time."""

        def readline(self) -> str:
            change()
            return f"{cid}\n"

    def change() -> None:
        if meanwhile == "claimed":
            estate.world.call("set_disk_metadata", cid, {"deployment": "cf"})
        elif meanwhile == "listed":
            estate.write(orphaned_disks=[cid])
        else:
            estate.world.call("delete_disk", cid)

    status, out, _ = run("--delete", typing=Person())
    assert (status, told in out) == (1, True), out
    assert (cid in estate.world.ids("disk")) is (meanwhile != "gone")


@pytest.mark.parametrize("how", ["claimed", "attached"])
def test_the_release_itself_looks_once_more(
    estate: Estate, run: Any, monkeypatch: Any, how: str
) -> None:
    cid = left_disk(estate)
    looked = command._Sight.look
    looks = []

    def look_then_take(self: Any) -> Any:
        found = looked(self)
        looks.append(found)
        if len(looks) > 1 and how == "claimed":
            estate.world.call("set_disk_metadata", cid, {})
        elif len(looks) > 1:
            vm, _ = estate.world.call("create_vm", *estate.world.vm())
            estate.world.call("attach_disk", vm, cid)
        return found

    monkeypatch.setattr(command._Sight, "look", look_then_take)
    status, out, _ = run("--delete", typed=f"{cid}\n")
    assert status == 1
    assert "claimed or attached meanwhile" in out
    assert cid in estate.world.ids("disk")


def test_a_disk_that_was_attached_goes_after_a_snapshot(estate: Estate, run: Any) -> None:
    call = estate.world.call
    cid = call("create_disk", 1024, {}, None)
    vm, _ = call("create_vm", *estate.world.vm())
    call("attach_disk", vm, cid)
    call("detach_disk", vm, cid)
    unclaim(estate, cid)
    estate.later(DAY)
    estate.write()
    status, out, _ = run("--delete", typed=f"{cid}\n")
    assert status == 0
    (snapshot,) = estate.world.ids("snapshot")
    assert f"kept in snapshot {snapshot}" in out
    assert cid not in estate.world.ids("disk")


def test_a_disk_stays_when_its_snapshot_fails(estate: Estate, run: Any) -> None:
    cid = left_disk(estate)
    vm, _ = estate.world.call("create_vm", *estate.world.vm())
    estate.world.call("attach_disk", vm, cid)
    estate.world.call("detach_disk", vm, cid)
    unclaim(estate, cid)
    estate.world.rule(name="CreateSnapshot", do="fail", code="Refused")
    status, out, _ = run("--delete", typed=f"{cid}\n")
    assert status == 1
    assert "not deleted" in out
    assert cid in estate.world.ids("disk")


def unclaim(estate: Estate, cid: str) -> None:
    """As if the process had been killed between attaching the disk and claiming it."""
    from cpikit_fake.cloud.endpoint import Endpoint
    from cpikit_fake.cloud.store import DiskStore
    from cpikit_fake.marks import STATE

    endpoint = Endpoint(DiskStore(str(estate.world.state_dir)), estate.world.clock)
    (volume,) = endpoint.send("DescribeVolumes", ids=[cid])["volumes"]
    tags = {**volume["tags"], STATE: volume["tags"][STATE].replace("claimed=1", "claimed=0")}
    endpoint.send("TagVolume", volume=cid, tags=tags)


def test_the_table_is_for_people(estate: Estate, run: Any) -> None:
    estate.write()
    assert "nothing here carries the marks of Director 0b0c2d3e" in run()[1]
    listed = estate.world.call("create_disk", 1024, {}, None)
    estate.write(orphaned_disks=[listed])
    assert "1 carry the marks of Director 0b0c2d3e" in run()[1]
    estate.world.call("delete_disk", listed)
    cid = left_disk(estate)
    status, out, _ = run()
    assert status == 0
    assert f"disk  {cid}  Available  yes             25 h old\n" in out
    assert "1 in none of the lists, 1 of them may be deleted" in out


def test_old_lists_may_show_but_not_delete(estate: Estate, run: Any) -> None:
    left_disk(estate)
    old = time.time() - 3700
    os.utime(estate.lists / "stemcells.json", (old, old))
    status, out, _ = run("--json")
    assert (status, len(json.loads(out)["orphans"])) == (0, 1)
    status, _, err = run("--delete")
    assert status == 1
    assert "1.0 h old, wanted at most 1 h" in err


def test_a_missing_deployment_is_refused(estate: Estate, run: Any) -> None:
    estate.write(instances={"cf": [], "db": []})
    (estate.lists / "instances-db.json").unlink()
    status, out, err = run()
    assert (status, out) == (1, "")
    assert "bosh -d db instances --details --json > instances-db.json" in err


def test_the_lists_can_come_from_the_cli(estate: Estate, run: Any) -> None:
    assert run("--bosh", "/no-such-bosh")[0] == 1


def test_a_cloud_that_refuses_is_an_error_in_words(estate: Estate, run: Any) -> None:
    estate.write()
    estate.world.write_config(unreachable=True)
    status, _, err = run()
    assert status == 1
    assert err.startswith("cpikit: ")
    assert "DescribeServers" in err
