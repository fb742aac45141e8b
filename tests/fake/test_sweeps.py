"""Trouble at every cloud call of every method: the outcome is right, and nothing is left over."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cpikit.testing import CallFailed

# What each method finds, and what it is asked: a setup gives the arguments.
SETUPS: dict[str, Callable[[Any], tuple[Any, ...]]] = {
    "create_stemcell": lambda world: (str(world.image), {}, {}),
    "delete_stemcell": lambda world: (world.stemcell(),),
    "create_vm": lambda world: world.vm(),
    "delete_vm": lambda world: (a_vm(world),),
    "has_vm": lambda world: (a_vm(world),),
    "reboot_vm": lambda world: (a_vm(world),),
    "set_vm_metadata": lambda world: (a_vm(world), {"a": 1}),
    "create_disk": lambda world: (10, {}, a_vm(world)),
    "delete_disk": lambda world: (a_disk(world),),
    "has_disk": lambda world: (a_disk(world),),
    "attach_disk": lambda world: (a_vm(world), a_disk(world)),
    "detach_disk": lambda world: (*attached(world),),
    "get_disks": lambda world: attached(world)[:1],
    "set_disk_metadata": lambda world: (a_disk(world), {"a": 1}),
    "resize_disk": lambda world: (a_disk(world), 20),
    "update_disk": lambda world: (a_disk(world), 20, {"type": "fast"}),
    "snapshot_disk": lambda world: (a_disk(world), {}),
    "delete_snapshot": lambda world: (world.call("snapshot_disk", a_disk(world), {}),),
    "create_network": lambda _: ({**A_NETWORK, "netmask_bits": 24},),
    "delete_network": lambda world: (world.call("create_network", {**A_NETWORK, **RANGE})[0],),
}
A_NETWORK = {"type": "manual", "cloud_properties": {}}
RANGE = {"range": "10.9.0.0/24"}
PASSING = {
    "throttled five times": {"do": "throttle", "times": 5},
    "lost once": {"do": "lose"},
    "dropped once": {"do": "drop"},
    "reset once": {"do": "reset"},
    "cut off once": {"do": "truncate"},
    "an error page once": {"do": "html"},
    "late": {"do": "late", "seconds": 20},
}
LASTING = {
    "refused": {"do": "fail"},
    "lost for good": {"do": "lose", "times": 1000},
    "unreadable for good": {"do": "garble", "times": 1000},
    "throttled for good": {"do": "throttle", "times": 1000},
}


def a_vm(world: Any) -> str:
    return str(world.call("create_vm", *world.vm())[0])


def a_disk(world: Any) -> str:
    return str(world.call("create_disk", 10, {}, None))


def attached(world: Any) -> tuple[str, str]:
    vm, disk = a_vm(world), a_disk(world)
    world.call("attach_disk", vm, disk)
    return vm, disk


def shape(world: Any) -> list[tuple[Any, ...]]:
    """The inventory without ids and times."""
    return sorted(
        (one["kind"], one["state"], bool(one["attached_to"]), one["claimed"])
        for one in world.inventory()
    )


def calls_of(world: Any, method: str, arguments: tuple[Any, ...]) -> int:
    """How many calls (writes and first reads) the method makes when all is well."""
    since = world.ask("POST", "/mark")["seq"]
    world.call(method, *arguments)
    return sum(not entry["repeated"] for entry in world.ask("GET", f"/calls?since={since}"))


@pytest.fixture
def reference(make_world: Any) -> Callable[[str], tuple[int, list[Any], list[Any]]]:
    """For a method: its number of calls, the world before it, and the world after it."""

    def measure(method: str) -> tuple[int, list[Any], list[Any]]:
        world = make_world()
        arguments = SETUPS[method](world)
        before = shape(world)
        return calls_of(world, method, arguments), before, shape(world)

    return measure


@pytest.mark.parametrize("method", SETUPS)
def test_trouble_that_passes_changes_nothing(make_world: Any, reference: Any, method: str) -> None:
    count, _, after = reference(method)
    for name, deed in PASSING.items():
        for nth in range(1, count + 1):
            world = make_world()
            arguments = SETUPS[method](world)
            rule = world.rule(nth=nth, **deed)
            world.call(method, *arguments)
            assert world.ask("GET", f"/rules/{rule}")["state"] == "hit", (name, nth)
            assert shape(world) == after, (name, nth)


@pytest.mark.parametrize("method", [name for name in SETUPS if name.startswith(("cr", "snap"))])
def test_a_creation_that_fails_for_good_leaves_nothing(
    make_world: Any, reference: Any, method: str
) -> None:
    count, before, _ = reference(method)
    for name, deed in LASTING.items():
        for nth in range(1, count + 1):
            world = make_world()
            arguments = SETUPS[method](world)
            world.rule(nth=nth, **deed)
            with pytest.raises(CallFailed) as failed:
                world.call(method, *arguments)
            assert shape(world) == before, (name, nth)
            if "still there" in failed.value.message:  # gone, but nobody could see it
                assert "Describe" in failed.value.message.rpartition("still there")[2]


@pytest.mark.parametrize("method", SETUPS)
def test_the_same_request_after_a_failure_does_what_it_promises(
    make_world: Any, reference: Any, method: str
) -> None:
    count, _, after = reference(method)
    for name, deed in LASTING.items():
        for nth in range(1, count + 1):
            world = make_world()
            arguments = SETUPS[method](world)
            world.rule(nth=nth, **deed)
            answer = world.respond(method, *arguments)
            world.ask("DELETE", "/rules")
            if answer["error"] is not None:
                world.call(method, *arguments)
            else:  # a lost answer that could be settled
                assert (method, deed["do"]) in {("reboot_vm", "lose"), ("reboot_vm", "garble")}
            assert shape(world) == after, (name, nth)


@pytest.mark.parametrize("method", ["create_vm", "create_disk", "attach_disk", "delete_vm"])
def test_stale_reads_pass(make_world: Any, reference: Any, method: str) -> None:
    count, _, after = reference(method)
    for nth in range(1, count + 1):
        world = make_world()
        arguments = SETUPS[method](world)
        world.rule(nth=nth, do="stale")
        answer = world.respond(method, *arguments)
        world.ask("DELETE", "/rules")
        if answer["error"] is not None:  # an honest error, and the next attempt is right
            world.call(method, *arguments)
        assert shape(world) == after, nth


def test_what_is_stuck_goes_on_when_its_rule_is_released(world: Any) -> None:
    vm, disk = a_vm(world), a_disk(world)
    rule = world.rule(name="AttachVolume", do="stuck", nth=1)
    with pytest.raises(CallFailed, match="is Attaching, wanted InUse"):
        world.call("attach_disk", vm, disk)
    assert world.ask("POST", f"/rules/{rule}/release")["state"] == "released"
    assert world.call("get_disks", vm) == [disk]
    assert world.call("attach_disk", vm, disk)


def test_a_rule_is_for_what_it_names(world: Any) -> None:
    disk, other = a_disk(world), a_disk(world)
    world.rule(name="DescribeVolumes", resource=disk, client="fake", product="fake", do="fail")
    world.rule(client="somebody else", do="fail")
    world.rule(product="another cloud", do="fail")
    with pytest.raises(CallFailed, match="a rule of trouble"):
        world.call("has_disk", disk)
    assert world.call("has_disk", other) is True


def test_every_and_probability_pick_calls(world: Any) -> None:
    disk = a_disk(world)
    world.rule(name="DeleteSnapshot", do="fail", every=3)
    outcomes = [world.respond("delete_snapshot", "snap-x")["error"] is None for _ in range(6)]
    assert outcomes == [True, True, False, True, True, False]
    world.ask("DELETE", "/rules")
    world.rule(name="DescribeVolumes", do="fail", probability=0)
    assert world.call("has_disk", disk) is True


def test_a_code_of_the_cloud_is_answered_as_the_cloud_would(world: Any) -> None:
    world.rule(name="CreateVolume", do="fail", code="NoSpace", status=507)
    with pytest.raises(CallFailed) as failed:
        world.call("create_disk", 10, {}, None)
    assert failed.value.type == "NoDiskSpace"
    world.ask("DELETE", "/rules")
    world.rule(name="CreateVolume", do="fail", status=500, times=1)
    world.call("create_disk", 10, {}, None)


def test_reboot_is_sent_again_only_when_it_was_not_done(world: Any) -> None:
    vm = a_vm(world)
    for deed, sent in (("lose", 1), ("drop", 2)):
        world.rule(name="RebootServer", do=deed, nth=1)
        since = world.ask("POST", "/mark")["seq"]
        world.ask("DELETE", "/rules")
        world.rule(name="RebootServer", do=deed, nth=1)
        world.call("reboot_vm", vm)
        assert world.names(since).count("RebootServer") == sent, deed


def test_trouble_is_told_without_the_secrets_of_the_request(world: Any) -> None:
    arguments = world.vm(env={"password": "canary-of-env"})
    world.rule(name="CreateServer", do="garble", times=1000)
    answer = world.respond("create_vm", *arguments)
    assert "canary-of-env" not in json.dumps(answer) + "".join(world.cpi.log)
