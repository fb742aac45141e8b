"""The ledger: last in, first out, and true to the disk at every moment."""

import errno
import fcntl
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit_contracts.ledger import Ledger, read_journal

STEPS = st.lists(
    st.tuples(st.booleans(), st.sampled_from(["vm", "disk"]), st.integers(0, 5)), max_size=30
)


@settings(derandomize=True, database=None, deadline=None, max_examples=60)
@given(STEPS)
def test_the_journal_says_what_the_ledger_says(
    tmp_path_factory: object, steps: list[tuple[bool, str, int]]
) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "ledger.jsonl"
        ledger = Ledger(journal)
        for make, kind, number in steps:
            if make:
                ledger.add(kind, str(number), "s")
            else:
                ledger.remove(kind, str(number))
        left = read_journal(journal)[0] if journal.exists() else []
        assert left == ledger.open_in(None)
        ledger.let_go()


def test_the_last_made_comes_first(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l")
    for number in range(3):
        ledger.add("vm", str(number), f"scope-{number % 2}")
    assert [each.cid for each in ledger.open_in(None)] == ["2", "1", "0"]
    assert [each.cid for each in ledger.open_in("scope-0")] == ["2", "0"]


def test_a_cut_last_line_is_forgiven(tmp_path: Path) -> None:
    path = tmp_path / "l"
    path.write_text(
        json.dumps({"event": "made", "kind": "vm", "cid": "1", "scope": ""}) + '\n{"event": "ma'
    )
    assert [each.cid for each in read_journal(path)[0]] == ["1"]


def test_a_clean_end_removes_the_journal(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l")
    ledger.add("vm", "1", "")
    ledger.close(world_is_down=False)
    assert (tmp_path / "l").exists()
    ledger.remove("vm", "1")
    ledger.close(world_is_down=False)
    assert not (tmp_path / "l").exists()


def test_what_was_made_is_known_after_it_is_gone(tmp_path: Path) -> None:
    ledger = Ledger(None)
    ledger.add("vm", "1", "")
    ledger.remove("vm", "1")
    assert ledger.made("vm", "1")
    assert not ledger.made("disk", "1")
    assert not ledger.made("vm", 1)


def test_a_file_system_without_locks_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", refuse)
    journal = tmp_path / "l"
    ledger = Ledger(journal)
    ledger.add("vm", "1", "")
    assert not Ledger.held(journal)
    ledger.let_go()


def test_the_journal_of_a_run_that_goes_on_is_held(tmp_path: Path) -> None:
    journal = tmp_path / "l"
    ledger = Ledger(journal)
    ledger.add("vm", "1", "")
    assert Ledger.held(journal)
    ledger.let_go()
    assert not Ledger.held(journal)
    assert journal.stat().st_mode & 0o077 == 0
