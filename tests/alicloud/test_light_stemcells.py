"""Light stemcells on the simulator in several regions: made, shared, resumed, verified, deleted."""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit.errors import CpiError
from cpikit_alicloud.tool import tarballs
from cpikit_alicloud.tool.wants import wanted
from cpikit_alicloud_simulator.simulator import Simulator
from tests.alicloud.light_kit import (
    ABROAD,
    HOME,
    MANIFEST,
    NORTH,
    Tool,
    heavy,
    image_ids,
    manifest,
    packed,
)
from tests.alicloud.stemcell_kit import connections_closed

ALL = (HOME, NORTH, ABROAD)
WHOLE = "name: a\nversion: 1\noperating_system: o\nstemcell_formats: [alicloud-raw]\n"


@pytest.fixture
def tool(
    alicloud: Simulator, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Tool]:
    with connections_closed(monkeypatch):
        yield Tool(alicloud, tmp_path, capsys, monkeypatch)


def test_one_import_and_a_copy_in_each_region(tool: Tool) -> None:
    since = tool.simulator.control.mark()
    status, ids, err = tool.light()
    assert status == 0, err
    assert set(ids) == set(ALL)
    names = tool.names(since)
    assert (names.count("ImportImage"), names.count("CopyImage")) == (1, 2)
    assert {row["id"] for row in tool.rows("image")} == set(ids.values())
    assert not tool.rows("object")
    for region, image_id in ids.items():
        assert tool.image(region, image_id)["Features"]["NvmeSupport"] == "supported"


def test_the_light_tarball_is_what_the_go_cpi_s_are(tool: Tool) -> None:
    _, ids, _ = tool.light()
    path = tool.folder / "light.tgz"
    found = manifest(path)
    nothing = hashlib.sha1(b"", usedforsecurity=False).hexdigest()
    properties = {**MANIFEST["cloud_properties"], "image_id": ids}
    assert found == {**MANIFEST, "sha1": nothing, "cloud_properties": properties}
    with tarfile.open(path) as archive:
        assert archive.getnames() == ["stemcell.MF", "image"]
        assert archive.getmember("image").size == 0


def test_create_stemcell_takes_it_in_each_region(tool: Tool) -> None:
    _, ids, _ = tool.light()
    for region, image_id in ids.items():
        assert tool.create(region, tool.folder / "light.tgz") == image_id


def test_the_same_again_makes_nothing_and_writes_the_same_bytes(tool: Tool) -> None:
    _, ids, _ = tool.light()
    first = (tool.folder / "light.tgz").read_bytes()
    since = tool.simulator.control.mark()
    assert tool.light()[1] == ids
    assert not {"ImportImage", "CopyImage", "PutObject"} & set(tool.names(since))
    assert (tool.folder / "light.tgz").read_bytes() == first


@pytest.mark.parametrize("words", [["--encrypt", "all"], ["--encrypt", ABROAD]], ids=str)
def test_copies_are_encrypted_where_it_is_asked_for(tool: Tool, words: list[str]) -> None:
    status, ids, err = tool.light(*words)
    assert status == 0, err
    for region, image_id in ids.items():
        mapping = tool.image(region, image_id)["DiskDeviceMappings"]["DiskDeviceMapping"]
        assert all(bool(one["Encrypted"]) is (words[1] in ("all", region)) for one in mapping)
    assert {row["id"] for row in tool.rows("image")} == set(ids.values())  # the first one is gone
    tool.good("delete", str(tool.folder / "light.tgz"))
    assert not tool.rows("image") + tool.rows("snapshot")


def test_a_region_that_was_not_asked_for_keeps_no_image(tool: Tool) -> None:
    _, ids, _ = tool.light(regions=(NORTH,))
    assert [row["id"] for row in tool.rows("image")] == [ids[NORTH]]
    since = tool.simulator.control.mark()
    assert tool.light(regions=(NORTH,))[1] == ids
    assert "ImportImage" not in tool.names(since)


def test_more_regions_later_are_copied_from_what_is_there(tool: Tool) -> None:
    _, few, _ = tool.light(regions=(HOME,))
    since = tool.simulator.control.mark()
    _, ids, _ = tool.light()
    assert ids[HOME] == few[HOME]
    assert "ImportImage" not in tool.names(since)


def test_accounts_are_let_in_and_verify_sees_it(tool: Tool) -> None:
    accounts = [f"{2000000000000000 + n}" for n in range(12)]
    for account in accounts:
        tool.simulator.world.accounts.add_account(account)
    words = [word for account in accounts for word in ("--share", account)]
    status, ids, err = tool.light(*words, regions=(HOME, NORTH))
    assert status == 0, err
    for region, image_id in ids.items():
        answer = tool.simulator.ask(
            "Ecs", "DescribeImageSharePermission", RegionId=region, ImageId=image_id, PageSize=50
        )
        found = {row["AliyunId"] for row in answer["Accounts"]["Account"]}
        assert found == set(accounts)
    light = str(tool.folder / "light.tgz")
    tool.good("verify", light, *words)
    status, out, _ = tool.run("verify", light, "--share", "4711")
    assert (status, out.count("is not shared with 4711")) == (1, 2)
    tool.good("delete", light)
    assert not tool.rows("image")


def test_an_image_that_is_there_is_copied_and_left(tool: Tool) -> None:
    _, ids, _ = tool.light(regions=(HOME,))
    named = ["--image", ids[HOME], "--name", "bosh-mine", "--version", "7", "--os", "ubuntu-noble"]
    status, more, err = tool.light(*named)
    assert status == 0, err
    assert more[HOME] == ids[HOME]
    found = manifest(tool.folder / "light.tgz")
    assert (found["name"], found["version"]) == ("bosh-mine", "7")
    assert found["cloud_properties"]["nvme_support"] == "supported"
    assert found["cloud_properties"]["boot_mode"] == "UEFI-Preferred"
    tool.good("verify", str(tool.folder / "light.tgz"))
    assert tool.create(NORTH, tool.folder / "light.tgz") == more[NORTH]


def test_somebody_s_own_image_is_not_deleted(tool: Tool) -> None:
    tool.simulator.ask("Ecs", "ImportImage") if False else None
    _, ids, _ = tool.light(regions=(HOME,))
    untag = {"ResourceType": "image", "ResourceId.1": ids[HOME], "TagKey.1": "cpikit-stemcell"}
    tool.simulator.ask("Ecs", "UntagResources", RegionId=HOME, **untag)
    named = ["--image", ids[HOME], "--name", "bosh-mine", "--version", "7", "--os", "ubuntu-noble"]
    tool.light(*named)
    out = tool.good("delete", str(tool.folder / "light.tgz"))
    assert "was not made by this tool: it stays" in out
    assert [row["id"] for row in tool.rows("image")] == [ids[HOME]]


def test_delete_takes_everything_that_the_heavy_one_became(tool: Tool) -> None:
    source = heavy(tool.folder)
    tool.light("--encrypt", ABROAD)
    tool.good("delete", source, "--region", NORTH, "--region", ABROAD)
    assert not tool.rows("image") + tool.rows("snapshot")
    tool.good("delete", source)  # gone already is fine


def test_delete_removes_an_upload_that_never_became_an_image(tool: Tool) -> None:
    source = heavy(tool.folder)
    failing = {"code": "Forbidden.RAM", "status": 403}
    tool.simulator.control.arm("fail", name="ImportImage", **failing)
    tool.simulator.control.arm("fail", name="DeleteObject", code="AccessDenied", status=403)
    assert tool.light(source=source)[0] == 1
    tool.simulator.control.disarm()
    assert tool.rows("object")
    tool.good("delete", source)
    assert not tool.rows("object") + tool.rows("bucket")


def test_an_image_that_is_used_stays_with_its_shares_and_the_others_go(tool: Tool) -> None:
    tool.simulator.world.accounts.add_account("2000000000000001")
    _, ids, _ = tool.light("--share", "2000000000000001", regions=(HOME, NORTH))
    failing = {"code": "ImageUsingByInstance", "status": 403}
    tool.simulator.control.arm("fail", name="DeleteImage", resource=ids[NORTH], **failing)
    light = str(tool.folder / "light.tgz")
    status, out, err = tool.run("delete", light)
    assert (status, ids[HOME] in out) == (1, True)
    assert f"not everything is deleted: {NORTH}: image {ids[NORTH]}" in err
    assert [row["id"] for row in tool.rows("image")] == [ids[NORTH]]
    tool.simulator.control.disarm()
    answer = tool.simulator.ask(
        "Ecs", "DescribeImageSharePermission", RegionId=NORTH, ImageId=ids[NORTH]
    )
    assert [row["AliyunId"] for row in answer["Accounts"]["Account"]] == ["2000000000000001"]
    tool.good("delete", light)
    assert not tool.rows("image") + tool.rows("snapshot")


def test_a_region_that_cannot_be_begun_does_not_hold_up_the_others(tool: Tool) -> None:
    failing = {"code": "QuotaExceed.Image", "status": 403, "times": 1}
    tool.simulator.control.arm("fail", name="CopyImage", **failing)
    status, _, err = tool.light()
    assert status == 1
    assert f"no image in {NORTH}: " in err
    assert "QuotaExceed.Image" in err
    assert len(tool.rows("image")) == 2
    status, ids, err = tool.light()
    assert status == 0, err
    assert {row["id"] for row in tool.rows("image")} == set(ids.values())


def test_a_region_that_is_none_is_told_before_anything_is_made(tool: Tool) -> None:
    status, _, err = tool.light(regions=(HOME, "cn-nowhere"))
    assert status == 1
    assert "DescribeImages" in err
    assert not tool.rows("image") + tool.rows("object")


def test_a_tarball_that_cannot_be_written_is_told_first(tool: Tool) -> None:
    source = heavy(tool.folder)
    status, _, err = tool.run("light", source, "--output", "/no/such/folder/light.tgz")
    assert status == 1
    assert "/no/such/folder/light.tgz cannot be written" in err
    assert not tool.rows("image")


def test_another_stemcell_s_images_are_left_alone(tool: Tool) -> None:
    tool.light(regions=(HOME,))
    other = tool.folder / "other"
    other.mkdir()
    _, ids, _ = tool.light(source=heavy(other, seed=2), regions=(HOME,))
    tool.good("delete", heavy(tool.folder))
    assert [row["id"] for row in tool.rows("image")] == [ids[HOME]]


def test_delete_goes_on_where_a_process_was_killed_between_image_and_snapshots(tool: Tool) -> None:
    _, ids, _ = tool.light(regions=(HOME, NORTH))
    for region, image_id in ids.items():
        tool.simulator.ask("Ecs", "DeleteImage", RegionId=region, ImageId=image_id)
    tool.clock.sleep(60)
    assert tool.rows("snapshot")
    out = tool.good("delete", str(tool.folder / "light.tgz"))
    assert out.count("is gone, now its snapshots too") == 2
    assert not tool.rows("snapshot")


@pytest.mark.parametrize("name", ["ImportImage", "CopyImage", "ModifyImageAttribute"])
@pytest.mark.parametrize("do", ["lose", "drop", "throttle"])
def test_troubles_on_the_way_pass(tool: Tool, do: str, name: str) -> None:
    tool.simulator.control.arm(do, name=name, times=1)
    status, ids, err = tool.light(regions=(HOME, NORTH))
    assert status == 0, err
    assert {row["id"] for row in tool.rows("image")} == set(ids.values())


@pytest.mark.parametrize("name", ["ImportImage", "CopyImage", "TagResources"])
def test_a_failure_names_the_region_and_the_same_command_goes_on(tool: Tool, name: str) -> None:
    rule = tool.simulator.control.arm("fail", name=name, code="Forbidden.RAM", status=403)
    status, _, err = tool.light()
    assert status == 1
    assert "Forbidden.RAM" in err
    assert tool.simulator.account.secret not in err
    tool.simulator.control.release(rule)
    tool.simulator.control.disarm()
    since = tool.simulator.control.mark()
    status, ids, err = tool.light()
    assert status == 0, err
    assert {row["id"] for row in tool.rows("image")} == set(ids.values())
    assert tool.names(since).count("ImportImage") == (1 if name == "ImportImage" else 0)


def test_a_copy_that_fails_in_the_cloud_is_made_anew(tool: Tool) -> None:
    _, ids, _ = tool.light(regions=(HOME, NORTH))
    image = tool.simulator.world.find(ids[NORTH])
    image.state = "CreateFailed"
    _, again, _ = tool.light(regions=(HOME, NORTH))
    assert again[HOME] == ids[HOME]
    assert again[NORTH] != ids[NORTH]
    assert {row["id"] for row in tool.rows("image")} == set(again.values())


def test_lists_that_lag_lead_to_no_second_image(tool: Tool) -> None:
    """A process is killed right after CopyImage, and its successor's list does not show it yet."""
    tool.light(regions=(HOME,))
    tool.simulator.control.arm(
        "fail", name="DescribeImages", code="Forbidden.RAM", nth=5, status=403
    )
    tool.light(regions=(HOME, NORTH))
    tool.simulator.control.disarm()
    tool.simulator.control.set_knobs(visibility__describe_s=5.0)
    status, ids, err = tool.light(regions=(HOME, NORTH))
    assert status == 0, err
    assert {row["id"] for row in tool.rows("image")} == set(ids.values())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"BootMode": "BIOS"}, "boot_mode is BIOS, wanted UEFI-Preferred"),
        ({"Features.NvmeSupport": "unsupported"}, "nvme_support is"),
        ({"Status": "Deprecated"}, "is Deprecated, wanted Available"),
    ],
)
def test_verify_tells_what_is_not_as_the_manifest_says(
    tool: Tool, change: dict[str, str], told: str
) -> None:
    _, ids, _ = tool.light(regions=(HOME, NORTH))
    light = str(tool.folder / "light.tgz")
    tool.good("verify", light)
    tool.simulator.ask("Ecs", "ModifyImageAttribute", RegionId=NORTH, ImageId=ids[NORTH], **change)
    status, out, _ = tool.run("verify", light)
    assert status == 1
    good, bad = out.splitlines()
    assert (good.startswith(f"{NORTH}") and told in good) or told in bad
    assert "good" in out


def test_verify_tells_what_does_not_exist_in_json_too(tool: Tool) -> None:
    import json

    _, ids, _ = tool.light(regions=(HOME, NORTH))
    tool.simulator.ask("Ecs", "DeleteImage", RegionId=NORTH, ImageId=ids[NORTH])
    tool.clock.sleep(60)
    status, out, _ = tool.run("verify", str(tool.folder / "light.tgz"), "--json")
    found = {one["region"]: one["problems"] for one in json.loads(out)}
    assert (status, found) == (1, {HOME: [], NORTH: ["does not exist, or is not shared"]})


@pytest.mark.parametrize(
    ("regions", "encrypt", "told"),
    [
        ([HOME], [NORTH], "no copy is wanted in cn-beijing"),
        ([HOME], ["all=key"], "belongs to one region"),
    ],
)
def test_odd_words_are_refused(regions: list[str], encrypt: list[str], told: str) -> None:
    with pytest.raises(CpiError, match=told):
        wanted(regions, encrypt)


def test_each_region_has_a_key_of_its_own() -> None:
    found = wanted([HOME, NORTH, HOME], ["all", f"{NORTH}=k-1"])
    assert [(w.region, w.encrypted, w.kms_key_id) for w in found] == [
        (HOME, True, ""),
        (NORTH, True, "k-1"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [", "is no stemcell"),
        ("[]", "no mapping"),
        ("[" * 500, "is no stemcell"),
        ("a: 2001-99-99", "is no stemcell"),
        (f"{WHOLE}cloud_properties: [1]", "cloud_properties of stemcell.MF is no mapping"),
        (f"{WHOLE}cloud_properties: {{image_id: m-1}}", "no mapping of regions to images"),
        (f"{WHOLE}cloud_properties: {{disk: 1}}", "its manifest has no sha1"),
        (f"{WHOLE}sha1: md5:0\ncloud_properties: {{disk: 1}}", "digest 'md5' is not known"),
        (f"{WHOLE}sha1: a\ncloud_properties: {{disk: [1]}}", "disk: wanted a number"),
        ("name: a\nversion: 1", "has no operating_system, stemcell_formats, cloud_properties"),
    ],
)
def test_a_tarball_that_is_no_stemcell_is_told(tool: Tool, text: str, told: str) -> None:
    status, _, err = tool.light(source=heavy(tool.folder, text=text))
    assert status == 1
    assert told in err


def test_a_version_that_looks_like_a_number_keeps_its_zero(tmp_path: Path) -> None:
    text = WHOLE.replace("version: 1", "version: 621.90") + "cloud_properties: {disk: 1}"
    found = tarballs.read(heavy(tmp_path, text=text)).manifest
    assert found["version"] == "621.90"
    tarballs.write(tmp_path / "l.tgz", tarballs.light_manifest(found, {HOME: "m-1"}))
    assert manifest(tmp_path / "l.tgz")["version"] == "621.90"


@settings(deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_in_words(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "stemcell.tgz")
        for whole in (data, packed({"stemcell.MF": data})):
            path.write_bytes(whole)
            with suppress(CpiError):
                assert tarballs.read(str(path)).manifest["name"]


def test_a_damaged_image_is_told_before_anything_is_made(tool: Tool) -> None:
    source = Path(heavy(tool.folder))
    other = tool.folder / "other"
    other.mkdir()
    with tarfile.open(source) as archive, tarfile.open(heavy(other, seed=2)) as wrong:
        head, image = archive.extractfile("./stemcell.MF"), wrong.extractfile("./image")
        assert head is not None
        assert image is not None
        members = {"./stemcell.MF": head.read(), "./image": image.read()}
    source.write_bytes(packed(members))
    status, _, err = tool.light(source=str(source))
    assert status == 1
    assert "its image has sha1" in err
    assert not tool.rows("image") + tool.rows("object")


def test_a_light_stemcell_is_no_source_and_a_heavy_one_cannot_be_verified(tool: Tool) -> None:
    tool.light(regions=(HOME,))
    light = str(tool.folder / "light.tgz")
    assert "is a light stemcell already" in tool.light(source=light)[2]
    assert "it is no light stemcell" in tool.run("verify", heavy(tool.folder))[2]
    assert image_ids(Path(light))


def test_an_image_without_its_names_is_refused(tool: Tool) -> None:
    status, _, err = tool.light("--image", "m-1")
    assert (status, "needs --name, --version and --os" in err) == (1, True)
    named = ["--image", "m-none", "--name", "n", "--version", "1", "--os", "o"]
    assert "does not exist in cn-hangzhou" in tool.light(*named)[2]


def test_bars_are_drawn_on_a_terminal() -> None:
    from rich.console import Console

    from cpikit_alicloud.tool.progress import Bars

    out = io.StringIO()
    with Bars(Console(file=out, force_terminal=True, width=80)) as bars:
        bars.tell("cn-hangzhou", "uploading", 50)
        bars.tell("cn-hangzhou", "ready: m-1", 100)
    assert "cn-hangzhou" in out.getvalue()
    assert "ready: m-1" in out.getvalue()
