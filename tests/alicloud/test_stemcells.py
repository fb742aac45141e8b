"""Stemcells against a scripted cloud: light, imported, copied, deleted, and what is left alone."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit.testing import CallFailed
from cpikit_alicloud import images, tags
from tests.alicloud.disk_cloud import DiskCloud, Thing

REGION = "eu-central-1"
OBJECT = {"oss_bucket": "bucket-1", "oss_object": "image.raw", "name": "bosh-noble", "version": 1.5}
UUID = "0b0c2d3e-0000-4000-8000-000000000000"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> DiskCloud:
    made = DiskCloud()
    monkeypatch.setattr("cpikit_alicloud.client.SdkWire", lambda *_: made)
    return made


def light(cloud: DiskCloud, image_id: str = "m-light", **more: Any) -> Thing:
    image = Thing(image_id, {}, {}, [(0.0, "Available")], {"ImageName": "golden", **more})
    cloud.images[image_id] = image
    return image


def create(cloud: DiskCloud, properties: dict[str, Any], *env: Any, **section: Any) -> str:
    cid: str = cloud.cpi(**section).call("create_stemcell", "/dev/null", properties, *env)
    return cid


def refused(cloud: DiskCloud, properties: dict[str, Any], **section: Any) -> CallFailed:
    with pytest.raises(CallFailed) as failure:
        create(cloud, properties, **section)
    return failure.value


# light


def test_a_light_stemcell_is_its_image_and_is_looked_up_once(cloud: DiskCloud) -> None:
    light(cloud)
    assert create(cloud, {"image_id": {REGION: "m-light"}}) == "m-light"
    assert cloud.names() == ["DescribeImages"]


def test_a_light_stemcell_without_an_image_here_names_the_regions_it_has(cloud: DiskCloud) -> None:
    failure = refused(cloud, {"image_id": {"cn-beijing": "m-1", "us-east-1": "m-2"}})
    assert "no image in eu-central-1, only in cn-beijing, us-east-1" in failure.message


def test_a_light_stemcell_whose_image_is_missing_is_refused(cloud: DiskCloud) -> None:
    assert "not shared" in refused(cloud, {"image_id": {REGION: "m-none"}}).message


def test_an_encrypted_copy_spares_the_source_and_keeps_its_features(cloud: DiskCloud) -> None:
    image = light(cloud)
    image.parameters["Features.NvmeSupport"] = "supported"
    cid = create(
        cloud, {"image_id": {REGION: "m-light"}, "version": 7}, encrypted=True, kms_key_id="key-1"
    )
    made = cloud.images[cid]
    assert made.parameters["KMSKeyId"] == "key-1"
    assert made.parameters["Features.NvmeSupport"] == "supported"
    assert "m-light" in cloud.images
    assert tags.read_state(made.tags[tags.STATE])["c"] == "0"


def test_an_image_that_is_encrypted_already_is_not_copied(cloud: DiskCloud) -> None:
    light(cloud, encrypted=True)
    assert create(cloud, {"image_id": {REGION: "m-light"}}, encrypted=True) == "m-light"


# imported


def test_an_import_is_awaited_and_tagged(cloud: DiskCloud) -> None:
    cid = create(
        cloud,
        {
            **OBJECT,
            "disk": "3_072",
            "disk_format": "raw",
            "architecture": "x86_64",
            "os_type": "linux",
            "os_distro": "ubuntu",
            "nvme_support": "supported",
            "boot_mode": "UEFI-Preferred",
            "unheard_of": 1,
        },
        {"tags": {"team": "a", "n": 1}},
        resource_group_id="rg-1",
        import_role_name="ImportRole",
    )
    sent = cloud.images[cid].parameters
    assert sent["DiskDeviceMapping.1.OSSBucket"] == "bucket-1"
    assert sent["DiskDeviceMapping.1.OSSObject"] == "image.raw"
    assert sent["DiskDeviceMapping.1.Format"] == "RAW"
    assert sent["DiskDeviceMapping.1.DiskImageSize"] == "5"
    assert sent["Platform"] == "Ubuntu"
    assert sent["Features.NvmeSupport"] == "supported"
    assert (sent["BootMode"], sent["RoleName"]) == ("UEFI-Preferred", "ImportRole")
    assert sent["ResourceGroupId"] == "rg-1"
    assert sent["ImageName"].startswith("bosh-noble-1.5-")
    kept = cloud.images[cid].tags
    assert (kept["team"], kept["n"]) == ("a", "1")
    assert tags.read_state(kept[tags.STATE])["c"] == "0"
    assert cloud.clock.elapsed_s >= 900


def test_names_of_images_differ_between_imports_of_one_stemcell(cloud: DiskCloud) -> None:
    first, second = create(cloud, OBJECT), create(cloud, OBJECT)
    names = {cloud.images[cid].parameters["ImageName"] for cid in (first, second)}
    assert len(names) == 2


def test_bionic_is_no_ubuntu_to_import_image(cloud: DiskCloud) -> None:
    cid = create(cloud, {**OBJECT, "name": "bosh-alicloud-kvm-ubuntu-bionic-go_agent"})
    assert cloud.images[cid].parameters["Platform"] == "Others Linux"


def test_arm_stemcells_are_imported_as_arm(cloud: DiskCloud) -> None:
    cid = create(cloud, {**OBJECT, "architecture": "aarch64"})
    assert cloud.images[cid].parameters["Architecture"] == "arm64"


@pytest.mark.parametrize(
    ("name", "word", "wanted"),
    [
        ("architecture", "sparc", "x86_64, arm64 or i386"),
        ("os_type", "plan9", "linux or windows"),
        ("disk_format", "vmdk", "RAW, QCOW2 or VHD"),
        ("boot_mode", "Legacy", "BIOS, UEFI or UEFI-Preferred"),
        ("license_type", "free", "Auto, Aliyun or BYOL"),
        ("imds_support", "v3", "v1 or v2"),
    ],
)
def test_a_word_that_the_api_does_not_know_is_refused_before_any_call(
    cloud: DiskCloud, name: str, word: str, wanted: str
) -> None:
    message = refused(cloud, {**OBJECT, name: word}).message
    assert f"{name} is '{word}', wanted {wanted}" in message
    assert cloud.calls == []


def test_words_are_sent_in_the_spelling_of_the_api(cloud: DiskCloud) -> None:
    words = {"os_type": "Linux", "disk_format": "qcow2", "boot_mode": "uefi-preferred"}
    sent = cloud.images[create(cloud, {**OBJECT, **words, "architecture": "AMD64"})].parameters
    assert sent["OSType"] == "linux"
    assert sent["DiskDeviceMapping.1.Format"] == "QCOW2"
    assert sent["BootMode"] == "UEFI-Preferred"
    assert sent["Architecture"] == "x86_64"


def test_a_failed_import_is_noticed_soon_told_why_and_removed(cloud: DiskCloud) -> None:
    cloud.import_ends = ((100.0, "CreateFailed"),)
    failure = refused(cloud, OBJECT)
    assert "InvalidFormat: the file is no image" in failure.message
    assert "everything made so far was removed again" in failure.message
    assert not cloud.images
    assert not cloud.snapshots
    assert cloud.clock.elapsed_s < 200


def test_an_import_whose_image_vanishes_is_told_by_its_task(cloud: DiskCloud) -> None:
    cloud.then("DescribeImages", cloud.images.clear)
    failure = refused(cloud, OBJECT)
    assert "the file is no image" in failure.message
    assert cloud.clock.elapsed_s < 200


def test_an_imported_image_that_somebody_deletes_at_once_is_not_waited_for(
    cloud: DiskCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud, "do_DescribeTaskAttribute", lambda _: {"TaskStatus": "Finished"})
    cloud.then("DescribeImages", cloud.images.clear)
    assert "it vanished" in refused(cloud, OBJECT).message
    assert cloud.clock.elapsed_s < 200


def test_a_single_look_without_the_image_does_not_end_its_import(
    cloud: DiskCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_id, gaps = images.by_id, [None]

    def lagging(session: Any, image_id: str) -> images.Row | None:
        return gaps.pop() if gaps and cloud.clock.elapsed_s > 61 else by_id(session, image_id)

    monkeypatch.setattr(cloud, "do_DescribeTaskAttribute", lambda _: {"TaskStatus": "Finished"})
    monkeypatch.setattr(images, "by_id", lagging)
    assert (create(cloud, OBJECT) in cloud.images, gaps) == (True, [])


def test_reads_that_fail_during_an_import_do_not_end_it(cloud: DiskCloud) -> None:
    cloud.refuse("DescribeImages", "Throttling.User", status=400, times=3)
    cloud.refuse("DescribeImages", "ServiceUnavailable", status=503, times=2)
    assert create(cloud, OBJECT) in cloud.images


def test_a_missing_import_role_says_how_to_make_it(cloud: DiskCloud) -> None:
    cloud.refuse("ImportImage", "NoSetRoletoECSServiceAcount")
    assert "AliyunECSImageImportDefaultRole" in refused(cloud, OBJECT).message


def test_an_encrypted_import_leaves_the_copy_alone(cloud: DiskCloud) -> None:
    cid = create(cloud, OBJECT, encrypted=True)
    assert list(cloud.images) == [cid]
    assert list(cloud.snapshots) == [cloud.images[cid].more["snapshot"]]
    assert cloud.images[cid].more["encrypted"]


def test_a_stemcell_without_any_property_is_a_heavy_one_and_needs_a_tar(cloud: DiskCloud) -> None:
    with pytest.raises(CallFailed, match="is no tar"):
        cloud.cpi().call("create_stemcell", "/dev/null", None)


# delete


def test_our_image_goes_with_its_snapshots(cloud: DiskCloud) -> None:
    cid = create(cloud, OBJECT)
    cloud.cpi().call("delete_stemcell", cid)
    assert not cloud.images
    assert not cloud.snapshots


def test_deleting_a_stemcell_that_is_gone_succeeds(cloud: DiskCloud) -> None:
    cloud.cpi().call("delete_stemcell", "m-none")
    assert cloud.counted() == ["DescribeImages", "DescribeSnapshots"]


def test_a_light_stemcell_is_left_and_told(cloud: DiskCloud) -> None:
    light(cloud)
    cpi = cloud.cpi()
    cpi.call("delete_stemcell", "m-light")
    assert "m-light" in cloud.images
    assert "image_left" in "".join(cpi.log)


@pytest.mark.parametrize(
    "name", [f"stemcell-bosh-noble-1.5-{UUID}.raw", f"bosh-stemcell-1.5-{UUID}"]
)
def test_an_image_of_the_go_cpi_is_deleted(cloud: DiskCloud, name: str) -> None:
    light(cloud, ImageName=name)
    cloud.cpi().call("delete_stemcell", "m-light")
    assert not cloud.images


@pytest.mark.parametrize(
    "more", [{"owner": "others"}, {"owner": "system"}, {"public": True}, {"ImageName": "mine"}]
)
def test_an_image_that_is_not_certainly_ours_is_left(
    cloud: DiskCloud, more: dict[str, Any]
) -> None:
    light(cloud, **{"ImageName": f"bosh-stemcell-1-{UUID}", **more})
    cloud.cpi().call("delete_stemcell", "m-light")
    assert "m-light" in cloud.images


def test_an_image_that_is_shared_is_left(cloud: DiskCloud) -> None:
    light(cloud, ImageName=f"bosh-stemcell-1-{UUID}")
    cloud.shares["m-light"] = ["42"]
    cpi = cloud.cpi()
    cpi.call("delete_stemcell", "m-light")
    assert "shared with 42" in "".join(cpi.log)
    assert "m-light" in cloud.images


def test_an_image_of_another_director_is_left(cloud: DiskCloud) -> None:
    cid = create(cloud, OBJECT)
    cloud.cpi().call("delete_stemcell", cid, director_uuid="another")
    assert cid in cloud.images


def test_an_image_in_use_is_an_error(cloud: DiskCloud) -> None:
    cid = create(cloud, OBJECT)
    cloud.refuse("DeleteImage", "ImageUsingByInstance")
    with pytest.raises(CallFailed, match="ImageUsingByInstance"):
        cloud.cpi().call("delete_stemcell", cid)


def test_a_snapshot_that_the_image_still_holds_for_a_while_is_tried_again(
    cloud: DiskCloud,
) -> None:
    cid = create(cloud, OBJECT)
    cloud.refuse("DeleteSnapshot", "SnapshotCreatedImage", times=4)
    cloud.cpi().call("delete_stemcell", cid)
    assert not cloud.snapshots


def test_snapshots_that_stay_are_named(cloud: DiskCloud) -> None:
    cid = create(cloud, OBJECT)
    snapshot = cloud.images[cid].more["snapshot"]
    cloud.refuse("DeleteSnapshot", "SnapshotCreatedDisk")
    with pytest.raises(CallFailed, match=f"not its snapshots {snapshot}"):
        cloud.cpi().call("delete_stemcell", cid)
