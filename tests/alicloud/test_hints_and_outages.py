"""Hints that name nothing are no obstacle, and an outage before anything began ends soon."""

from __future__ import annotations

import pytest

from cpikit.testing import CallFailed
from cpikit_alicloud.refusals import NotSent
from tests.alicloud.disk_cloud import DiskCloud
from tests.alicloud.small_cloud import ENV, MANUAL, VM, SmallCloud


def test_a_disk_hint_that_names_nothing_is_told_and_has_no_part_in_the_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cloud = SmallCloud().wired(monkeypatch)
    cloud.cpi().call("create_vm", "agent-1", "m-1", VM, MANUAL, ["d-none"], ENV)
    assert len(cloud.alive()) == 1


@pytest.mark.parametrize("method", ["resize_disk", "update_disk"])
def test_a_cloud_that_is_away_from_the_start_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    cloud = DiskCloud()
    drive = cloud.drive(Size="20")
    monkeypatch.setattr("cpikit_alicloud.client.SdkWire", lambda *_: cloud)

    def away(_given: dict[str, str]) -> dict[str, object]:
        raise NotSent("no connection")

    monkeypatch.setattr(cloud, "do_DescribeDisks", away)
    before_s = cloud.clock.elapsed_s
    with pytest.raises(CallFailed, match="no connection"):
        cloud.cpi().call(method, drive.id, 50 * 1024, *([{}] if method == "update_disk" else []))
    assert cloud.clock.elapsed_s - before_s < 60
