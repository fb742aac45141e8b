"""Corrupt the answers of any other CPI: `__main__.py corrupt LIE COMMAND…` stands in its place."""

import json
import subprocess
import sys

from cpikit_contracts.liar.lies.table import all_lies


def corrupt(words: list[str]) -> int:
    """Serve one request by the command, and lie about its answer; the status is its own."""
    name, *command = words
    lie = next(each for each in all_lies() if each.name == name)
    if lie.change is None:
        raise SystemExit(
            f"the lie {name} is not about the answer: it cannot be told of another CPI"
        )
    done = subprocess.run(
        command, input=sys.stdin.buffer.read(), stdout=subprocess.PIPE, check=False
    )
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = None
    said = lie.change(answer, done.stdout) if isinstance(answer, dict) else done.stdout
    sys.stdout.buffer.write(said)
    sys.stdout.buffer.flush()
    return done.returncode
