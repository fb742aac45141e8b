"""Lies about the envelope; each can be told of any CPI by the wrapper."""

import json

from cpikit_contracts.liar.lies.kinds import lie, of_error, rewritten, without

ONE_OBJECT = "answer.is-one-json-object"
KEYS = "answer.has-result-error-log"
LOG = "answer.log-is-a-string"
ERROR = "answer.error-is-complete"

LIES = (
    lie("text-before", "prints a line before the answer", ONE_OBJECT).of_answer(
        lambda answer, data: b"starting up\n" + data
    ),
    lie("text-after", "prints a line after the answer", ONE_OBJECT).of_answer(
        lambda answer, data: data + b"\ndone"
    ),
    lie("two-answers", "answers twice", ONE_OBJECT).of_answer(lambda answer, data: data + b"\n" + data),
    lie("byte-order-mark", "begins with a byte-order mark", ONE_OBJECT).of_answer(
        lambda answer, data: b"\xef\xbb\xbf" + data
    ),
    lie("not-a-number", "writes NaN, which is no JSON", ONE_OBJECT).of_answer(
        rewritten(lambda answer: {**answer, "took": float("nan")})
    ),
    lie("no-log", "leaves log out on errors", KEYS).of_answer(
        rewritten(lambda answer: without(answer, "log") if answer["error"] else None)
    ),
    lie("no-error-key", "leaves error out on success", KEYS).of_answer(
        rewritten(lambda answer: None if answer["error"] else without(answer, "error"))
    ),
    lie("no-result-key", "leaves result out on errors", KEYS).of_answer(
        rewritten(lambda answer: without(answer, "result") if answer["error"] else None)
    ),
    lie("log-null", "answers null as log", LOG).of_answer(
        rewritten(lambda answer: {**answer, "log": None})
    ),
    lie("log-object", "answers an array as log", LOG).of_answer(
        rewritten(lambda answer: {**answer, "log": ["line"]})
    ),
    lie("no-ok-to-retry", "leaves ok_to_retry out of errors", ERROR).of_answer(
        of_error(lambda error: without(error, "ok_to_retry"))
    ),
    lie("ok-to-retry-text", 'answers "false" as ok_to_retry', ERROR).of_answer(
        of_error(lambda error: {**error, "ok_to_retry": "false"})
    ),
    lie("message-object", "answers an object as message", ERROR).of_answer(
        of_error(lambda error: {**error, "message": {"text": error["message"]}})
    ),
    lie("error-false", "answers false instead of null as error", ERROR).of_answer(
        rewritten(lambda answer: None if answer["error"] else {**answer, "error": False})
    ),
    lie("result-beside-error", "answers a result with the error", "answer.no-result-beside-an-error")
    .of_answer(rewritten(lambda answer: {**answer, "result": "x"} if answer["error"] else None)),
    lie("latin-1", "writes its messages in Latin-1", "answer.is-utf-8").of_answer(
        lambda answer, data: json.dumps(
            {**answer, "log": "größer"}, ensure_ascii=False
        ).encode("latin-1", "replace")
    ),
    lie("empty-message", "answers errors without a message", "error.message-says-something",
        "error.version-too-high-is-refused").of_answer(
        of_error(lambda error: {**error, "message": ""})
    ),
)  # fmt: skip
