"""The state on disk: whole at every moment, and honest about what it cannot use."""

import json
from pathlib import Path
from typing import Any

import pytest

from cpikit.testing import CallFailed
from cpikit_fake.cloud.failures import CloudFailure
from cpikit_fake.cloud.store import DiskStore, MemoryStore


@pytest.fixture(params=["disk", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return DiskStore(str(tmp_path / "state")) if request.param == "disk" else MemoryStore()


class Broken(Exception):
    pass


def test_what_a_turn_changes_is_kept(store: Any) -> None:
    with store.turn() as state:
        state["servers"]["vm-1"] = {"a": "Zürich"}
        state["lines"] = "one\n"
    with store.turn() as state:
        assert state["servers"] == {"vm-1": {"a": "Zürich"}}
        assert store.lines() == ["one"]


def test_a_turn_that_an_exception_ends_changes_nothing(store: Any) -> None:
    def broken_turn() -> None:
        with store.turn() as state:
            state["servers"]["vm-1"] = {}
            state["lines"] = "one\n"
            raise Broken

    with pytest.raises(Broken):
        broken_turn()
    with store.turn() as state:
        assert state["servers"] == {}
        assert store.lines() == []


def test_a_file_that_was_given_up_is_gone(store: Any) -> None:
    with store.turn() as state:
        store.write_file("a", "text")
        state["stale_files"].append("a")
    assert store.read_file("a") is None
    assert store.read_file("never") is None


def test_the_journal_is_finished_by_whoever_comes_next(tmp_path: Path) -> None:
    store = DiskStore(str(tmp_path))
    for line in ("one\n", "two\n"):
        with store.turn() as state:
            state["lines"] = line
    whole = (tmp_path / "journal.jsonl").read_bytes()
    for cut in range(len("one\n"), len(whole) + 1):  # its author died at any of these bytes
        (tmp_path / "journal.jsonl").write_bytes(whole[:cut])
        with store.turn():
            assert store.lines() == ["one", "two"]
        with store.turn() as state:
            assert state["journal"] == [len(whole), ""]
        (tmp_path / "state.json").write_text(
            json.dumps(
                {**json.loads((tmp_path / "state.json").read_text()), "journal": [4, "two\n"]}
            )
        )


def test_a_half_written_new_state_is_not_looked_at(tmp_path: Path) -> None:
    store = DiskStore(str(tmp_path))
    with store.turn() as state:
        state["knobs"] = {"a": 1}
    (tmp_path / "state.json.new").write_text('{"half')
    with store.turn() as state:
        assert state["knobs"] == {"a": 1}


def test_files_of_one_who_died_before_removing_them_are_removed(tmp_path: Path) -> None:
    store = DiskStore(str(tmp_path))
    with store.turn() as state:
        store.write_file("a", "secret")
    state["stale_files"] = ["a"]
    (tmp_path / "state.json").write_text(json.dumps(state))
    with store.turn():
        pass
    assert store.read_file("a") is None


@pytest.mark.parametrize("text", ["", "garbage", "[]", "{}", '{"journal": 1}', "null"])
def test_a_state_that_is_none_is_told_with_its_remedy(tmp_path: Path, text: str) -> None:
    store = DiskStore(str(tmp_path))
    with store.turn():
        pass
    (tmp_path / "state.json").write_text(text)
    with pytest.raises(CloudFailure, match="cannot be used"), store.turn():
        pass


def test_a_state_dir_that_cannot_be_is_a_cloud_error(make_world: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    world = make_world()
    world.cpi._sections["fake"]["state_dir"] = str(tmp_path / "file" / "below")
    with pytest.raises(CallFailed, match="name a directory that this user may write to") as failed:
        world.call("has_vm", "vm-1")
    assert failed.value.type == "CloudError"


def test_nobody_else_may_read_the_state(world: Any) -> None:
    world.call("create_vm", *world.vm())
    for path in (world.state_dir, *world.state_dir.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path
