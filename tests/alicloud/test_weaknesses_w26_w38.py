"""The Go CPI's weaknesses W26 to W38: settings, secrets and costs: each set up on the simulator.

A row's comment says what the Go CPI did in the situation; what this provider does is asserted.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from pathlib import Path

import pytest

from tests.alicloud.simulated import ESSD, WORLD, Simulated

ROWS = Path(__file__).parent
WEAKNESSES = range(1, 39)  # of the Go CPI, W1 to W38


@pytest.fixture
def life(monkeypatch: pytest.MonkeyPatch) -> Simulated:
    return Simulated(monkeypatch)


def test_every_weakness_has_a_row() -> None:
    found = {
        int(number)
        for path in ROWS.glob("test_weaknesses_w*.py")
        for name in re.findall(r"^def (test_w\d\d\w*)\(", path.read_text(), re.MULTILINE)
        for number in re.findall(r"w(\d\d)", name)
    }
    assert found == set(WEAKNESSES)


def test_w26_env_is_passed_on_whole(life: Simulated) -> None:
    # A list of known keys: the others were dropped, and absent ones made up.
    env = {"bosh": {"job_dir": {"tmpfs": True}, "groups": ["a"]}, "persistent_disk_fs": "xfs"}
    cid = life.made(env=env)
    assert life.settings(cid)["env"] == env


def test_w27_vm_resources_become_an_instance_type(life: Simulated) -> None:
    # Null: manifests with vm_resources could not be deployed.
    asked = {"cpu": 2, "ram": 4096, "ephemeral_disk_size": 10240}
    found = life.result("calculate_vm_cloud_properties", asked)
    assert found["ephemeral_disk"] == {"size": 10240}
    life.made(found)


def test_w28_get_disks_gives_persistent_ones_and_all_of_them(life: Simulated) -> None:
    # System and ephemeral disks too, and the first ten only.
    cid = life.made({"instance_type": "ecs.g6.8xlarge"})
    disks = [life.result("create_disk", 20480, ESSD, cid) for _ in range(12)]
    for disk in disks:
        life.result("attach_disk", cid, disk)
    assert sorted(life.result("get_disks", cid)) == sorted(disks)


PREPAID = {"charge_type": "PrePaid", "charge_period": 1, "charge_period_unit": "Month"}


def test_w29_a_subscription_that_cannot_be_released_is_told_with_what_to_do(
    life: Simulated,
) -> None:
    # It polled for ten minutes, and told of a time-out.
    cid = life.made(PREPAID)
    message = life.refused("delete_vm", cid)["message"]
    assert "subscription" in message
    assert "ModifyInstanceChargeType" in message
    assert life.alive() == [cid]


def test_w29_the_undo_of_a_subscription_asks_for_its_end_and_names_what_stayed(
    life: Simulated,
) -> None:
    # The same after a failed create_vm.
    answer = life.create(more={**PREPAID, "slbs": ["lb-none"]})
    assert life.sent("DeleteInstance")["TerminateSubscription"] == "true"
    (left,) = life.alive()
    assert left in answer["error"]["message"]
    assert answer["error"]["ok_to_retry"] is False


@pytest.mark.parametrize(
    ("instance_type", "path"),
    [
        ("ecs.i3.xlarge", "virtio-"),  # with a disk of its own before the ephemeral one
        ("ecs.g8i.large", "nvme-Alibaba_Cloud_Elastic_Block_Storage_"),
        ("ecs.g6.large", "virtio-"),
    ],
)
def test_w30_the_ephemeral_disk_is_known_by_name_and_appears_as_its_type_has_it(
    monkeypatch: pytest.MonkeyPatch, instance_type: str, path: str
) -> None:
    # The first data disk, and NVMe only where it is required.
    (image,) = WORLD["resources"]
    resources = [{**image, "nvme_support": "supported"}]
    life = Simulated(monkeypatch, resources=resources)
    cid = life.made({"instance_type": instance_type})
    rows = life.ask("Ecs", "DescribeDisks", InstanceId=cid)["Disks"]["Disk"]
    (ephemeral,) = [row["DiskId"] for row in rows if row["DiskName"].startswith("ephemeral-")]
    wanted = f"/dev/disk/by-id/{path}{ephemeral.removeprefix('d-')}"
    assert life.settings(cid)["disks"]["ephemeral"] == wanted


def test_w31_user_data_has_a_size_check(life: Simulated) -> None:
    # 40 KB were sent, happily.
    answer = life.create(env={"x": "y" * 33000})
    assert "32768" in answer["error"]["message"]
    assert life.alive() == []


def test_w32_a_snapshot_is_awaited_and_named(life: Simulated) -> None:
    # It was neither.
    disk = life.result("create_disk", 20480, ESSD, None, availability_zone=life.place.zones[0])
    life.result("attach_disk", life.made(), disk)
    cid = life.result("snapshot_disk", disk, {"deployment": "cf", "job": "db"})
    (row,) = [one for one in life.simulator.control.inventory() if one["id"] == cid]
    assert (row["state"], row["name"]) == ("accomplished", "bosh-cf-db")
    assert row["tags"]["deployment"] == "cf"


def test_w33_and_w34_no_secret_on_any_channel(
    life: Simulated, capfd: pytest.CaptureFixture[str]
) -> None:
    # cpi.json and the request went to stderr; errors had passwords, user data, and URLs.
    secrets = {
        "registry": {"password": "canary-registry", "host": "h", "port": 25777},
        "agent": {"mbus": "nats://n:canary-nats@h", "blobstore": {"options": {"p": "canary-blob"}}},
        "cpikit": {"debug": True},
    }
    told = ""
    for trouble in (
        {"do": "fail", "code": "InvalidParameter"},
        {"do": "drop"},
        {"do": "fail", "code": "SignatureDoesNotMatch"},
    ):
        life.simulator.control.arm(name="RunInstances", **trouble)
        more = {"password": "canary-Pw1"}
        told += json.dumps(life.create(more=more, sections=secrets, proxy="http://u:canary-px@h"))
        life.simulator.control.disarm()
    told += json.dumps(life.create(sections=secrets))
    told += "\n".join(life.log) + "".join(capfd.readouterr())
    assert "RunInstances" in told
    hidden = ["canary", life.simulator.account.secret]
    hidden += [b64encode(b"\0" * pad + b"canary-of-the-env").decode()[4:16] for pad in range(3)]
    assert [secret for secret in hidden if secret in told] == []
    assert "Signature=" not in told


def test_w35_tokens_only_metadata_is_refused_for_an_image_that_cannot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # HttpTokens could not be set at all.
    (image,) = WORLD["resources"]
    can = {**image, "id": "m-cantokens", "imds_support": "v2"}
    life = Simulated(monkeypatch, resources=[image, can])
    more = {"http_tokens": "required"}
    assert "ImdsSupport" in life.create(more=more)["error"]["message"]
    assert life.alive() == []
    cid = life.made({**more, "stemcell_id": "m-cantokens"})
    assert life.vm(cid)["MetadataOptions"]["HttpTokens"] == "required"


def test_w36_no_key_has_to_stand_in_any_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    # Keys of CI stood in the Director's manifest; a role needs none.
    role = {"kind": "ram_role", "name": "bosh"}
    life = Simulated(monkeypatch, resources=[*WORLD["resources"], role])
    director = life.made({"ram_role_name": "bosh"})
    keyless = {
        "credential_source": "ecs_ram_role",
        "access_key_id": "",
        "access_key_secret": "",
    }
    with life.simulator as served:
        url = f"{served.endpoint}/_simulator/instances/{director}/metadata"
        found = life.result("has_vm", director, **keyless, metadata_endpoint=url)
    assert found is True
    (asked,) = life.simulator.control.requests(limit=1)
    assert asked["client"] != life.simulator.account.id


def test_w37_a_vm_costs_few_calls(life: Simulated) -> None:
    # 13 for a create_vm, with 10 to 15 s of sleep.
    control = life.simulator.control
    since = control.mark()
    cid = life.made()
    assert len(life.counted(since)) <= 8, life.counted(since)
    since = control.mark()
    life.result("delete_vm", cid)
    assert len(life.counted(since)) <= 6, life.counted(since)


def test_w38_all_security_groups_go_with_the_launch(life: Simulated) -> None:
    # Joined one by one, with a look before each.
    asked = {"VpcId": life.place.vpc}
    more = [life.ask("Ecs", "CreateSecurityGroup", **asked)["SecurityGroupId"] for _ in range(2)]
    life.clock.sleep(60)
    groups = [life.place.group, *more]
    cid = life.made({"security_group_ids": groups})
    assert sorted(life.vm(cid)["SecurityGroupIds"]["SecurityGroupId"]) == sorted(groups)
    assert "JoinSecurityGroup" not in {one["name"] for one in life.simulator.control.calls()}
