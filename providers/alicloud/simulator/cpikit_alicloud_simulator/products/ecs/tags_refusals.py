"""The errors of calls on tags."""

from __future__ import annotations

from cpikit_alicloud_simulator.refusal import Refusal

# ECS 2014-05-26, the error tables of TagResources, UntagResources, ListTagResources, AddTags,
# RemoveTags and DescribeTags.
NO_TYPE = Refusal(
    404, "InvalidResourceType.NotFound", "The ResourceType provided does not exist in our records."
)
NO_RESOURCE = Refusal(
    404, "InvalidResourceId.NotFound", "The specified ResourceId does not exist in our records."
)
UNSUPPORTED = Refusal(
    403, "InvalidResourceId.NotSupported", "The resource does not support tagging."
)
TOO_MANY_RESOURCES = Refusal(
    400, "NumberExceed.ResourceIds", "The ResourceIds parameter's number is exceed: {count}."
)
TOO_MANY_TAGS = Refusal(400, "NumberExceed.Tags", "The Tags parameter's number is exceed: {count}.")
BAD_COUNT = Refusal(400, "InvalidTagCount", "The specified tags are beyond the permitted range.")
MISMATCH = Refusal(400, "InvalidTag.Mismatch", "Tag.n.Key and Tag.n.Value do not match.")
BAD_KEY = Refusal(400, "InvalidTagKey.Malformed", "The specified Tag.n.Key is not valid.")
BAD_VALUE = Refusal(400, "InvalidTagValue.Malformed", "The specified Tag.n.Value is not valid.")
TWICE = Refusal(400, "Duplicate.TagKey", "The Tag.N.Key contain duplicate key.")
NO_REGION = Refusal(404, "MissingParameter.RegionId", "The parameter RegionId is missing.")
NO_RESOURCE_TYPE = Refusal(
    404, "MissingParameter.ResourceType", "The parameter ResourceType must not be null."
)
NO_TAGS = Refusal(404, "MissingParameter.Tags", "The parameter Tags must not be null.")
QUOTA = Refusal(403, "QuotaExceed.Tags", "The quota of tags on the resource is exceeded.")
DENIED_BY_QUOTA = Refusal(
    400, "OperationDenied.QuotaExceed", "The quota of tags on the resource is exceeded."
)
BAD_SCOPE = Refusal(400, "Invalid.Scope", "The specified scope is not valid.")
SCOPE_CLOSED = Refusal(403, "PermissionDenied.Scope", "The scope of the tags is closed to you.")
OTHER_OWNER = Refusal(
    403, "PermissionDenied.TagOwnerUid", "The owner of the tags is another account."
)
NO_PERMISSION = Refusal(403, "NoPermission.Tag", "The caller may not use these tags.")
NO_OWNER_UID = Refusal(
    404, "MissingParameter.TagOwnerUid", "The parameter TagOwnerUid must not be null."
)
NO_OWNER_BID = Refusal(
    404, "MissingParameter.TagOwnerBid", "The parameter TagOwnerBid must not be null."
)
NO_REGION = Refusal(404, "MissingParameter.RegionId", "The parameter RegionId must not be null.")
