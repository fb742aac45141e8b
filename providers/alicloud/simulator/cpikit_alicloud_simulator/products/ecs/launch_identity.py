"""Check how new instances are called and what their agents get."""

from __future__ import annotations

import base64
import binascii
import re

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.products.ecs.families import InstanceType
from cpikit_alicloud_simulator.products.ecs.key_pairs import NOT_FOUND as KEY_PAIR_NOT_FOUND
from cpikit_alicloud_simulator.products.ecs.key_pairs import key_pair_named
from cpikit_alicloud_simulator.products.ecs.kinds import Image
from cpikit_alicloud_simulator.products.ecs.launch_plan import Identity
from cpikit_alicloud_simulator.products.ecs.surroundings import demand_word
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.roles import role_named

USER_DATA_KIB = Knob(
    "ecs.user_data_limit_kib",
    32,
    (32, 16),
    "How much user data may be, in KiB before it is encoded.",
    "RunInstances says 32 KB since 2023; the documents of 2021 said 16 KB",
)
USER_DATA_PLAIN = Knob(
    "ecs.user_data_not_base64",
    "refuse",
    ("refuse", "take"),
    "What user data does that is no base64: InvalidParameter, or it is taken as it is.",
    "unverified: documents only say that it has to be base64",
)

BAD_NAME = Refusal(
    400, "InvalidInstanceName.Malformed", 'The specified parameter "InstanceName" is not valid.'
)
BAD_HOST_NAME = Refusal(
    400, "InvalidHostName.Malformed", 'The specified parameter "HostName" is not valid.'
)
BAD_DESCRIPTION = Refusal(
    400, "InvalidDescription.Malformed", "The specified parameter Description is not valid."
)
BAD_PASSWORD = Refusal(
    400, "InvalidPassword.Malformed", 'The specified parameter "Password" is not valid.'
)
PASSWORD_TWICE = Refusal(
    400,
    "InvalidPasswordParam.Mismatch",
    "The input password should be null when passwdInherit is true.",
)
KEY_ON_WINDOWS = Refusal(
    403, "DependencyViolation.WindowsInstance", "The instance is Windows; it takes no key pair."
)
NO_ROLE = Refusal(404, "InvalidRamRole.NotFound", "The specified RamRoleName does not exist.")
NO_ECS_ROLE = Refusal(
    401, "InvalidRamRole.NotEcsRole", "The specified RAM role is not authorized for ECS."
)
NO_CLOUD_INIT = Refusal(
    400, "ImageNotSupportCloudInit", "The specified image does not support cloud-init."
)
NO_USER_DATA = Refusal(
    400, "InvalidUserData.NotSupported", "The specified parameter UserData is not supported."
)
USER_DATA_TOO_LONG = Refusal(
    400, "InvalidUserData.SizeExceeded", "The specified parameter UserData exceeds the size."
)
BAD_ENDPOINT = Refusal(
    400, "InvalidHttpEndpoint.NotSupported", "The specified HttpEndpoint is not supported."
)
BAD_TOKENS = Refusal(
    400, "InvalidHttpTokens.NotSupported", "The specified HttpTokens is not supported."
)
BAD_HOPS = Refusal(
    400,
    "InvalidHttpPutResponseHopLimit.NotSupported",
    "The specified HttpPutResponseHopLimit is not supported.",
)
NAME_EXCEEDS = Refusal(
    403, "InvalidParams.InstanceNameExceed", "The InstanceName with its number is too long."
)
HOST_NAME_EXCEEDS = Refusal(
    403, "InvalidParams.HostnameExceed", "The HostName with its number is too long."
)

# ECS 2014-05-26, RunInstances: InstanceName, HostName, Password, Description.
NAME = re.compile(r"(?!https?://)[^\W\d_][\w.:/,\[\]\- ]{1,127}")
_HOST_NAME = re.compile(r"(?!-)(?!.*[.-]{2})[A-Za-z0-9][A-Za-z0-9.-]{0,62}[A-Za-z0-9]")
_WINDOWS_HOST_NAME = re.compile(r"(?![0-9]+$)(?!-)(?!.*--)[A-Za-z0-9-]{2,15}(?<!-)")
DESCRIPTION = re.compile(r"(?!https?://).{2,256}", re.DOTALL)
_LONGEST_NAME = 128
_SUFFIX = 3
_PASSWORD = re.compile(r"[A-Za-z0-9()`~!@#$%^&*_\-+=|{}\[\]:;'<>,.?/]{8,30}")
_CLASSES = tuple(re.compile(each) for each in ("[a-z]", "[A-Z]", "[0-9]", "[^A-Za-z0-9]"))
_ENOUGH_CLASSES = 3


def checked_identity(call: Call, image: Image, type_: InstanceType) -> Identity:
    """Give names, keys, role, user data and metadata options, or raise what is wrong."""
    name = call.matching("InstanceName", NAME, otherwise=BAD_NAME)
    host_name = checked_host_name(call, image.os_type)
    has_suffix = bool(call.boolean("UniqueSuffix"))
    if has_suffix and len(name) + _SUFFIX > _LONGEST_NAME:
        raise NAME_EXCEEDS.error()
    if has_suffix and len(host_name) + _SUFFIX > (15 if image.os_type == "windows" else 64):
        raise HOST_NAME_EXCEEDS.error()
    password = checked_password(call)
    if password and call.boolean("PasswordInherit"):
        raise PASSWORD_TWICE.error()
    return Identity(
        name=name,
        host_name=host_name,
        has_suffix=has_suffix,
        description=call.matching("Description", DESCRIPTION, otherwise=BAD_DESCRIPTION),
        key_pair_name=_key_pair_name(call, image),
        ram_role=_ram_role(call),
        agent_data=checked_user_data(call, image, type_),
        has_password=bool(password) or bool(call.boolean("PasswordInherit")),
        http_endpoint=checked_endpoint(call),
        http_tokens=checked_tokens(call),
        http_hops=call.integer("HttpPutResponseHopLimit", 1, low=1, high=64, otherwise=BAD_HOPS),
    )


def checked_endpoint(call: Call, default: str = "enabled") -> str:
    """Give HttpEndpoint."""
    return call.choice("HttpEndpoint", ("enabled", "disabled"), default, otherwise=BAD_ENDPOINT)


def checked_tokens(call: Call, default: str = "optional") -> str:
    """Give HttpTokens."""
    return call.choice("HttpTokens", ("optional", "required"), default, otherwise=BAD_TOKENS)


def checked_host_name(call: Call, os_type: str) -> str:
    """Give HostName; Windows has shorter ones."""
    pattern = _WINDOWS_HOST_NAME if os_type == "windows" else _HOST_NAME
    return call.matching("HostName", pattern, otherwise=BAD_HOST_NAME)


def checked_password(call: Call, otherwise: Refusal = BAD_PASSWORD) -> str:
    """Give Password: 8 to 30 characters of three classes, no slash in front."""
    password = call.matching("Password", _PASSWORD, otherwise=otherwise)
    classes = sum(bool(each.search(password)) for each in _CLASSES)
    if password and (classes < _ENOUGH_CLASSES or password.startswith("/")):
        raise otherwise.error()
    return password


def checked_user_data(call: Call, image: Image | None, type_: InstanceType) -> bytes:
    """Give UserData, decoded."""
    given = call.text("UserData")
    if not given:
        return b""
    demand_word(call, "no_user_data")
    if not type_.family.io_optimized:
        raise NO_USER_DATA.error()
    if image is not None and not image.supports_cloudinit:
        raise NO_CLOUD_INIT.error()
    try:
        raw = base64.b64decode("".join(given.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        if call.knob(USER_DATA_PLAIN) == "refuse":
            raise call.refused("UserData") from error
        raw = given.encode()
    if len(raw) > call.knob(USER_DATA_KIB) * 1024:
        raise USER_DATA_TOO_LONG.error()
    return raw


def _key_pair_name(call: Call, image: Image) -> str:
    name = call.text("KeyPairName")
    if not name:
        return ""
    if key_pair_named(call.world, call.account_id, call.region_id, name) is None:
        raise KEY_PAIR_NOT_FOUND.error()
    if image.os_type == "windows":
        raise KEY_ON_WINDOWS.error()
    return name


def _ram_role(call: Call) -> str:
    name = call.text("RamRoleName")
    if not name:
        return ""
    demand_word(call, "no_pass_role")
    role = role_named(call.world, call.account_id, name)
    if role is None:
        raise NO_ROLE.error()
    if "ecs.aliyuncs.com" not in role.trusts:
        raise NO_ECS_ROLE.error()
    return role.name
