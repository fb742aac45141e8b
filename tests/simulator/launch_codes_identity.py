"""What is refused of how an instance is made, called and paid for: a table."""

from __future__ import annotations

from typing import Any

from tests.simulator.instances_kit import NVME, ROW, base64_of


def image(**fields: Any) -> dict[str, Any]:
    return {"kind": "image", "id": "m-bp1other", **fields}


OTHER_IMAGE = {"ImageId": "m-bp1other"}
SPOT = {"SpotStrategy": "SpotAsPriceGo"}

# The code; the resources that the world has besides; its other sections; the change of the request.
IDENTITY: list[ROW] = [
    ("MissingParameter", [], {}, {"ImageId": None}),
    ("MissingParameter", [], {}, {"InstanceType": None}),
    ("MissingParameter", [], {}, {"SecurityGroupId": None}),
    ("InvalidRegionId.NotFound", [], {}, {"RegionId": "cn-nowhere"}),
    ("InvalidParameter", [], {}, {"DeletionProtection": "maybe"}),
    ("InvalidParameter", [], {}, {"UserData": "no base64!"}),
    ("InvalidClientToken.ValueNotSupported", [], {}, {"ClientToken": "x" * 65}),
    ("DryRunOperation", [], {}, {"DryRun": True}),
    # what it is made of
    ("InvalidImageId.NotFound", [], {}, {"ImageId": "m-none"}),
    ("InvalidImageId.NotFound", [], {}, {"ImageId": None, "ImageFamily": "none"}),
    ("ImageNotSubscribed", [image(owner_alias="marketplace")], {}, OTHER_IMAGE),
    ("IncorrectImageStatus", [image(state="Creating")], {}, OTHER_IMAGE),
    ("OperationDenied.ImageNotValid", [image(state="CreateFailed")], {}, OTHER_IMAGE),
    ("ImageNotSupportInstanceType", [image(architecture="arm64")], {}, OTHER_IMAGE),
    (
        "ImageNotSupportInstanceType",
        [image(nvme_support="unsupported")],
        {},
        {**OTHER_IMAGE, "InstanceType": NVME},
    ),
    ("InvalidInstanceType.ValueNotSupported", [], {}, {"InstanceType": "ecs.none.large"}),
    ("InvalidIoOptimizedValue.ValueNotSupported", [], {}, {"IoOptimized": "perhaps"}),
    (
        "IoOptimized.NotSupported",
        [],
        {},
        {"InstanceType": "ecs.t1.small", "IoOptimized": "optimized"},
    ),
    # names
    ("InvalidInstanceName.Malformed", [], {}, {"InstanceName": "http://x"}),
    ("InvalidHostName.Malformed", [], {}, {"HostName": "-x"}),
    ("InvalidDescription.Malformed", [], {}, {"Description": "x"}),
    ("InvalidPassword.Malformed", [], {}, {"Password": "short"}),
    ("InvalidPassword.Malformed", [], {}, {"Password": "alllowercase1"}),
    (
        "InvalidPasswordParam.Mismatch",
        [],
        {},
        {"Password": "Secret-123", "PasswordInherit": True},
    ),
    ("InvalidKeyPairName.NotFound", [], {}, {"KeyPairName": "none"}),
    (
        "DependencyViolation.WindowsInstance",
        [image(os_type="windows"), {"kind": "keypair", "name": "mine"}],
        {},
        {**OTHER_IMAGE, "KeyPairName": "mine"},
    ),
    ("InvalidRamRole.NotFound", [], {}, {"RamRoleName": "none"}),
    (
        "InvalidRamRole.NotEcsRole",
        [{"kind": "ram_role", "name": "mine", "trusts": ["oss.aliyuncs.com"]}],
        {},
        {"RamRoleName": "mine"},
    ),
    (
        "InvalidUser.PassRoleForbidden",
        [{"kind": "ram_role", "name": "mine"}],
        {"standing": {"*": ["no_pass_role"]}},
        {"RamRoleName": "mine"},
    ),
    (
        "ImageNotSupportCloudInit",
        [image(supports_cloudinit=False)],
        {},
        {**OTHER_IMAGE, "UserData": base64_of(b"x")},
    ),
    (
        "InvalidUserData.NotSupported",
        [],
        {},
        {"InstanceType": "ecs.t1.small", "UserData": base64_of(b"x")},
    ),
    ("InvalidUserData.SizeExceeded", [], {}, {"UserData": base64_of(b"x" * 32769)}),
    (
        "InvalidUserData.Forbidden",
        [],
        {"standing": {"*": ["no_user_data"]}},
        {"UserData": base64_of(b"x")},
    ),
    ("InvalidHttpEndpoint.NotSupported", [], {}, {"HttpEndpoint": "on"}),
    ("InvalidHttpTokens.NotSupported", [], {}, {"HttpTokens": "on"}),
    ("InvalidHttpPutResponseHopLimit.NotSupported", [], {}, {"HttpPutResponseHopLimit": 65}),
    # how it is paid for
    ("InvalidInstanceChargeType.NotFound", [], {}, {"InstanceChargeType": "Free"}),
    (
        "ImageRemovedInMarket",
        [image(owner_alias="marketplace", state="Deprecated")],
        {},
        OTHER_IMAGE,
    ),
    (
        "InvalidInstanceChargeType.NotSupport",
        [],
        {"standing": {"*": ["no_subscriptions"]}},
        {"InstanceChargeType": "PrePaid", "Period": 1},
    ),
    ("InvalidPeriod", [], {}, {"InstanceChargeType": "PrePaid", "Period": 11}),
    (
        "InvalidAutoRenewPeriod.ValueNotSupported",
        [],
        {},
        {"InstanceChargeType": "PrePaid", "Period": 1, "AutoRenew": True, "AutoRenewPeriod": 5},
    ),
    ("InvalidSpotStrategy", [], {}, {"SpotStrategy": "Cheap"}),
    ("InvalidSpotPrepaid", [], {}, {**SPOT, "InstanceChargeType": "PrePaid"}),
    ("InvalidSpotAuthorized", [], {"standing": {"*": ["no_spot"]}}, SPOT),
    ("InvalidSpotAliUid", [], {"standing": {"*": ["no_spot_user"]}}, SPOT),
    ("InvalidSpotPriceLimit", [], {}, {"SpotStrategy": "SpotWithPriceLimit"}),
    (
        "InvalidSpotPriceLimit.LowerThanPublicPrice",
        [],
        {},
        {"SpotStrategy": "SpotWithPriceLimit", "SpotPriceLimit": "0.0001"},
    ),
    ("InvalidSpotDuration", [], {}, {**SPOT, "SpotDuration": 9}),
    ("InvalidSpotInterruptionBehavior", [], {}, {**SPOT, "SpotInterruptionBehavior": "Sleep"}),
    (
        "InvalidSpotInterruptionBehavior.LocalDiskNotSupport",
        [],
        {},
        {**SPOT, "SpotInterruptionBehavior": "Stop", "InstanceType": "ecs.i3.xlarge"},
    ),
    ("InvalidParameter.CreditSpecification", [], {}, {"CreditSpecification": "Standard"}),
]
