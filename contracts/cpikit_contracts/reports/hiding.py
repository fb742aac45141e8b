"""Take the run's known secrets out of whatever is reported, in whatever way they were written."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable
from urllib.parse import quote, quote_plus

from cpikit_contracts.results import Run

Hide = Callable[[str], str]
SHORTEST = 4
HIDDEN = "<hidden>"
# What a terminal would obey: all control characters but tab and newline, and those of ISO 8859-1.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def forms(secret: str) -> set[str]:
    """The ways in which a program may write a secret: JSON of Ruby, Go and Python, URL, base64."""
    plain = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    plain |= {_escaped_as_in_go(each) for each in plain} | {_slashed(each) for each in plain}
    twice = {json.dumps(each, ensure_ascii=False)[1:-1] for each in plain}  # JSON in a log in JSON
    data = secret.encode("utf-8", "surrogatepass")
    others = {quote(data, safe=""), quote_plus(data), b64encode(data).decode("ascii")}
    return plain | twice | others


def _escaped_as_in_go(text: str) -> str:
    for character in "&<>":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _slashed(text: str) -> str:
    return text.replace("/", "\\/")


def of(done: Run) -> Hide:
    """A function that masks every secret of the run."""
    return hider(done.secrets)


def hider(secrets: Iterable[str]) -> Hide:
    """A function that masks these secrets, and escapes what no UTF-8 can hold."""
    written = {form for each in set(secrets) if len(each) >= SHORTEST for form in forms(each)}
    longest_first = sorted(written, key=len, reverse=True)

    def hide(text: str) -> str:
        for each in longest_first:
            text = text.replace(each, HIDDEN)
        return text.encode("utf-8", "backslashreplace").decode("utf-8")

    return hide


def printable(text: str) -> str:
    """The text with everything escaped that a terminal would obey."""
    return CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", text)
