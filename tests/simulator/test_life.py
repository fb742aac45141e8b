"""A whole life by the official SDK over RPC, and again by the newer SDKs over ACS3 with TLS."""

from __future__ import annotations

import importlib
import json
import re

import oss2
import pytest
from alibabacloud_tea_openapi.utils_models import Config
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from darabonba.runtime import RuntimeOptions
from Tea.exceptions import TeaException

REGION, ZONE = "cn-hangzhou", "cn-hangzhou-b"
PRODUCTS = {
    "Ecs": ("2014-05-26", "alibabacloud_ecs20140526"),
    "Vpc": ("2016-04-28", "alibabacloud_vpc20160428"),
    "Slb": ("2014-05-15", "alibabacloud_slb20140515"),
    "Nlb": ("2022-04-30", "alibabacloud_nlb20220430"),
}
TAG = [{"Key": "owner", "Value": "life"}]


def flat(name, value):
    """A parameter as the RPC protocol writes it."""
    if isinstance(value, list):
        for at, item in enumerate(value, 1):
            yield from flat(f"{name}.{at}", item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from flat(f"{name}.{key}", item)
    else:
        yield name, str(value)


class OldSdk:
    """The official SDK: RPC signature 1.0 over HTTP."""

    gone = ServerException

    def __init__(self, alicloud):
        account = alicloud.account
        self._client = AcsClient(account.id, account.secret, REGION)
        self._host = alicloud.host

    def ask(self, product, action, **parameters):
        request = CommonRequest(self._host, PRODUCTS[product][0], action)
        request.set_method("POST")
        request.add_query_param("RegionId", REGION)
        for name, value in parameters.items():
            for written, text in flat(name, value):
                request.add_query_param(written, text)
        return json.loads(self._client.do_action_with_exception(request))


class NewSdks:
    """The newer packages, one a product: ACS3-HMAC-SHA256 over TLS."""

    gone = TeaException

    def __init__(self, alicloud):
        account = alicloud.account
        self._config = Config(
            access_key_id=account.id,
            access_key_secret=account.secret,
            region_id=REGION,
            endpoint=alicloud.https_host,
            protocol="HTTPS",
        )
        self._runtime = RuntimeOptions(ca=alicloud.ca_file)

    def ask(self, product, action, **parameters):
        package = PRODUCTS[product][1]
        client = importlib.import_module(f"{package}.client").Client(self._config)
        models = importlib.import_module(f"{package}.models")
        request = getattr(models, f"{action}Request")().from_map({"RegionId": REGION, **parameters})
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower().replace("v_switch", "vswitch")
        call = getattr(client, f"{name}_with_options")
        return call(request, self._runtime).body.to_map()


@pytest.fixture(params=[OldSdk, NewSdks])
def sdk(request, alicloud):
    alicloud.reset(profile="typical")
    return request.param(alicloud)


def until(alicloud, look):
    """Look until there is something, on the world's clock."""
    for _ in range(400):
        if found := look():
            return found
        alicloud.clock.sleep(3)
    raise AssertionError("it never came")


def one(sdk, action, wrapper, item, **parameters):
    rows = sdk.ask("Ecs", action, **parameters)[wrapper][item]
    return rows[0] if rows else {}


def in_state(alicloud, sdk, state, *asked, **parameters):
    return until(alicloud, lambda: one(sdk, *asked, **parameters).get("Status") == state)


def network(alicloud, sdk):
    vpc = sdk.ask("Vpc", "CreateVpc", CidrBlock="10.0.0.0/8")["VpcId"]
    until(
        alicloud,
        lambda: (
            sdk.ask("Vpc", "DescribeVpcs", VpcId=vpc)["Vpcs"]["Vpc"][0]["Status"] == "Available"
        ),
    )
    vswitch = sdk.ask("Vpc", "CreateVSwitch", VpcId=vpc, ZoneId=ZONE, CidrBlock="10.0.0.0/24")
    group = sdk.ask("Ecs", "CreateSecurityGroup", VpcId=vpc)["SecurityGroupId"]
    alicloud.clock.sleep(10)
    return vpc, vswitch["VSwitchId"], group


def imported(alicloud, sdk):
    account = alicloud.account
    auth = oss2.Auth(account.id, account.secret)
    bucket = oss2.Bucket(auth, f"http://{alicloud.host}", "life-images", is_path_style=True)
    bucket.create_bucket()
    bucket.put_object("root.img", b"image" * 1000)
    mapping = [{"OSSBucket": "life-images", "OSSObject": "root.img", "DiskImageSize": 30}]
    image = sdk.ask("Ecs", "ImportImage", ImageName="life", DiskDeviceMapping=mapping)["ImageId"]
    asked = ("DescribeImages", "Images", "Image")
    in_state(alicloud, sdk, "Available", *asked, ImageId=image)
    bucket.delete_object("root.img")
    bucket.delete_bucket()
    return image


def launched(alicloud, sdk, image, vswitch, group):
    ids = sdk.ask(
        "Ecs",
        "RunInstances",
        ImageId=image,
        InstanceType="ecs.g6.large",
        VSwitchId=vswitch,
        SecurityGroupId=group,
        PrivateIpAddress="10.0.0.10",
        Tag=TAG,
    )["InstanceIdSets"]["InstanceIdSet"]
    listed = {"InstanceIds": json.dumps(ids)}
    in_state(alicloud, sdk, "Running", "DescribeInstances", "Instances", "Instance", **listed)
    return ids[0], listed


def disk_life(alicloud, sdk, vm):
    made = sdk.ask("Ecs", "CreateDisk", ZoneId=ZONE, Size=40, DiskCategory="cloud_essd", Tag=TAG)
    disk = made["DiskId"]
    asked = {"action": "DescribeDisks", "wrapper": "Disks", "item": "Disk"}
    listed = {**asked, "DiskIds": json.dumps([disk])}
    in_state(alicloud, sdk, "Available", **listed)
    sdk.ask("Ecs", "AttachDisk", InstanceId=vm, DiskId=disk)
    in_state(alicloud, sdk, "In_use", **listed)
    snapshot = sdk.ask("Ecs", "CreateSnapshot", DiskId=disk)["SnapshotId"]
    shown = {"action": "DescribeSnapshots", "wrapper": "Snapshots", "item": "Snapshot"}
    in_state(alicloud, sdk, "accomplished", **shown, SnapshotIds=json.dumps([snapshot]))
    sdk.ask("Ecs", "TagResources", ResourceType="disk", ResourceId=[disk], Tag=TAG)
    sdk.ask("Ecs", "DetachDisk", InstanceId=vm, DiskId=disk)
    in_state(alicloud, sdk, "Available", **listed)
    sdk.ask("Ecs", "DeleteSnapshot", SnapshotId=snapshot)
    sdk.ask("Ecs", "DeleteDisk", DiskId=disk)
    until(alicloud, lambda: not one(sdk, **listed))


def bound(alicloud, sdk, vm, vpc):
    """An elastic address and two load balancers: bound, and taken off again."""
    address = sdk.ask("Vpc", "AllocateEipAddress")["AllocationId"]
    sdk.ask("Vpc", "AssociateEipAddress", AllocationId=address, InstanceId=vm)
    alicloud.clock.sleep(60)
    sdk.ask("Vpc", "UnassociateEipAddress", AllocationId=address, InstanceId=vm)
    alicloud.clock.sleep(60)
    sdk.ask("Vpc", "ReleaseEipAddress", AllocationId=address)
    balancer = sdk.ask("Slb", "CreateLoadBalancer")["LoadBalancerId"]
    servers = json.dumps([{"ServerId": vm, "Weight": "100"}])
    sdk.ask("Slb", "AddBackendServers", LoadBalancerId=balancer, BackendServers=servers)
    alicloud.clock.sleep(60)
    sdk.ask("Slb", "RemoveBackendServers", LoadBalancerId=balancer, BackendServers=servers)
    alicloud.clock.sleep(60)
    sdk.ask("Slb", "DeleteLoadBalancer", LoadBalancerId=balancer)
    group = sdk.ask("Nlb", "CreateServerGroup", ServerGroupName="life", VpcId=vpc, Protocol="TCP")[
        "ServerGroupId"
    ]
    alicloud.clock.sleep(60)
    server = {"ServerId": vm, "ServerType": "Ecs", "Port": 80, "Weight": 100}
    sdk.ask("Nlb", "AddServersToServerGroup", ServerGroupId=group, Servers=[server])
    alicloud.clock.sleep(60)
    sdk.ask("Nlb", "RemoveServersFromServerGroup", ServerGroupId=group, Servers=[server])
    alicloud.clock.sleep(60)
    sdk.ask("Nlb", "DeleteServerGroup", ServerGroupId=group)


def test_a_whole_life_leaves_nothing(alicloud, sdk):
    before = {row["id"] for row in alicloud.control.inventory()}
    vpc, vswitch, group = network(alicloud, sdk)
    image = imported(alicloud, sdk)
    vm, listed = launched(alicloud, sdk, image, vswitch, group)
    disk_life(alicloud, sdk, vm)
    bound(alicloud, sdk, vm, vpc)
    sdk.ask("Ecs", "DeleteInstance", InstanceId=vm, Force="true")
    until(alicloud, lambda: not one(sdk, "DescribeInstances", "Instances", "Instance", **listed))
    snapshots = [
        pair.get("SnapshotId")
        for pair in one(sdk, "DescribeImages", "Images", "Image", ImageId=image)[
            "DiskDeviceMappings"
        ]["DiskDeviceMapping"]
    ]
    sdk.ask("Ecs", "DeleteImage", ImageId=image, Force="true")
    alicloud.clock.sleep(120)
    for snapshot in filter(None, snapshots):
        sdk.ask("Ecs", "DeleteSnapshot", SnapshotId=snapshot)
    sdk.ask("Ecs", "DeleteSecurityGroup", SecurityGroupId=group)
    sdk.ask("Vpc", "DeleteVSwitch", VSwitchId=vswitch)
    alicloud.clock.sleep(30)
    sdk.ask("Vpc", "DeleteVpc", VpcId=vpc)
    alicloud.clock.sleep(300)
    left = [row for row in alicloud.control.inventory() if row["id"] not in before]
    assert left == []
    with pytest.raises(sdk.gone, match=r"InvalidInstanceId\.NotFound"):
        sdk.ask("Ecs", "StartInstance", InstanceId=vm)
