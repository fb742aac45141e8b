"""The provider's section of cpi.json, and its cloud_properties: the Go CPI's names and forms."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from cpikit.converter import Problems, Unknowns, strict_converter, structure
from cpikit.redaction import Secret
from cpikit.testing import CallFailed
from cpikit_alicloud.config import AlicloudConfig, Waits
from cpikit_alicloud.properties.disk import DiskProperties
from cpikit_alicloud.properties.lenient import Number, teach
from cpikit_alicloud.properties.network import NetworkProperties
from cpikit_alicloud.properties.stemcell import StemcellProperties
from cpikit_alicloud.properties.vm import NlbServerGroup, VmProperties
from tests.alicloud.disk_cloud import DiskCloud

# As the Go CPI's job renders it (jobs/alicloud_cpi/templates/cpi.json.erb): unset ones are "".
RENDERED_BY_THE_GO_JOB = {
    "region": "cn-beijing",
    "availability_zone": "cn-beijing-a",
    "access_key_id": "id",
    "access_key_secret": "canary-secret",
    "security_token": "",
    "encrypted": False,
    "kms_key_id": "",
}
KEYS_OF_THE_GO_CPI = (
    "region availability_zone credential_source ram_role_name access_key_id access_key_secret "
    "security_token encrypted kms_key_id ecs_endpoint slb_endpoint nlb_endpoint oss_endpoint "
    "location_endpoint access_endpoint"
).split()


def bound(kind: Any, value: dict[str, Any], mode: str = "fail") -> Any:
    converter = strict_converter(Unknowns(mode))
    teach(converter)
    return structure(converter, value, kind, "$")


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> DiskCloud:
    made = DiskCloud()
    monkeypatch.setattr("cpikit_alicloud.client.SdkWire", lambda *_: made)
    return made


def test_what_the_go_job_renders_binds() -> None:
    config = bound(AlicloudConfig, RENDERED_BY_THE_GO_JOB)
    assert config.region == "cn-beijing"
    assert config.access_key_secret == Secret("canary-secret")
    assert "canary" not in repr(config)


def test_an_empty_text_is_absent_as_it_was_to_the_go_cpi() -> None:
    empty = """availability_zone auto_renew charge_period auto_renew_period slb_weight charge_type
        slb_server_group_port slb_server_group_weight nlb_server_group_port instance_name
        nlb_server_group_weight spot_price_limit spot_strategy ram_role_name region""".split()
    given = bound(VmProperties, dict.fromkeys(empty, ""))
    assert {name for name in empty if getattr(given, name)} == set()
    assert (given.availability_zone, given.auto_renew, given.slb_weight) == ([], None, None)
    disk = bound(DiskProperties, {"size": "", "encrypted": "", "delete_with_instance": ""})
    assert disk == DiskProperties()
    assert bound(NetworkProperties, {"vswitch_id": ""}).vswitch_id == []
    config = bound(AlicloudConfig, {**RENDERED_BY_THE_GO_JOB, "encrypted": ""})
    assert config.encrypted is False


@pytest.mark.parametrize("given", [{"port": ""}, {"port": 80, "weight": ""}])
def test_what_the_go_cpi_required_is_not_empty(given: dict[str, Any]) -> None:
    with pytest.raises(Problems, match="wanted a number"):
        bound(NlbServerGroup, {"server_group_id": "sgp-1", **given})


def test_every_key_of_the_go_cpi_is_known() -> None:
    names = {attribute.name for attribute in attrs.fields(AlicloudConfig)}
    assert set(KEYS_OF_THE_GO_CPI) <= names


def test_every_field_says_what_it_means() -> None:
    for kind in (AlicloudConfig, Waits, DiskProperties, StemcellProperties):
        for attribute in attrs.fields(kind):
            assert attribute.metadata["meaning"], f"{kind.__name__}.{attribute.name}"
            assert "unit" in attribute.metadata
            assert "api" in attribute.metadata


def test_every_wait_is_in_seconds_and_may_be_a_number_in_text() -> None:
    assert all(attribute.name.endswith("_s") for attribute in attrs.fields(Waits))
    assert bound(AlicloudConfig, {**RENDERED_BY_THE_GO_JOB, "waits": {"disk_s": "900"}}).waits == (
        Waits(disk_s=900.0)  # type: ignore[arg-type]  # Number
    )


def test_the_budgets_are_at_least_those_of_the_go_cpi() -> None:
    waits = Waits()
    go = {"vm_running_s": 605, "disk_s": 305, "eip_s": 600, "disk_spec_s": 1800, "image_s": 3600}
    for name, least in go.items():
        assert getattr(waits, name) >= least - 5, name


@pytest.mark.parametrize(
    "section", [{"encrypted": "perhaps"}, {"region": 7}, {"waits": {"disk_s": "soon"}}]
)
def test_what_does_not_fit_is_refused_with_its_place(section: dict[str, Any]) -> None:
    with pytest.raises(Problems) as problems:
        bound(AlicloudConfig, {**RENDERED_BY_THE_GO_JOB, **section})
    assert problems.value.lines[0].startswith("$.")


def test_a_missing_region_is_told() -> None:
    with pytest.raises(Problems, match="region: required"):
        bound(AlicloudConfig, {})


def test_sections_and_properties_without_effect_are_accepted_and_warned_of(
    cloud: DiskCloud,
) -> None:
    drive = cloud.drive()
    process = cloud.cpi(location_endpoint="location.example.com", access_endpoint="x")
    process._sections["registry"] = {"host": "h", "port": "25777", "password": "canary-registry"}
    assert process.call("has_disk", drive.id) is True
    log = "".join(process.log)
    assert "location_endpoint has no effect" in log
    assert "access_endpoint has no effect" in log
    assert "section registry has no effect" in log
    assert "canary" not in log


def test_a_cpi_config_sets_the_region_and_no_path(cloud: DiskCloud) -> None:
    drive = cloud.drive()
    process = cloud.cpi()
    process.call("has_disk", drive.id, region="us-east-1", ca_file="/etc/passwd")
    assert cloud.calls[0][1]["RegionId"] == "us-east-1"
    assert "ca_file" in "".join(process.log)


@pytest.mark.parametrize(
    ("given", "size"),
    [(20480, 20480.0), ("20480", 20480.0), ("20_480", 20480.0), (20480.5, 20480.5)],
)
def test_sizes_are_numbers_or_texts_of_numbers(given: object, size: float) -> None:
    assert bound(DiskProperties, {"size": given}).size == size


@pytest.mark.parametrize("given", ["big", True, None, []])
def test_other_sizes_are_refused_or_absent(given: object) -> None:
    if given is None:
        assert bound(DiskProperties, {"size": given}).size is None
        return
    with pytest.raises(Problems):
        bound(DiskProperties, {"size": given})


@pytest.mark.parametrize("given", [True, "true", "True", "TRUE"])
def test_encrypted_may_be_a_text(given: object) -> None:
    assert bound(DiskProperties, {"encrypted": given}).encrypted is True


def test_categories_are_those_of_the_api(cloud: DiskCloud) -> None:
    for category in ("cloud", "cloud_essd_entry", "cloud_regional_disk_auto"):
        assert bound(DiskProperties, {"category": category}).category == category
    with pytest.raises(CallFailed, match="wanted one of cloud, cloud_efficiency"):
        cloud.cpi().call("create_disk", 1024, {"category": "cloud_fast"}, None)


def test_tags_may_have_values_of_any_type() -> None:
    assert bound(DiskProperties, {"tags": {"a": 1, "b": None, "c": [True]}}).tags == {
        "a": 1,
        "b": None,
        "c": [True],
    }


def test_a_stemcells_manifest_binds_with_versions_of_both_kinds() -> None:
    manifest = {
        "name": "bosh-alicloud-kvm-ubuntu-noble",
        "version": 1.5,
        "disk": "3_072",
        "image_id": {"cn-beijing": "m-1"},
        "architecture": "x86_64",
    }
    assert bound(StemcellProperties, manifest).disk == 3072
    assert bound(StemcellProperties, {"version": "621.74"}).version == "621.74"


def test_a_wait_below_zero_is_refused() -> None:
    assert Waits().problems() == []
    waits = Waits(visibility_s=Number(-1), disk_s=Number(0), connect_s=Number(0))
    assert waits.problems() == [
        "waits.visibility_s is -1, wanted a number of seconds above 0",
        "waits.connect_s is 0, wanted a number of seconds above 0",
    ]
