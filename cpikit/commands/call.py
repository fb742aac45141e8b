"""`cpikit call`: one method by hand, on the same road that the Director's calls take."""

from __future__ import annotations

import argparse
import json
import os
import sys

from cpikit import cpi_json
from cpikit.caller import Caller
from cpikit.commands.table import shown, write_table
from cpikit.errors import CpiError
from cpikit.log import Log
from cpikit.redaction import Redactor
from cpikit.serve import Server
from cpikit.wire import kind_of

_STDERR = 2


def run(parsed: argparse.Namespace) -> int:
    """Call the method and print its result. Raises CpiError for an unusable cpi.json."""
    config = cpi_json.read(parsed.config)
    log = Log(lambda line: os.write(_STDERR, line), Redactor(), debug=parsed.debug or config.debug)
    request = {
        "method": parsed.method,
        "arguments": [_argument(word) for word in parsed.arguments],
        "context": {"director_uuid": "cpikit-call", **json_object("--context", parsed.context)},
        "api_version": parsed.api_version,
    }
    answer = Server(config, log, Caller()).answer(json.dumps(request).encode())
    response = json.loads(answer)
    if parsed.json:
        sys.stdout.write(answer.decode())
    else:
        _write_readable(response)
    return 0 if response["error"] is None else 1


def json_object(option: str, text: str) -> dict[str, object]:
    """The JSON object given with an option. Raises CpiError naming the option."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise CpiError(f"{option}: wanted a JSON object, found other text ({error})") from error
    if not isinstance(value, dict):
        raise CpiError(f"{option}: wanted a JSON object, found {kind_of(value)}")
    return value


def _argument(word: str) -> object:
    try:
        return json.loads(word)
    except ValueError:
        return word


def _write_readable(response: dict[str, object]) -> None:
    error, result = response["error"], response["result"]
    if isinstance(error, dict):
        write_table(("error", ""), [(key, shown(value)) for key, value in error.items()])
    elif isinstance(result, dict):
        write_table(("result", ""), [(key, shown(value)) for key, value in result.items()])
    elif isinstance(result, list):
        write_table(("result", ""), [(str(at), shown(item)) for at, item in enumerate(result)])
    else:
        sys.stdout.write(f"{shown(result)}\n")
