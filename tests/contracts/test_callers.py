"""How the Director and the CLI start an executable, seen from inside of it."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cpikit_contracts.callers import Running, cli_env, run
from cpikit_contracts.exchange import Ending, Exchange, Invocation
from cpikit_contracts.outcomes import Unusable

Started = Callable[..., Exchange]


def test_the_director_gives_path_and_nothing_else(started: Started) -> None:
    exchange = started("import os, json; print(json.dumps(dict(os.environ)))")
    given = json.loads(exchange.stdout)
    assert given.keys() <= {"PATH", "LC_CTYPE"}
    assert given["PATH"] == "/usr/sbin:/usr/bin:/sbin:/bin"


def test_the_cli_gives_its_own_environment_and_two_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPERATOR_EXAMPLE", "kept")
    given = cli_env()
    assert given["OPERATOR_EXAMPLE"] == "kept"
    assert {"BOSH_PACKAGES_DIR", "BOSH_JOBS_DIR"} <= given.keys()


@pytest.mark.parametrize("caller", ["director", "cli"])
def test_everything_that_is_written_arrives(started: Started, caller: str) -> None:
    text = (
        "import sys; d = sys.stdin.buffer.read(); sys.stdout.buffer.write(d); sys.stderr.write('e')"
    )
    exchange = started(text, "ü".encode() * 50_000, caller)
    assert exchange.stdout == "ü".encode() * 50_000
    assert exchange.stderr == b"e"
    assert exchange.ending is Ending.EOF
    assert exchange.status == 0


def test_an_exit_status_is_noted(started: Started) -> None:
    assert started("raise SystemExit(3)").status == 3


def test_a_process_that_writes_before_it_reads_is_stuck_under_the_director(
    started: Started,
) -> None:
    text = "import os, sys; os.write(2, b'x' * 300000); sys.stdin.read(); print('{}')"
    assert started(text, b"y" * 300_000).ending is Ending.STUCK


def test_the_same_process_is_not_stuck_under_the_cli(started: Started) -> None:
    text = "import os, sys; os.write(2, b'x' * 300000); sys.stdin.read(); print('{}')"
    exchange = started(text, b"y" * 300_000, "cli")
    assert exchange.ending is Ending.EOF
    assert len(exchange.stderr) == 300_000


def test_a_request_that_is_not_read_is_noted(started: Started) -> None:
    assert started("pass", b"y" * 300_000).unread_request


def test_a_child_that_holds_a_pipe_is_noticed_and_ended(started: Started) -> None:
    text = (
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print('{}')\n"
    )
    exchange = started(text)
    assert exchange.ending is Ending.HELD
    assert exchange.stdout == b"{}\n"


def test_a_process_that_never_ends_is_ended(started: Started) -> None:
    exchange = started("import time; time.sleep(60)", limit_s=0.5)
    assert exchange.ending is Ending.TIMEOUT
    assert exchange.status is not None


def test_a_file_that_cannot_be_executed_is_named() -> None:
    with pytest.raises(Unusable, match="/nonexistent/cpi"):
        run(Invocation(("/nonexistent/cpi",), b"{}", "director", {}))


def test_many_small_writes_fill_a_pipe_as_well(started: Started) -> None:
    text = "import os, sys\nfor _ in range(100): os.write(2, b'x' * 3000)\nsys.stdin.read()"
    assert started(text, b"y" * 300_000).ending is Ending.STUCK


@pytest.mark.parametrize("caller", ["director", "cli"])
def test_a_process_that_writes_without_end_is_ended_in_time(started: Started, caller: str) -> None:
    text = "import os\nwhile True: os.write(1, b'y' * 60000)"
    exchange = started(text, b"{}", caller, limit_s=1.0)
    assert exchange.ending in {Ending.TIMEOUT, Ending.FLOOD}


def test_what_floods_is_ended_before_the_memory_is_full(
    started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cpikit_contracts.callers.MOST_BYTES", 100_000)
    text = "import os\nwhile True: os.write(1, b'y' * 60000)"
    assert started(text, b"{}", "cli").ending is Ending.FLOOD


def test_a_child_in_a_session_of_its_own_is_ended_too(started: Started) -> None:
    text = (
        "import subprocess, sys\n"
        "child = subprocess.Popen(\n"
        "    [sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True\n"
        ")\n"
        "print(child.pid)\n"
    )
    exchange = started(text)
    assert exchange.ending is Ending.HELD
    status = Path(f"/proc/{int(exchange.stdout)}/status")
    for _ in range(400):
        if not status.exists() or "State:\tZ" in status.read_text():
            return
        time.sleep(0.01)
    pytest.fail(f"{status} is still there")


def test_an_interrupt_ends_what_was_started() -> None:
    seen: list[Running] = []

    def interrupt(running: Running) -> None:
        seen.append(running)
        raise KeyboardInterrupt

    argv = (sys.executable, "-c", "import time; time.sleep(60)")
    with pytest.raises(KeyboardInterrupt):
        run(Invocation(argv, b"", "cli", {}), interrupt)
    assert seen[0].ended
