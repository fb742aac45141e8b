"""Heavy stemcells for tests: images imported into a scripted ECS, from a simulated OSS."""

from __future__ import annotations

import io
import random
import tarfile
from pathlib import Path
from typing import Any

import pytest

from cpikit.testing import InProcess
from cpikit_alicloud_simulator.oss_desk import Storage
from cpikit_alicloud_simulator.simulator import Simulator
from tests.alicloud.disk_cloud import DiskCloud

MANIFEST = {"name": "bosh-noble", "version": "1.5", "disk": 3072}
PART = 128 * 1024


class Kit:
    """Images imported into a scripted ECS, from objects in a simulated OSS."""

    def __init__(self, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.ecs = DiskCloud()
        self.simulator = simulator
        self.imported: list[bytes] = []
        self._folder = folder
        self._import = self.ecs.do_ImportImage
        key = simulator.account
        identity = {"AccountId": key.account_id}
        monkeypatch.setattr(self.ecs, "do_GetCallerIdentity", lambda _: identity)
        monkeypatch.setattr(self.ecs, "do_ImportImage", self._imported)
        monkeypatch.setattr("cpikit_alicloud.client.SdkWire", lambda *_: self.ecs)
        self._keys = {"access_key_id": key.id, "access_key_secret": key.secret}

    def _imported(self, given: dict[str, str]) -> dict[str, Any]:
        """Import the object as it is now."""
        found = self.store.find_object(
            self.simulator.account.account_id,
            given["DiskDeviceMapping.1.OSSBucket"],
            given["DiskDeviceMapping.1.OSSObject"],
        )
        assert found is not None
        self.imported.append(found.content.read())
        return self._import(given)

    def cpi(self, **section: Any) -> InProcess:
        """A process of the CPI."""
        return self.ecs.cpi(
            **{
                "region": self.simulator.world.region_id,
                "oss_endpoint": self.simulator.endpoint,
                "upload_part_mib": 0.125,
                **self._keys,
                **section,
            }
        )

    def stemcell(self, size: int = 5 * PART + 77, seed: int = 1) -> tuple[str, bytes]:
        """A stemcell's file with an image of so many bytes, and these."""
        data = random.Random(seed).randbytes(size)  # noqa: S311  # test data
        path = self._folder / f"image-{seed}"
        with tarfile.open(path, "w:gz") as archive:
            info = tarfile.TarInfo("root.img")
            info.size = size
            archive.addfile(info, io.BytesIO(data))
        return str(path), data

    def create(self, path: str, **section: Any) -> str:
        """create_stemcell."""
        cid: str = self.cpi(**section).call("create_stemcell", path, MANIFEST)
        return cid

    @property
    def store(self) -> Any:
        """What lies in OSS."""
        return self.simulator.world.part(Storage).store

    def left(self) -> list[str]:
        """Buckets, objects and uploads that exist."""
        return [
            f"{bucket.name}/{getattr(item, 'key', '')}" for bucket, item in self.store.everything()
        ]

    def calls(self, name: str) -> int:
        """How often OSS was called like this."""
        return sum(1 for call in self.simulator.control.calls() if call["name"] == name)
