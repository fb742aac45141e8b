"""Whose an import is that a second call has taken over: never two calls' at a time."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit.cloud import Cloud
from cpikit.errors import CloudError
from cpikit.testing import CallFailed
from cpikit_alicloud import images, importing
from cpikit_alicloud_simulator.oss_desk import Storage
from tests.alicloud.stemcell_kit import (
    AGAIN,
    FIRST,
    Stemcells,
    at,
    create,
    kill,
    left,
)


def test_an_import_that_cannot_be_marked_is_not_taken_over(stemcells: Stemcells) -> None:
    kill(stemcells, "during the import")
    (begun,) = stemcells.inventory()["image"]
    stemcells.simulator.control.arm("fail", name="TagResources", code="Forbidden.RAM", times=1)
    with pytest.raises(CallFailed, match="Forbidden"):
        create(stemcells, AGAIN, encrypted=True)
    assert [row["id"] for row in stemcells.inventory()["image"]] == [begun["id"]]
    cid = create(stemcells, AGAIN, encrypted=True)
    assert [row["id"] for row in stemcells.inventory()["image"]] == [cid]
    assert left(stemcells) == {}


def end_of_the_import(stemcells: Stemcells, call: str) -> pytest.MonkeyPatch:
    """The import ends before the first call of that name."""
    patch, original = pytest.MonkeyPatch(), Cloud.__call__

    def called(self: Cloud, operation: Any, *arguments: Any, **more: Any) -> Any:
        if operation.name == call:
            patch.undo()
            stemcells.clock.sleep(1300)
        return original(self, operation, *arguments, **more)

    patch.setattr(Cloud, "__call__", called)
    return patch


def test_an_import_that_ends_before_the_mark_is_there_is_left_to_its_call(
    stemcells: Stemcells,
) -> None:
    kill(stemcells, "during the import")
    (begun,) = stemcells.inventory()["image"]
    end_of_the_import(stemcells, "TagResources")
    cid = create(stemcells, AGAIN)
    assert sorted(row["id"] for row in stemcells.inventory()["image"]) == sorted([begun["id"], cid])
    assert left(stemcells) == {}


def test_a_late_taker_over_that_fails_leaves_the_image_that_the_first_call_has_answered(
    stemcells: Stemcells,
) -> None:
    kill(stemcells, "during the import")
    (begun,) = stemcells.inventory()["image"]
    end_of_the_import(stemcells, "TagResources")
    stemcells.simulator.control.arm("fail", name="ImportImage", code="Forbidden.RAM", times=1)
    with pytest.raises(CallFailed, match="Forbidden"):
        create(stemcells, AGAIN)
    assert [row["id"] for row in stemcells.inventory()["image"]] == [begun["id"]]


def test_a_call_that_lost_its_import_leaves_that_and_makes_one_of_its_own(
    stemcells: Stemcells,
) -> None:
    cids = []
    at("during the import", lambda: cids.append(create(stemcells, AGAIN)))
    cids.append(create(stemcells, FIRST))
    assert "import_lost" in "".join(stemcells.log)
    for cid, context in zip(cids, (AGAIN, FIRST), strict=True):
        stemcells.call("delete_stemcell", cid, context=context)
        rest = [row["id"] for row in stemcells.inventory().get("image", [])]
        assert rest == cids[cids.index(cid) + 1 :]


def test_an_import_whose_file_another_call_took_away_begins_again(stemcells: Stemcells) -> None:
    def await_available(*arguments: Any) -> Any:
        patch.undo()
        stemcells.clock.sleep(1300)
        for bucket in stemcells.simulator.world.part(Storage).store.buckets.values():
            for item in list(bucket.objects):
                bucket.objects.remove(item.key)
        raise CloudError("image is CreateFailed, wanted Available: the file is not there")

    patch = pytest.MonkeyPatch()
    patch.setattr(images, "await_available", await_available)
    cid = create(stemcells, FIRST)
    assert [row["id"] for row in stemcells.inventory()["image"]] == [cid]
    assert "import_vanished" in "".join(stemcells.log)
    assert "upload_vanished" in "".join(stemcells.log)
    assert left(stemcells) == {}


def test_a_call_whose_imports_are_taken_over_each_time_gives_up(stemcells: Stemcells) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importing, "other_request", lambda *_: "cpi-9")
        with pytest.raises(CallFailed, match="have taken 3 imports"):
            create(stemcells, FIRST)
    assert len(stemcells.inventory()["image"]) == 3
    assert left(stemcells) == {}


def test_an_undo_waits_for_the_end_of_the_import_and_looks_whose_it_is_then(
    stemcells: Stemcells,
) -> None:
    def fail() -> None:
        stemcells.clock.sleep(800)
        raise RuntimeError("as the test wants")

    at("during the import", fail)
    with pytest.raises(CallFailed, match="everything made so far was removed again"):
        create(stemcells, FIRST)
    assert "image" not in stemcells.inventory()
    assert [call["name"] for call in stemcells.simulator.control.calls()].count("DeleteImage") == 1


def test_a_source_image_that_another_call_has_taken_over_is_left_to_it(
    stemcells: Stemcells,
) -> None:
    begun: list[str] = []

    def lose_it() -> None:
        kill(stemcells, "during the import", AGAIN)
        begun.extend(row["id"] for row in stemcells.inventory()["image"])

    at("during the import", lose_it)
    cid = create(stemcells, FIRST, encrypted=True)
    assert {row["id"] for row in stemcells.inventory()["image"]} == {*begun, cid}
    assert cid not in begun


def test_an_import_that_another_call_has_taken_over_is_not_undone(stemcells: Stemcells) -> None:
    def lose_it() -> None:
        kill(stemcells, "during the import", AGAIN)
        raise RuntimeError("as the test wants")

    at("during the import", lose_it)
    with pytest.raises(CallFailed, match="request cpi-2 of this Director goes on with it"):
        create(stemcells, FIRST)
    (image,) = stemcells.inventory()["image"]
    assert create(stemcells, AGAIN) == image["id"]
    assert left(stemcells) == {}
