"""contract.toml: every problem at once, with its place."""

from pathlib import Path

import pytest

from cpikit_contracts.command import main
from cpikit_contracts.outcomes import Unusable
from cpikit_contracts.profile import load
from cpikit_contracts.world import fill


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "contract.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = (
        'rules = "9"\nodd = 1\n[cpi]\ncommand = 7\n[world]\nlive = "yes"\n[unknown]\nvm = 3\n'
        '[gaps]\nfly = {degree = "cannot", reason = "x"}\nping = {degree = "maybe", reason = "x"}\n'
        'has_vm = {degree = "cannot"}\n[limits]\nresources = "many"\n'
    )
    with pytest.raises(Unusable) as told:
        load(written(tmp_path, text))
    for place in (
        "rules", "'odd'", "command", "world.live", "unknown.vm", "gaps.fly", "gaps.ping",
        "gaps.has_vm", "limits.resources",
    ):  # fmt: skip
        assert place in str(told.value)


def test_a_command_may_be_a_line_or_a_list(tmp_path: Path) -> None:
    assert load(written(tmp_path, "[cpi]\ncommand = \"a 'b c'\"\n")).command == ("a", "b c")
    assert load(written(tmp_path, '[cpi]\ncommand = ["a", "b c"]\n')).command == ("a", "b c")


def test_what_is_left_open_has_defaults(tmp_path: Path) -> None:
    profile = load(written(tmp_path, '[cpi]\ncommand = "x"\n'))
    assert profile.limits.resources == 40
    assert profile.inputs["disk_size_mib"] == 1024
    assert not profile.world.live


def test_a_whole_number_will_do_for_seconds(tmp_path: Path) -> None:
    assert load(written(tmp_path, "[limits]\ncall_s = 30\n")).limits.call_s == 30.0


@pytest.mark.parametrize("text", ["[", "\x00", "a = 1\na = 2"])
def test_what_is_no_toml_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(Unusable, match="no TOML"):
        load(written(tmp_path, text))


def test_a_missing_profile_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="cannot be read"):
        load(tmp_path / "nowhere.toml")


def test_words_are_filled_from_the_world() -> None:
    assert fill(("{a}/x", "{b}"), {"a": "1"}) == ("1/x", "{b}")


def test_init_writes_a_profile_that_loads(tmp_path: Path) -> None:
    path = tmp_path / "new.toml"
    assert main(["init", str(path)]) == 0
    assert load(path).command == ("/path/to/bin/cpi",)
    assert main(["init", str(path)]) == 2
