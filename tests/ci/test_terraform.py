"""Terraform: every reference resolves, every output is consumed, every input is produced."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import hcl2
import pytest
from ci_work import CI

FOLDER = CI / "terraform"
LABELS = {"resource": 2, "data": 2, "variable": 1, "output": 1, "provider": 1}
FILES = sorted(FOLDER.glob("*.tf"))
TASKS = "\n".join(p.read_text("utf-8") for p in [*(CI / "tasks").glob("*.sh")])
TOOLING = "\n".join(p.read_text("utf-8") for p in (CI / "tooling").glob("*.py"))


def text_of(value):
    """What the parser gives for a name: it keeps the quotes."""
    return value.strip('"')


@pytest.fixture(scope="module")
def blocks():
    """All blocks of all files: (type, labels, body)."""
    found = []
    for path in FILES:
        with path.open(encoding="utf-8") as file:
            document = hcl2.load(file)
        for kind, entries in document.items():
            if kind.startswith("__"):
                continue
            for entry in entries:
                labels, body = [], entry
                while len(labels) < LABELS.get(kind, 0):
                    (label,) = [key for key in body if not key.startswith("__")]
                    labels.append(text_of(label))
                    body = body[label]
                found.append((kind, labels, body))
    return found


def named(blocks, kind):
    return {".".join(labels): body for found, labels, body in blocks if found == kind}


def test_every_file_says_what_it_is_for_or_is_made_of_descriptions():
    for path in FILES:
        first = path.read_text("utf-8").splitlines()[0]
        assert first.startswith("# ") or path.name == "variables.tf", path.name


def test_every_variable_and_output_is_described(blocks):
    for kind in ("variable", "output"):
        for name, body in named(blocks, kind).items():
            assert body.get("description"), f"{kind} {name}"


def test_every_reference_resolves(blocks):
    """To a resource, a data source, a variable or a local that is declared."""
    resources = set(named(blocks, "resource"))
    data = set(named(blocks, "data"))
    variables = set(named(blocks, "variable"))
    local_names = {name for kind, _, body in blocks if kind == "locals" for name in body}
    text = "\n".join(path.read_text("utf-8") for path in FILES)
    text = re.sub(r"(?m)^\s*#.*$", "", text)
    assert set(re.findall(r"\bvar\.(\w+)", text)) == variables
    assert set(re.findall(r"\blocal\.(\w+)", text)) <= local_names
    assert set(re.findall(r"\bdata\.(\w+\.\w+)", text)) == data
    used = set(re.findall(r"(?<![\w.])((?:alicloud|random)_\w+\.\w+)", text))
    assert used <= resources | {f"{name}" for name in data}


def test_every_resource_is_of_a_provider_that_is_required(blocks):
    (body,) = [
        body for kind, _, body in blocks if kind == "terraform" and "required_providers" in body
    ]
    (required,) = body["required_providers"]
    providers = {name for name in required if not name.startswith("__")}
    used = {name.partition("_")[0] for name in [*named(blocks, "resource"), *named(blocks, "data")]}
    assert used == providers


def consumed():
    """The keys of the metadata that tasks and tools ask for."""
    found = set(re.findall(r"\bmeta\[(\w+)\]", TASKS)) - {"key"}
    return found | set(re.findall(r'value\(metadata, "(\w+)"\)', TOOLING))


def test_every_output_is_consumed_and_everything_consumed_is_an_output(blocks):
    assert set(named(blocks, "output")) == consumed()


def test_the_simulators_metadata_has_every_output_and_no_other(blocks, metadata):
    assert set(metadata) == set(named(blocks, "output"))


def test_every_variable_is_produced_by_the_tasks_and_no_other(blocks):
    assert set(re.findall(r"\bTF_VAR_(\w+)=", TASKS)) == set(named(blocks, "variable"))


def test_no_output_is_secret_since_metadata_is_kept_in_the_clear(blocks):
    assert not [name for name, body in named(blocks, "output").items() if "sensitive" in body]


def test_policies_get_every_name_that_they_have(blocks):
    for name, body in named(blocks, "resource").items():
        if not name.startswith("alicloud_ram_policy."):
            continue
        call = str(body["policy_document"])
        (file,) = re.findall(r"policies/([\w.]+\.tftpl)", call)
        wanted = set(re.findall(r"\$\{(\w+)\}", (FOLDER / "policies" / file).read_text("utf-8")))
        given = set(re.findall(r"[{,\s\"'](\w+)\"?\s*[=:]\s", call.partition("tftpl")[2]))
        assert wanted == given, name


def test_nothing_is_open_to_the_whole_internet(blocks):
    for name, body in named(blocks, "resource").items():
        if name.startswith("alicloud_security_group_rule."):
            assert "0.0.0.0" not in json.dumps(body), name  # noqa: S104  # what is looked for


def test_everything_that_takes_tags_says_which_environment_it_belongs_to(blocks):
    untagged = {"snat_entry", "eip_association", "security_group_rule", "slb_server_group",
                "slb_listener", "nlb_listener", "ram_role", "ram_policy",
                "ram_role_policy_attachment"}  # fmt: skip
    for name, body in named(blocks, "resource").items():
        kind = name.partition(".")[0].removeprefix("alicloud_")
        if kind not in untagged and not name.startswith("random_"):
            assert "tags" in body, name


def test_terraform_itself_finds_it_well_formatted():
    terraform = shutil.which("terraform")
    if terraform is None:
        pytest.skip("terraform is not at hand: the parser above has read the files")
    done = subprocess.run(
        [terraform, "fmt", "-check", "-diff", FOLDER], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
