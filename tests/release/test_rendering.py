"""Templates over the whole space of properties: what comes out is a cpi.json that cpikit takes."""

from __future__ import annotations

import argparse
import json
import subprocess

import pytest
from release_cases import APART, ODD, PEM, cases, sample

from cpikit.commands import check

STATIC = {
    "alicloud.region": "r-1",
    "alicloud.access_key_id": "k",
    "alicloud.access_key_secret": "s",
}


def empties_in(value, path="$"):
    """Where something without a value stands."""
    if value is None or value in ("", [], {}):
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from empties_in(inner, f"{path}.{key}")


@pytest.fixture(scope="module")
def matrix(alicloud_job):
    asked = cases(alicloud_job.defaults)
    return list(zip(asked, alicloud_job.render(asked), strict=True))


def test_the_matrix_is_as_large_as_it_says(matrix, alicloud_job):
    assert len(matrix) >= 600 + 2 * len(alicloud_job.defaults)


def test_every_case_renders(matrix):
    assert [files for _, files in matrix if "error" in files] == []


def test_every_cpi_json_is_json_with_the_sections_that_it_needs(matrix):
    for _, files in matrix:
        cloud = json.loads(files["config/cpi.json"])["cloud"]
        assert cloud["plugin"] == "alicloud"
        assert {"alicloud", "agent"} <= set(cloud["properties"])
        assert set(cloud["properties"]) <= {"alicloud", "agent", "cpikit", "registry"}


# Where an empty value has a meaning of its own to the agent, as it had with the Go CPI.
MEANT = {"$.agent.blobstore.options.blobstore_path"}


def test_what_has_no_value_is_not_rendered(matrix):
    for asked, files in matrix:
        sections = json.loads(files["config/cpi.json"])["cloud"]["properties"]
        found = set(empties_in(sections)) - MEANT - {"$.alicloud"}
        assert found == set(), asked


def test_every_value_of_the_providers_section_is_the_one_that_was_set(matrix, alicloud_job):
    for asked, files in matrix:
        section = json.loads(files["config/cpi.json"])["cloud"]["properties"]["alicloud"]
        for key, value in section.items():
            name = f"alicloud.{key}"
            if key == "credential_source":
                assert value == asked[name].strip()
            elif key == "ca_file" and value == "ca.pem":
                assert files["config/ca.pem"].strip() == asked["alicloud.ca_cert"].strip()
            else:
                assert value == asked.get(name, alicloud_job.defaults[name])


def test_cpikit_check_takes_every_rendered_configuration(matrix, tmp_path, capsys):
    """With a region, which is compulsory; extensions are not installed here."""
    seen = set()
    path = tmp_path / "cpi.json"
    for _, files in matrix:
        document = json.loads(files["config/cpi.json"])
        sections = document["cloud"]["properties"]
        sections.get("cpikit", {}).pop("extensions", None)
        sections["alicloud"].setdefault("region", "eu-central-1")
        text = json.dumps(document)
        if text in seen:
            continue
        seen.add(text)
        path.write_text(text)
        assert check.run(argparse.Namespace(config=str(path), context="{}")) == 0
        assert "unknown" not in capsys.readouterr().out.replace("unknown_properties", "")
    assert len(seen) > 500


@pytest.mark.parametrize("source", ["static", "ecs_ram_role", "oidc"])
def test_only_the_fields_of_the_credential_source_are_rendered(alicloud_job, source):
    everything = {
        name: sample(name)
        for name in alicloud_job.defaults
        if name.startswith("alicloud.") and name not in APART
    }
    section = alicloud_job.cpi_json({**everything, "alicloud.credential_source": source})[
        "alicloud"
    ]
    of = {
        "static": {"access_key_id", "access_key_secret", "security_token"},
        "ecs_ram_role": {"ram_role_name"},
        "oidc": {"oidc_provider_arn", "oidc_token_file"},
    }
    assert set().union(*of.values()) & set(section) == of[source]


def test_an_unknown_credential_source_is_refused_with_what_was_wanted(alicloud_job):
    (rendered,) = alicloud_job.render([{"alicloud.credential_source": "vault"}])
    assert rendered["error"] == (
        'alicloud.credential_source is "vault", wanted one of static, ecs_ram_role, oidc'
    )


def test_certificates_of_the_manifest_win_over_those_of_a_file(alicloud_job):
    both = {"alicloud.ca_cert": PEM, "alicloud.ca_file": "/x"}
    assert alicloud_job.cpi_json(both)["alicloud"]["ca_file"] == "ca.pem"


def test_endpoints_are_rendered_as_the_go_cpi_never_did(alicloud_job):
    names = [name for name in alicloud_job.defaults if name.endswith("_endpoint")]
    section = alicloud_job.cpi_json(dict.fromkeys(names, "https://gateway.example"))["alicloud"]
    assert len(names) == 9
    assert {name.removeprefix("alicloud.") for name in names} <= set(section)


def test_an_encrypted_that_is_false_stays_false(alicloud_job):
    assert alicloud_job.cpi_json({"alicloud.encrypted": False})["alicloud"]["encrypted"] is False


def test_the_message_bus_is_agent_mbus_or_made_of_nats_with_its_password_escaped(alicloud_job):
    assert alicloud_job.cpi_json({"agent.mbus": "https://x"})["agent"]["mbus"] == "https://x"
    assert (
        alicloud_job.cpi_json({"nats.password": "p@ss/word"})["agent"]["mbus"]
        == "nats://nats:p%40ss%2Fword@127.0.0.1:4222"
    )


@pytest.mark.parametrize(
    ("properties", "blobstore"),
    [
        (
            {"blobstore.address": "10.0.0.6"},
            {"provider": "dav", "options": {"endpoint": "http://10.0.0.6:25250"}},
        ),
        (
            {
                "blobstore.address": "10.0.0.6",
                "blobstore.agent.user": "agent",
                "blobstore.agent.password": "p",
                "blobstore.tls.cert.ca": PEM,
            },
            {
                "provider": "dav",
                "options": {
                    "endpoint": "https://10.0.0.6:25250",
                    "user": "agent",
                    "password": "p",
                    "tls": {"cert": {"ca": PEM}},
                },
            },
        ),
        (
            {"blobstore.provider": "local", "blobstore.path": "/c"},
            {"provider": "local", "options": {"blobstore_path": "/c"}},
        ),
        (
            {
                "blobstore.provider": "s3",
                "blobstore.bucket_name": "b",
                "blobstore.access_key_id": "k",
                "blobstore.secret_access_key": "s",
                "blobstore.host": "oss.example",
                "blobstore.s3_region": "r",
                "blobstore.s3_signature_version": "4",
                "blobstore.ssl_verify_peer": True,
            },
            {
                "provider": "s3",
                "options": {
                    "bucket_name": "b",
                    "access_key_id": "k",
                    "secret_access_key": "s",
                    "host": "oss.example",
                    "region": "r",
                    "signature_version": "4",
                    "ssl_verify_peer": True,
                    "use_ssl": True,
                    "port": 443,
                },
            },
        ),
    ],
)
def test_the_blobstore_of_agents_is_as_the_go_cpi_rendered_it(alicloud_job, properties, blobstore):
    assert alicloud_job.cpi_json(properties)["agent"]["blobstore"] == blobstore


def test_keys_of_a_blobstore_with_a_profile_are_not_rendered(alicloud_job):
    options = alicloud_job.cpi_json(
        {
            "blobstore.provider": "s3",
            "blobstore.credentials_source": "env_or_profile",
            "blobstore.access_key_id": "k",
            "blobstore.secret_access_key": "s",
        }
    )["agent"]["blobstore"]["options"]
    assert options["credentials_source"] == "env_or_profile"
    assert not {"access_key_id", "secret_access_key"} & set(options)


def test_a_registry_is_rendered_only_when_somebody_set_one(alicloud_job):
    assert "registry" not in alicloud_job.cpi_json(STATIC)
    assert alicloud_job.cpi_json({"registry.host": "10.0.0.6", "registry.username": "u"})[
        "registry"
    ] == {"host": "10.0.0.6", "user": "u", "protocol": "http", "port": 25777}


def test_the_fake_job_renders_over_its_whole_space_and_cpikit_takes_it(fake_job, tmp_path, capsys):
    path = tmp_path / "cpi.json"
    asked = cases(fake_job.defaults)
    for case, files in zip(asked, fake_job.render(asked), strict=True):
        document = json.loads(files["config/cpi.json"])
        document["cloud"]["properties"].get("cpikit", {}).pop("extensions", None)
        if case.get("fake.state_dir") != "":
            path.write_text(json.dumps(document))
            assert check.run(argparse.Namespace(config=str(path), context="{}")) == 0
    capsys.readouterr()


@pytest.mark.parametrize("job", ["alicloud_job", "fake_job"])
def test_every_rendered_script_is_a_shell_script_that_parses(request, job):
    found = request.getfixturevalue(job)
    for files in found.render([{}, {name: ODD for name in found.defaults if "_dir" in name}]):
        for name in ("bin/cpi", "bin/pre-start"):
            assert files[name].startswith("#!/bin/sh\n")
            done = subprocess.run(["sh", "-n"], input=files[name], text=True, check=False)
            assert done.returncode == 0


def test_no_secret_is_rendered_into_an_executable(alicloud_job):
    everything = {name: "CANARY" for name in alicloud_job.defaults if name not in APART}
    everything |= {"alicloud.credential_source": "static", "ntp": ["x"], "alicloud.turns_dir": "x"}
    (files,) = alicloud_job.render([everything])
    assert "CANARY" not in files["bin/cpi"] + files["bin/pre-start"]


def test_certificates_of_the_job_are_found_beside_its_cpi_json(alicloud_job, tmp_path):
    """Wherever the job is, and whatever folder the CPI is started in."""
    from cpikit import config, cpi_json
    from cpikit.converter import Unknowns, strict_converter
    from cpikit_alicloud import hooks
    from cpikit_alicloud.config import AlicloudConfig

    properties = {"alicloud.region": "r-1", "alicloud.ca_cert": PEM}
    path = tmp_path / "cpi.json"
    path.write_text(alicloud_job.render([properties])[0]["config/cpi.json"])
    unknowns = Unknowns("fail")
    converter = strict_converter(unknowns)
    hooks.cpikit_configure_converter(converter)
    bound = config.bind(
        cpi_json.read(str(path)), {}, AlicloudConfig, converter=converter, unknowns=unknowns
    )
    assert bound.provider.ca_file == str(tmp_path / "ca.pem")
