"""Rules about the envelope of every answer of a run."""

from cpikit_contracts.exchange import Ending
from cpikit_contracts.reading import (
    RETRIABLE_TYPES,
    Answer,
    excerpt,
    only_object,
)
from cpikit_contracts.rules import MUST, SHOULD, watch

SCHEMA = "external_cpi.rb RESPONSE_SCHEMA"


def _was_cut(answer: Answer) -> bool:
    """The suite itself ended the process or closed its pipe: the envelope is not judged."""
    cuts = {Ending.KILLED, Ending.STUCK, Ending.TIMEOUT, Ending.FLOOD}
    return answer.exchange.ending in cuts


@watch(
    "answer.is-one-json-object",
    MUST,
    "Standard output is exactly one JSON object, with nothing but white space around it.",
    "external_cpi.rb parsed_response; cpi_cmd_runner.go",
    checks=(1, 18),
)
def one_object(answer: Answer) -> str:
    """Parse every stdout of the run as strictly as Ruby's and Go's parsers do."""
    if answer.document is None or _was_cut(answer):
        return ""
    return only_object(answer.exchange.stdout)[1]


@watch(
    "answer.has-result-error-log",
    MUST,
    "Every answer has the keys result, error and log, on success and on error.",
    SCHEMA,
    checks=(2,),
)
def all_keys(answer: Answer) -> str:
    """Look for the three keys in every answer of the run."""
    missing = [key for key in ("result", "error", "log") if key not in (answer.document or {key})]
    return f"missing in the answer: {', '.join(missing)}" if missing else ""


@watch(
    "answer.log-is-a-string",
    MUST,
    "The log of every answer is a string, not null and not an object.",
    SCHEMA,
    checks=(3,),
)
def log_is_string(answer: Answer) -> str:
    """Look at the type of log wherever the key is there."""
    document = answer.document or {}
    if "log" not in document or isinstance(document["log"], str):
        return ""
    return f"log is {document['log']!r}, wanted a string"


@watch(
    "answer.error-is-complete",
    MUST,
    "An error is null, or an object with string type, string message and boolean ok_to_retry.",
    SCHEMA,
    checks=(4,),
)
def error_is_complete(answer: Answer) -> str:
    """Check the types inside of every error."""
    error = (answer.document or {}).get("error")
    if error is None:
        return ""
    if not isinstance(error, dict):
        return f"error is {error!r}, wanted null or an object"
    wanted = {"type": str, "message": str, "ok_to_retry": bool}
    wrong = [
        f"{key} is {error.get(key)!r}" if key in error else f"{key} is missing"
        for key, kind in wanted.items()
        if type(error.get(key)) is not kind
    ]
    return f"in the error, {', '.join(wrong)}" if wrong else ""


@watch(
    "answer.no-result-beside-an-error",
    SHOULD,
    "The result is null when there is an error.",
    "docs-bosh cpi-api-rpc.md",
    checks=(5,),
)
def no_result_beside_error(answer: Answer) -> str:
    """Look at result in every error answer."""
    document = answer.document or {}
    if not document.get("error") or document.get("result") is None:
        return ""
    return f"beside the error stands the result {document['result']!r}"


@watch(
    "answer.is-utf-8",
    SHOULD,
    "The answer is valid UTF-8.",
    "bosh-cpi-ruby cli.rb encode_string_as_utf8",
    checks=(19,),
)
def is_utf8(answer: Answer) -> str:
    """Decode every stdout; also refuse lone surrogates, which no UTF-8 text can hold."""
    try:
        answer.exchange.stdout.decode()
    except UnicodeDecodeError as error:
        return f"stdout is no UTF-8 at byte {error.start}: {excerpt(answer.exchange.stdout)}"
    texts = [answer.log, answer.error.message if answer.error else ""]
    for text in texts:
        if any("\ud800" <= character <= "\udfff" for character in text):
            return "log or message holds a lone surrogate, which is no text"
    return ""


@watch(
    "process.exits-0-on-success",
    MUST,
    "The exit status is 0 when the answer is a success; the CLI fails on any other.",
    "bosh-utils exec_process.go by way of cpi_cmd_runner.go",
    checks=(6,),
)
def exits_zero_on_success(answer: Answer) -> str:
    """Look at the status of every process that answered a success."""
    if not answer.succeeded or _was_cut(answer) or answer.exchange.status == 0:
        return ""
    return f"exit status {answer.exchange.status} after a success"


@watch(
    "process.exits-0-on-error",
    MUST,
    "The exit status is 0 also when the answer is an error.",
    "bosh-utils exec_process.go by way of cpi_cmd_runner.go",
    checks=(7,),
)
def exits_zero_on_error(answer: Answer) -> str:
    """Look at the status of every process that answered an error."""
    if answer.error is None or _was_cut(answer) or answer.exchange.status == 0:
        return ""
    return f"exit status {answer.exchange.status} after an error"


@watch(
    "process.leaves-no-child-on-the-pipes",
    MUST,
    "No child of the CPI keeps stdout or stderr open; the Director would wait for it for ever.",
    "external_cpi.rb select loop",
    checks=(16,),
)
def leaves_no_child(answer: Answer) -> str:
    """After the end of every process, both pipes have to end within a second."""
    return Ending.HELD.value if answer.exchange.ending is Ending.HELD else ""


@watch(
    "process.always-answers",
    MUST,
    "Whatever the request is, there is an answer: no crash, no trace of one instead of it.",
    "external_cpi.rb parsed_response; bosh-cpi-go HandlePanic",
    checks=(45, 8),
)
def always_answers(answer: Answer) -> str:
    """Every process that the suite did not end itself has to put a JSON object on stdout."""
    if answer.document is not None or answer.exchange.ending in {Ending.KILLED, Ending.STUCK}:
        return ""
    exchange = answer.exchange
    return (
        f"no answer; {exchange.ending.value}; status {exchange.status}; "
        f"stdout {excerpt(exchange.stdout)}; stderr ends {exchange.stderr_text[-200:]!r}"
    )


@watch(
    "process.reads-its-request",
    MUST,
    "The CPI reads its whole request before it ends; the Director fails on a broken pipe.",
    "external_cpi.rb invoke_cpi_method (Errno::EPIPE)",
    checks=(15,),
)
def reads_its_request(answer: Answer) -> str:
    """The pipe must take the whole request from every caller."""
    if answer.exchange.ending in {Ending.KILLED, Ending.STUCK}:
        return ""
    return "the process ended before it had read its request" * answer.exchange.unread_request


@watch(
    "error.type-is-known",
    MUST,
    "Every error has one of the ten types that the Director knows.",
    "external_cpi.rb KNOWN_RPC_ERRORS",
    checks=(41,),
)
def type_is_known(answer: Answer) -> str:
    """Look at every type; for a malformed request, which nobody sends, InvalidCall is fine too."""
    if answer.error is None or answer.error.is_known:
        return ""
    document = answer.document or {}
    if not isinstance(document.get("error"), dict) or "type" not in document["error"]:
        return ""
    if answer.exchange.malformed and answer.error.type == "InvalidCall":
        return ""
    return f"error type {answer.error.type!r}, which the Director does not know"


@watch(
    "error.retry-only-where-it-means-something",
    SHOULD,
    "ok_to_retry is true only with the four types whose errors may be repeated.",
    "errors.rb RetriableCloudError; create_vm_step.rb",
    checks=(42,),
)
def retry_only_where_retriable(answer: Answer) -> str:
    """Look at ok_to_retry in every error."""
    error = answer.error
    if error is None or not error.ok_to_retry or error.type in RETRIABLE_TYPES:
        return ""
    return f"ok_to_retry is true with {error.type}"


@watch(
    "error.message-says-something",
    SHOULD,
    "Every error has a message that says something.",
    "external_cpi.rb, the message is all that an operator sees",
)
def message_says_something(answer: Answer) -> str:
    """No message may be empty or only the type's name again."""
    error = answer.error
    if error is None or not isinstance((answer.document or {}).get("error"), dict):
        return ""
    said = error.message.strip()
    return f"the message of {error.short} is {said!r}" if said in {"", error.type} else ""
