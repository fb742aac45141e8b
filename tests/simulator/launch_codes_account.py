"""What is refused for stock, quotas, standing and amounts: a table."""

from __future__ import annotations

from tests.simulator.instances_kit import GROUP, ROW, VSWITCH, ZONE
from tests.simulator.launch_codes_place import FAR

# The code; the resources that the world has besides; its other sections; the change of the request.
BOTH: list[ROW] = [
    # tags, quotas
    ("InvalidTagKey.Malformed", [], {}, {"Tag": [{"Key": "aliyun", "Value": "x"}]}),
    ("InvalidTagValue.Malformed", [], {}, {"Tag": [{"Key": "a", "Value": "http://x"}]}),
    ("Duplicate.TagKey", [], {}, {"Tag": [{"Key": "a"}, {"Key": "a"}]}),
    ("QuotaExceed.AfterpayInstance", [], {"quotas": {"ecs.instances": 0}}, {}),
    ("QuotaExceed.ElasticQuota", [], {"quotas": {"ecs.vcpus": 1}}, {}),
    ("QuotaExceed.PostPaidDisk", [], {"quotas": {"ecs.disks": 0}}, {}),
]
BOTH += [
    ("QuotaExceed.Tags", [], {"quotas": {"tags_per_resource": 0}}, {"Tag": [{"Key": "a"}]}),
]
STANDINGS = {
    "arrears": "Account.Arrearage",
    "balance": "InvalidAccountStatus.NotEnoughBalance",
    "insufficient": "InsufficientBalance",
    "no_real_name": "RealNameAuthenticationError",
    "verification": "SecurityRisk.3DVerification",
    "no_payment": "PaymentMethodNotFound",
    "bad_payment": "InvalidPayMethod",
    "not_listed": "UserNotInTheWhiteList",
    "forbidden": "Forbbiden",
}
RUN_STANDINGS = {
    "risk": "Forbidden.RiskControl",
    "unpaid": "InvalidInstance.UnPaidOrder",
    "controlled": "OperationDenied.ResourceControl",
}
BOTH += [(code, [], {"standing": {"*": [word]}}, {}) for word, code in STANDINGS.items()]
STOCK = {
    "sold_out": "OperationDenied.NoStock",
    "off_sale": "Zone.NotOnSale",
    "not_sold": "InvalidResourceType.NotSupported",
    "not_in_zone": "InvalidInstanceType.ZoneNotSupported",
    "offline": "InstanceType.Offline",
    "unavailable": "ResourceNotAvailable",
    "zone_closed": "Zone.NotOpen",
    "node_down": "NodeControllerUnavailable",
    "region_closed": "RegionUnauthorized",
    "unauthorized": "InvalidInstanceType.ValueUnauthorized",
}
BOTH += [
    (code, [], {"stock": [{"zone": ZONE, "type": "ecs.g6.*", "state": word}]}, {})
    for word, code in STOCK.items()
]
RUN_ONLY: list[ROW] = [
    ("InvalidTag.Mismatch", [], {}, {"Tag": [{"Value": "x"}]}),
    (
        "InvalidPeriodType.ValueNotSupported",
        [],
        {},
        {"InstanceChargeType": "PrePaid", "Period": 1, "PeriodUnit": "Day"},
    ),
    ("InvalidLaunchTemplate.NotFound", [], {}, {"LaunchTemplateId": "lt-none"}),
    (
        "InvalidLaunchTemplateVersion.NotFound",
        [{"kind": "launchtemplate", "id": "lt-1", "versions": [{}]}],
        {},
        {"LaunchTemplateId": "lt-1", "LaunchTemplateVersion": 2},
    ),
    ("InvalidParam.Amount", [], {}, {"Amount": 101}),
    ("InvalidMaxAmount.Malformed", [], {}, {"Amount": "many"}),
    ("InvalidMinAmount.Malformed", [], {}, {"Amount": 2, "MinAmount": 3}),
    (
        "InvalidParams.InstanceNameExceed",
        [],
        {},
        {"InstanceName": "x" * 127, "UniqueSuffix": True},
    ),
    ("InvalidParams.HostnameExceed", [], {}, {"HostName": "x" * 63, "UniqueSuffix": True}),
    ("InvalidAutoReleaseTime.Malformed", [], {}, {"AutoReleaseTime": "soon"}),
    ("InvalidAutoReleaseTime.Malformed", [], {}, {"AutoReleaseTime": "2020-01-01T00:00:00Z"}),
    ("InvalidTagCount", [], {}, {"Tag": [{"Key": f"k{n}"} for n in range(21)]}),
    ("InvalidInternetMaxBandwidthOut.Malformed", [], {}, {"InternetMaxBandwidthOut": 101}),
    ("InvalidInternetMaxBandwidthIn.Malformed", [], {}, {"InternetMaxBandwidthIn": -1}),
    (
        "InvalidParameter.Conflict",
        [],
        {},
        {"SecurityGroupIds": [GROUP]},
    ),
    (
        "JoinedGroupLimitExceed",
        [],
        {},
        {"SecurityGroupId": None, "SecurityGroupIds": [f"sg-{n}" for n in range(6)]},
    ),
    (
        "InvalidParam.NetworkInterface",
        [],
        {},
        {"NetworkInterface": [{"NetworkInterfaceId": "eni-none"}]},
    ),
    (
        "InvalidInstanceType.ElasticNetworkInterfaceNotSupported",
        [],
        {},
        {"NetworkInterface": [{"VSwitchId": VSWITCH}] * 2},
    ),
    (
        "InvalidIp.Address",
        [],
        {},
        {
            "NetworkInterface": [
                {"InstanceType": "Primary", "VSwitchId": VSWITCH, "PrimaryIpAddress": "10.9.0.1"}
            ]
        },
    ),
    (
        "InvalidIp.IpRepeated",
        [],
        {},
        {
            "PrivateIpAddress": "10.0.0.7",
            "NetworkInterface": [{"VSwitchId": VSWITCH, "PrimaryIpAddress": "10.0.0.7"}],
        },
    ),
    (
        "InvalidOperation.Ipv4CountExceeded",
        [],
        {},
        {"NetworkInterface": [{"InstanceType": "Primary", "SecondaryPrivateIpAddressCount": 9}]},
    ),
    ("InvalidOperation.Ipv6CountExceeded", [], {}, {"Ipv6AddressCount": 2}),
    (
        "InvalidOperation.Ipv6NotSupport",
        [],
        {},
        {"Ipv6AddressCount": 1, "InstanceType": "ecs.mn4.small"},
    ),
    (
        "InvalidVSwitch.Ipv6NotTurnOn",
        [FAR],
        {},
        {"Ipv6AddressCount": 1, "VSwitchId": "vsw-bp1far"},
    ),
    (
        "InvalidOperation.MaxEniQueueNumberExceeded",
        [],
        {},
        {"NetworkInterfaceQueueNumber": 99},
    ),
    ("InvalidParameter.InvalidEniQueueNumber", [], {}, {"NetworkInterfaceQueueNumber": 0}),
    ("OperationDenied.ZoneNotAllowed", [], {"stock": [{"state": "zone_denied"}]}, {}),
    *[(code, [], {"standing": {"*": [word]}}, {}) for word, code in RUN_STANDINGS.items()],
]
CREATE_ONLY: list[ROW] = [
    (
        "InvalidPeriodUnit.ValueNotSupported",
        [],
        {},
        {"InstanceChargeType": "PrePaid", "Period": 1, "PeriodUnit": "Day"},
    ),
    ("InvalidInnerIpAddress.Malformed", [], {}, {"InnerIpAddress": "x"}),
    ("InvalidInnerIpAddress.Unusable", [], {}, {"InnerIpAddress": "10.0.0.1"}),
    ("InvalidNodeControllerId.Malformed", [], {}, {"NodeControllerId": "x"}),
    ("InvalidClusterId.NotFound", [], {}, {"ClusterId": "x"}),
    (
        "DeploymentSet.NoRoom",
        [{"kind": "deployment_set", "id": "ds-bp1test", "has_room": False}],
        {},
        {"DeploymentSetId": "ds-bp1test"},
    ),
]
