"""Real processes on one state directory: many at once, killed at any call, agents behind VMs."""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

MANY = 50
SOME = 10


def at_once(world: Any, finish: Any, calls: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """The answers of all calls, each a process, all of them running at the same time."""
    running = [world.start(*call) for call in calls]
    return [finish(process) for process in running]


def test_fifty_processes_make_and_delete_vms_and_nothing_is_lost(
    world: Any, net: Any, finish: Any
) -> None:
    vms = [
        world.vm(f"agent-{number}", networks={"n": net(f"10.0.1.{number + 5}")})
        for number in range(MANY)
    ]
    made = at_once(world, finish, [("create_vm", *vm) for vm in vms])
    assert [answer["error"] for answer in made] == [None] * MANY
    cids = [answer["result"][0] for answer in made]
    assert sorted(world.ids("vm")) == sorted(set(cids))
    deleted = at_once(world, finish, [("delete_vm", cid) for cid in cids])
    assert [answer["error"] for answer in deleted] == [None] * MANY
    assert world.ids("vm") == []
    assert list((world.state_dir / "user-data").iterdir()) == []
    calls = world.ask("GET", "/calls")
    assert [call["seq"] for call in calls] == list(range(1, len(calls) + 1))


def test_one_address_goes_to_one_of_many(world: Any, finish: Any) -> None:
    calls = [("create_vm", *world.vm(f"agent-{number}")) for number in range(SOME)]
    answers = at_once(world, finish, calls)
    assert sum(answer["error"] is None for answer in answers) == 1
    assert len(world.ids("vm")) == 1


def test_one_agent_asked_for_by_many_has_one_vm(world: Any, finish: Any) -> None:
    dynamic = {"networks": {"n": {"type": "dynamic", "cloud_properties": {}}}}
    arguments = world.vm(**dynamic)
    answers = at_once(world, finish, [("create_vm", *arguments)] * SOME)
    assert [answer["error"] for answer in answers] == [None] * SOME
    assert {answer["result"][0] for answer in answers} == set(world.ids("vm"))
    assert len(world.ids("vm")) == 1


@pytest.mark.parametrize("hold", ["hold_before", "hold_after"])
def test_the_older_of_two_twins_stays(world: Any, finish: Any, hold: str) -> None:
    arguments = world.vm(networks={"n": {"type": "dynamic", "cloud_properties": {}}})
    rule = world.rule(name="CreateServer", do=hold, nth=1)
    first = world.start("create_vm", *arguments)
    assert world.await_hit(rule)
    second = world.run("create_vm", *arguments)
    world.ask("POST", f"/rules/{rule}/release")
    assert finish(first)["result"] == second
    assert world.ids("vm") == [second[0]]


def killed_at(world: Any, deed: str, nth: int, call: tuple[Any, ...]) -> bool:
    """Kill the process of a call at its nth cloud call; false when it makes fewer."""
    rule = world.rule(do=deed, nth=nth)
    process = world.start(*call)
    while process.poll() is None and not world.await_hit(rule, within_s=0.05):
        pass
    was_hit = world.ask("GET", f"/rules/{rule}")["state"] == "hit"
    if was_hit:
        os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    world.ask("DELETE", "/rules")
    return bool(was_hit)


KILLS = {
    "create_vm": lambda world: world.vm(),
    "delete_vm": lambda world: (world.call("create_vm", *world.vm())[0],),
    "create_disk": lambda _: (10, {}, None),
    "delete_disk": lambda world: (world.call("create_disk", 10, {}, None),),
    "attach_disk": lambda world: (
        world.call("create_vm", *world.vm())[0],
        world.call("create_disk", 10, {}, None),
    ),
    "set_vm_metadata": lambda world: (world.call("create_vm", *world.vm())[0], {"a": 1}),
    "create_stemcell": lambda world: (str(world.image), {}, {}),
}
MAKES = {"create_disk": "disk", "create_stemcell": "stemcell"}


def sweep(make_world: Any, method: str, deed: str) -> int:
    """Kill at each call, repeat, compare with a world where nothing happened; gives the kills."""
    undisturbed = make_world()
    undisturbed.call(method, *KILLS[method](undisturbed))
    wanted = [(one["kind"], one["state"], one["claimed"]) for one in undisturbed.inventory()]
    for nth in range(1, 20):
        world = make_world()
        call = (method, *KILLS[method](world))
        before = set(world.ids(MAKES.get(method, "none")))
        if not killed_at(world, deed, nth, call):
            return nth - 1
        world.run(*call)
        left = [one for one in world.inventory() if one["id"] not in before]
        if method in MAKES:  # has no key of its own: what the killed one made is listed, unclaimed
            assert len(left) in (1, 2)
            assert {one["claimed"] for one in left} == {False}
        else:
            got = [(one["kind"], one["state"], one["claimed"]) for one in world.inventory()]
            assert sorted(got) == sorted(wanted), (deed, nth)
    raise AssertionError(f"{method} makes more calls than any method may")


@pytest.mark.parametrize("deed", ["hold_before", "hold_after"])
def test_create_vm_killed_at_any_call_and_repeated_leaves_one_vm(
    make_world: Any, deed: str
) -> None:
    assert sweep(make_world, "create_vm", deed) == 3


@pytest.mark.slow
@pytest.mark.parametrize("deed", ["hold_before", "hold_after"])
@pytest.mark.parametrize("method", KILLS)
def test_any_method_killed_at_any_call_and_repeated_is_right(
    make_world: Any, method: str, deed: str
) -> None:
    assert sweep(make_world, method, deed) >= 2


def test_after_a_kill_the_next_agent_gets_the_address_when_the_deadline_has_passed(
    world: Any, finish: Any
) -> None:
    arguments = world.vm("killed")
    assert killed_at(world, "hold_after", 2, ("create_vm", *arguments))
    refused = finish(world.start("create_vm", *world.vm("next")))
    assert "not claimed" in refused["error"]["message"]
    world.ask("POST", "/clock", {"advance_s": 901})
    cid, _ = world.run("create_vm", *world.vm("next"))
    assert world.ids("vm") == [cid]


def test_a_process_that_is_terminated_takes_back_what_it_made(world: Any, finish: Any) -> None:
    arguments = world.vm()
    for nth in (1, 2, 3):
        rule = world.rule(do="hold_after", nth=nth)
        process = world.start("create_vm", *arguments)
        assert world.await_hit(rule)
        process.send_signal(signal.SIGTERM)
        wait_for(lambda process=process: not has_pending_signals(process.pid))
        world.ask("DELETE", "/rules")
        answer = finish(process)
        if answer["error"] is None:  # finished before anything looked at the signal
            world.call("delete_vm", answer["result"][0])
        assert world.ids("vm") == []


def has_pending_signals(pid: int) -> bool:
    """Whether a signal is on its way (proc_pid_status(5))."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    waiting = (line.split()[1] for line in lines if line.startswith(("SigPnd", "ShdPnd")))
    return any(int(mask, 16) for mask in waiting)


AGENT = """
import json, pathlib, sys, time
settings = json.loads(pathlib.Path(sys.argv[-1]).read_text())
pathlib.Path(sys.argv[1], "alive-" + settings["agent_id"]).write_text("here")
time.sleep(600)
"""


def processes_of(world: Any) -> dict[str, list[Any]]:
    state = json.loads((world.state_dir / "state.json").read_text())
    return {cid: server["process"] for cid, server in state["servers"].items()}


def wait_for(seen: Any, within_s: float = 20) -> None:
    end = time.monotonic() + within_s
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] not in "ZX"


@pytest.fixture
def with_agent(world: Any) -> Any:
    script = world.root / "agent.py"
    script.write_text(AGENT)
    world.write_config(vm_command=[sys.executable, "-I", str(script), str(world.root)])
    return world


def test_the_command_lives_as_long_as_its_vm(with_agent: Any) -> None:
    world = with_agent
    cid, _ = world.run("create_vm", *world.vm("a1"))
    wait_for((world.root / "alive-a1").exists)
    pid, started = processes_of(world)[cid]
    assert is_running(pid)
    assert started
    assert os.getsid(pid) == os.getpgid(pid) != os.getsid(0)
    assert {Path(f"/proc/{pid}/fd/{number}").readlink() for number in (1, 2)} == {
        world.state_dir / "user-data" / f"{cid}.log"
    }
    world.run("reboot_vm", cid)
    wait_for(lambda: processes_of(world)[cid] not in (None, [pid, started]))
    rebooted = processes_of(world)[cid][0]
    assert not is_running(pid)
    world.run("delete_vm", cid)
    assert not is_running(rebooted)
    assert list((world.state_dir / "user-data").iterdir()) == []


def test_a_stranger_with_the_same_pid_is_not_killed(with_agent: Any) -> None:
    world = with_agent
    cid, _ = world.run("create_vm", *world.vm("a1"))
    wait_for((world.root / "alive-a1").exists)
    pid, _ = processes_of(world)[cid]
    path = world.state_dir / "state.json"
    state = json.loads(path.read_text())
    state["servers"][cid]["process"] = [pid, "another time"]  # as when the id came round again
    path.write_text(json.dumps(state))
    world.run("delete_vm", cid)
    assert is_running(pid)
    os.killpg(pid, signal.SIGKILL)
    wait_for(lambda: not is_running(pid))


def test_a_repeated_create_starts_the_command_that_a_killed_one_did_not(with_agent: Any) -> None:
    world = with_agent
    arguments = world.vm("a1")
    assert killed_at(world, "hold_after", 2, ("create_vm", *arguments))
    cid, _ = world.run("create_vm", *arguments)
    wait_for((world.root / "alive-a1").exists)
    wait_for(lambda: processes_of(world)[cid])
    pid, _ = processes_of(world)[cid]
    world.run("create_vm", *arguments)  # adopts once more, and starts no second one
    assert processes_of(world)[cid][0] == pid
    world.run("delete_vm", cid)
    assert not is_running(pid)


def test_no_process_of_a_vm_holds_the_answers_pipe(with_agent: Any, finish: Any) -> None:
    started = with_agent.start("create_vm", *with_agent.vm("a1"))
    finish(started)  # returns at the end of the pipe, not of the agent
    (process,) = [one for one in processes_of(with_agent).values() if one] or [None]
    assert process is None or is_running(process[0])
