"""The tarball: sound, the same to the byte, and every way to be unsound is found.

Built from a copy of the release with small blobs in the place of the large ones.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest
import yaml
from release_jobs import RELEASE, ROOT

from release.tooling.archive import packed
from release.tooling.check import members, problems_of

METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nLicense: MIT\n"


def small_blob(path):
    """Something that a bill of materials can be made of."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix != ".whl":
        path.write_bytes(b"source of CPython")
        return
    name, version = path.name.split("-")[:2]
    with zipfile.ZipFile(path, "w") as wheel:
        text = METADATA.format(name=name, version=version)
        wheel.writestr(f"{name}-{version}.dist-info/METADATA", text)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The repository as far as the release is made of it, without a history."""
    root = tmp_path_factory.mktemp("source archive")
    without = shutil.ignore_patterns(
        "__pycache__", "blobs", "own", "own.txt", "simulator", "*.egg-info", "entry_points.json"
    )
    for name in ("release", "cpikit", "providers"):
        shutil.copytree(ROOT / name, root / name, ignore=without)
    for name in ("setup.cfg", "pyproject.toml", "README.md"):
        shutil.copyfile(ROOT / name, root / name)
    index = yaml.safe_load((RELEASE / "config/blobs.yml").read_text())
    for name, entry in index.items():
        path = root / "release/blobs" / name
        small_blob(path)
        content = path.read_bytes()
        entry.update(size=len(content), sha=f"sha256:{hashlib.sha256(content).hexdigest()}")
    (root / "release/config/blobs.yml").write_text(yaml.safe_dump(index))
    return root


def built(copy, output, *words, path=None):
    """Run release/build of the copy."""
    environment = {
        **os.environ,
        "PYTHON": sys.executable,
        "GIT_CEILING_DIRECTORIES": str(copy.parent),
    }
    if path is not None:
        environment["PATH"] = f"{path}:{environment['PATH']}"
    command = [copy / "release/build", "--output", output, *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def tarball(copy, tmp_path_factory):
    output = tmp_path_factory.mktemp("output")
    done = built(copy, output, "--version", "1.2.3", "--without-cli")
    assert done.returncode == 0, done.stderr
    return output / "bosh-alicloud-cpi-1.2.3.tgz"


@pytest.fixture(scope="module")
def parts(tarball):
    return members(tarball.read_bytes())


def test_the_tarball_is_sound(tarball):
    assert problems_of(tarball) == []


def test_building_again_gives_the_same_bytes(copy, tarball, tmp_path):
    done = built(copy, tmp_path, "--version", "1.2.3", "--without-cli")
    assert done.returncode == 0, done.stderr
    for path in tarball.parent.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_each_job_that_is_a_cpi_renders_one_bin_cpi_and_is_called_type_cpi(parts):
    manifest = yaml.safe_load(parts["release.MF"])
    assert [row["name"] for row in manifest["jobs"]] == ["alicloud_cpi", "fake_cpi"]
    for row in manifest["jobs"]:
        spec = yaml.safe_load(members(parts[f"jobs/{row['name']}.tgz"])["job.MF"])
        assert list(spec["templates"].values()).count("bin/cpi") == 1


def test_installing_one_cpi_job_installs_no_second(parts):
    manifest = yaml.safe_load(parts["release.MF"])
    packages = {
        row["name"]: members(parts[f"packages/{row['name']}.tgz"]) for row in manifest["packages"]
    }
    assert not [n for files in packages.values() for n in files if n.endswith("bin/cpi")]


def test_every_package_named_is_in_it_with_its_dependencies(parts):
    manifest = yaml.safe_load(parts["release.MF"])
    packages = {row["name"]: row["dependencies"] for row in manifest["packages"]}
    assert packages == {"cpikit": ["cpikit-python"], "cpikit-python": []}
    for row in manifest["jobs"]:
        assert set(row["packages"]) == set(packages)


def test_the_package_holds_our_wheels_and_their_checksums(parts):
    files = members(parts["packages/cpikit.tgz"])
    own = {name for name in files if name.startswith("cpikit/own/")}
    assert {name.split("/")[-1].split("-")[0] for name in own} == {
        "cpikit",
        "cpikit_alicloud",
        "cpikit_fake",
    }
    pins = files["cpikit/own.txt"].decode()
    for name in own:
        assert hashlib.sha256(files[name]).hexdigest() in pins


def test_the_judge_and_the_simulator_are_not_in_it(parts):
    names = list(members(parts["packages/cpikit.tgz"]))
    assert not [name for name in names if "simulator" in name or "contracts" in name]


def test_the_bill_of_materials_names_every_blob_and_every_wheel_of_ours(copy, tarball):
    bill = json.loads(tarball.with_suffix(".cdx.json").read_text())
    index = yaml.safe_load((copy / "release/config/blobs.yml").read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    assert len(bill["components"]) == len(index) + 3
    told = {hashed["content"] for one in bill["components"] for hashed in one["hashes"]}
    assert {entry["sha"].removeprefix("sha256:") for entry in index.values()} <= told
    references = [one["bom-ref"] for one in bill["components"]]
    assert len(set(references)) == len(references)


def test_the_checksums_beside_it_are_right(tarball):
    done = subprocess.run(
        ["sha256sum", "--check", "--quiet", tarball.with_suffix(".sha256").name],
        cwd=tarball.parent,
        check=False,
    )
    assert done.returncode == 0


def test_nothing_of_the_building_machine_is_in_it(copy, parts):
    for name, content in parts.items():
        files = members(content) if name.endswith(".tgz") else {name: content}
        for inner, text in files.items():
            assert str(copy).encode() not in text, f"{name}: {inner}"


BREAKAGES = {
    "an archive that is gone": (lambda _m, f: f.pop("jobs/fake_cpi.tgz"), "is not in the tarball"),
    "another content": (
        lambda _m, f: f.update({"jobs/fake_cpi.tgz": packed([])}),
        "another checksum",
    ),
    "a stranger": (lambda _m, f: f.update({"jobs/odd.tgz": b""}), "does not name it"),
    "a package that is gone": (lambda m, _f: m["packages"].pop(0), "is not in the release"),
    "an odd version": (lambda m, _f: m.update(version="61"), "wanted MAJOR"),
    "a circle": (
        lambda m, _f: m["packages"][1].update(dependencies=["cpikit"]),
        "needs itself",
    ),
}


@pytest.mark.parametrize("how", BREAKAGES)
def test_an_unsound_tarball_is_found(parts, tmp_path, how):
    breakage, complaint = BREAKAGES[how]
    files = dict(parts)
    manifest = yaml.safe_load(files.pop("release.MF"))
    breakage(manifest, files)
    path = tmp_path / "broken.tgz"
    path.write_bytes(
        packed(
            (name, content, 0o644)
            for name, content in {"release.MF": yaml.safe_dump(manifest).encode(), **files}.items()
        )
    )
    assert any(complaint in line for line in problems_of(path))


JOB_BREAKAGES = {
    "two bin/cpi": (
        lambda s: s["templates"].update({"bin/pre-start.erb": "bin/cpi"}),
        "wanted one",
    ),
    "a template that is gone": (
        lambda s: s["templates"].update({"x.erb": "x"}),
        "x.erb is missing",
    ),
    "a name without _cpi": (lambda s: s.update(name="alicloud"), "does not end in _cpi"),
    "a package from nowhere": (lambda s: s["packages"].append("odd"), "odd is not in the release"),
    "links": (lambda s: s.update(consumes=[]), "consumes links"),
}


@pytest.mark.parametrize("how", JOB_BREAKAGES)
def test_an_unsound_job_is_found(parts, tmp_path, how):
    breakage, complaint = JOB_BREAKAGES[how]
    inside = members(parts["jobs/alicloud_cpi.tgz"])
    spec = yaml.safe_load(inside["job.MF"])
    breakage(spec)
    inside["job.MF"] = yaml.safe_dump(spec).encode()
    files = dict(parts)
    files["jobs/alicloud_cpi.tgz"] = packed((n, c, 0o644) for n, c in inside.items())
    path = tmp_path / "broken.tgz"
    path.write_bytes(packed((n, c, 0o644) for n, c in files.items()))
    assert any(complaint in line for line in problems_of(path))


@pytest.mark.parametrize("content", [b"", b"not a tarball", b"\x1f\x8b garbage"])
def test_what_is_no_tarball_is_refused_in_a_sentence(tmp_path, content):
    path = tmp_path / "odd.tgz"
    path.write_bytes(content)
    (line,) = problems_of(path)
    assert "cannot be read as a release" in line


def test_a_blob_that_is_not_at_hand_stops_the_build_with_the_remedy(copy, tmp_path):
    blob = next((copy / "release/blobs").rglob("pluggy*"))
    content = blob.read_bytes()
    try:
        blob.write_bytes(content[:-1])
        done = built(copy, tmp_path)
    finally:
        blob.write_bytes(content)
    assert done.returncode == 1
    assert "pluggy" in done.stderr
    assert done.stderr.endswith("run release/fetch first\n")


def test_a_file_that_no_list_names_stops_the_build(copy, tmp_path):
    stranger = copy / "release/blobs/cpikit/wheels/odd-1-py3-none-any.whl"
    stranger.write_bytes(b"")
    try:
        done = built(copy, tmp_path)
    finally:
        stranger.unlink()
    assert done.returncode == 1
    assert "odd-1-py3-none-any.whl" in done.stderr


STUB = """#!/bin/sh
printf '%s\\n' "$@" > "$WORDS"
for word in "$@"; do case $word in --tarball=*) cp "$READY" "${word#--tarball=}" ;; esac; done
"""


def test_the_bosh_cli_is_used_where_it_is_at_hand(copy, tarball, tmp_path, monkeypatch):
    stub = tmp_path / "bin/bosh"
    stub.parent.mkdir()
    stub.write_text(STUB)
    stub.chmod(0o755)
    monkeypatch.setenv("WORDS", str(tmp_path / "words"))
    monkeypatch.setenv("READY", str(tarball))
    done = built(copy, tmp_path, "--version", "1.2.3", path=stub.parent)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "words").read_text().split("\n")[:-1] == [
        "create-release",
        "--sha2",
        "--non-interactive",
        "--force",
        f"--dir={copy}/release",
        "--name=bosh-alicloud-cpi",
        "--version=1.2.3",
        f"--tarball={tmp_path}/bosh-alicloud-cpi-1.2.3.tgz",
    ]


def test_a_missing_blob_is_taken_from_a_folder_under_any_name(copy, tmp_path):
    blob = next((copy / "release/blobs").rglob("Python-*"))
    shutil.move(blob, tmp_path / "python3.13.orig")
    done = subprocess.run(
        [copy / "release/fetch", "--from", tmp_path],
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert blob.read_bytes() == b"source of CPython"


def test_the_license_of_the_release_is_that_of_the_repository():
    assert (RELEASE / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
