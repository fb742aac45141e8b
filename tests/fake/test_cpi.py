"""The methods of the fake, called in process on virtual time."""

import json
from typing import Any

import pytest

from cpikit.testing import CallFailed

ODD_METADATA = {
    "name": "group/0",
    "integer": 4711,
    "boolean": True,
    "float": 0.75,
    "nothing": None,
    "list": ["a", 1],
    "map": {"k": "v"},
    "empty": "",
    "long": "l" * 300,
    "k" * 300: "long key",
    "": "empty key",
    "cloud:reserved": "x",
    "cpikit-state": "forged",
    "cpikit-director": "forged",
    "unicode": "Zürich ☃",
    **{f"many-{number}": number for number in range(40)},
}


def test_a_vm_lives_from_creation_to_deletion(world: Any) -> None:
    cid, networks = world.call("create_vm", *world.vm())
    assert networks["private"]["ip"] == "10.0.0.5"
    assert world.call("has_vm", cid) is True
    world.call("reboot_vm", cid)
    world.call("delete_vm", cid)
    assert world.call("has_vm", cid) is False
    assert world.ids("vm") == []


def test_the_address_of_a_deleted_vm_is_free_at_once(world: Any) -> None:
    first, _ = world.call("create_vm", *world.vm("one"))
    world.call("delete_vm", first)
    second, _ = world.call("create_vm", *world.vm("two"))
    assert second != first


@pytest.mark.parametrize(
    ("method", "unknown"),
    [
        ("delete_vm", "vm-00000000ffffffffffff"),
        ("delete_disk", "disk-00000000ffffffffffff"),
        ("delete_stemcell", "nonsense"),
        ("delete_snapshot", "snap-x"),
        ("delete_network", "net-x"),
    ],
)
def test_deleting_what_is_gone_succeeds(world: Any, method: str, unknown: str) -> None:
    assert world.call(method, unknown) is None
    assert world.call(method, unknown) is None


def test_has_is_false_for_nonsense(world: Any) -> None:
    assert world.call("has_vm", "no such thing") is False
    assert world.call("has_disk", "disk-00000000ffffffffffff") is False


def test_missing_things_are_told_by_their_own_errors(world: Any) -> None:
    vm, _ = world.call("create_vm", *world.vm())
    disk = world.call("create_disk", 10, {}, None)
    for wanted, *call in [
        ("VMNotFound", "reboot_vm", "vm-x"),
        ("VMNotFound", "set_vm_metadata", "vm-x", {}),
        ("VMNotFound", "attach_disk", "vm-x", disk),
        ("VMNotFound", "get_disks", "vm-x"),
        ("DiskNotFound", "attach_disk", vm, "disk-x"),
        ("DiskNotFound", "resize_disk", "disk-x", 20),
        ("DiskNotFound", "update_disk", "disk-x", 20, {}),
        ("DiskNotFound", "set_disk_metadata", "disk-x", {}),
        ("DiskNotFound", "snapshot_disk", "disk-x", {}),
    ]:
        with pytest.raises(CallFailed) as failed:
            world.call(*call)
        assert failed.value.type == wanted, call


def test_disks_survive_the_vm_that_has_them(world: Any) -> None:
    vm, _ = world.call("create_vm", *world.vm())
    disk = world.call("create_disk", 10, {}, vm)
    world.call("attach_disk", vm, disk)
    world.call("delete_vm", vm)
    assert world.call("has_disk", disk) is True
    world.call("delete_disk", disk)


def test_two_disks_have_two_hints_and_a_repeated_attach_the_same(world: Any) -> None:
    vm, _ = world.call("create_vm", *world.vm())
    first, second = (world.call("create_disk", 10, {}, vm) for _ in range(2))
    hints = [world.call("attach_disk", vm, disk) for disk in (first, second, first)]
    assert hints[0] == hints[2] != hints[1]
    assert world.call("get_disks", vm) == [first, second]


def test_a_disk_on_one_vm_is_not_attached_to_another(world: Any, net: Any) -> None:
    one, _ = world.call("create_vm", *world.vm("one"))
    two, _ = world.call("create_vm", *world.vm("two", networks={"n": net("10.0.0.6")}))
    disk = world.call("create_disk", 10, {}, one)
    world.call("attach_disk", one, disk)
    with pytest.raises(CallFailed, match=f"attached to VM {one}, wanted on {two}"):
        world.call("attach_disk", two, disk)
    world.call("detach_disk", two, disk)  # is not attached there: nothing to do
    assert world.call("get_disks", one) == [disk]
    assert world.call("get_disks", two) == []


def test_an_attached_disk_is_not_deleted(world: Any) -> None:
    vm, _ = world.call("create_vm", *world.vm())
    disk = world.call("create_disk", 10, {}, vm)
    world.call("attach_disk", vm, disk)
    with pytest.raises(CallFailed, match="is attached to"):
        world.call("delete_disk", disk)
    world.call("detach_disk", vm, disk)
    world.call("detach_disk", vm, disk)
    world.call("delete_disk", disk)


def test_disks_grow_and_do_not_shrink(world: Any) -> None:
    disk = world.call("create_disk", 100, {}, None)
    world.call("resize_disk", disk, 100)
    world.call("resize_disk", disk, 200)
    assert world.call("update_disk", disk, 300, {"type": "fast"}) == disk
    for call in (
        ("resize_disk", disk, 299),
        ("update_disk", disk, 299, {}),
        ("update_disk", disk, 300, {"zone": "z2"}),
    ):
        with pytest.raises(CallFailed) as failed:
            world.call(*call)
        assert failed.value.type == "NotSupported"


@pytest.mark.parametrize("size", [0, 10**12])
def test_a_disk_of_no_size_or_too_much_is_refused_cleanly(world: Any, size: int) -> None:
    with pytest.raises(CallFailed, match="wanted 1 to"):
        world.call("create_disk", size, {}, None)
    assert world.inventory() == []


def test_two_equal_creates_are_two_resources(world: Any) -> None:
    for method, *arguments in [
        ("create_disk", 10, {}, None),
        ("create_stemcell", str(world.image), {}, {}),
        ("create_network", {"type": "manual", "cloud_properties": {}, "range": "10.1.0.0/24"}),
    ]:
        first, second = world.call(method, *arguments), world.call(method, *arguments)
        assert first != second


def test_any_metadata_becomes_tags(world: Any) -> None:
    vm, _ = world.call("create_vm", *world.vm())
    disk = world.call("create_disk", 10, {}, None)
    for _ in range(2):
        world.call("set_vm_metadata", vm, ODD_METADATA)
        world.call("set_disk_metadata", disk, ODD_METADATA)
    assert [one["owner"] for one in world.inventory("vm")] == [
        "0b0c2d3e-0000-4000-8000-000000000000"
    ]
    world.call("snapshot_disk", disk, {**ODD_METADATA, "index": 0})


def test_metadata_and_attaching_claim(world: Any) -> None:
    vm, _ = world.call("create_vm", *world.vm())
    disks = [world.call("create_disk", 10, {}, None) for _ in range(3)]
    assert {one["claimed"] for one in world.inventory("vm") + world.inventory("disk")} == {False}
    world.call("set_vm_metadata", vm, {})
    world.call("attach_disk", vm, disks[0])
    world.call("set_disk_metadata", disks[1], {"a": "b"})
    claimed = {one["id"]: one["claimed"] for one in world.inventory()}
    assert [claimed[cid] for cid in (vm, *disks)] == [True, True, True, False]


def test_snapshots_are_taken_attached_and_detached(world: Any) -> None:
    vm, _ = world.call("create_vm", *world.vm())
    disk = world.call("create_disk", 10, {}, vm)
    first = world.call("snapshot_disk", disk, {"index": 0, "job": "x"})
    world.call("attach_disk", vm, disk)
    second = world.call("snapshot_disk", disk, {})
    world.call("delete_snapshot", first)
    assert world.ids("snapshot") == [second]


def test_networks_are_made_by_range_and_by_size(world: Any, net: Any) -> None:
    cid, addresses, properties = world.call(
        "create_network",
        {"type": "manual", "cloud_properties": {}, "range": "10.9.0.0/24", "gateway": "10.9.0.1"},
    )
    assert (addresses["range"], addresses["gateway"]) == ("10.9.0.0/24", "10.9.0.1")
    assert isinstance(addresses["reserved"], list)
    _, chosen, _ = world.call(
        "create_network", {"type": "manual", "cloud_properties": {}, "netmask_bits": 24}
    )
    assert chosen["range"].endswith("/24")
    networks = {"n": net("10.9.0.10", cloud_properties=properties)}
    vm, _ = world.call("create_vm", *world.vm(networks=networks))
    with pytest.raises(CallFailed, match="in use by"):
        world.call("delete_network", cid)
    world.call("delete_vm", vm)
    world.call("delete_network", cid)


@pytest.mark.parametrize(
    "definition",
    [
        {"range": "10.9.0.0/33"},
        {"range": "garbage"},
        {},
        {"netmask_bits": 99},
        {"range": "10.9.0.0/24", "gateway": "10.8.0.1"},
    ],
)
def test_a_network_that_cannot_be_is_refused(world: Any, definition: dict[str, Any]) -> None:
    body = {"type": "manual", "cloud_properties": {}, **definition}
    with pytest.raises(CallFailed) as failed:
        world.call("create_network", body)
    assert failed.value.type == "CloudError"
    assert world.ids("network") == []


def test_an_image_that_is_not_there_is_told_and_leaves_nothing(world: Any) -> None:
    with pytest.raises(CallFailed, match="image /nowhere/image cannot be read"):
        world.call("create_stemcell", "/nowhere/image", {}, {})
    assert world.inventory() == []


def test_a_light_stemcell_reads_no_file(world: Any) -> None:
    properties = {"image_id": {"somewhere": "m-1"}, "unheard_of": 1}
    cid = world.call("create_stemcell", "/nowhere/dummy", properties, {"tags": {"a": 1}})
    assert world.ids("stemcell") == [cid]
    assert world.call("create_stemcell", str(world.image), None) != cid


def test_calculated_properties_make_a_vm(world: Any) -> None:
    wanted = {"cpu": 2, "ram": 3000, "ephemeral_disk_size": 5000}
    properties = world.call("calculate_vm_cloud_properties", wanted)
    assert properties == wanted
    world.call("create_vm", *world.vm(properties=properties))
    with pytest.raises(CallFailed, match="no VM has cpu"):
        world.call("calculate_vm_cloud_properties", {**wanted, "cpu": 10**6})


def test_unknown_properties_are_refused_unless_they_are_to_be_warned_of(make_world: Any) -> None:
    strict, lax = make_world(), make_world(unknown_properties="warn")
    with pytest.raises(CallFailed, match="did you mean 'type'"):
        strict.call("create_disk", 10, {"typ": "fast"}, None)
    lax.call("create_disk", 10, {"typ": "fast"}, None)


def test_a_knob_of_cpi_json_that_is_none_is_told_with_its_place(make_world: Any) -> None:
    world = make_world(knobs={"server_stok": 1})
    with pytest.raises(CallFailed, match=r"fake\.knobs: knob 'server_stok' does not exist"):
        world.call("has_vm", "vm-1")


def test_slow_states_are_awaited_on_the_clock(make_world: Any) -> None:
    passing = "image server_start server_delete volume_create volume_delete volume_attach"
    passing += " volume_detach volume_resize snapshot"
    slow = {f"{name}_s": 30.0 for name in passing.split()}
    world = make_world(knobs=slow)
    vm, _ = world.call("create_vm", *world.vm())
    disk = world.call("create_disk", 10, {}, vm)
    world.call("attach_disk", vm, disk)
    world.call("snapshot_disk", disk, {})
    world.call("resize_disk", disk, 20)
    world.call("reboot_vm", vm)
    world.call("detach_disk", vm, disk)
    world.call("delete_disk", disk)
    world.call("delete_vm", vm)
    assert world.ids("vm") == world.ids("disk") == []
    assert world.clock.elapsed_s >= 300


def test_a_wait_past_its_deadline_names_the_last_state(make_world: Any) -> None:
    world = make_world(knobs={"volume_create_s": 1000.0})
    with pytest.raises(CallFailed, match="is Creating, wanted Available, after 300 s"):
        world.call("create_disk", 10, {}, None)
    assert world.ids("disk") == []


def test_a_full_cloud_and_a_full_account_are_told_apart(make_world: Any, net: Any) -> None:
    other = {"networks": {"n": net("10.0.0.9")}}
    for knob, code in (("server_stock", "OutOfStock"), ("server_quota", "QuotaExceeded")):
        world = make_world(knobs={knob: 1})
        world.call("create_vm", *world.vm("one"))
        with pytest.raises(CallFailed, match=code) as failed:
            world.call("create_vm", *world.vm("two", **other))
        assert (failed.value.type, failed.value.ok_to_retry) == ("VMCreationFailed", False)
    world = make_world(knobs={"volume_space_mib": 15})
    world.call("create_disk", 10, {}, None)
    with pytest.raises(CallFailed) as failed:
        world.call("create_disk", 10, {}, None)
    assert failed.value.type == "NoDiskSpace"


def test_a_dead_endpoint_is_told_within_seconds(make_world: Any) -> None:
    world = make_world(unreachable=True)
    with pytest.raises(CallFailed, match="endpoint is not there") as failed:
        world.call("create_disk", 10, {}, None)
    assert "still there" not in failed.value.message
    assert world.clock.elapsed_s < 3


def test_no_method_shows_a_secret(world: Any) -> None:
    env = {"bosh": {"mbus": {"cert": {"private_key": "canary-in-env"}}}}
    world.call("create_vm", *world.vm(env=env))
    answer = world.respond("create_vm", *world.vm("other", env=env))
    shown = json.dumps(answer) + "".join(world.cpi.log)
    assert "canary-in-env" not in shown
    assert "fake-mbus-password" not in shown


def test_a_new_disk_that_a_read_does_not_show_yet_is_waited_for(world: Any) -> None:
    world.rule(name="DescribeVolumes", do="stale", times=1)
    disk = world.call("create_disk", 10, {}, None)
    assert world.call("has_disk", disk) is True


def test_a_new_disk_that_goes_away_is_an_error(world: Any) -> None:
    world.rule(name="CreateVolume", do="vanish")
    with pytest.raises(CallFailed, match="went away"):
        world.call("create_disk", 10, {}, None)
