"""YAML of the pipeline and of the release against schemas; and that the schemas refuse."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml
from ci_work import CI, ROOT

SCHEMAS = {
    "concourse-pipeline": ["ci/pipeline.yml"],
    "concourse-task": ["ci/tasks/*.yml"],
    "bosh-job-spec": ["release/jobs/*/spec", "ci/e2e/release/jobs/*/spec"],
    "bosh-package-spec": ["release/packages/*/spec"],
    "bosh-ops": [
        "release/ops/*.yml",
        "release/cpi-config/a*.yml",
        "ci/e2e/ops/*.yml",
        "ci/director/[bls]*.yml",
    ],
    "bosh-cpi-config": ["release/cpi-config/cpis.yml"],
}
# No ops files; each is looked at property by property (test_configs.py) or by its own tool.
ELSEWHERE = {
    "ci/bats/spec.yml",
    "ci/director/cloud-config.yml",
    "ci/e2e/manifest.yml",
    "ci/e2e/release/config/final.yml",
    "release/config/blobs.yml",
    "release/config/final.yml",
    "release/config/sources.yml",
}


def files():
    return [
        pytest.param(name, path, id=str(path.relative_to(ROOT)))
        for name, patterns in SCHEMAS.items()
        for pattern in patterns
        for path in sorted(ROOT.glob(pattern))
    ]


def problems(name, document):
    schema = json.loads((CI / f"schemas/{name}.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return list(jsonschema.Draft202012Validator(schema).iter_errors(document))


@pytest.mark.parametrize(("name", "path"), files())
def test_a_file_fits_its_schema(name, path):
    assert problems(name, yaml.safe_load(path.read_text("utf-8"))) == []


def test_every_schema_has_files_and_every_yaml_file_a_schema_or_a_reason():
    assert set(SCHEMAS) == {path.stem for path in (CI / "schemas").iterdir()}
    seen = {str(param.values[1].relative_to(ROOT)) for param in files()}
    there = {
        str(path.relative_to(ROOT))
        for folder in ("ci", "release")
        for path in (ROOT / folder).rglob("*.yml")
        if "blobs/" not in str(path)
    }
    assert there - seen == ELSEWHERE


WRONG = [
    ("concourse-task", lambda d: d.pop("run")),
    ("concourse-task", lambda d: d.update(input=[])),
    ("concourse-task", lambda d: d["params"].update(A=None)),
    ("concourse-pipeline", lambda d: d["jobs"][0]["plan"].append({"tsk": "x"})),
    ("concourse-pipeline", lambda d: d["jobs"][0].update(serail=True)),
    ("concourse-pipeline", lambda d: d["resources"][0].pop("source")),
    ("bosh-job-spec", lambda d: d.update(consumes=[])),
    ("bosh-job-spec", lambda d: d["properties"].update({"Odd Name": {"description": "x" * 10}})),
    ("bosh-job-spec", lambda d: d["properties"].update(odd={"desc": "x"})),
    ("bosh-package-spec", lambda d: d.update(files=[])),
    ("bosh-ops", lambda d: d[0].update(type="add")),
    ("bosh-ops", lambda d: d[0].update(path="x")),
    ("bosh-ops", lambda d: d[0].pop("value", None)),
    ("bosh-cpi-config", lambda d: d["cpis"][0].update(property={})),
]


@pytest.mark.parametrize(("name", "breakage"), WRONG, ids=range(len(WRONG)))
def test_a_schema_refuses_what_is_wrong(name, breakage):
    path = next(
        path
        for pattern in SCHEMAS[name]
        for path in sorted(ROOT.glob(pattern))
        if name != "concourse-task" or "params" in path.read_text("utf-8")
    )
    document = yaml.safe_load(path.read_text("utf-8"))
    assert problems(name, document) == []
    breakage(document)
    assert problems(name, document) != []
