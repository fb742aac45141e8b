"""What calls on instances may name and no action here makes: a world file declares it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from attrs import define, field

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.resource import Resource, resource
from cpikit_alicloud_simulator.suggest import did_you_mean
from cpikit_alicloud_simulator.world import World


@resource
class ResourceGroup(Resource):
    """A resource group. A world without any takes every group's id for an existing one."""

    kind: ClassVar[str] = "resource_group"
    prefix: ClassVar[str] = "rg"
    in_inventory: ClassVar[bool] = False


@resource
class DeploymentSet(Resource):
    """A deployment set and how many instances it takes in one zone."""

    kind: ClassVar[str] = "deployment_set"
    prefix: ClassVar[str] = "ds"
    in_inventory: ClassVar[bool] = False

    capacity: int = 20
    groups: int = 1
    has_room: bool = True
    """Whether the zone has another server for it."""


@resource
class DedicatedHost(Resource):
    """A dedicated host: Available; anything else takes no new instances."""

    kind: ClassVar[str] = "ddh"
    prefix: ClassVar[str] = "dh"
    in_inventory: ClassVar[bool] = False

    zone_id: str = ""
    family: str = "ecs.g6"
    cpus: int = 64
    charge_type: str = "PrePaid"
    expires_s: float | None = None


@resource
class CapacityReservation(Resource):
    """A private pool of instances: capacity that is reserved."""

    kind: ClassVar[str] = "capacity_reservation"
    prefix: ClassVar[str] = "crp"
    in_inventory: ClassVar[bool] = False

    zone_id: str = ""
    type_id: str = ""
    is_open: bool = True
    left: int = 1


@resource
class HpcCluster(Resource):
    """A cluster for high-performance computing: Available or Creating."""

    kind: ClassVar[str] = "hpc_cluster"
    prefix: ClassVar[str] = "hpc"
    in_inventory: ClassVar[bool] = False


@resource
class KmsKey(Resource):
    """A key of the key management service: Enabled or Disabled."""

    kind: ClassVar[str] = "kms_key"
    prefix: ClassVar[str] = "key"
    in_inventory: ClassVar[bool] = False

    state: str = "Enabled"
    is_authorized: bool = True
    """Whether ECS may use it."""


@resource
class LaunchTemplate(Resource):
    """A launch template: parameters that stand in for those a call leaves out."""

    kind: ClassVar[str] = "launchtemplate"
    prefix: ClassVar[str] = "lt"
    in_inventory: ClassVar[bool] = False

    default_version: int = 1
    versions: tuple[Mapping[str, str], ...] = ()


# Which standing of an account refuses which creates; RunInstances, error table.
STANDINGS: Mapping[str, Refusal] = {
    "arrears": Refusal(400, "Account.Arrearage", "Your account has an outstanding payment."),
    "balance": Refusal(
        403, "InvalidAccountStatus.NotEnoughBalance", "Your account does not have enough balance."
    ),
    "insufficient": Refusal(403, "InsufficientBalance", "Your account is insufficient."),
    "no_real_name": Refusal(
        403,
        "RealNameAuthenticationError",
        "Your account has not passed the real-name verification.",
    ),
    "risk": Refusal(
        403, "Forbidden.RiskControl", "This operation is forbidden by the risk control system."
    ),
    "verification": Refusal(
        403, "SecurityRisk.3DVerification", "The account needs 3D verification."
    ),
    "no_payment": Refusal(404, "PaymentMethodNotFound", "No billing method has been registered."),
    "bad_payment": Refusal(403, "InvalidPayMethod", "The specified pay method is not valid."),
    "not_listed": Refusal(403, "UserNotInTheWhiteList", "The user is not in the white list."),
    "forbidden": Refusal(403, "Forbbiden", "User not authorized to operate on the resource."),
    "unpaid": Refusal(403, "InvalidInstance.UnPaidOrder", "The account has an unpaid order."),
    "controlled": Refusal(
        403, "OperationDenied.ResourceControl", "The resource control policy denies it."
    ),
    "image_quota": Refusal(
        403, "QuotaExceed.BuyImage", "The account has as many instances of the image as it may."
    ),
    "no_payment_policy": Refusal(
        400, "OperationDenied.IllegalPaymentPolicy", "The payment policy is not allowed."
    ),
    "no_system_disks": Refusal(
        403,
        "InvalidSystemDiskCategory.ValueUnauthorized",
        "The account may not use this category of system disks.",
    ),
    "no_instances": Refusal(403, "Forbidden", "User not authorized to make instances."),
    "no_spot": Refusal(400, "InvalidSpotAuthorized", "The specified Spot param is unauthorized."),
    "no_spot_user": Refusal(400, "InvalidSpotAliUid", "The specified UID is not for spot."),
    "no_pass_role": Refusal(
        403, "InvalidUser.PassRoleForbidden", "The RAM user may not pass this role."
    ),
    "no_kms": Refusal(
        400, "InvalidParameter.Encrypted.KmsNotEnabled", "The encrypted disk needs KMS enabled."
    ),
    "no_subscriptions": Refusal(
        400, "InvalidInstanceChargeType.NotSupport", "The charge type is not supported."
    ),
    "no_user_data": Refusal(
        403, "InvalidUserData.Forbidden", "User not authorized to input the user data."
    ),
}
_ONLY_FOR = frozenset(
    "no_spot no_spot_user no_pass_role no_kms no_user_data no_subscriptions image_quota "
    "no_payment_policy no_system_disks no_instances".split()
)


@define(eq=False)
class Standing:
    """How accounts stand with the provider; `standing` of a world file: account id -> words."""

    section: ClassVar[str] = "standing"

    world: World
    _words: dict[str, tuple[str, ...]] = field(factory=dict, init=False)

    def declare(self, given: Mapping[str, Sequence[str]]) -> None:
        """Take what a world file says; `*` is every account. Raises ValueError."""
        for account_id, words in given.items():
            for word in words:
                if word not in STANDINGS:
                    raise ValueError(f"standing: unknown {word!r}{did_you_mean(word, STANDINGS)}")
            self._words[account_id] = tuple(words)

    def has(self, account_id: str, word: str) -> bool:
        """Say whether an account stands so."""
        return word in (*self._words.get(account_id, ()), *self._words.get("*", ()))

    def demand_good(self, account_id: str) -> None:
        """Raise what keeps an account from making anything."""
        for word, refusal in STANDINGS.items():
            if word not in _ONLY_FOR and self.has(account_id, word):
                raise refusal.error()


def demand_standing(call: Call) -> None:
    """Raise when the caller's account may make nothing."""
    call.world.part(Standing).demand_good(call.account_id)


def demand_word(call: Call, word: str) -> None:
    """Raise when the caller's account lacks one ability."""
    if call.world.part(Standing).has(call.account_id, word):
        raise STANDINGS[word].error()


GROUP_NOT_FOUND = Refusal(
    404, "InvalidResourceGroup.NotFound", "The ResourceGroup provided does not exist."
)


def checked_resource_group(call: Call) -> str:
    """Give `ResourceGroupId`; only a world that has groups knows which do not exist."""
    given = call.text("ResourceGroupId")
    groups = call.world.table(ResourceGroup)
    if given and len(groups) and groups.get(given) is None:
        raise GROUP_NOT_FOUND.error()
    return given


KMS_NOT_FOUND = Refusal(
    404, "InvalidParameter.KMSKeyId.NotFound", "The specified KMSKeyId does not exist."
)
KMS_DISABLED = Refusal(
    403, "InvalidParameter.KMSKeyId.CMKNotEnabled", "The CMK needs to be enabled."
)
KMS_UNAUTHORIZED = Refusal(
    403, "InvalidParameter.KMSKeyId.KMSUnauthorized", "ECS may not use this CMK."
)


def checked_kms_key(call: Call, key_id: str) -> str:
    """Give the id of a KMS key that may be used; only a world that has keys knows others."""
    keys = call.world.table(KmsKey)
    if not key_id or not len(keys):
        return key_id
    key = keys.get(key_id)
    if key is None or key.account_id != call.account_id:
        raise KMS_NOT_FOUND.error()
    if key.state != "Enabled":
        raise KMS_DISABLED.error()
    if not key.is_authorized:
        raise KMS_UNAUTHORIZED.error()
    return key_id
