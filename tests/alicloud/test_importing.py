"""Uploads and imports that meet: after a kill, of two Directors, or of one Director twice."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit.cloud import Cloud
from cpikit.faults import Effect, Fault, FaultError, FaultKind, Operation
from cpikit.testing import CallFailed
from cpikit_alicloud import importing, tags
from tests.alicloud.stemcell_kit import (
    AGAIN,
    FIRST,
    MANIFEST,
    MOMENTS,
    OTHER,
    Killed,
    Stemcells,
    at,
    create,
    kill,
    left,
    make_bucket,
)


def test_the_import_of_a_killed_process_is_taken_over(stemcells: Stemcells) -> None:
    kill(stemcells, "during the import")
    (begun,) = stemcells.inventory()["image"]
    assert begun["state"] == "Creating"
    assert create(stemcells, AGAIN) == begun["id"]
    (image,) = stemcells.inventory()["image"]
    assert tags.read_state(image["tags"][tags.STATE])["r"] == "cpi-2"
    assert image["claimed"] is False
    assert left(stemcells) == {}
    stemcells.call("delete_stemcell", begun["id"], context=AGAIN)
    assert "snapshot" not in stemcells.inventory()


def test_an_import_of_the_operators_own_file_is_taken_over(stemcells: Stemcells) -> None:
    make_bucket(stemcells, "operators")
    with pytest.MonkeyPatch.context() as patch:  # its file, as an upload that nobody has tidied
        patch.setattr("cpikit_alicloud.uploads._tidy", lambda *_: None)
        create(stemcells, OTHER, oss_bucket="operators")
    (file,) = stemcells.inventory()["object"]
    bucket, key = file["id"].split("/", 1)
    properties = {**MANIFEST, "oss_bucket": bucket, "oss_object": key}
    cids = []

    def second() -> None:
        cids.append(stemcells.call("create_stemcell", "/dev/null", properties, context=AGAIN))

    at("during the import", second)
    cids.append(stemcells.call("create_stemcell", "/dev/null", properties, context=FIRST))
    assert cids[0] != cids[1]
    assert "import_taken_over" in "".join(stemcells.log)
    assert left(stemcells) == {"bucket": 1, "object": 1}


@pytest.mark.parametrize("more", [{"description": "another"}, {"name": "a"}, {"version": "1.6"}])
def test_an_import_that_was_asked_for_differently_is_named_and_its_file_stays(
    stemcells: Stemcells, more: dict[str, str]
) -> None:
    kill(stemcells, "during the import")
    (begun,) = stemcells.inventory()["image"]
    started_s = stemcells.clock.monotonic_s()
    with pytest.raises(CallFailed) as failure:
        create(stemcells, AGAIN, **more)
    assert f"being imported already, as {begun['id']}" in str(failure.value)
    assert stemcells.clock.monotonic_s() - started_s < 60  # as against the 252 s of a busy cloud
    assert left(stemcells) == {"bucket": 1, "object": 1}
    stemcells.clock.sleep(1300)
    assert stemcells.inventory()["image"][0]["state"] == "Available"


def test_a_call_that_fails_takes_no_file_away_from_under_an_import_that_it_found(
    stemcells: Stemcells,
) -> None:
    def fail() -> None:
        raise RuntimeError("as the test wants")

    kill(stemcells, "during the import")
    (begun,) = stemcells.inventory()["image"]
    at("during the import", fail)
    with pytest.raises(CallFailed, match=f"image {begun['id']} is being imported from it"):
        create(stemcells, AGAIN)
    assert left(stemcells) == {"bucket": 1, "object": 1}
    assert create(stemcells, AGAIN) == begun["id"]
    assert left(stemcells) == {}


def test_a_look_for_imports_that_is_refused_once_keeps_no_file(stemcells: Stemcells) -> None:
    look, refusals = importing.reading, [Fault(FaultKind.DENIED)]

    def reading(session: Any, bucket: str, key: str) -> dict[str, Any]:
        if refusals:
            raise FaultError(refusals.pop(), Operation("DescribeImages", Effect.READ))
        return look(session, bucket, key)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importing, "reading", reading)
        create(stemcells, FIRST)
    assert left(stemcells) == {}


def test_a_list_that_shows_the_image_late_keeps_no_file(stemcells: Stemcells) -> None:
    look = importing.reading

    def late(session: Any, bucket: str, key: str) -> dict[str, Any]:
        rows = stemcells.inventory()["image"]
        return {**look(session, bucket, key), **{row["id"]: {} for row in rows}}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importing, "reading", late)
        create(stemcells, FIRST)
    assert left(stemcells) == {}


@pytest.mark.parametrize("moment", MOMENTS[:2])
def test_what_a_killed_process_uploaded_is_found_and_tidied(
    stemcells: Stemcells, moment: str
) -> None:
    kill(stemcells, moment)
    assert left(stemcells)
    cid = create(stemcells, AGAIN)
    assert [row["id"] for row in stemcells.inventory()["image"]] == [cid]
    assert left(stemcells) == {}


@pytest.mark.parametrize("bucket", ["", "operators"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_two_directors_in_one_account_do_not_meet(
    stemcells: Stemcells, moment: str, bucket: str
) -> None:
    section = {"oss_bucket": make_bucket(stemcells, bucket)} if bucket else {}
    before = left(stemcells)
    cids = []
    at(moment, lambda: cids.append(create(stemcells, OTHER, **section)))
    cids.append(create(stemcells, FIRST, **section))
    assert {row["id"] for row in stemcells.inventory()["image"]} == set(cids)
    assert len(set(cids)) == 2
    assert left(stemcells) == before


@pytest.mark.parametrize("bucket", ["", "operators"])
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("keeps", [True, False])
def test_one_director_twice_at_a_time_has_its_stemcell_twice(
    stemcells: Stemcells, moment: str, bucket: str, *, keeps: bool
) -> None:
    section = {"oss_bucket": make_bucket(stemcells, bucket)} if bucket else {}
    stemcells.simulator.control.set_knobs(oss__uploads_keep_bucket=keeps)
    before = left(stemcells)
    cids = []
    at(moment, lambda: cids.append(create(stemcells, AGAIN, **section)))
    cids.append(create(stemcells, FIRST, **section))
    assert {row["id"] for row in stemcells.inventory()["image"]} == set(cids)
    assert len(set(cids)) == 2
    assert left(stemcells) == before


CALLS = (
    "GetBucketInfo PutBucket HeadObject ListMultipartUploads InitiateMultipartUpload ListParts "
    "CompleteMultipartUpload ImportImage DescribeImages AbortMultipartUpload DeleteObject "
    "DeleteBucket TagResources"
).split()


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", CALLS)
def test_a_kill_at_any_call_leaves_nothing_but_an_unclaimed_image_to_the_next_upload(
    stemcells: Stemcells, name: str, *, is_done: bool
) -> None:
    original = Cloud.__call__

    def called(self: Cloud, operation: Any, *arguments: Any, **more: Any) -> Any:
        if operation.name == name and not is_done:
            raise Killed
        found = original(self, operation, *arguments, **more)
        if operation.name == name:
            raise Killed
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cpikit.undo.Undo.run", lambda *_: ())
        patch.setattr(Cloud, "__call__", called)
        with pytest.raises(CallFailed):
            create(stemcells, FIRST)
    cid = create(stemcells, AGAIN)
    rows = stemcells.inventory()["image"]
    assert cid in [row["id"] for row in rows]
    has_ended = CALLS.index(name) > CALLS.index("DescribeImages")  # then it is found by nobody
    assert len(rows) == (2 if has_ended else 1)
    assert not any(row["claimed"] for row in rows)
    assert left(stemcells) == {}
