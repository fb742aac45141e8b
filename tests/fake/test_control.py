"""The control interface, in process and as the command form."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cpikit_fake.cloud.failures import CloudFailure


def test_calls_are_counted_from_a_mark_and_polls_are_told_apart(world: Any) -> None:
    world.ask("PATCH", "/knobs", {"volume_create_s": 10})
    since = world.ask("POST", "/mark")["seq"]
    world.call("create_disk", 10, {}, None)
    calls = world.ask("GET", f"/calls?since={since}")
    assert [call["name"] for call in calls[:2]] == ["CreateVolume", "DescribeVolumes"]
    assert [call["effect"] for call in calls[:2]] == ["write", "read"]
    assert {call["repeated"] for call in calls[2:]} == {True}
    assert [call["seq"] for call in calls] == list(range(since + 1, since + 1 + len(calls)))
    assert calls[-1]["at_s"] - calls[0]["at_s"] >= 10


def test_a_refusal_stands_in_the_journal_with_its_code(world: Any) -> None:
    world.call("delete_disk", "disk-x")
    assert world.ask("GET", "/calls")[-1]["outcome"] == "VolumeNotFound"


def test_nth_counts_calls_since_the_mark_that_came_before_the_rule(world: Any) -> None:
    world.ask("POST", "/mark")
    world.call("has_disk", "disk-x")
    rule = world.ask("POST", "/rules", {"do": "fail", "nth": 2})["id"]
    assert world.respond("has_disk", "disk-y")["error"] is not None
    assert world.ask("GET", f"/rules/{rule}")["hits"] == 1


def test_knobs_are_listed_turned_and_reset(world: Any) -> None:
    world.ask("PATCH", "/knobs", {"server_quota": 3})
    knobs = {knob["name"]: knob for knob in world.ask("GET", "/knobs")}
    assert (knobs["server_quota"]["value"], knobs["server_quota"]["source"]) == (3, "control")
    world.ask("POST", "/reset")
    assert {knob["source"] for knob in world.ask("GET", "/knobs")} == {"default"}


def test_reset_empties_the_world_and_no_id_comes_twice(world: Any) -> None:
    first = world.call("create_disk", 10, {}, None)
    seq = world.ask("POST", "/mark")["seq"]
    world.ask("POST", "/reset")
    assert world.inventory() == world.ask("GET", "/calls") == []
    assert world.call("create_disk", 10, {}, None) != first
    assert world.ask("POST", "/mark")["seq"] > seq


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("GET", "/nowhere", None, "is not served"),
        ("GET", "/rules/9", None, "rule '9' does not exist"),
        ("POST", "/rules", {"do": "fail", "nht": 1}, "unknown key 'nht'"),
        ("POST", "/rules", {"do": "fail", "nth": 0}, "nth is 0"),
        ("POST", "/rules", {"do": "fail", "seconds": "x"}, "seconds is 'x'"),
        ("POST", "/rules", {}, "do is None"),
        ("PATCH", "/knobs", {"server_quota": -1}, "server_quota is -1"),
        ("PATCH", "/knobs", {"x": 1}, "knob 'x' does not exist"),
        ("POST", "/clock", {}, "advance_s is None"),
        ("GET", "/calls?since=x", None, "since is 'x'"),
        ("GET", "/user-data/vm-x", None, "no server 'vm-x'"),
        ("POST", "/mark", [], "the body is no object"),
    ],
)
def test_a_request_that_is_wrong_is_told(
    world: Any, method: str, path: str, body: Any, said: str
) -> None:
    with pytest.raises(CloudFailure, match=said.replace("?", ".")):
        world.ask(method, path, body)


def cpikit_fake(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-m", "cpikit_fake", *words],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_world_is_put_up_asked_and_taken_down(tmp_path: Path) -> None:
    up = cpikit_fake("world", "up", "--under", str(tmp_path), "--knob", "server_quota=2")
    line = json.loads(up.stdout)
    assert line["vars"].keys() >= {"config", "dead_config", "state_dir"}
    for name in ("config", "dead_config"):
        assert Path(line["vars"][name]).stat().st_mode & 0o077 == 0
    asked = '{"method": "GET", "path": "/inventory"}\n\nnonsense\n{"method": "GET", "path": "/x"}\n'
    command = line["control"]["command"]
    assert command[0] == sys.executable
    said = cpikit_fake(*command[command.index("cpikit_fake") + 1 :], stdin=asked)
    answers = [json.loads(answer) for answer in said.stdout.splitlines()]
    assert answers[0] == []
    assert [set(answer) for answer in answers[1:]] == [{"error"}, {"error"}]
    assert cpikit_fake("world", "down", stdin=up.stdout).returncode == 0
    assert list(tmp_path.iterdir()) == []
    assert cpikit_fake("world", "down", stdin=up.stdout).returncode == 0


def test_down_removes_no_directory_that_is_not_a_world(tmp_path: Path) -> None:
    line = json.dumps({"vars": {"root": str(tmp_path)}})
    refused = cpikit_fake("world", "down", stdin=line)
    assert refused.returncode == 1
    assert "nothing was removed" in refused.stderr
    assert tmp_path.exists()
    assert cpikit_fake("world", "down", stdin="garbage").returncode == 1


def test_a_knob_that_is_none_puts_no_world_up(tmp_path: Path) -> None:
    refused = cpikit_fake("world", "up", "--under", str(tmp_path), "--knob", "x=1")
    assert refused.returncode == 1
    assert list(tmp_path.iterdir()) == []
