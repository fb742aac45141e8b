"""Stemcells on a served simulator: the real SDKs, the image file, the import, and what is there."""

from __future__ import annotations

import io
import random
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cpikit.testing import CallFailed, InProcess, VirtualClock
from cpikit_alicloud import client as client_module
from cpikit_alicloud import image_making, images, upload_store
from cpikit_alicloud_simulator.oss_desk import Storage
from cpikit_alicloud_simulator.simulator import Simulator

MANIFEST = {
    "name": "bosh-alicloud-kvm-ubuntu-noble",
    "version": "1.5",
    "disk": 5120,
    "disk_format": "raw",
    "os_type": "linux",
    "os_distro": "ubuntu",
    "architecture": "x86_64",
    "nvme_support": "supported",
}
FIRST = {"director_uuid": "director-1", "request_id": "cpi-1"}
AGAIN = {"director_uuid": "director-1", "request_id": "cpi-2"}
OTHER = {"director_uuid": "director-2", "request_id": "cpi-3"}


class Killed(BaseException):
    """As kill -9: no undo follows."""


class Stemcells:
    """The CPI on a served simulator, with the real SDKs; time passes when the CPI sleeps."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator = simulator
        self.clock = VirtualClock(on_sleep=simulator.clock.sleep)
        self.log: list[str] = []
        self._folder = folder

    def call(
        self, method: str, *arguments: Any, context: dict[str, str] | None = None, **section: Any
    ) -> Any:
        """The result of a new process."""
        url = self.simulator.endpoint
        process = InProcess(
            "alicloud",
            {
                "region": self.simulator.world.region_id,
                "access_key_id": self.simulator.account.id,
                "access_key_secret": self.simulator.account.secret,
                "upload_part_mib": 0.125,
                **{f"{product}_endpoint": url for product in ("ecs", "sts", "oss")},
                **section,
            },
            clock=self.clock,
        )
        try:
            return process.call(method, *arguments, **(context or {}))
        finally:
            self.log += process.log

    def heavy(self) -> str:
        """A heavy stemcell's file, always the same."""
        data = random.Random(1).randbytes(1_000_000)  # noqa: S311  # test data
        path = self._folder / "image"
        if path.exists():  # gzip would write another time into it
            return str(path)
        with tarfile.open(path, "w:gz") as archive:
            info = tarfile.TarInfo("root.img")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        return str(path)

    def inventory(self) -> dict[str, list[dict[str, Any]]]:
        """What exists, by kind."""
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self.simulator.control.inventory():
            found.setdefault(row["kind"], []).append(row)
        return found


@contextmanager
def on_simulator(
    simulator: Simulator, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stemcells]:
    """The kit; its SDK's connections are closed in the end."""
    with connections_closed(monkeypatch):
        yield Stemcells(simulator, folder)


@contextmanager
def connections_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what the SDK has opened meanwhile."""
    made = []
    original = client_module._acs_client

    def remember(*arguments: Any) -> Any:
        made.append(original(*arguments))
        return made[-1]

    monkeypatch.setattr(client_module, "_acs_client", remember)
    yield
    for acs in made:
        acs.session.close()


def create(stemcells: Stemcells, context: dict[str, str], **more: Any) -> str:
    section = {key: more.pop(key) for key in ("oss_bucket", "encrypted") if key in more}
    manifest = {**MANIFEST, **more}
    cid: str = stemcells.call(
        "create_stemcell", stemcells.heavy(), manifest, context=context, **section
    )
    return cid


def at(moment: str, then: Callable[[], object]) -> pytest.MonkeyPatch:
    """Do it once, when a create_stemcell has come to that moment."""
    patch = pytest.MonkeyPatch()

    def once() -> None:
        patch.undo()
        then()

    if moment == "in the middle of the upload":
        add = upload_store._Progress.add

        def added(self: Any, count: int) -> None:
            add(self, count)
            once()

        patch.setattr(upload_store._Progress, "add", added)
        return patch
    module, name = {
        "before the import": (image_making, "begin_import"),
        "during the import": (images, "await_available"),
    }[moment]
    original = getattr(module, name)

    def call(*arguments: Any) -> Any:
        once()
        return original(*arguments)

    patch.setattr(module, name, call)
    return patch


MOMENTS = ("in the middle of the upload", "before the import", "during the import")


def kill(stemcells: Stemcells, moment: str, context: dict[str, str] = FIRST) -> None:
    """A create_stemcell that is killed at that moment."""

    def die() -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cpikit.undo.Undo.run", lambda *_: ())
        at(moment, die)
        with pytest.raises(CallFailed):
            create(stemcells, context)


def left(stemcells: Stemcells) -> dict[str, int]:
    """What is there beside stemcells: nothing, when all is well."""
    found = stemcells.inventory()
    kinds = ("bucket", "object", "upload")
    return {kind: len(found[kind]) for kind in kinds if kind in found}


def make_bucket(stemcells: Stemcells, name: str) -> str:
    simulator = stemcells.simulator
    simulator.world.part(Storage).store.make_bucket(
        name, simulator.account.account_id, simulator.clock.now()
    )
    return name
