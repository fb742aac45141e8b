"""Every call of the disk, snapshot and stemcell methods in every trouble: nothing lies or leaks."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from cpikit_alicloud import tags
from tests.alicloud.disk_cloud import DiskCloud
from tests.alicloud.troubled import KILLS, TROUBLES, Killed, TroubledWire

OBJECT = {"oss_bucket": "bucket-1", "oss_object": "image.raw", "name": "bosh-noble", "version": 1}
VM = {"InstanceType": "ecs.g7.large", "ImageId": "m-1"}
ESSD = {"category": "cloud_essd", "performance_level": "PL2"}

Act = Callable[["Life"], dict[str, Any]]


class Life:
    """One world with one CPI in it, whose wire is troubled."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cloud = DiskCloud()
        one = self.cloud.launch(**VM)
        one.tags[tags.AGENT] = "agent-1"
        self.vm = one.id
        self.drive = self.cloud.drive(Size="100")
        self.cloud.clock.sleep(60)
        self.wire = TroubledWire(self.cloud)
        self.count = 0
        monkeypatch.setattr("cpikit_alicloud.client.SdkWire", lambda *_: self.wire)

    def call(self, method: str, *arguments: object, **section: Any) -> dict[str, Any]:
        """A response, or one that says that the process was killed."""
        self.count += 1
        request_id = f"cpi-{self.count:06d}"
        try:
            return self.cloud.cpi(**section).respond(method, *arguments, request_id=request_id)
        except Killed:
            return {"result": None, "error": {"message": "killed"}}

    def trouble(self, kind: str = "", nth: int = 0) -> None:
        self.wire = TroubledWire(self.cloud, trouble=kind, nth=nth)


def swept(
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    prepare: Callable[[Life], object],
    act: Act,
    check: Callable[[Life, dict[str, Any]], None],
) -> int:
    """Trouble each call of `act` in a new world; after a kill it is asked for again."""

    def made() -> Life:
        life = Life(monkeypatch)
        prepare(life)
        return life

    calm = made()
    calm.trouble()
    answer = act(calm)
    assert answer["error"] is None, answer
    check(calm, answer)
    total = len(calm.wire.names)
    for nth in range(1, total + 1):
        life = made()
        life.trouble(kind, nth)
        answer = act(life)
        if kind in KILLS:
            life.trouble()
            answer = act(life)
        if answer["error"] is not None:
            assert kind == "fails for good", (nth, life.wire.met, answer["error"])
        check(life, answer)
    return total


def nothing(_life: Life) -> None:
    """No preparation."""


def unclaimed(things: list[Any]) -> list[Any]:
    return [one for one in things if tags.read_state(one.tags.get(tags.STATE)).get("c") == "0"]


@pytest.mark.parametrize("kind", TROUBLES)
def test_create_disk(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    def act(life: Life) -> dict[str, Any]:
        return life.call("create_disk", 20480, {}, life.vm)

    def check(life: Life, answer: dict[str, Any]) -> None:
        made = {cid for cid, one in life.cloud.drives.items() if life.cloud.state(one)[0]}
        made.remove(life.drive.id)
        others = made - {answer["result"]}
        if answer["error"] is None:
            assert life.cloud.state(life.cloud.drives[answer["result"]])[0] == "Available"
        told = (answer["error"] or {}).get("message", "")
        if kind in KILLS:
            assert len(others) <= 1
            assert len(unclaimed([life.cloud.drives[cid] for cid in others])) == len(others)
        else:
            assert all(cid in told for cid in others)

    assert swept(monkeypatch, kind, nothing, act, check) == 3


@pytest.mark.parametrize("kind", TROUBLES)
@pytest.mark.parametrize("is_ours", [True, False])
def test_attach_disk(monkeypatch: pytest.MonkeyPatch, kind: str, is_ours: bool) -> None:
    def prepare(life: Life) -> None:
        if not is_ours:
            made_by_the_go_cpi(life)

    def act(life: Life) -> dict[str, Any]:
        return life.call("attach_disk", life.vm, life.drive.id)

    def check(life: Life, answer: dict[str, Any]) -> None:
        if answer["error"] is None:
            assert life.cloud.state(life.drive) == ("In_use", life.vm)
            assert answer["result"] == f"/dev/disk/by-id/virtio-{life.drive.id[2:]}"
            if not is_ours:
                persistent = life.cloud.settings(life.vm)["disks"]["persistent"]
                assert persistent == {life.drive.id: answer["result"]}

    assert swept(monkeypatch, kind, prepare, act, check) <= (4 if is_ours else 7)


@pytest.mark.parametrize("kind", TROUBLES)
@pytest.mark.parametrize("is_ours", [True, False])
def test_detach_disk(monkeypatch: pytest.MonkeyPatch, kind: str, is_ours: bool) -> None:
    def prepare(life: Life) -> None:
        if not is_ours:
            made_by_the_go_cpi(life)
        life.call("attach_disk", life.vm, life.drive.id)

    def act(life: Life) -> dict[str, Any]:
        return life.call("detach_disk", life.vm, life.drive.id)

    def check(life: Life, answer: dict[str, Any]) -> None:
        if answer["error"] is None:
            assert life.cloud.state(life.drive) == ("Available", "")
            if not is_ours:
                assert life.cloud.settings(life.vm)["disks"]["persistent"] == {}

    assert swept(monkeypatch, kind, prepare, act, check) <= (4 if is_ours else 7)


def made_by_the_go_cpi(life: Life) -> None:
    one = life.cloud.instances[life.vm]
    del one.tags[tags.AGENT]
    text = b'{"agent_id":"a","disks":{"system":"/dev/vda","persistent":{}},"vm":{"name":"i"}}'
    one.user_data = b64encode(text).decode()


@pytest.mark.parametrize("kind", TROUBLES)
def test_delete_disk(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    def act(life: Life) -> dict[str, Any]:
        return life.call("delete_disk", life.drive.id)

    def check(life: Life, answer: dict[str, Any]) -> None:
        if answer["error"] is None:
            assert life.cloud.state(life.drive)[0] == ""

    assert swept(monkeypatch, kind, nothing, act, check) == 2


@pytest.mark.parametrize("kind", TROUBLES)
def test_update_disk(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    def act(life: Life) -> dict[str, Any]:
        return life.call("update_disk", life.drive.id, 500 * 1024, ESSD)

    def check(life: Life, answer: dict[str, Any]) -> None:
        assert life.drive.size in (100, 500)
        if answer["error"] is None:
            assert life.drive.size == 500
            assert life.drive.parameters["DiskCategory"] == "cloud_essd"
            assert life.drive.parameters["PerformanceLevel"] == "PL2"
        elif life.drive.size == 500 and life.wire.met == "ModifyDiskSpec":
            assert "size is changed already" in answer["error"]["message"]

    swept(monkeypatch, kind, nothing, act, check)


@pytest.mark.parametrize("kind", TROUBLES)
def test_resize_disk_and_metadata(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    def act(life: Life) -> dict[str, Any]:
        answer = life.call("resize_disk", life.drive.id, 200 * 1024)
        if answer["error"] is None:
            answer = life.call("set_disk_metadata", life.drive.id, {"deployment": "cf"})
        return answer

    def check(life: Life, answer: dict[str, Any]) -> None:
        if answer["error"] is None:
            assert life.drive.size == 200
            assert life.drive.tags["deployment"] == "cf"

    swept(monkeypatch, kind, nothing, act, check)


@pytest.mark.parametrize("kind", TROUBLES)
def test_snapshots(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    def act(life: Life) -> dict[str, Any]:
        return life.call("snapshot_disk", life.drive.id, {"deployment": "cf"})

    def check(life: Life, answer: dict[str, Any]) -> None:
        others = set(life.cloud.snapshots) - {answer["result"]}
        told = (answer["error"] or {}).get("message", "")
        if kind in KILLS:
            assert len(unclaimed([life.cloud.snapshots[cid] for cid in others])) == len(others) <= 1
        else:
            assert all(cid in told for cid in others)
        if answer["error"] is None:
            assert life.cloud.phase(life.cloud.snapshots[answer["result"]]) == "accomplished"

    assert swept(monkeypatch, kind, nothing, act, check) == 2


@pytest.mark.parametrize("kind", TROUBLES)
@pytest.mark.parametrize("encrypted", [False, True])
def test_create_stemcell(monkeypatch: pytest.MonkeyPatch, kind: str, encrypted: bool) -> None:
    def act(life: Life) -> dict[str, Any]:
        return life.call("create_stemcell", "/dev/null", OBJECT, encrypted=encrypted)

    def check(life: Life, answer: dict[str, Any]) -> None:
        others = set(life.cloud.images) - {answer["result"]}
        told = (answer["error"] or {}).get("message", "")
        if kind in KILLS:
            left = [life.cloud.images[cid] for cid in others]
            assert unclaimed(left) == left
        else:
            assert all(cid in told for cid in others)
        if answer["error"] is None:
            image = life.cloud.images[answer["result"]]
            assert life.cloud.phase(image) == "Available"
            assert tags.read_state(image.tags[tags.STATE])["c"] == "0"
            assert bool(image.more.get("encrypted")) is encrypted

    swept(monkeypatch, kind, nothing, act, check)


@pytest.mark.parametrize("kind", TROUBLES)
def test_delete_stemcell(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    created: dict[int, str] = {}

    def prepare(life: Life) -> None:
        created[id(life)] = life.call("create_stemcell", "/dev/null", OBJECT)["result"]

    def act(life: Life) -> dict[str, Any]:
        return life.call("delete_stemcell", created[id(life)])

    def check(life: Life, answer: dict[str, Any]) -> None:
        if answer["error"] is None:
            assert not life.cloud.images
            assert not life.cloud.snapshots
        else:
            told = answer["error"]["message"]
            assert life.cloud.images or all(cid in told for cid in life.cloud.snapshots)

    swept(monkeypatch, kind, prepare, act, check)
