"""Rules about malformed and unusual requests."""

import json
from typing import Any

from cpikit_contracts import strategies
from cpikit_contracts.methods import UNKNOWN_METHOD_PREFIX
from cpikit_contracts.reading import Answer
from cpikit_contracts.rules import BOTH, MUST, SHOULD, WIRE, rule
from cpikit_contracts.scenario import Scenario
from cpikit_contracts.strategies import malformed_requests, sampled

REFUSED = "bosh-cpi-go json_dispatcher.go; bosh-cpi-ruby cli.rb"
RANDOM_REQUESTS = 40
RANDOM_CONTEXTS = 12


def _must_be_an_error(s: Scenario, answer: Answer, what: str) -> None:
    s.want(answer.document is not None, f"{what}: {answer}")
    s.want(answer.error is not None, f"{what} should have been refused, found {answer}")


@rule(
    "request.empty-is-answered",
    SHOULD,
    WIRE,
    "Empty standard input is answered with an error.",
    REFUSED,
    checks=(23,),
    callers=BOTH,
)
def empty(s: Scenario) -> None:
    """Send nothing, and only white space."""
    for request in (b"", b"\n", b"  \t\r\n "):
        _must_be_an_error(s, s.raw(request), f"the request {request!r}")


@rule(
    "request.garbage-is-answered",
    SHOULD,
    WIRE,
    "What is no JSON, or no JSON object, is answered with an error.",
    REFUSED,
    checks=(24,),
    callers=BOTH,
)
def garbage(s: Scenario) -> None:
    """Send broken JSON of many kinds, and JSON that is no object."""
    for request in (
        b"{", b"}", b"nonsense", b'{"method":', b'{"method":"info",}', b"{'method':'info'}",
        b"null", b"[]", b'"info"', b"7", b"true", b'[{"method":"info"}]', b"\xff\xfe\x00",
        b'{"method":"info","arguments":[]}{"method":"info","arguments":[]}',
        b"[" * 3000, b"\x00" * 64,
    ):  # fmt: skip
        _must_be_an_error(s, s.raw(request), f"the request {request[:60]!r}")


@rule(
    "request.random-garbage-is-answered",
    SHOULD,
    WIRE,
    "Whatever the bytes are, one well-formed error comes back.",
    REFUSED,
    checks=(24, 45),
    callers=BOTH,
)
def random_garbage(s: Scenario) -> None:
    """Send requests that hypothesis makes from the run's seed: bytes, cut JSON, wrong envelopes."""
    for request in sampled(malformed_requests(), RANDOM_REQUESTS, s.session.seed):
        _must_be_an_error(s, s.raw(request), f"the request {request[:120]!r}")


@rule(
    "request.method-must-be-a-string",
    MUST,
    WIRE,
    "A missing method, or one that is no string, is answered with an error.",
    REFUSED,
    checks=(25,),
    callers=BOTH,
)
def method_must_be_string(s: Scenario) -> None:
    """Leave method out, and send it as null, number, array, object, boolean and empty string."""
    rest = {"arguments": [], "context": {"director_uuid": "x"}}
    requests: list[dict[str, Any]] = [rest]
    requests += [{"method": value, **rest} for value in (None, 7, ["info"], {"a": 1}, True, "")]
    for request in requests:
        text = json.dumps(request)
        _must_be_an_error(s, s.raw(text.encode()), f"the request {text}")


@rule(
    "request.arguments-must-be-an-array",
    MUST,
    WIRE,
    "Missing arguments, or arguments that are no array, are answered with an error.",
    REFUSED,
    checks=(26,),
    callers=BOTH,
)
def arguments_must_be_array(s: Scenario) -> None:
    """Leave arguments of info out, and send them as null, object, string, number and boolean."""
    rest = {"method": "info", "context": {"director_uuid": "x"}}
    requests: list[dict[str, Any]] = [rest]
    values: list[Any] = [None, {}, "x", 0, False]
    requests += [{**rest, "arguments": value} for value in values]
    for request in requests:
        text = json.dumps(request)
        _must_be_an_error(s, s.raw(text.encode()), f"the request {text}")


@rule(
    "request.unknown-method-is-not-implemented",
    MUST,
    WIRE,
    "An unknown method is answered so that the Director reads NotImplemented.",
    "external_cpi.rb handle_method_not_implemented",
    checks=(27,),
    callers=BOTH,
)
def unknown_method(s: Scenario) -> None:
    """Call methods that no CPI has, with and without arguments."""
    for tail, arguments in (("a", []), ("b", ["x", 1, {}]), ("ünï", [None])):
        name = UNKNOWN_METHOD_PREFIX + tail
        answer = s.offline(name, *arguments)
        s.want(
            answer.error is not None and answer.error.means_not_implemented,
            f"the unknown method {name} should be NotImplemented, found {answer}",
        )


@rule(
    "request.unknown-keys-are-ignored",
    MUST,
    WIRE,
    "Unknown keys of the request and of its context are ignored.",
    "external_cpi.rb (CPI-config properties may hold anything)",
    checks=(30, 116),
    callers=BOTH,
)
def unknown_keys(s: Scenario) -> None:
    """Send info with unknown keys of every JSON type at the top and in the context."""
    odd: dict[str, Any] = {
        "x_s": "y",
        "x_n": 1,
        "x_l": [1],
        "x_o": {"a": {}},
        "x_b": True,
        "x_0": None,
    }
    document = {**s.session.document(s.caller, "info", [], context=odd), **odd}
    s.succeeded(s.send(document, endpoint=s.offline_endpoint), "info with unknown keys")


@rule(
    "request.works-without-request-id",
    MUST,
    WIRE,
    "The context may come without request_id, as the CLI sends it.",
    "cpi_cmd_runner.go CmdContext",
    checks=(31,),
)
def without_request_id(s: Scenario) -> None:
    """Send info and an unknown method without request_id."""
    for method in ("info", UNKNOWN_METHOD_PREFIX + "id"):
        document = s.session.document("director", method, [], endpoint=s.offline_endpoint)
        del document["context"]["request_id"]
        answer = s.send(document, endpoint=s.offline_endpoint)
        s.want(answer.document is not None, f"{method} without request_id: {answer}")
        if method == "info":
            s.succeeded(answer, "info without request_id")


@rule(
    "request.any-stemcell-version-in-context",
    MUST,
    WIRE,
    "info works without vm in the context, with an empty stemcell, and with any stemcell version.",
    "cpi_cmd_runner.go; cpi_spec.rb",
    checks=(32,),
    callers=BOTH,
)
def any_stemcell_version(s: Scenario) -> None:
    """Send info with no vm, {}, and stemcell versions 1, 2, 3 and 25."""
    stemcells: list[dict[str, Any] | None] = [None, {}]
    stemcells += [{"api_version": version} for version in (1, 2, 3, 25)]
    for stemcell in stemcells:
        extra = {} if stemcell is None else {"vm": {"stemcell": stemcell}}
        s.succeeded(s.offline("info", context=extra), f"info with the context {extra}")


@rule(
    "request.unusual-contexts-are-served",
    MUST,
    WIRE,
    "Whatever CPI-config properties lie in the context, info is answered.",
    "external_cpi.rb (the context may hold anything)",
    checks=(30, 32),
)
def unusual_contexts(s: Scenario) -> None:
    """Send info with contexts that hypothesis makes from the run's seed."""
    for extra in sampled(strategies.unusual_contexts(), RANDOM_CONTEXTS, s.session.seed):
        s.succeeded(s.offline("info", context=extra), f"info with the context {extra}")


@rule(
    "request.non-integer-version-is-refused",
    SHOULD,
    WIRE,
    "An api_version that is no integer is refused.",
    "bosh-cpi-ruby cli.rb",
    checks=(35,),
    callers=BOTH,
)
def non_integer_version(s: Scenario) -> None:
    """Send api_version as text, array, object and fraction."""
    for version in ("two", [2], {"v": 2}, 2.5):
        document = s.session.document(
            s.caller, UNKNOWN_METHOD_PREFIX + "version", [], api_version=2
        )
        text = json.dumps({**document, "method": "info", "api_version": version})
        _must_be_an_error(s, s.raw(text.encode()), f"info with api_version {version!r}")
