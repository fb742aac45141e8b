"""The table of properties has every one of the Go CPI's, and each is one of ours too."""

from __future__ import annotations

import re

import attrs
import pytest
import yaml
from pages import ROOT

from cpikit_alicloud.properties.disk import DiskProperties
from cpikit_alicloud.properties.network import NetworkProperties
from cpikit_alicloud.properties.vm import VmProperties

TEXT = (ROOT / "docs/migrate.md").read_text("utf-8")
# The Go CPI v61: jobs/alicloud_cpi/spec; action/*.go, the JSON names of its properties.
JOB = """
alicloud.region alicloud.availability_zone alicloud.credential_source alicloud.ram_role_name
alicloud.access_key_id alicloud.access_key_secret alicloud.security_token alicloud.encrypted
alicloud.kms_key_id alicloud.ecs_endpoint alicloud.slb_endpoint alicloud.oss_endpoint
alicloud.location_endpoint registry.username registry.password registry.protocol registry.host
registry.port ntp blobstore.provider blobstore.bucket_name blobstore.credentials_source
blobstore.access_key_id blobstore.secret_access_key blobstore.s3_region blobstore.use_ssl
blobstore.s3_port blobstore.host blobstore.ssl_verify_peer blobstore.s3_signature_version
blobstore.path blobstore.address blobstore.port blobstore.agent.user blobstore.agent.password
nats.user nats.password nats.address nats.port agent.mbus
""".split()
VM = """
availability_zone instance_type instance_name region stemcell_id charge_type charge_period
charge_period_unit auto_renew auto_renew_period key_pair_name password security_group_ids
spot_strategy spot_price_limit ram_role_name slbs slb_weight slb_server_group
slb_server_group_port slb_server_group_weight nlb_server_groups nlb_server_group_ids
nlb_server_group_port nlb_server_group_weight tags system_disk ephemeral_disk
""".split()
NETWORK = "vswitch_id security_group_ids security_group_id internet_charge_type".split()
DISK = "size category performance_level encrypted delete_with_instance tags".split()


def listed(heading):
    """The names in the first column of the table under a heading, each with what it means."""
    section = TEXT[TEXT.index(f"### {heading}\n") :]
    rows = re.findall(r"^\| (`.*?) \| (.*?) \|$", section.split("\n### ")[0][4:], re.MULTILINE)
    if not rows:
        rows = re.findall(r"^\| (`.*?) \| (.*?) \|$", section.split("\n\n")[2], re.MULTILINE)
    return {name: meaning for cell, meaning in rows for name in re.findall(r"`([^`]+)`", cell)}


def names(kind):
    return {field.name for field in attrs.fields(kind)}


def job():
    spec = yaml.safe_load((ROOT / "release/jobs/alicloud_cpi/spec").read_text("utf-8"))
    return set(spec["properties"])


@pytest.mark.parametrize(
    ("heading", "theirs", "ours"),
    [
        ("The job", JOB, job()),
        ("VM types", VM, names(VmProperties)),
        ("Networks", NETWORK, names(NetworkProperties)),
        ("Disk types", DISK, names(DiskProperties)),
    ],
)
def test_every_property_of_the_go_cpi_is_in_the_table_and_is_one_of_ours(heading, theirs, ours):
    table = listed(heading)
    assert set(table) == set(theirs)
    assert set(theirs) <= ours
    assert all(table.values())


def test_the_ops_files_that_are_named_exist():
    for page in ("docs/migrate.md", "docs/getting-started.md", "docs/try.md"):
        text = (ROOT / page).read_text("utf-8")
        named = set(re.findall(r"`?((?:release|ci)/(?:[\w-]+/)*[\w.-]+\.(?:yml|toml|tftpl))", text))
        assert named
        assert [path for path in named if not (ROOT / path).is_file()] == []
