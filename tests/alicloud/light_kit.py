"""Light stemcells for tests: tarballs, and the tool on a served simulator in this process."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import tarfile
from pathlib import Path
from typing import Any

import yaml

from cpikit.testing import InProcess, VirtualClock
from cpikit_alicloud.tool.command import main
from cpikit_alicloud_simulator.simulator import Simulator

HOME, NORTH, ABROAD = "cn-hangzhou", "cn-beijing", "eu-central-1"
MANIFEST = {
    "name": "bosh-alicloud-kvm-ubuntu-noble-go_agent",
    "version": "1.50",
    "bosh_protocol": 1,
    "api_version": 3,
    "operating_system": "ubuntu-noble",
    "stemcell_formats": ["alicloud-raw"],
    "cloud_properties": {
        "name": "bosh-alicloud-kvm-ubuntu-noble-go_agent",
        "version": "1.50",
        "infrastructure": "alicloud",
        "disk": 5120,
        "disk_format": "raw",
        "os_type": "linux",
        "os_distro": "ubuntu",
        "architecture": "x86_64",
        "boot_mode": "UEFI-Preferred",
        "nvme_support": "supported",
    },
}


def packed(members: dict[str, bytes]) -> bytes:
    """A .tgz of these files."""
    out = io.BytesIO()
    with (
        gzip.GzipFile("", "wb", fileobj=out, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as archive,
    ):
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def heavy(folder: Path, *, text: str = "", seed: int = 1, size: int = 400_000) -> str:
    """A heavy stemcell's tarball; `text` in the place of its manifest."""
    image = packed({"root.img": random.Random(seed).randbytes(size)})  # noqa: S311  # test data
    digest = hashlib.sha1(image, usedforsecurity=False).hexdigest()
    manifest = text or yaml.safe_dump({**MANIFEST, "sha1": digest})
    path = folder / "bosh-stemcell-1.50-alicloud-kvm-ubuntu-noble-go_agent.tgz"
    path.write_bytes(packed({"./stemcell.MF": manifest.encode(), "./image": image}))
    return str(path)


class Tool:
    """The tool and the CPI on one simulated account; time passes when they sleep."""

    def __init__(self, simulator: Simulator, folder: Path, capsys: Any, monkeypatch: Any) -> None:
        self.simulator = simulator
        self.folder = folder
        self.clock = VirtualClock(on_sleep=simulator.clock.sleep)
        self._capsys = capsys
        monkeypatch.setattr("cpikit.call.SystemClock", lambda _caller: self.clock)
        self.config = self.written()

    def section(self, **more: Any) -> dict[str, Any]:
        """The provider's section of cpi.json."""
        url = self.simulator.endpoint
        return {
            "region": HOME,
            "access_key_id": self.simulator.account.id,
            "access_key_secret": self.simulator.account.secret,
            "upload_part_mib": 0.125,
            **{f"{product}_endpoint": url for product in ("ecs", "sts", "oss")},
            **more,
        }

    def written(self, **more: Any) -> str:
        """A cpi.json."""
        whole = {"cloud": {"plugin": "alicloud", "properties": {"alicloud": self.section(**more)}}}
        path = self.folder / "cpi.json"
        path.write_text(json.dumps(whole))
        return str(path)

    def run(self, *words: str) -> tuple[int, str, str]:
        """Status, stdout, stderr of `cpikit-alicloud stemcell …`."""
        status = main(["stemcell", *words, "--config", self.config])
        out, err = self._capsys.readouterr()
        return status, out, err

    def good(self, *words: str) -> str:
        """The stdout of one that succeeds."""
        status, out, err = self.run(*words)
        assert status == 0, err
        return str(out)

    def light(self, *words: str, source: str = "", regions: Any = (HOME, NORTH, ABROAD)) -> Any:
        """Make one: its status, its manifest's map (of a success), its stderr."""
        given = [word for region in regions for word in ("--region", region)]
        first = [source or heavy(self.folder)] if "--image" not in words else []
        output = self.folder / "light.tgz"
        status, _, err = self.run("light", *first, *given, *words, "--output", str(output))
        return status, image_ids(output) if status == 0 else {}, err

    def create(self, region: str, path: Path, **section: Any) -> str:
        """create_stemcell of a light tarball, by the CPI in a region."""
        properties = manifest(path)["cloud_properties"]
        cpi = InProcess("alicloud", self.section(region=region, **section), clock=self.clock)
        return str(cpi.call("create_stemcell", "/dev/null", properties))

    def rows(self, kind: str) -> list[dict[str, Any]]:
        """What exists of a kind, in all regions."""
        return [row for row in self.simulator.control.inventory() if row["kind"] == kind]

    def names(self, since: int) -> list[str]:
        """The calls since a mark, polls left out."""
        calls = self.simulator.control.calls(since)
        return [call["name"] for call in calls if not call["repeated"]]

    def image(self, region: str, image_id: str) -> dict[str, Any]:
        """An image as the cloud shows it."""
        answer = self.simulator.ask("Ecs", "DescribeImages", RegionId=region, ImageId=image_id)
        (row,) = answer["Images"]["Image"]
        found: dict[str, Any] = row
        return found


def manifest(path: Path) -> dict[str, Any]:
    """A tarball's manifest."""
    with tarfile.open(path) as archive:
        file = archive.extractfile("stemcell.MF")
        assert file is not None
        found: dict[str, Any] = yaml.safe_load(file)
    return found


def image_ids(path: Path) -> dict[str, str]:
    """The images that a light tarball names."""
    found: dict[str, str] = manifest(path)["cloud_properties"]["image_id"]
    return found
