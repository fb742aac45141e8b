"""Write errors down once, with code, status, text and where they are documented."""

from __future__ import annotations

from typing import Literal

from attrs import evolve, frozen

from cpikit_alicloud_simulator.wire import ApiError


@frozen
class Refusal:
    """An error that an API documents. `raise NOT_FOUND.error(id=…)` raises it.

    `message` may have `{names}` that `error` fills in. `grade` is `assumed` for a code, status
    or shape that no source gives.
    """

    status: int
    code: str
    message: str
    grade: Literal["known", "assumed"] = "known"

    def error(self, **words: object) -> ApiError:
        """Make the exception; the code may have `{names}` too."""
        code = self.code.format(**words) if "{" in self.code else self.code
        message = self.message.format(**words) if "{" in self.message else self.message
        return ApiError(self.status, code, message)

    def __call__(self, **words: object) -> ApiError:
        """Do the same as `error`."""
        return self.error(**words)


# ECS API reference, "Common error codes", and the tables of single actions.
MISSING = Refusal(
    400,
    "MissingParameter",
    'The input parameter "{name}" that is mandatory for processing this request is not supplied.',
)
INVALID = Refusal(400, "InvalidParameter", 'The specified parameter "{name}" is not valid.')
INVALID_PAGE = Refusal(400, "InvalidParameter", 'The specified parameter "{name}" is not valid.')
INVALID_REGION = Refusal(404, "InvalidRegionId.NotFound", "The specified RegionId does not exist.")
DENIED = Refusal(
    403,
    "Forbidden.RAM",
    "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
)
THROTTLED_USER = Refusal(400, "Throttling.User", "Request was denied due to user flow control.")
THROTTLED_API = Refusal(400, "Throttling.Api", "Request was denied due to api flow control.")
DRY_RUN = Refusal(
    400, "DryRunOperation", "Request validation has been passed with DryRun flag set."
)
TOKEN_MALFORMED = Refusal(
    400, "InvalidClientToken.ValueNotSupported", "The ClientToken provided is invalid."
)
TOKEN_MISMATCH = Refusal(
    400,
    "IdempotentParameterMismatch",
    "The request uses the same client token as a previous, but non-identical request.",
)
TOKEN_BUSY = Refusal(
    403,
    "IdempotentProcessing",
    "The previous idempotent request(s) is still processing.",
)
LAST_TOKEN_PROCESSING = Refusal(403, "LastTokenProcessing", "The last token request is processing.")
TOKEN_FAILED = Refusal(
    403, "IdempotentFailed", "The previous request with this client token failed.", grade="assumed"
)
UNKNOWN_ACTION = Refusal(403, "InvalidAction", "The specified action is not valid.")
UNKNOWN_ACTION_404 = Refusal(
    404,
    "InvalidAction.NotFound",
    "Specified api is not found, please check your url and method.",
)
UNKNOWN_ACTIONS = {
    "InvalidAction": UNKNOWN_ACTION,
    "InvalidAction with 400": evolve(UNKNOWN_ACTION, status=400),
    "InvalidAction.NotFound": UNKNOWN_ACTION_404,
}
UNKNOWN_VERSION = Refusal(400, "InvalidVersion", "Specified parameter Version is not valid.")
WRONG_METHOD = Refusal(400, "UnsupportedHTTPMethod", "This http method is not supported.")
INTERNAL = Refusal(
    500,
    "InternalError",
    "The request processing has failed due to some unknown error, exception or failure.",
)
