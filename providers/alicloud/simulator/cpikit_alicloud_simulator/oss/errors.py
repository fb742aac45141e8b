"""Every refusal of OSS, with the code, HTTP status and text that its error reference gives.

Source, unless a line says otherwise: OSS API reference, "Error codes" and the table of each
operation. A line with "assumed" carries a status or a text that no source states.
"""

from __future__ import annotations

from cpikit_alicloud_simulator.wire import ApiError


def access_denied(reason: str = "") -> ApiError:
    """Refuse a caller that may not do this."""
    text = reason or "You have no right to access this object because of bucket acl."
    return ApiError(403, "AccessDenied", text)


def wrong_endpoint(endpoint: str) -> ApiError:
    """Refuse a request for a bucket that was sent to another region's endpoint."""
    return ApiError(
        403,
        "AccessDenied",
        "The bucket you are attempting to access must be addressed using the specified endpoint. "
        "Please send all future requests to this endpoint.",
        {"Endpoint": endpoint},
    )


def second_level_domain() -> ApiError:
    """Refuse path style on an Alibaba Cloud host name."""
    return ApiError(
        403,
        "SecondLevelDomainForbidden",
        "The bucket you are attempting to access must be addressed using OSS third level domain.",
    )


def other_data_center() -> ApiError:
    """Refuse a copy between regions."""
    return ApiError(
        403,
        "AccessDenied",
        "Target object does not reside in the same data center as source object.",
    )


def bucket_already_exists(name: str) -> ApiError:
    """Refuse a bucket name that is taken."""
    return ApiError(
        409,
        "BucketAlreadyExists",
        "The requested bucket name is not available. The bucket namespace is shared by all users "
        "of the system. Please select a different name and try again.",
        {"BucketName": name},
    )


def bucket_not_empty(name: str) -> ApiError:
    """Refuse to delete a bucket that still holds something."""
    return ApiError(
        409,
        "BucketNotEmpty",
        "The bucket you tried to delete is not empty.",
        {"BucketName": name},
    )


def file_already_exists() -> ApiError:
    """Refuse to overwrite where the request forbade it."""
    return ApiError(
        409,
        "FileAlreadyExists",
        "The object you specified already exists and can not be overwritten.",
    )


def invalid_argument(name: str, value: str, wanted: str) -> ApiError:
    """Refuse a parameter or header whose value cannot be used."""
    return ApiError(
        400,
        "InvalidArgument",
        f"{name} must be {wanted}.",
        {"ArgumentName": name, "ArgumentValue": value},
    )


def invalid_bucket_name(name: str) -> ApiError:
    """Refuse a bucket name that breaks the naming rules."""
    return ApiError(
        400, "InvalidBucketName", "The specified bucket is not valid.", {"BucketName": name}
    )


def invalid_object_name(name: str) -> ApiError:
    """Refuse an object name that breaks the naming rules."""
    return ApiError(
        400, "InvalidObjectName", "The specified object is not valid.", {"ObjectName": name}
    )


def invalid_digest(declared: str) -> ApiError:
    """Refuse content whose Content-MD5 is malformed or does not match."""
    return ApiError(
        400,
        "InvalidDigest",
        "The Content-MD5 you specified was invalid.",
        {"Content-MD5": declared},
    )


def invalid_object_state() -> ApiError:
    """Refuse to read an archived object that was not restored."""
    return ApiError(
        403,
        "InvalidObjectState",
        "The operation is not valid for the object's state",
    )


def invalid_part(number: int) -> ApiError:
    """Refuse a part list that names a part that is not there or has another ETag."""
    return ApiError(
        400,
        "InvalidPart",
        "One or more of the specified parts could not be found or the specified entity tag might "
        "not have matched the part's entity tag.",
        {"PartNumber": number},
    )


def invalid_part_order() -> ApiError:
    """Refuse a part list that does not ascend."""
    return ApiError(
        400,
        "InvalidPartOrder",
        "The list of parts was not in ascending order. Parts list must specified in order by part "
        "number.",
    )


def invalid_range(size: int) -> ApiError:
    """Refuse a range outside of the object, asked for with standard range behaviour."""
    return ApiError(
        416,
        "InvalidRange",
        "The requested range cannot be satisfied",
        {"ActualObjectSize": size},
    )


def invalid_tag(reason: str) -> ApiError:
    """Refuse tags beyond number, length or characters allowed."""
    return ApiError(400, "InvalidTag", f"The tagging you specified is invalid: {reason}.")


def entity_too_small(number: int, size: int, minimum: int) -> ApiError:
    """Refuse a part other than the last that is below the minimum."""
    return ApiError(
        400,
        "EntityTooSmall",
        "Your proposed upload smaller than the minimum allowed size.",
        {"MinSizeAllowed": minimum, "PartNumber": number, "ProposedSize": size},
    )


def entity_too_large(size: int, maximum: int) -> ApiError:
    """Refuse content above the size allowed in one request."""
    return ApiError(
        400,
        "EntityTooLarge",
        "Your proposed upload exceeds the maximum allowed object size.",
        {"MaxSizeAllowed": maximum, "ProposedSize": size},
    )


def malformed_xml() -> ApiError:
    """Refuse a body that is not the XML that the operation reads."""
    return ApiError(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published "
        "schema.",
    )


def method_not_allowed(method: str) -> ApiError:
    """Refuse a verb that this resource does not have."""
    return ApiError(
        405,
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
        {"Method": method},
    )


def missing_content_length() -> ApiError:
    """Refuse content sent with neither a length nor chunks."""
    return ApiError(411, "MissingContentLength", "You must provide the Content-Length HTTP header.")


def no_such_bucket(name: str) -> ApiError:
    """Say that there is no such bucket."""
    return ApiError(
        404, "NoSuchBucket", "The specified bucket does not exist.", {"BucketName": name}
    )


def no_such_key(key: str) -> ApiError:
    """Say that there is no such object."""
    return ApiError(404, "NoSuchKey", "The specified key does not exist.", {"Key": key})


def no_such_upload(upload_id: str) -> ApiError:
    """Say that the upload was completed, aborted or never begun."""
    return ApiError(
        404,
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have "
        "been aborted or completed.",
        {"UploadId": upload_id},
    )


def not_implemented(what: str) -> ApiError:
    """Say that the simulator does not serve this part of OSS."""
    return ApiError(
        501,
        "NotImplemented",
        "A header or query you provided implies functionality that is not implemented.",
        {"Operation": what},
    )


def object_not_appendable() -> ApiError:
    """Refuse to append to an object that was not made by appending."""
    return ApiError(409, "ObjectNotAppendable", "The object is not appendable")  # text assumed


def position_not_equal_to_length(size: int) -> ApiError:
    """Refuse an append at any place but the end."""
    return ApiError(
        409,
        "PositionNotEqualToLength",
        "Position is not equal to file length",
        {"NextAppendPosition": size},
    )


def precondition_failed(condition: str) -> ApiError:
    """Say that a condition of the request does not hold."""
    return ApiError(
        412,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold.",
        {"Condition": condition},
    )


def too_many_buckets(limit: int) -> ApiError:
    """Refuse a bucket above the account's quota."""
    return ApiError(
        400,
        "TooManyBuckets",
        "You have attempted to create more buckets than allowed.",
        {"Limit": limit},
    )
