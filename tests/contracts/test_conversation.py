"""A control command that stays: one process, a line each way."""

import sys
import time
from collections.abc import Iterator

import pytest

from cpikit_contracts.control import Control
from cpikit_contracts.conversation import Conversation
from cpikit_contracts.outcomes import Blocked, Unusable

ECHO = """
import json, os, sys
for line in sys.stdin:
    asked = json.loads(line)
    answer = {"pid": os.getpid(), "path": asked["path"]}
    if asked["path"] == "/wrong":
        answer = {"error": "no such thing"}
    if asked["path"] == "/status":
        answer = {"status": 404, "body": "none"}
    print(json.dumps(answer), flush=True)
"""


def talk(program: str, within_s: float = 30.0) -> Control:
    command = (sys.executable, "-I", "-S", "-c", program)
    return Control(command=command, conversation=Conversation(command, within_s))


@pytest.fixture
def echo() -> Iterator[Control]:
    control = talk(ECHO)
    yield control
    control.close()


def test_one_process_answers_all_questions(echo: Control) -> None:
    first, second = echo.ask("GET", "/a"), echo.ask("GET", "/b")
    assert (first["path"], second["path"]) == ("/a", "/b")
    assert first["pid"] == second["pid"]


@pytest.mark.parametrize("path", ["/wrong", "/status"])
def test_a_refusal_is_told_and_does_not_end_the_talk(echo: Control, path: str) -> None:
    with pytest.raises(Blocked, match=path):
        echo.ask("GET", path)
    assert echo.ask("GET", "/a")["path"] == "/a"


def test_one_that_ends_is_told_with_what_it_said() -> None:
    control = talk("import sys; sys.stderr.write('no room'); sys.stdin.readline()")
    with pytest.raises(Unusable, match="no room"):
        control.ask("GET", "/a")
    control.close()


def test_one_that_keeps_silent_is_not_waited_for_for_ever() -> None:
    control = talk("import sys; sys.stdin.read()", within_s=0.2)
    with pytest.raises(Unusable, match=r"no answer within 0\.2 s"):
        control.ask("GET", "/a")
    control.close()


LATE = """
import sys, time
for line in sys.stdin:
    time.sleep(0.4)
    print('{"late": true}', flush=True)
"""


def test_a_late_answer_is_not_taken_for_that_of_the_next_question() -> None:
    control = talk(LATE, within_s=0.2)
    with pytest.raises(Unusable, match="no answer"):
        control.ask("GET", "/a")
    time.sleep(0.5)
    with pytest.raises(Unusable, match="ended"):
        control.ask("GET", "/b")
    control.close()


def test_one_that_cannot_be_started_is_named() -> None:
    control = Control(command=("/no/such",), conversation=Conversation(("/no/such",), 1.0))
    with pytest.raises(Unusable, match="/no/such"):
        control.ask("GET", "/a")
    control.close()
