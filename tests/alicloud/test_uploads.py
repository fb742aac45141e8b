"""Heavy stemcells over a socket: the official OSS SDK, real signatures, parts, and what is left."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cpikit.caller import Caller
from cpikit.faults import Fault, FaultKind
from cpikit.operations import Effect, FaultError, Operation
from cpikit.testing import CallFailed
from cpikit_alicloud import upload_store
from cpikit_alicloud_simulator.simulator import Simulator
from tests.alicloud.upload_kit import MANIFEST, PART, Kit


@pytest.fixture
def kit(alicloud: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Kit:
    return Kit(alicloud, monkeypatch, tmp_path)


def refused(kit: Kit, path: str, **section: Any) -> CallFailed:
    with pytest.raises(CallFailed) as failure:
        kit.create(path, **section)
    return failure.value


def test_an_image_arrives_byte_by_byte_and_leaves_nothing_in_the_store(kit: Kit) -> None:
    path, data = kit.stemcell()
    cid = kit.create(path)
    assert kit.imported == [data]
    assert cid in kit.ecs.images
    assert kit.left() == []
    assert kit.calls("UploadPart") == 6


def test_it_goes_over_tls_too(kit: Kit) -> None:
    path, data = kit.stemcell()
    kit.create(path, oss_endpoint=kit.simulator.https_endpoint, ca_file=kit.simulator.ca_file)
    assert kit.imported == [data]


def test_a_word_that_the_cloud_does_not_know_is_refused_before_the_upload(kit: Kit) -> None:
    path, _ = kit.stemcell()
    kit.cpi().respond("create_stemcell", path, {**MANIFEST, "architecture": "ppc"})
    assert not kit.simulator.control.calls()


@pytest.mark.parametrize("fault", ["a wrong byte", "no tail"])
def test_a_damaged_file_is_never_imported_and_leaves_nothing(kit: Kit, fault: str) -> None:
    path, _ = kit.stemcell()
    content = bytearray(Path(path).read_bytes())
    content[len(content) // 2] ^= 255 if fault == "a wrong byte" else 0
    Path(path).write_bytes(content[:-3] if fault == "no tail" else content)
    assert f"; download {path!r} again" in refused(kit, path).message
    assert kit.calls("CompleteMultipartUpload") == 0
    assert (kit.imported, kit.left()) == ([], [])


def test_progress_is_told_in_tenths(kit: Kit) -> None:
    path, _ = kit.stemcell(20 * PART)
    process = kit.cpi()
    process.call("create_stemcell", path, MANIFEST)
    lines = [line for line in process.log if " uploading " in line]
    assert 9 <= len(lines) <= 10
    assert "percent=100" in lines[-1]


def test_the_disk_of_the_image_is_never_smaller_than_the_image(kit: Kit) -> None:
    path, _ = kit.stemcell()
    cid = kit.create(path)
    assert kit.ecs.images[cid].parameters["DiskDeviceMapping.1.DiskImageSize"] == "5"


def test_the_operators_bucket_is_used_and_kept(kit: Kit) -> None:
    kit.store.make_bucket("operators", kit.simulator.account.account_id, kit.simulator.clock.now())
    path, data = kit.stemcell()
    kit.create(path, oss_bucket="operators")
    assert kit.imported == [data]
    assert kit.left() == ["operators/"]


def test_a_missing_bucket_of_the_operators_is_told(kit: Kit) -> None:
    path, _ = kit.stemcell()
    assert "bucket none does not exist: make it" in refused(kit, path, oss_bucket="none").message


def test_a_file_whose_readers_are_not_known_stays_and_is_told(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise FaultError(Fault(FaultKind.DENIED), Operation("DescribeImages", Effect.READ))

    path, _ = kit.stemcell()
    monkeypatch.setattr("cpikit_alicloud.importing.reading", refuse)
    process = kit.cpi()
    assert process.call("create_stemcell", path, MANIFEST) in kit.ecs.images
    assert "left_behind" in "".join(process.log)
    assert len(kit.left()) == 2  # the bucket and an object


def test_a_bucket_of_somebody_else_gets_not_a_byte(kit: Kit) -> None:
    kit.store.make_bucket("squatted", "666", kit.simulator.clock.now())
    kit.store.buckets["squatted"].acl = "public-read-write"
    path, _ = kit.stemcell()
    failure = refused(kit, path, oss_bucket="squatted")
    assert "squatted" in failure.message
    assert kit.calls("UploadPart") == 0
    assert kit.left() == ["squatted/"]


def test_a_guessed_name_of_our_own_bucket_gets_not_a_byte(kit: Kit) -> None:
    path, _ = kit.stemcell()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kit.ecs, "import_ends", ((0.0, "CreateFailed"),))
        refused(kit, path)
    name = next(
        call["resource"] for call in kit.simulator.control.calls() if call["name"] == "PutBucket"
    )
    kit.store.make_bucket(name, "666", kit.simulator.clock.now())
    before = kit.calls("UploadPart")
    refused(kit, path)
    assert kit.calls("UploadPart") == before


def test_a_bucket_in_another_region_is_refused(kit: Kit) -> None:
    now = kit.simulator.clock.now()
    kit.store.make_bucket("far", kit.simulator.account.account_id, now, region="us-east-1")
    path, _ = kit.stemcell()
    failure = refused(kit, path, oss_bucket="far")
    assert "far" in failure.message
    assert kit.calls("UploadPart") == 0


def die(kit: Kit, path: str, at_part: int) -> None:
    """A process that is killed while it uploads: no undo, no goodbye."""

    class Killed(BaseException):
        pass

    original = upload_store._Progress.add
    seen = []

    def add(self: Any, count: int) -> None:
        seen.append(count)
        if len(seen) == at_part:
            raise Killed
        original(self, count)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upload_store._Progress, "add", add)
        patch.setattr("cpikit.undo.Undo.run", lambda *_: ())
        kit.cpi().respond("create_stemcell", path, MANIFEST)


def test_what_a_killed_process_left_is_found_and_not_sent_again(kit: Kit) -> None:
    path, data = kit.stemcell(10 * PART)
    die(kit, path, 7)
    assert len(kit.left()) == 2  # the bucket and an upload
    sent = kit.calls("UploadPart")
    assert sent >= 7
    process = kit.cpi()
    process.call("create_stemcell", path, MANIFEST)
    assert kit.imported == [data]
    assert "upload_resumed" in "".join(process.log)
    assert kit.calls("UploadPart") == 10
    assert kit.left() == []


def test_parts_of_another_size_are_sent_anew(kit: Kit) -> None:
    path, data = kit.stemcell(4 * PART)
    die(kit, path, 4)
    kit.cpi(upload_part_mib=0.25).call("create_stemcell", path, MANIFEST)
    assert kit.imported == [data]
    assert kit.left() == []


def test_an_object_that_is_complete_is_not_sent_again(kit: Kit) -> None:
    path, data = kit.stemcell()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cpikit.undo.Undo.run", lambda *_: ())
        kit.ecs.refuse("ImportImage", "InvalidFormat.Malformed", status=400)
        refused(kit, path)
    sent = kit.calls("UploadPart")
    process = kit.cpi()
    process.call("create_stemcell", path, MANIFEST)
    assert kit.calls("UploadPart") == sent
    assert "upload_found" in "".join(process.log)
    assert kit.imported == [data]
    assert kit.left() == []


@pytest.mark.parametrize(
    ("do", "name"),
    [
        ("throttle", "UploadPart"),
        ("lose", "UploadPart"),
        ("drop", "UploadPart"),
        ("lose", "CompleteMultipartUpload"),
        ("drop", "CompleteMultipartUpload"),
        ("lose", "InitiateMultipartUpload"),
        ("throttle", "GetBucketInfo"),
        ("lose", "PutBucket"),
        ("drop", "ListParts"),
        ("lose", "DeleteObject"),
        ("lose", "DeleteBucket"),
    ],
)
def test_troubles_on_the_way_pass(kit: Kit, do: str, name: str) -> None:
    kit.simulator.control.arm(do, name=name, times=1)
    path, data = kit.stemcell()
    kit.create(path)
    assert kit.imported == [data]
    assert kit.left() == []


def test_a_store_that_fails_for_good_leaves_nothing(kit: Kit) -> None:
    kit.simulator.control.arm("fail", name="UploadPart", code="InvalidDigest", status=400)
    path, _ = kit.stemcell()
    failure = refused(kit, path)
    assert "InvalidDigest" in failure.message
    assert "everything made so far was removed again" in failure.message
    assert kit.left() == []


def test_a_failed_import_leaves_nothing(kit: Kit) -> None:
    kit.ecs.import_ends = ((100.0, "CreateFailed"),)
    path, _ = kit.stemcell()
    assert "CreateFailed" in refused(kit, path).message
    assert kit.left() == []
    assert not kit.ecs.images


def test_an_object_that_cannot_be_removed_is_told_and_the_stemcell_kept(kit: Kit) -> None:
    kit.simulator.control.arm("fail", name="DeleteObject", code="AccessDenied", status=403)
    path, _ = kit.stemcell()
    process = kit.cpi()
    assert process.call("create_stemcell", path, MANIFEST) in kit.ecs.images
    assert "left_behind" in "".join(process.log)


def test_a_caller_who_leaves_ends_the_upload_and_leaves_nothing(kit: Kit) -> None:
    path, _ = kit.stemcell(10 * PART)
    caller = Caller()
    original = upload_store._Progress.add

    def add(self: Any, count: int) -> None:
        caller.leave("the Director is gone")
        original(self, count)

    process = kit.cpi()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upload_store._Progress, "add", add)
        answer = process.raw(_request(path), caller)
    assert b"the Director is gone" in answer
    assert kit.left() == []


def _request(path: str) -> bytes:
    return json.dumps(
        {
            "method": "create_stemcell",
            "arguments": [path, MANIFEST],
            "context": {"director_uuid": "d", "request_id": "cpi-1"},
            "api_version": 3,
        }
    ).encode()


def test_no_secret_is_in_any_error_of_the_store(
    kit: Kit, capfd: pytest.CaptureFixture[str]
) -> None:
    path, _ = kit.stemcell()
    secret = kit.simulator.account.secret
    for rule in (
        {"do": "fail", "code": "AccessDenied", "status": 403},
        {"do": "reset"},
        {"do": "html"},
    ):
        kit.simulator.control.disarm()
        kit.simulator.control.arm(name="UploadPart", **rule)
        process = kit.cpi()
        answer = process.respond("create_stemcell", path, MANIFEST)
        told = str(answer) + "".join(process.log) + "".join(capfd.readouterr())
        assert answer["error"]
        assert secret not in told
        assert "Signature" not in told


def test_the_oss_sdk_is_not_loaded_for_light_stemcells() -> None:
    code = (
        "import sys; import cpikit_alicloud.stemcells, cpikit_alicloud.images; "
        "assert not [m for m in sys.modules if m.startswith(('alibabacloud', 'aliyunsdk'))]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)  # ours alone
