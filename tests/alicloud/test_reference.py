"""The reference pages are as the code is, and say of each property what the API knows it as."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest

from cpikit.faults import FaultKind
from cpikit_alicloud import codes
from cpikit_alicloud.config import AlicloudConfig, Waits
from cpikit_alicloud.faults import kind_of
from cpikit_alicloud.properties.disk import DiskProperties
from cpikit_alicloud.properties.network import NetworkProperties
from cpikit_alicloud.properties.stemcell import StemcellProperties
from cpikit_alicloud.properties.subnet import SubnetProperties
from cpikit_alicloud.properties.vm import NlbServerGroup, VmProperties
from cpikit_alicloud_simulator.catalogue import catalogue
from tests.alicloud.test_parameter_names import names_of, numbered

ALICLOUD = Path(__file__).parents[2] / "providers" / "alicloud"
DOCS = Path(__file__).parents[2] / "docs"
CLASSES = (
    VmProperties,
    NlbServerGroup,
    DiskProperties,
    NetworkProperties,
    SubnetProperties,
    StemcellProperties,
    AlicloudConfig,
    Waits,
)
GO_CPI: dict[type[Any], str] = {
    VmProperties: """
        availability_zone instance_type instance_name region stemcell_id charge_type charge_period
        charge_period_unit auto_renew auto_renew_period key_pair_name password security_group_ids
        spot_strategy spot_price_limit ram_role_name slbs slb_weight slb_server_group
        slb_server_group_port slb_server_group_weight nlb_server_groups nlb_server_group_ids
        nlb_server_group_port nlb_server_group_weight tags system_disk ephemeral_disk
        """,
    NlbServerGroup: "server_group_id port weight",
    NetworkProperties: "vswitch_id security_group_ids security_group_id internet_charge_type",
    DiskProperties: "size category performance_level encrypted delete_with_instance tags",
    StemcellProperties: """
        architecture container_format disk disk_format hypervisor name nvme_support os_distro
        os_type source_url oss_bucket oss_object description version image_id
        """,
    AlicloudConfig: """
        region availability_zone credential_source ram_role_name access_key_id access_key_secret
        security_token encrypted kms_key_id ecs_endpoint slb_endpoint nlb_endpoint oss_endpoint
        location_endpoint access_endpoint
        """,
}
"""What the Go CPI takes, by name."""
LACKED = """
    deployment_set_id dedicated_host_id resource_group_id capacity_reservation_id host_name
    http_tokens http_endpoint http_put_response_hop_limit credit_specification spot_duration
    spot_interruption_behavior
    """
"""What it lacks, of a VM."""


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ALICLOUD / "reference/generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["alicloud-properties.md", "alicloud-errors.md"])
def test_a_page_is_as_the_code_is(generate: ModuleType, name: str) -> None:
    told = "run providers/alicloud/reference/generate.py"
    assert (DOCS / name).read_text("utf-8") == generate.pages()[name], told


def test_every_property_has_a_row_with_its_meaning(generate: ModuleType) -> None:
    page = generate.properties_page()
    for cls in CLASSES:
        for field in attrs.fields(cls):
            assert f"\n| `{field.name}` | " in page
            assert len(field.metadata["meaning"]) > 4, field.name


@pytest.mark.parametrize("cls", GO_CPI, ids=lambda cls: cls.__name__)
def test_everything_that_the_go_cpi_takes_keeps_its_name(cls: type[Any]) -> None:
    assert set(GO_CPI[cls].split()) <= {field.name for field in attrs.fields(cls)}


def test_what_the_go_cpi_lacks_is_there() -> None:
    assert set(LACKED.split()) <= {field.name for field in attrs.fields(VmProperties)}
    assert {"provisioned_iops", "bursting_enabled", "kms_key_id"} <= {
        field.name for field in attrs.fields(DiskProperties)
    }


def parameters_of(api: str) -> Iterator[tuple[str, str]]:
    """Action and parameter of each part: `A, B; Action C`."""
    for part in filter(None, api.split(";")):
        named = re.match(r"([A-Z]\w+) (.+)", part.strip())
        action, names = named.groups() if named else ("RunInstances", part)
        for name in names.split(","):
            yield action, name.strip()


def known_of(action: str) -> set[str]:
    """The parameters of an action, by the SDK of ECS and by the simulator's documents."""
    found: set[str] = {"RegionId"}
    for (_, name), served in catalogue().actions.items():
        if name == action:
            found |= {numbered(each) for each in (*served.required, *served.optional)}
    with suppress(ModuleNotFoundError):  # an action of another product
        found |= names_of(action)
    return found


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_parameter_of_the_api_is_one_that_its_action_has(cls: type[Any]) -> None:
    unknown = []
    for field in attrs.fields(cls):
        for action, name in parameters_of(field.metadata["api"]):
            beginning = numbered(name).removesuffix("*")
            known = known_of(action)
            is_group = name.endswith("*") or name in ("BackendServers", "DataDisk.1")
            fits = any(one.startswith(beginning) for one in known) if is_group else False
            if not fits and beginning not in known:
                unknown.append((field.name, action, name))
    assert unknown == []


def test_every_documented_code_is_of_a_kind_that_the_table_says() -> None:
    documented = json.loads((ALICLOUD / "simulator/tables/documented.json").read_text("utf-8"))
    found = [
        (action, code)
        for actions in documented.values()
        for action, listed in actions.items()
        for code in listed
    ]
    assert len(found) > 1200
    unsure = [
        (action, code)
        for action, code in found
        if kind_of(code, action) is FaultKind.UNKNOWN or not _is_named(code)
    ]
    assert unsure == []


def _is_named(code: str) -> bool:
    """By the table or by one of its families; never by the end `.NotFound` or by HTTP's status."""
    families = ((beginning, end) for beginning, end, _ in codes.PATTERNS)
    is_of_family = any(code.startswith(first) and code.endswith(last) for first, last in families)
    return code in codes.KINDS or code in codes.KINDS_OF_MISSING or is_of_family
