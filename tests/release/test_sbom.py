"""The bill of materials: also what wheels carry inside, and nothing of a builder's machine."""

from __future__ import annotations

import json
import zipfile

import pytest

from release.tooling import blobs, sbom

OPENSSL = {
    "type": "library",
    "name": "openssl",
    "version": "3.5.1",
    "purl": "pkg:generic/openssl@3.5.1",
    "hashes": [{"alg": "SHA-256", "content": "0" * 64}],
    "properties": [{"name": "build:flags", "value": "no-zlib"}],
}
OWN = {"type": "library", "name": "inner", "version": "1", "purl": "pkg:cargo/inner@1?x=file://."}


@pytest.fixture
def listed(tmp_path):
    """The row of a wheel that has these files."""

    def build(files):
        path = tmp_path / "odd-1.0-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr("odd-1.0.dist-info/METADATA", "Name: odd\nVersion: 1.0\n")
            for name, text in files.items():
                wheel.writestr(name, text)
        return sbom._wheel(path, "0" * 64)

    return build


def test_what_a_wheel_tells_of_itself_is_nested_in_its_row(listed):
    bill = json.dumps({"bomFormat": "CycloneDX", "components": [OWN, OPENSSL, {"name": "x"}]})
    (inner, openssl) = listed({"odd-1.0.dist-info/sboms/sbom.json": bill})["components"]
    assert openssl["version"] == "3.5.1"
    assert openssl["hashes"] == OPENSSL["hashes"]
    assert "properties" not in openssl
    assert "purl" not in inner, "it names a place on the machine of the wheel's builder"


def test_packages_that_a_wheel_vendors_are_nested_once(listed):
    text = '__version__ = "2.18.3"\n'
    found = listed(
        {
            "odd/vendored/requests/__init__.py": "import os\n" + text,
            "odd/vendored/requests/__version__.py": text,
            "odd/vendored/requests/packages/urllib3/__init__.py": "__version__ = '1.24.3'\n",
            "odd/requests/__init__.py": text,
        }
    )
    assert [one["purl"] for one in found["components"]] == [
        "pkg:pypi/requests@2.18.3",
        "pkg:pypi/urllib3@1.24.3",
    ]


def test_a_wheel_that_carries_nothing_has_no_components(listed):
    assert "components" not in listed({})


def test_the_wheels_that_are_at_hand_tell_their_openssl():
    """Of the real blob, where `release/fetch` has brought it."""
    wheels = [b for b in blobs.blobs() if "/cryptography-" in b.path and b.file.is_file()]
    if not wheels:
        pytest.skip("release/fetch has not run: the slow tests look at the real wheels")
    for blob in wheels:
        names = [one["name"] for one in sbom._component(blob)["components"]]
        assert "openssl" in names
