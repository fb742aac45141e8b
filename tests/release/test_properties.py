"""The properties of the jobs: those of the Go CPI, and every one that the providers have."""

from __future__ import annotations

import json

import attrs
import pytest

from cpikit_alicloud.config import AlicloudConfig
from cpikit_fake.config import FakeConfig

# The Go CPI's job, release v61, jobs/alicloud_cpi/spec: names and defaults.
GO = {
    "alicloud.region": "",
    "alicloud.availability_zone": "",
    "alicloud.credential_source": "static",
    "alicloud.ram_role_name": "",
    "alicloud.access_key_id": "",
    "alicloud.access_key_secret": "",
    "alicloud.security_token": "",
    "alicloud.encrypted": False,
    "alicloud.kms_key_id": "",
    "alicloud.ecs_endpoint": "",
    "alicloud.slb_endpoint": "",
    "alicloud.oss_endpoint": "",
    "alicloud.location_endpoint": "",
    "registry.username": "",
    "registry.password": "",
    "registry.protocol": "http",
    "registry.host": "",
    "registry.port": 25777,
    "ntp": ["0.pool.ntp.org", "1.pool.ntp.org"],
    "blobstore.provider": "dav",
    "blobstore.bucket_name": None,
    "blobstore.credentials_source": "static",
    "blobstore.access_key_id": None,
    "blobstore.secret_access_key": None,
    "blobstore.s3_region": None,
    "blobstore.use_ssl": True,
    "blobstore.s3_port": 443,
    "blobstore.host": None,
    "blobstore.ssl_verify_peer": None,
    "blobstore.s3_signature_version": None,
    "blobstore.path": "",
    "blobstore.address": "",
    "blobstore.port": 25250,
    "blobstore.agent.user": None,
    "blobstore.agent.password": None,
    "nats.user": "nats",
    "nats.password": "nats-password",
    "nats.address": "127.0.0.1",
    "nats.port": 4222,
    "agent.mbus": None,
}
# What stands in cpi.json and is no property of the job, and the reverse.
WITHOUT_PROPERTY = {"access_endpoint"}  # in no spec of the Go CPI, and without effect in both
WITHOUT_FIELD = {"ca_cert", "unknown_properties"}  # rendered to a file; read by the core


@pytest.mark.parametrize("name", GO)
def test_a_property_of_the_go_cpi_keeps_its_name_and_its_default(alicloud_job, name):
    assert name in alicloud_job.defaults
    assert alicloud_job.defaults[name] == GO[name]


@pytest.mark.parametrize(
    ("job", "prefix", "config"),
    [("alicloud_job", "alicloud.", AlicloudConfig), ("fake_job", "fake.", FakeConfig)],
)
def test_the_job_has_every_property_of_its_provider_and_no_other(request, job, prefix, config):
    declared = {
        name.removeprefix(prefix)
        for name in request.getfixturevalue(job).defaults
        if name.startswith(prefix)
    }
    fields = {attribute.alias or attribute.name for attribute in attrs.fields(config)}
    assert declared - WITHOUT_FIELD == fields - WITHOUT_PROPERTY


@pytest.mark.parametrize("job", ["alicloud_job", "fake_job"])
def test_every_property_says_what_it_is_for(request, job):
    spec = request.getfixturevalue(job).spec
    silent = [name for name, row in spec["properties"].items() if not row.get("description")]
    assert silent == []


@pytest.mark.parametrize("job", ["alicloud_job", "fake_job"])
def test_every_declared_property_is_used_by_a_template(request, job):
    found = request.getfixturevalue(job)
    texts = "\n".join(
        (found.folder / "templates" / source).read_text() for source in found.spec["templates"]
    )
    unused = [name for name in found.defaults if name.rpartition(".")[2] not in texts]
    assert unused == []


@pytest.mark.parametrize("job", ["alicloud_job", "fake_job"])
def test_a_job_has_an_empty_monit_file_and_takes_no_links(request, job):
    found = request.getfixturevalue(job)
    assert (found.folder / "monit").read_text() == ""
    assert not {"consumes", "provides"} & set(found.spec)


def test_defaults_of_properties_are_json(alicloud_job, fake_job):
    for job in (alicloud_job, fake_job):
        assert json.loads(json.dumps(job.defaults)) == job.defaults
