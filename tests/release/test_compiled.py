"""The release compiled package by package as `bosh create-env` does it, and calls of the result.

Slow: CPython is built from its official source, which Debian's archive carries unchanged.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
import yaml
from compiled import (
    BARE,
    Cpi,
    compile_package,
    contracts,
    install_job,
    pin_other,
    unpack,
    without,
)
from debian import cpython_source
from release_jobs import ROOT, Job

from release.tooling import blobs, downloads
from release.tooling.check import problems_of

pytestmark = pytest.mark.slow
ODD = "it's an \u00f6dd $(place) & more"
RECORDED = ROOT / "contracts/cpikit_contracts/recorded"
WORLDS = {
    "cli": ["cli-create-env", "cli-recreate-changed-disk", "cli-delete-env"],
    "director": ["director-v3"],
    "director with a CPI config": ["director-cpi-config"],
}
PACKAGE = {
    "package.one-job-renders-bin-cpi",
    "package.archives-are-complete",
    "package.templates-render",
    "package.cpi-json-survives-absent-options",
    "package.job-is-named-after-its-type",
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


@pytest.fixture
def fake(installation, ruby, tmp_path):
    properties = {"fake.state_dir": str(tmp_path / "state"), "fake.unknown_properties": "warn"}
    return Cpi(install_job(installation, Job("fake_cpi", ruby), properties), installation)


def test_the_tarball_is_sound_with_its_real_blobs(tarball):
    assert problems_of(tarball) == []


def test_the_judge_finds_nothing_to_say_about_the_tarball(tarball, tmp_path):
    """Checks 123 to 128 of the contract, less the compilation, which is `installation`."""
    done = contracts(
        tmp_path, "run", "--profile", ROOT / "providers/fake/contract.toml", "--level", "wire",
        "--only", "package", "--release", tarball,
    )  # fmt: skip
    outcomes = {row["rule"]: row["outcome"] for row in done["results"] if row["rule"] in PACKAGE}
    assert outcomes == dict.fromkeys(PACKAGE, "passed")


def test_a_directors_life_is_served_by_the_compiled_alicloud_job(installation, ruby, tmp_path):
    """All that a Director was recorded to ask, on the simulator, by the vendored SDKs."""
    executable = install_job(installation, Job("alicloud_cpi", ruby), {"alicloud.region": "r"})
    config = executable.parent.parent / "config/cpi.json"
    start = tmp_path / "start"
    start.write_text(
        "#!/bin/sh\n"
        f'cp "$1" {shlex.quote(str(config))}\n'
        f"export BOSH_PACKAGES_DIR={shlex.quote(str(installation / 'packages'))}\n"
        f"export BOSH_JOBS_DIR={shlex.quote(str(installation / 'jobs'))}\n"
        f"exec {shlex.quote(str(executable))}\n"
    )
    start.chmod(0o755)
    text = (ROOT / "providers/alicloud/replay.toml").read_text()
    own = '["{python}", "-I", "-m", "cpikit", "--config", "{config}"]'
    assert own in text
    text = text.replace(own, json.dumps([str(start), "{config}"]))
    (tmp_path / "replay.toml").write_text(
        text.replace("contract/", f"{ROOT}/providers/alicloud/contract/")
    )
    steps = contracts(
        tmp_path, "replay", "--profile", tmp_path / "replay.toml", "--keep-going", "--chain",
        "director-v3",
    )  # fmt: skip
    assert [step for step in steps if step["problem"]] == []
    assert len([step for step in steps if not step["refused"]]) > 60


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
