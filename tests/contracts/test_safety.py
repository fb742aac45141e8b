"""The suite on a world that would be harmed: small integers as ids, and others' things in it."""

import json
import sys
from pathlib import Path

import pytest
from attrs import evolve

from cpikit_contracts.mutants import LIAR, profile_for
from cpikit_contracts.outcomes import Unusable
from cpikit_contracts.profile import Profile
from cpikit_contracts.results import Outcome
from cpikit_contracts.run import Choices, judge
from cpikit_contracts.world import filled, take_down, up_line

PROGRAM = [sys.executable, "-I", "-S", str(LIAR / "__main__.py")]


def live_profile() -> tuple[Profile, dict[str, object]]:
    """A profile of an account that is somebody's, already up, with live = true."""
    bare = profile_for(integer_ids=True)
    profile, world = filled(bare, up_line(bare))
    return (
        evolve(
            profile,
            world=evolve(profile.world, up=(), down=(), live=True),
            unknown=dict.fromkeys(profile.unknown, "999999"),
        ),
        world.line,
    )


def state_of(line: dict[str, object]) -> dict[str, dict[str, object]]:
    values = line["vars"]
    assert isinstance(values, dict)
    found = json.loads((Path(values["folder"]) / "state" / "world.json").read_text())
    return dict(found["things"])


def furnish(line: dict[str, object]) -> dict[str, dict[str, object]]:
    """Put another owner's things into the world, under the first integers."""
    values = line["vars"]
    assert isinstance(values, dict)
    path = Path(values["folder"]) / "state" / "world.json"
    control = line["control"]
    assert isinstance(control, dict)
    import subprocess

    subprocess.run(
        control["command"],
        input=b'{"method":"POST","path":"/mark"}\n',
        check=True,
        capture_output=True,
    )
    state = json.loads(path.read_text())
    for kind, things in state["things"].items():
        for number in (1, 2, 3):
            things[str(number)] = {
                "owner": "somebody", "size": 1024, "vm": None, "claimed": True,
                "agent_id": f"other-{number}", "ip": f"10.9.9.{number}", "networks": {},
            }  # fmt: skip
        state["next"][kind] = 3
    path.write_text(json.dumps(state))
    return dict(state["things"])


@pytest.mark.parametrize("level", ["lifecycle"])
def test_nothing_of_others_is_touched(level: str) -> None:
    profile, line = live_profile()
    quick = ("vm", "stemcell", "snapshot", "disk.delete-of-an-attached-one-is-refused")
    only = quick if level == "lifecycle" else ()
    try:
        before = furnish(line)
        done = judge(profile, Choices(level=level, only=only, seed=3))
        after = state_of(line)
    finally:
        take_down(profile_for().world.down, line, profile.path.parent)
    for kind, things in before.items():
        assert {cid: after[kind].get(cid) for cid in things} == things
        assert after[kind].keys() == things.keys()
    broken = [result.case.id for result in done.results if result.outcome is Outcome.BROKEN]
    assert broken == []


def test_without_a_world_nothing_above_wire_runs() -> None:
    profile = profile_for()
    bare = evolve(profile, world=evolve(profile.world, up=(), down=()))
    with pytest.raises(Unusable, match="throw-away"):
        judge(bare, Choices(level="lifecycle"))


def test_without_dead_and_world_only_harmless_requests_are_sent(tmp_path: Path) -> None:
    log = tmp_path / "log"
    cpi = tmp_path / "cpi.py"
    cpi.write_text(
        "import json, sys\n"
        "raw = sys.stdin.buffer.read()\n"
        f"open({str(log)!r}, 'ab').write(raw.replace(b'\\n', b' ') + b'\\n')\n"
        "try:\n    method = json.loads(raw)['method']\nexcept Exception:\n    method = ''\n"
        "result = {'api_version': 2, 'stemcell_formats': ['x']} if method == 'info' else None\n"
        "kind = 'NotImplemented' if isinstance(method, str) and method else 'CpiError'\n"
        "error = {'type': 'Bosh::Clouds::' + kind, 'message': 'no', 'ok_to_retry': False}\n"
        "error = None if result else error\n"
        "print(json.dumps({'result': result, 'error': error, 'log': ''}))\n"
    )
    bare = Profile(path=tmp_path / "contract.toml", command=(sys.executable, "-I", "-S", str(cpi)))
    judge(
        bare,
        Choices(
            level="wire", only=("answer", "process", "request", "info", "secret", "error"), seed=5
        ),
    )
    sent = log.read_text(errors="replace")
    for method in ("delete_vm", "create_vm", "delete_disk", "create_disk", "has_vm"):
        assert method not in sent
