"""The release compiled package by package as `bosh create-env` does it, and calls of the result.

Slow: CPython is built from its official source, which Debian's archive carries unchanged.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from debian import cpython_source
from release_jobs import ROOT, Job

from release.tooling import blobs, downloads
from release.tooling.check import problems_of

pytestmark = pytest.mark.slow
ODD = "it's an \u00f6dd $(place) & more"
BARE = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}  # what the Director gives
CLI = {"PATH": "/usr/local/bin:/usr/bin:/bin"}  # what the CLI gives to packaging scripts
RECORDED = ROOT / "contracts/cpikit_contracts/recorded"
WORLDS = {
    "cli": ["cli-create-env", "cli-recreate-changed-disk", "cli-delete-env"],
    "director": ["director-v3"],
    "director with a CPI config": ["director-cpi-config"],
}
CREATES = ("create_stemcell", "create_vm", "create_disk", "snapshot_disk", "create_network")


@pytest.fixture(scope="module")
def tarball(tmp_path_factory):
    """The release of this tree, its CPython fetched from Debian."""
    home = tmp_path_factory.mktemp("apt")
    pinned = next(blob for blob in blobs.blobs() if not blob.is_wheel)
    wanted = re.search(r"Python-([\d.]+)\.tar", pinned.path).group(1)
    archive, version = cpython_source(home, f"python{downloads.PYTHON}", wanted)
    copy = tmp_path_factory.mktemp("source")
    shutil.copytree(ROOT, copy, dirs_exist_ok=True, ignore=without)
    if version == wanted:
        assert pinned.is_at(archive), "Debian's file is not the one that config/blobs.yml pins"
    else:
        pin_other(copy, pinned.path, archive, version)
    for words in (
        ["fetch", "--from", str(archive.parent)],
        ["build", "--version", "1.2.3", "--output", str(copy / "out")],
    ):
        done = subprocess.run(
            [copy / "release" / words[0], *words[1:]],
            env={**os.environ, "PYTHON": sys.executable},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    return copy / "out/bosh-alicloud-cpi-1.2.3.tgz"


def without(folder, names):
    """What does not belong to the sources of the release."""
    kept = {"release", "cpikit", "providers", "setup.cfg", "pyproject.toml", "README.md"}
    if Path(folder) == ROOT:
        return [name for name in names if name not in kept]
    return [name for name in names if name in ("__pycache__", "simulator", "own", "own.txt")]


def pin_other(copy, path, archive, version):
    """Pin another CPython, in a copy of the release."""
    for name in ("blobs.yml", "sources.yml"):
        file = copy / "release/config" / name
        index = yaml.safe_load(file.read_text())
        entry = index.pop(path)
        if name == "blobs.yml":
            content = archive.read_bytes()
            entry = {"size": len(content), "sha": f"sha256:{hashlib.sha256(content).hexdigest()}"}
        index[f"cpikit-python/Python-{version}.tar.xz"] = entry
        file.write_text(yaml.safe_dump(index))


@pytest.fixture(scope="module")
def installation(tarball, tmp_path_factory):
    """Compile, as the CLI does, in one odd place; install in another."""
    shop = tmp_path_factory.mktemp("compile") / ODD
    shop.mkdir()
    subprocess.run(["tar", "-xzf", tarball], cwd=shop, check=True)
    manifest = yaml.safe_load((shop / "release.MF").read_text())
    needs = {row["name"]: row["dependencies"] for row in manifest["packages"]}
    done = []
    while len(done) < len(needs):
        name = next(n for n in needs if n not in done and set(needs[n]) <= set(done))
        compile_package(shop, name, needs[name])
        done.append(name)
    home = tmp_path_factory.mktemp("install") / ODD
    for name in done:
        unpack(shop / f"{name}-compiled.tgz", home / "packages" / name)
    shutil.rmtree(shop)
    return home


def compile_package(shop, name, needs):
    """One package: the dependencies are put there, the script is run, the result is packed."""
    packages = shop / "installation/packages"
    for needed in needs:
        unpack(shop / f"{needed}-compiled.tgz", packages / needed)
    source, target = shop / "extracted" / name, packages / name
    unpack(shop / "packages" / f"{name}.tgz", source)
    target.mkdir(parents=True)
    environment = {
        **CLI,
        "BOSH_COMPILE_TARGET": str(source),
        "BOSH_INSTALL_TARGET": str(target),
        "BOSH_PACKAGE_NAME": name,
        "BOSH_PACKAGES_DIR": str(packages),
    }
    done = subprocess.run(
        ["bash", "-x", "packaging"],
        cwd=source,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    subprocess.run(["tar", "-czf", shop / f"{name}-compiled.tgz", "."], cwd=target, check=True)
    shutil.rmtree(packages)


def unpack(archive, target):
    target.mkdir(parents=True)
    subprocess.run(["tar", "-xzf", archive, "-C", target, "--no-same-owner"], check=True)


def install_job(installation, job, properties):
    """Render a job beside the packages, as the CLI does."""
    folder = installation / "jobs" / job.name
    (rendered,) = job.render([properties])
    for name, text in rendered.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if name.startswith("bin/") else 0o644)
    return folder / "bin/cpi"


class Cpi:
    """bin/cpi of the installed release, one process a request."""

    def __init__(self, executable, installation):
        self.executable = executable
        self.environment = {
            **BARE,
            "BOSH_PACKAGES_DIR": str(installation / "packages"),
            "BOSH_JOBS_DIR": str(installation / "jobs"),
        }

    def send(self, request):
        done = subprocess.run(
            [self.executable],
            input=request,
            env=self.environment,
            cwd="/",
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout), done.stderr.decode()


@pytest.fixture
def fake(installation, ruby, tmp_path):
    properties = {"fake.state_dir": str(tmp_path / "state"), "fake.unknown_properties": "warn"}
    return Cpi(install_job(installation, Job("fake_cpi", ruby), properties), installation)


def test_the_tarball_is_sound_with_its_real_blobs(tarball):
    assert problems_of(tarball) == []


@pytest.mark.parametrize("world", WORLDS)
def test_the_recorded_requests_are_served_by_the_compiled_release(fake, tmp_path, world):
    image = tmp_path / "image"
    image.write_bytes(b"image")
    ids = {}
    served = 0
    for folder in WORLDS[world]:
        for path in sorted((RECORDED / folder).glob("*.json")):
            text = path.read_text().replace("/path/to/image", str(image))
            text = re.sub(
                r"[a-z]+-record\d{14}", lambda found: ids.get(int(found[0][-14:]), found[0]), text
            )
            answer, _ = fake.send(text.encode())
            assert set(answer) == {"result", "error", "log"}
            method = json.loads(text)["method"]
            if method == "current_vm_id":
                assert answer["error"]["type"] == "Bosh::Clouds::NotImplemented"
                continue
            assert answer["error"] is None, (path.name, answer["error"])
            served += 1
            if method in CREATES:
                result = answer["result"]
                ids[len(ids) + 1] = result[0] if isinstance(result, list) else result
    assert served >= 20
    assert ids


def test_no_call_searches_for_what_is_installed(installation, fake):
    """The index that was written when it was compiled is fresh where it is installed."""
    _, log = fake.send(b'{"method":"has_vm","arguments":["vm-1"],"context":{"director_uuid":"d"}}')
    probe = "import sys; sys.path.append(sys.argv[1]); from cpikit import index; "
    probe += "print(index.look_up('cpikit.providers', 'fake'))"
    python = installation / "packages/cpikit-python/bin/python3"
    library = installation / "packages/cpikit/lib"
    told = subprocess.run(
        [python, "-I", "-S", "-c", probe, library], env=BARE, capture_output=True, check=True
    )
    assert told.stdout == b"cpikit_fake.provider:PROVIDER\n"
    assert "warning" not in log


def test_a_call_writes_nothing_into_the_packages(installation, fake):
    def listing():
        return sorted(
            (str(path), path.lstat().st_mtime_ns) for path in (installation / "packages").rglob("*")
        )

    before = listing()
    fake.send(b'{"method":"has_vm","arguments":["vm-1"],"context":{"director_uuid":"d"}}')
    assert listing() == before


def test_the_alicloud_job_answers_info_without_a_cloud(installation, ruby):
    properties = {"alicloud.region": "eu-central-1"}
    cpi = Cpi(install_job(installation, Job("alicloud_cpi", ruby), properties), installation)
    answer, _ = cpi.send(b'{"method":"info","arguments":[],"context":{"director_uuid":"d"}}')
    assert answer["error"] is None
    assert answer["result"]["stemcell_formats"] == ["general-tar", "alicloud-tar", "alicloud-raw"]


@pytest.mark.parametrize(
    "module",
    [
        "aliyunsdkcore.client",
        "alibabacloud_oss_v2",
        "cryptography.x509",
        "Crypto.Cipher.AES",
        "ssl",
    ],
)
def test_what_the_provider_stands_on_is_imported_by_the_compiled_python(installation, module):
    python = installation / "packages/cpikit-python/bin/python3"
    library = installation / "packages/cpikit/lib"
    code = f"import sys; sys.path.append(sys.argv[1]); import {module}"
    done = subprocess.run(
        [python, "-I", "-S", "-W", "ignore", "-c", code, library],
        env=BARE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_no_file_names_the_place_where_it_was_compiled(installation):
    needle = ODD.encode()
    named = [
        str(path.relative_to(installation))
        for path in (installation / "packages").rglob("*")
        if path.is_file() and not path.is_symlink() and needle in path.read_bytes()
    ]
    assert named == []


def test_every_module_of_the_packages_is_compiled_ahead(installation):
    packages = installation / "packages"
    sources = [p for p in packages.rglob("*.py") if p.name != "start.py" and "lib" in p.parts]
    lacking = [
        str(path.relative_to(packages))
        for path in sources
        if not list((path.parent / "__pycache__").glob(f"{path.stem}.cpython-*.pyc"))
    ]
    assert len(sources) > 1000
    assert lacking == []


def test_the_package_of_python_is_the_libraries_and_one_program(installation):
    programs = sorted(p.name for p in (installation / "packages/cpikit-python/bin").iterdir())
    assert programs == ["python3", f"python{downloads.PYTHON}"]
