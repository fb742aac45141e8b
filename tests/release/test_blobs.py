"""The blobs: each one is public, pinned once, and enough for both machines."""

from __future__ import annotations

import re

import pytest

from release.tooling import blobs, downloads
from release.tooling.lock import needs
from release.tooling.paths import REQUIREMENTS, TOOLS


def pinned(path):
    """The checksums of each requirement."""
    rows = re.split(r"\n(?=\S)", path.read_text("utf-8").strip())
    found = {}
    for row in rows:
        name, _, version = row.split(" ")[0].partition("==")
        found[name.lower()] = (version, set(re.findall(r"--hash=sha256:([0-9a-f]{64})", row)))
    return found


def test_every_wheel_is_pinned_for_pip_by_the_same_checksum():
    by_pip = set().union(*(h for f in (REQUIREMENTS, TOOLS) for _, h in pinned(f).values()))
    by_bosh = {blob.sha256 for blob in blobs.blobs() if blob.is_wheel}
    assert by_pip == by_bosh


def test_every_other_blob_has_a_public_address():
    others = {blob.path for blob in blobs.blobs() if not blob.is_wheel}
    assert others == set(blobs.sources())
    for urls in blobs.sources().values():
        assert urls
        assert all(url.startswith("https://") for url in urls)


def test_no_blob_is_in_a_private_store():
    assert "object_id" not in blobs.BLOBS_YML.read_text("utf-8")


def test_whatever_our_distributions_need_is_vendored():
    names = {re.split(r"[<>=!~\[ ]", line)[0].lower() for line in needs()}
    assert names <= set(pinned(REQUIREMENTS))


@pytest.mark.parametrize("machine", list(downloads.PLATFORMS))
def test_each_requirement_has_a_wheel_for_each_machine(machine):
    names = [blob.path.rpartition("/")[2] for blob in blobs.blobs() if blob.is_wheel]
    for requirement in [*pinned(REQUIREMENTS), *pinned(TOOLS)]:
        own = re.sub(r"[-_.]+", "_", requirement)
        wheels = [n for n in names if re.sub(r"[-_.]+", "_", n.split("-")[0]).lower() == own]
        assert any(n.endswith((f"_{machine}.whl", "-none-any.whl")) for n in wheels), requirement


def test_wheels_are_for_the_cpython_that_is_built():
    paths = [blob.path for blob in blobs.blobs()]
    (python,) = [path for path in paths if path.startswith("cpikit-python/")]
    assert python.startswith(f"cpikit-python/Python-{downloads.PYTHON}.")
    tag = f"cp{downloads.PYTHON.replace('.', '')}"
    for path in paths:
        if path.endswith(".whl") and "-none-any" not in path:
            assert f"-{tag}-{tag}-" in path or "-abi3-" in path


def test_a_file_is_a_blob_by_its_content_alone(tmp_path):
    right, wrong = tmp_path / "any name", tmp_path / "blob"
    right.write_bytes(b"blob")
    wrong.write_bytes(b"bolb")
    digest = "fa2c8cc4f28176bbeed4b736df569a34c79cd3723e9ec42f9674b4d46ac6b8b8"
    blob = blobs.Blob("cpikit/blob", 4, digest)
    assert blob.is_at(right)
    assert not blob.is_at(wrong)
    assert not blob.is_at(tmp_path / "nowhere")
