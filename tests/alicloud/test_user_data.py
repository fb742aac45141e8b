"""User data of VMs that the Go CPI made: persistent disks kept right, and nothing ever lost."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any

import pytest

from cpikit.api import CallContext
from cpikit.caller import Caller
from cpikit.cloud import Cloud
from cpikit.config import Agent
from cpikit.defaults import CoreHooks
from cpikit.hookspecs import HookRegistry
from cpikit.log import Log
from cpikit.operations import FaultError
from cpikit.redaction import Redactor, Secret
from cpikit.undo import Undo
from cpikit_alicloud import hooks, user_data, vms
from cpikit_alicloud.client import Client
from cpikit_alicloud.config import AlicloudConfig
from cpikit_alicloud.session import Session
from tests.alicloud.small_cloud import SECTION, SmallCloud

GO = {
    "agent_id": "agent-go",
    "env": {"bosh": {"password": "x"}},
    "disks": {"system": "/dev/vda", "ephemeral": "/dev/vdb", "persistent": {"d-1": "/dev/x"}},
}


@pytest.fixture
def cloud() -> SmallCloud:
    return SmallCloud()


@pytest.fixture
def session(cloud: SmallCloud) -> Session:
    registry = HookRegistry()
    registry.register(CoreHooks(), "core")
    registry.register(hooks, "alicloud")
    log, caller = Log(lambda _line: None, Redactor()), Caller()
    context = CallContext(
        director_uuid="director-1",
        request_id="cpi-000001",
        method="attach_disk",
        api_version=3,
        stemcell_api_version=3,
        clock=cloud.clock,
        log=log,
        undo=Undo(),
        caller=caller,
    )
    config = AlicloudConfig(
        region="eu-central-1",
        access_key_id=str(SECTION["access_key_id"]),
        access_key_secret=Secret("secret-of-the-test"),
    )
    wired = Cloud(registry.hooks, cloud.clock, log, caller)
    return Session(Client(config, context, wired, wire=cloud), config, Agent(), context)


def go_made(cloud: SmallCloud, session: Session, settings: object = GO) -> vms.Vm:
    one = cloud.launch()
    one.user_data = b64encode(json.dumps(settings).encode()).decode()
    cloud.clock.sleep(60)
    return vms.needed(session, one.id)


def persistent(cloud: SmallCloud, vm: vms.Vm) -> Any:
    return json.loads(b64decode(cloud.instances[vm.cid].user_data))["disks"]["persistent"]


def test_a_disk_is_added_and_removed(cloud: SmallCloud, session: Session) -> None:
    vm = go_made(cloud, session)
    user_data.keep_persistent_disks(session, vm, add={"d-2": "/dev/y"})
    assert persistent(cloud, vm) == {"d-1": "/dev/x", "d-2": "/dev/y"}
    user_data.keep_persistent_disks(session, vm, remove=["d-1"])
    assert persistent(cloud, vm) == {"d-2": "/dev/y"}


def test_everything_else_stays_as_it_was(cloud: SmallCloud, session: Session) -> None:
    vm = go_made(cloud, session)
    user_data.keep_persistent_disks(session, vm, add={"d-2": "/dev/y"})
    found = cloud.settings(vm.cid)
    found["disks"].pop("persistent")
    assert found == {**GO, "disks": {"system": "/dev/vda", "ephemeral": "/dev/vdb"}}


def test_a_failed_read_changes_nothing(cloud: SmallCloud, session: Session) -> None:
    vm = go_made(cloud, session)
    before = cloud.instances[vm.cid].user_data
    cloud.refuse("DescribeUserData", "Forbidden.RAM")
    with pytest.raises(FaultError):
        user_data.keep_persistent_disks(session, vm, add={"d-2": "/dev/y"})
    assert cloud.instances[vm.cid].user_data == before


def test_an_update_that_another_call_overwrote_is_written_again(
    cloud: SmallCloud, session: Session
) -> None:
    vm = go_made(cloud, session)

    def overwritten() -> None:
        other = json.loads(json.dumps(GO))
        other["disks"]["persistent"] = {"d-1": "/dev/x", "d-3": "/dev/z"}
        cloud.instances[vm.cid].user_data = b64encode(json.dumps(other).encode()).decode()

    cloud.then("DescribeUserData", lambda: None, overwritten)
    user_data.keep_persistent_disks(session, vm, add={"d-2": "/dev/y"})
    assert persistent(cloud, vm) == {"d-1": "/dev/x", "d-2": "/dev/y", "d-3": "/dev/z"}


def test_three_calls_are_enough(cloud: SmallCloud, session: Session) -> None:
    vm = go_made(cloud, session)
    cloud.calls.clear()
    user_data.keep_persistent_disks(session, vm, add={"d-2": "/dev/y"})
    assert len(cloud.calls) == 3


@pytest.mark.parametrize(
    "settings",
    [
        {"registry": {"endpoint": "http://x"}},
        {"agent_id": "a", "disks": []},
        {"agent_id": "a", "disks": {"persistent": ["d-1"]}},
        [],
        "text",
    ],
)
def test_what_is_no_agents_settings_is_never_written_over(
    cloud: SmallCloud, session: Session, settings: object
) -> None:
    vm = go_made(cloud, session, settings)
    before = cloud.instances[vm.cid].user_data
    user_data.keep_persistent_disks(session, vm, add={"d-2": "/dev/y"})
    assert cloud.instances[vm.cid].user_data == before


def test_a_cloud_that_refuses_in_this_state_is_told_of_in_the_log(
    cloud: SmallCloud, session: Session
) -> None:
    vm = go_made(cloud, session)
    cloud.refuses_user_data_unless_stopped = True
    user_data.keep_persistent_disks(session, vm, add={"d-2": "/dev/y"})
    assert persistent(cloud, vm) == {"d-1": "/dev/x"}
