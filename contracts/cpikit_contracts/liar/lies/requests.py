"""Lies about requests, versions, info and argument checks."""

# mypy: disable-error-code="method-assign, assignment"
# Replacing honest methods is what a lie is.

import json
import os
from typing import TYPE_CHECKING, Any

from cpikit_contracts.liar import dispatch
from cpikit_contracts.liar.failure import Failure
from cpikit_contracts.liar.lies.kinds import Lie, lie, of_error
from cpikit_contracts.liar.store import Json

if TYPE_CHECKING:
    from collections.abc import Callable

    from cpikit_contracts.liar.cpi import Cpi
    from cpikit_contracts.liar.process import Edge


def _mending(name: str, says: str, breaks: str, mend: Any, also: str = "") -> Lie:
    """A lie that quietly mends a request before it is served."""

    def part(edge: "Edge") -> None:
        honest = edge.respond
        edge.respond = lambda raw: honest(mend(raw))

    return lie(name, says, breaks, also).at_edge(part)


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _with(raw: bytes, change: Any) -> bytes:
    document = _parsed(raw)
    if not isinstance(document, dict):
        return raw
    return json.dumps(change(document)).encode()


INFO = b'{"method":"info","arguments":[]}'


def _refusing(name: str, says: str, breaks: str, when: Any, also: str = "") -> Lie:
    """A lie that refuses requests which it should serve."""

    def part(edge: "Edge") -> None:
        honest = edge.respond

        def respond(raw: bytes) -> Json:
            document = _parsed(raw)
            if isinstance(document, dict) and when(document):
                context = document.get("context") or {}
                return edge.failure(
                    "Bosh::Clouds::CpiError", "not so", str(context.get("request_id"))
                )
            return honest(raw)

        edge.respond = respond

    return lie(name, says, breaks, also).at_edge(part)


def _context(document: Json) -> Json:
    found = document.get("context")
    return found if isinstance(found, dict) else {}


def _dies_on_garbage(edge: "Edge") -> None:
    honest = edge.respond

    def respond(raw: bytes) -> Json:
        if _parsed(raw) is None and len(raw) > 50:  # noqa: PLR2004  # only on long garbage
            os.write(2, b"panic: runtime error: index out of range\n")
            os._exit(2)
        return honest(raw)

    edge.respond = respond


def _info(change: Any) -> Any:
    return lambda cpi, honest: change(honest())


def _checks(change: Any) -> Any:
    def part(cpi: "Cpi") -> None:
        honest = cpi.check

        def check(method: str, arguments: list[Any]) -> None:
            change(honest, method, arguments)

        cpi.check = check

    return part


def _short_is_fine(honest: Any, method: str, arguments: list[Any]) -> None:
    if method == "delete_vm" and not arguments:
        arguments.append("")
        raise _Done
    honest(method, arguments)


class _Done(dispatch.Refused):
    """Ends a call as a success would."""

    def __init__(self) -> None:
        super().__init__("", "")


def _succeeding(edge: "Edge") -> None:
    honest = edge.failure

    def failure(kind: str, message: str, request_id: str = "", ok_to_retry: bool = False) -> Json:
        if not kind:
            return {"result": None, "error": None, "log": ""}
        return honest(kind, message, request_id, ok_to_retry)

    edge.failure = failure


def _any_type_is_fine(honest: Any, method: str, arguments: list[Any]) -> None:
    if method == "has_vm" and arguments == [{}]:
        raise _Done
    honest(method, arguments)


def _version_1(edge: "Edge") -> None:
    honest = edge.respond

    def respond(raw: bytes) -> Json:
        document = _parsed(raw)
        if isinstance(document, dict) and document.get("method") == "create_vm":
            if document.get("api_version") == 1:
                return {"result": "vm-of-version-1", "error": None, "log": ""}
        return honest(raw)

    edge.respond = respond


def _any_version(edge: "Edge") -> None:
    del edge
    dispatch.SERVED_VERSIONS = (*dispatch.SERVED_VERSIONS, 99)


def _has_vm_without_cloud(cpi: "Cpi", honest: Any, vm: str) -> bool:
    try:
        return bool(honest(vm))
    except Failure:
        return False


def _blind(cpi: "Cpi", honest: Any, vm: str) -> None:
    if cpi.cloud.unreachable_for_s is None:
        honest(vm)


def _calculates_nothing(cpi: "Cpi", honest: Any, wanted: Json) -> Json:
    return dict(honest({"cpu": 1, "ram": 1, "ephemeral_disk_size": 1, **wanted}))


def _no_image(cpi: "Cpi", honest: Any, image: str, *rest: Any) -> str:
    if not os.path.exists(image):
        return "stemcell-of-nothing"
    return str(honest(image, *rest))


def _unknown_for(word: str, kind: str) -> Any:
    return of_error(lambda error: {**error, "type": kind} if word in error["message"] else error)


def _not_supported(cpi: "Cpi", honest: Any, *arguments: Any) -> None:
    raise Failure("NotSupported", "not here")


def _serving(method: str) -> "Callable[[Cpi], None]":
    return lambda cpi: cpi.gaps.discard(method)


def _gap_with_wrong_word() -> Lie:
    made = lie("gap-not-supported", "answers NotSupported for a gap where NotImplemented is read",
               "gap.is-answered-as-not-implemented")  # fmt: skip
    made.of_cpi(_serving("get_disks")).of_method("get_disks", _not_supported)
    made.gaps = {"get_disks": "not here"}
    return made


def _gap_that_works() -> Lie:
    made = lie("gap-that-works", "serves a method that the profile declares a gap",
               "gap.is-answered-as-not-implemented")  # fmt: skip
    made.of_cpi(_serving("calculate_vm_cloud_properties"))
    made.gaps = {"calculate_vm_cloud_properties": "not yet"}
    return made


def _changing(edge: "Edge") -> None:
    honest = edge.respond

    def respond(raw: bytes) -> Json:
        answer = honest(raw)
        document = _parsed(raw)
        if isinstance(document, dict) and document.get("api_version") == 2 and b'"info"' in raw:  # noqa: PLR2004  # version 2
            answer["result"] = {**answer["result"], "stemcell_formats": ["another"]}
        return answer

    edge.respond = respond


def _cli_gets_1(edge: "Edge") -> None:
    honest = edge.respond

    def respond(raw: bytes) -> Json:
        answer = honest(raw)
        document = _parsed(raw)
        if isinstance(document, dict) and document.get("api_version") == 1 and answer["result"]:
            answer["result"] = {**answer["result"], "api_version": 1}
        return answer

    edge.respond = respond


FORMATS = "info.lists-stemcell-formats"
LIES = (
    _mending("empty-is-info", "takes an empty request for info", "request.empty-is-answered",
             lambda raw: raw if raw.strip() else INFO, "request.random-garbage-is-answered"),
    _mending("garbage-is-info", "takes a JSON array for info", "request.garbage-is-answered",
             lambda raw: INFO if _parsed(raw) == [] else raw, "request.random-garbage-is-answered"),
    _mending("any-scalar-is-info", "takes JSON numbers and strings for info", "request.random-garbage-is-answered",
             lambda raw: INFO if isinstance(_parsed(raw), int | str | float) else raw,
             "request.garbage-is-answered"),
    _mending("no-method-is-info", "takes a missing method for info", "request.method-must-be-a-string",
             lambda raw: _with(raw, lambda d: {"method": "info", **d}),
             "request.random-garbage-is-answered"),
    _mending("no-arguments-is-none", "takes missing arguments for none", "request.arguments-must-be-an-array",
             lambda raw: _with(raw, lambda d: {"arguments": [], **d})),
    lie("unknown-is-an-error", "answers an unknown method as CpiError",
        "request.unknown-method-is-not-implemented").of_answer(
        of_error(lambda e: {**e, "type": "Bosh::Clouds::CpiError"} if "no method" in e["message"] else e)),
    _refusing("strict-request", "refuses unknown keys of the request", "request.unknown-keys-are-ignored",
              lambda d: bool(d.keys() & {"x_s", "x_o"})),
    _refusing("needs-request-id", "refuses a request without request_id", "request.works-without-request-id",
              lambda d: "request_id" not in _context(d) and "vm" not in _context(d)
              and d.get("method") == "info" and "api_version" not in d and d.get("arguments") == []),
    _refusing("needs-stemcell-version", "refuses a stemcell without a version",
              "request.any-stemcell-version-in-context",
              lambda d: (_context(d).get("vm") or {"stemcell": 1}).get("stemcell") == {}),
    _refusing("shallow-context", "refuses lists in the context", "request.unusual-contexts-are-served",
              lambda d: any(isinstance(v, list) and len(v) > 1 for v in _context(d).values())),
    _mending("any-version-is-2", "takes any api_version for 2", "request.non-integer-version-is-refused",
             lambda raw: _with(raw, lambda d: d if type(d.get("api_version", 2)) is int else {**d, "api_version": 2})),
    lie("dies-on-garbage", "ends by a panic on long garbage", "process.always-answers",
        "request.* secret.stays-out-of-refusals process.exits*", "1.10 #15").at_edge(_dies_on_garbage),
    lie("version-as-text", "answers the api_version as text", "info.reports-api-version",
        "info.serves-the-cli stemcell.third-argument-is-tolerated").of_method("info", _info(lambda r: {**r, "api_version": "3"})),
    lie("version-1", "reports api_version 1", "info.reports-api-version", "info.serves-the-cli").of_method(
        "info", _info(lambda r: {**r, "api_version": 1})),
    lie("no-formats", "names no stemcell formats", FORMATS).of_method("info", _info(lambda r: {"api_version": 3})),
    lie("formats-as-text", "names the formats as one string", FORMATS).of_method(
        "info", _info(lambda r: {**r, "stemcell_formats": "liar-raw"})),
    lie("changing-info", "answers info otherwise in version 2", "info.is-the-same-for-all-versions").at_edge(_changing),
    lie("cli-gets-1", "reports version 1 to whoever asks with version 1", "info.serves-the-cli",
        "info.reports-api-version info.is-the-same-for-all-versions").at_edge(_cli_gets_1),
    lie("info-asks-the-cloud", "asks the cloud in info", "info.needs-no-cloud",
        "info.* process.* request.* bulk.* error.* secret.* log.* answer.*").of_method(
        "info", lambda cpi, honest: (cpi._cloud(lambda: cpi.things.get("vm", "x")), honest())[1]),
    lie("short-is-fine", "does not mind missing arguments", "error.too-few-arguments-are-refused")
    .of_cpi(_checks(_short_is_fine)).at_edge(_succeeding),
    lie("any-type-is-fine", "takes an object for an id", "error.wrong-types-are-refused")
    .of_cpi(_checks(_any_type_is_fine)).at_edge(_succeeding),
    lie("any-version-is-fine", "serves api_version 99", "error.version-too-high-is-refused")
    .at_edge(_any_version),
    lie("blind-has-vm", "answers false when the cloud cannot be asked", "error.bad-credentials-are-an-error",
        "error.every-method-fails-cleanly config.context-overrides sweep.*").of_method("has_vm", _has_vm_without_cloud),
    lie("blind-delete", "says that a VM is deleted when the cloud cannot be asked", "error.every-method-fails-cleanly")
    .of_method("delete_vm", _blind),
    lie("no-image-needed", "uploads an image that is not there", "error.missing-image-is-an-error")
    .of_method("create_stemcell", _no_image),
    lie("calculates-nothing", "calculates with missing keys", "error.calculate-needs-its-keys")
    .of_method("calculate_vm_cloud_properties", _calculates_nothing),
    lie("version-1-half-served", "answers create_vm in version 1", "error.create-vm-in-version-1")
    .at_edge(_version_1),
    lie("unimplemented", "does not implement reboot_vm and does not say so", "error.every-method-fails-cleanly",
        "vm.reboot* order.cloud-check error.too-few-arguments-are-refused error.wrong-types-are-refused")
    .of_cpi(lambda cpi: cpi.gaps.add("reboot_vm")),
    _gap_with_wrong_word(),
    _gap_that_works(),
    lie("unknown-type", "uses an error type of its own", "error.type-is-known", "", "1.10 #13").of_answer(
        _unknown_for("cannot be read", "Bosh::Clouds::ImageNotFound")),
    lie("retry-anything", "says ok_to_retry of an absurd size",
        "error.retry-only-where-it-means-something").of_answer(
        of_error(lambda e: {**e, "ok_to_retry": "more than a disk" in e["message"]})),
)  # fmt: skip
