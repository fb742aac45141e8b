"""What a world's commands print, and what its control interface answers, right and wrong."""

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from attrs import evolve

from cpikit_contracts.control import Control
from cpikit_contracts.mutants import profile_for
from cpikit_contracts.outcomes import Blocked, NotServed, Unusable
from cpikit_contracts.profile import Profile
from cpikit_contracts.results import Outcome
from cpikit_contracts.run import Choices, OpenSession, judge
from cpikit_contracts.world import fill, filled, up_line

PROFILE = Profile(path=Path("/nonexistent/contract.toml"), command=("/bin/false",))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"vars": []}, "vars: found a list, wanted an object"),
        ({"env": "a"}, "env: found a str, wanted an object"),
        ({"inputs": [1]}, "inputs: found a list, wanted an object"),
        ({"inputs": {"networks": 7}}, "inputs.networks: found 7, wanted a table"),
        ({"secrets": [1]}, "secrets: found a list, wanted an array of strings"),
        ({"directories": "/x"}, "directories: found a str, wanted an array of strings"),
        ({"control": {}}, r"control: found \{\}, wanted an http URL"),
        ({"control": "sh control"}, "control: found 'sh control', wanted an http URL"),
        ({"control": {"command": "sh control"}}, "wanted an http URL"),
    ],
)
def test_a_wrong_line_is_refused_by_name(line: dict[str, Any], said: str) -> None:
    with pytest.raises(Unusable, match=said):
        filled(PROFILE, line)


def test_a_secret_in_a_wrong_line_is_not_repeated() -> None:
    with pytest.raises(Unusable) as refused:
        filled(PROFILE, {"secrets": ["a-secret-value", 7]})
    assert "a-secret-value" not in str(refused.value)


def test_a_name_that_nobody_fills_is_an_error_and_a_shells_own_stays() -> None:
    with pytest.raises(Unusable, match=r"names \{config\}, and .* gave only profile_dir"):
        fill(("cpi", "{config}"), {"profile_dir": "/x"})
    assert fill(("/cpi", '${HOME}{"a":1}{b}'), {"b": "c"}) == ("/cpi", '${HOME}{"a":1}c')
    assert fill(("/cpi", "awk '{print}' {b}"), {"b": "c"}) == ("/cpi", "awk '{print}' c")


def test_a_world_that_says_something_wrong_is_taken_down(tmp_path: Path) -> None:
    line = json.dumps({"control": {}})
    profile = profile_for()
    down = (sys.executable, "-c", f"open({str(tmp_path / 'down')!r}, 'w')")
    world = evolve(profile.world, up=("echo", line), down=down)
    with pytest.raises(Unusable, match="control: found"):
        OpenSession(evolve(profile, world=world), Choices(state=tmp_path / "state"), 0)
    assert (tmp_path / "down").exists()
    assert list((tmp_path / "state").glob("ledger-*")) == []


def test_a_world_that_says_nothing_is_taken_down_too(tmp_path: Path) -> None:
    profile = profile_for()
    down = (sys.executable, "-c", f"open({str(tmp_path / 'down')!r}, 'w')")
    world = evolve(profile.world, up=("echo", "{}"), down=down)
    opened = OpenSession(
        evolve(profile, world=world, command=("true",), dead=()), Choices(state=tmp_path), 0
    )
    assert opened.close() == []
    assert (tmp_path / "down").exists()
    assert list(tmp_path.glob("ledger-*")) == []


def test_a_folder_of_state_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unusable, match=r"cannot be kept in .*file/state: Not a directory"):
        OpenSession(profile_for(), Choices(state=tmp_path / "file" / "state"), 0)


def test_a_server_that_up_leaves_running_may_keep_its_pipes(tmp_path: Path) -> None:
    up = ("sh", "-c", 'sleep 20 & echo \'{"vars": {"pid": "\'$!\'"}}\'')
    profile = evolve(PROFILE, path=tmp_path / "c", world=evolve(PROFILE.world, up=up))
    line = up_line(profile)
    os.kill(int(line["vars"]["pid"]), signal.SIGKILL)


class _Doors(BaseHTTPRequestHandler):
    """A control interface that answers what `answers` says, and 404 elsewhere."""

    answers: ClassVar[dict[str, str]]

    def do_GET(self) -> None:
        text = self.answers.get(self.path.partition("?")[0])
        self.send_response(404 if text is None else 200)
        self.end_headers()
        self.wfile.write((text or "no").encode())

    def do_POST(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # as it is named there
        """Say nothing."""


@pytest.fixture
def doors() -> Iterator[tuple[str, dict[str, str]]]:
    answers: dict[str, str] = {}
    handler = type("Doors", (_Doors,), {"answers": answers})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", answers
        server.shutdown()
        thread.join()


def test_what_a_control_interface_answers_wrongly_is_shown(
    doors: tuple[str, dict[str, str]],
) -> None:
    url, answers = doors
    control = Control(url=url)
    answers |= {"/inventory": '[{"id": "x"}]', "/mark": "7", "/calls": "{}"}
    for ask, said in (
        (control.inventory, "wanted an array of objects, each with kind and id"),
        (control.mark, "answered 7, wanted its seq"),
        (lambda: control.calls(1), "wanted an array of objects"),
    ):
        with pytest.raises(Blocked, match=said):
            ask()
    with pytest.raises(NotServed, match="control POST /rules answered 404"):
        control.arm(do="fail")


@pytest.mark.parametrize("inventory", [None, "[{}]", "garbage"])
def test_a_run_goes_on_where_the_inventory_is_missing_or_garbage(
    doors: tuple[str, dict[str, str]], inventory: str | None
) -> None:
    url, answers = doors
    if inventory is not None:
        answers["/inventory"] = inventory
    profile = profile_for()
    standing, world = filled(profile, up_line(profile))
    line = {**world.line, "control": url}
    up = ("printf", "%s", json.dumps(line))
    standing = evolve(standing, world=evolve(standing.world, up=up))
    only = ("vm.create-answers-an-array", "leak", "vm.failure-leaves-nothing")
    done = judge(standing, Choices(level="lifecycle", only=only, seed=2))
    found = {each.case.rule.id: each for each in done.results}
    blind = found["vm.failure-leaves-nothing"]
    assert blind.outcome is (Outcome.NOT_RUN if inventory is None else Outcome.BLOCKED)
    assert "/inventory" in blind.message
    created, left = found["vm.create-answers-an-array"], found["leak.nothing-is-left"]
    if inventory is None:
        assert created.outcome is Outcome.PASSED
        assert left.outcome is Outcome.PASSED
    else:
        assert left.outcome is Outcome.BROKEN
        assert "inventory could not be read" in left.message


def test_a_world_that_fails_after_its_line_shows_no_secret(tmp_path: Path) -> None:
    up = ("sh", "-c", """echo '{"secrets": ["a-secret-value"]}'; exit 3""")
    profile = evolve(PROFILE, path=tmp_path / "c", world=evolve(PROFILE.world, up=up))
    with pytest.raises(Unusable, match=r"ended with 3; .* found JSON, a dict") as refused:
        up_line(profile)
    assert "a-secret-value" not in str(refused.value)
