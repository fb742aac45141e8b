"""Put a world up, learn from it what the profile left open, and take it down again."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import evolve, field, frozen

from cpikit_contracts.callers import Start, spawn
from cpikit_contracts.control import ANSWER_WITHIN_S, Control
from cpikit_contracts.conversation import Conversation
from cpikit_contracts.outcomes import Unusable
from cpikit_contracts.profile import Profile

UP_WITHIN_S: Final = 120.0
DOWN_WITHIN_S: Final = 60.0


@frozen
class StandingWorld:
    """A world that is up: the line that `up` printed, understood."""

    line: dict[str, Any] = field(factory=dict)
    vars: Mapping[str, str] = field(factory=dict)
    env: Mapping[str, str] = field(factory=dict)
    secrets: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()
    control: Control | None = None


def put_up(profile: Profile, start: Start = spawn) -> tuple[Profile, StandingWorld]:
    """Run `up`, where there is one, and fill the profile with what it printed.

    `{profile_dir}` is the folder of the profile, so that a profile can name the files beside it.
    """
    line = _up_line(profile) if profile.world.up else {}
    world = _understood(line, start)
    values = {"profile_dir": str(profile.path.parent.resolve()), **world.vars}
    filled = evolve(
        profile,
        command=fill(profile.command, values),
        dead=fill(profile.dead, values),
        inputs={**profile.inputs, **line.get("inputs", {})},
    )
    return filled, world


def take_down(down: tuple[str, ...], line: dict[str, Any], folder: Path) -> str:
    """Run `down` with the line on stdin; what went wrong, or nothing."""
    if not down:
        return ""
    try:
        done = subprocess.run(
            down,
            input=(json.dumps(line) + "\n").encode(),
            capture_output=True,
            timeout=DOWN_WITHIN_S,
            check=False,
            cwd=folder,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"the world could not be taken down: {error}"
    if done.returncode:
        said = done.stderr[-500:].decode("utf-8", "replace")
        return (
            f"the world could not be taken down: {down[0]!r} ended with {done.returncode}: {said}"
        )
    return ""


def fill(words: tuple[str, ...], values: Mapping[str, str]) -> tuple[str, ...]:
    """Replace {name} by the world's value; a name that the world did not give is an error."""
    filled = tuple(_filled(word, values) for word in words)
    if not filled:
        return filled
    # Found by our own PATH: the Director gives a CPI another one, but names it by its whole path.
    return (shutil.which(filled[0]) or filled[0], *filled[1:])


def _filled(word: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        word = word.replace("{" + name + "}", str(value))
    return word


def _up_line(profile: Profile) -> dict[str, Any]:
    up = profile.world.up
    try:
        done = subprocess.run(
            up,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=UP_WITHIN_S,
            check=False,
            cwd=profile.path.parent,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unusable(f"the world's up command {up[0]!r} cannot be run: {error}") from error
    lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
    try:
        line = json.loads(lines[-1]) if lines else None
    except ValueError:
        line = None
    if done.returncode or not isinstance(line, dict):
        said = done.stderr[-500:].decode("utf-8", "replace")
        raise Unusable(
            f"the world's up command {up[0]!r} ended with {done.returncode}; "
            f"wanted one JSON line on stdout, found {lines[-1:]!r}; stderr: {said}"
        )
    return line


def _understood(line: dict[str, Any], start: Start) -> StandingWorld:
    control = line.get("control")
    spoken = None
    if isinstance(control, str):
        spoken = Control(url=control)
    elif isinstance(control, dict):
        command = tuple(control["command"])
        stays = control.get("stays") is True
        spoken = Control(
            command=command,
            start=start,
            conversation=Conversation(command, ANSWER_WITHIN_S) if stays else None,
        )
    return StandingWorld(
        line=line,
        vars={name: str(value) for name, value in line.get("vars", {}).items()},
        env={name: str(value) for name, value in line.get("env", {}).items()},
        secrets=tuple(line.get("secrets", ())),
        directories=tuple(line.get("directories", ())),
        control=spoken,
    )
