"""The bill of materials: CPython, every vendored wheel and what is in it, as CycloneDX 1.5 in JSON.

A wheel may carry others' code: it tells so in a bill of its own (PEP 770), as cryptography does of
its OpenSSL, or has it in a folder for vendored packages. The bill names what is in the release and
nothing of the machine that built it; equal releases have equal bills.
# CycloneDX 1.5, https://cyclonedx.org/docs/1.5/json/
"""

from __future__ import annotations

import json
import re
import uuid
import zipfile
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from release.tooling.blobs import Blob, blobs, sources
from release.tooling.digests import sha256_of
from release.tooling.paths import NAME, OWN

_NAMESPACE = uuid.UUID("6f1c1b5e-6d1a-5f7e-9a53-2f0f7a1f3c11")


def bill(version: str) -> str:
    """The document as JSON."""
    components = [_component(blob) for blob in blobs()] + [_own(path) for path in own_wheels()]
    components.sort(key=lambda component: (component["name"], component["bom-ref"]))
    identity = json.dumps([version, components], sort_keys=True)
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, identity)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": f"{NAME}@{version}",
                "name": NAME,
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": components,
    }
    return json.dumps(document, indent=1) + "\n"


def own_wheels() -> list[Path]:
    """Our wheels, as built last."""
    return sorted(OWN.glob("*.whl"))


def _component(blob: Blob) -> dict[str, Any]:
    if blob.is_wheel:
        found = _wheel(blob.file, blob.sha256)
        found["purl"] = f"pkg:pypi/{found['name']}@{found['version']}?file_name={blob.file.name}"
        found["bom-ref"] = found["purl"]
        return found
    version = re.search(r"(\d+\.\d+\.\d+)", blob.file.name)
    number = version.group(1) if version else ""
    return {
        "type": "platform",
        "bom-ref": f"pkg:generic/python@{number}",
        "name": "cpython",
        "version": number,
        "purl": f"pkg:generic/python@{number}",
        "cpe": f"cpe:2.3:a:python:python:{number}:*:*:*:*:*:*:*",
        "hashes": [{"alg": "SHA-256", "content": blob.sha256}],
        "licenses": [{"license": {"id": "PSF-2.0"}}],
        "externalReferences": [
            {"type": "distribution", "url": url} for url in sources().get(blob.path, [])
        ],
    }


def _own(path: Path) -> dict[str, Any]:
    return _wheel(path, sha256_of(path)) | {"bom-ref": path.name}


def _wheel(path: Path, sha256: str) -> dict[str, Any]:
    """What a wheel says about itself."""
    with zipfile.ZipFile(path) as wheel:
        name = next(n for n in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n))
        headers = HeaderParser().parsestr(wheel.read(name).decode("utf-8"))
        inside = {(one["name"], one["version"]): one for one in (*_told(wheel), *_vendored(wheel))}
    found: dict[str, Any] = {
        "type": "library",
        "name": headers["Name"],
        "version": headers["Version"],
        "hashes": [{"alg": "SHA-256", "content": sha256}],
    }
    if inside:
        found["components"] = [
            {**one, "bom-ref": f"{path.name}#{one['name']}@{one['version']}"}
            for _, one in sorted(inside.items())
        ]
    expression, told = headers["License-Expression"], headers["License"]
    if expression:
        found["licenses"] = [{"expression": expression}]
    elif told:
        found["licenses"] = [{"license": {"name": told.splitlines()[0].strip()}}]
    return found


def _told(wheel: zipfile.ZipFile) -> Iterator[dict[str, Any]]:
    """What a wheel's own bills name: with names that say no place on its builder's machine."""
    for name in wheel.namelist():
        if not re.fullmatch(r"[^/]+\.dist-info/sboms/.+\.json", name):
            continue
        document = json.loads(wheel.read(name))
        for one in document.get("components") or ():
            told = {
                key: one[key] for key in ("type", "name", "version", "purl", "hashes") if key in one
            }
            if "file:" in told.get("purl", ""):
                del told["purl"]
            if "version" in told:
                yield told


def _vendored(wheel: zipfile.ZipFile) -> Iterator[dict[str, Any]]:
    """The packages in its folders for vendored ones that say their version."""
    for name in wheel.namelist():
        place = re.fullmatch(
            r".*/(?:vendored|_vendor|packages)/([a-z0-9_]+)/(?:__init__|__version__|package_data)\.py",
            name,
        )
        if place is None or not re.search("/(vendored|_vendor)/", name):
            continue
        said = re.search(
            r"""^__version__ = ['"]([\w.]+)['"]""", wheel.read(name).decode(), re.MULTILINE
        )
        if said:
            version = said.group(1)
            purl = f"pkg:pypi/{place.group(1)}@{version}"
            yield {"type": "library", "name": place.group(1), "version": version, "purl": purl}
