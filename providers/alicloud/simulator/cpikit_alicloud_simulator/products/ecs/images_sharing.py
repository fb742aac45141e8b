"""Share images with other accounts."""

from __future__ import annotations

from collections.abc import Mapping

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.limits import Quota
from cpikit_alicloud_simulator.paging import Paging
from cpikit_alicloud_simulator.products.ecs import images
from cpikit_alicloud_simulator.products.ecs.conditions import refuse, refuse_at
from cpikit_alicloud_simulator.products.ecs.kinds import Image
from cpikit_alicloud_simulator.refusal import MISSING, Refusal
from cpikit_alicloud_simulator.times import to_second

SHARED_IMAGES = Quota("ecs.shared_images", 100, "Images that an account shares.", "assumed")
USERS = Quota("ecs.image_users", 50, "Accounts that one image is shared with.", 'ECS, "Limits"')
AT_ONCE = 10
"""ECS 2014-05-26, ModifyImageSharePermission: what is more is dropped in silence."""
_PAGES = Paging(default=10, maximum=100)  # DescribeImageSharePermission: PageSize

NO_REGION = Refusal(400, "InvalidRegionId.NotFound", "The specified RegionId does not exist.")
BAD_GROUP = Refusal(400, "InvalidGroup.Malformed", "The LaunchPermission is not valid.")
BAD_OWNER = Refusal(403, "InvalidImageId.BidMismatch", "The accounts are of different sites.")
ENCRYPTED = Refusal(
    403, "OperationDeined.EncryptedSnapshot", "An encrypted image cannot be shared."
)
TOO_MANY_IMAGES = Refusal(403, "QuotaExceed.ShareImage", "Only {quota} images can be shared.")
TOO_MANY_USERS = Refusal(
    403, "QuotaExceed.ShareImageUser", "An image is shared with {quota} accounts at most."
)
NO_ACCOUNT = Refusal(404, "InvalidAccount.NotFound", "The specified account does not exist.")
OWN_ACCOUNT = Refusal(404, "InvalidAccount.Forbbiden", "The specified account is your own.")
_IMAGE_WORDS: Mapping[str, Refusal] = {"other_site": BAD_OWNER}
_ACCOUNT_WORDS: Mapping[str, Refusal] = {"unusable": OWN_ACCOUNT}


@action(
    "Ecs",
    "ModifyImageSharePermission",
    effect="write",
    required="ImageId",
    optional="AddAccount.N RemoveAccount.N LaunchPermission IsPublic",
    resource="ImageId",
    dry_run=True,
    unknown_region=NO_REGION,
)
def modify_image_share_permission(call: Call) -> Answer:
    """Let other accounts use an image, or no longer."""
    added = call.texts("AddAccount")[:AT_ONCE]
    removed = call.texts("RemoveAccount")[:AT_ONCE]
    public = call.boolean("IsPublic")
    call.choice("LaunchPermission", ("hidden", "HIDDEN"), otherwise=BAD_GROUP)
    if not added and not removed and public is None and not call.has("LaunchPermission"):
        raise MISSING.error(name="AddAccount")
    image = images.own_image(call, call.text("ImageId"))
    refuse(image, _IMAGE_WORDS)
    if image.state != "Available":
        raise images.BAD_STATUS.error()
    if added and image.encrypted:
        raise ENCRYPTED.error()
    for account_id in added:
        refuse_at(call, account_id, _ACCOUNT_WORDS)
        if account_id == call.account_id:
            raise OWN_ACCOUNT.error()
        if call.world.accounts.account(account_id) is None:
            raise NO_ACCOUNT.error()
    shared = [each for each in dict.fromkeys((*image.shared_with, *added)) if each not in removed]
    call.within(USERS, len(shared), TOO_MANY_USERS)
    own = call.world.table(Image).at_home(call.account_id, call.region_id)
    others = sum(bool(each.shared_with) for each in own if each is not image)
    call.within(SHARED_IMAGES, others + bool(shared), TOO_MANY_IMAGES)
    call.checked()
    times = {each: image.shared_at.get(each, call.now_s) for each in shared}
    image.shared_with, image.shared_at = tuple(shared), times
    if public is not None:
        image.is_public = public
    return {}


@action(
    "Ecs",
    "DescribeImageSharePermission",
    effect="read",
    required="ImageId",
    resource="ImageId",
    paging=_PAGES,
)
def describe_image_share_permission(call: Call) -> Answer:
    """List the accounts that an image is shared with."""
    image = call.look(Image).get(call.text("ImageId"))
    if image is None or image.account_id != call.account_id:
        raise images.NOT_FOUND.error()
    page = call.page(_PAGES, list(image.shared_with), key=str)
    shown = [
        {"AliyunId": each, "SharedTime": to_second(image.shared_at.get(each, image.created_s))}
        for each in page.rows
    ]
    groups = [{"Group": "all"}] if image.is_public else []
    return {
        "ImageId": image.id,
        "RegionId": call.region_id,
        "Accounts": {"Account": shown},
        "ShareGroups": {"ShareGroup": groups},
        **page.fields,
    }
