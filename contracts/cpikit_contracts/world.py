"""Put a world up, learn from it what the profile left open, and take it down again."""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final

from attrs import evolve, field, frozen

from cpikit_contracts import profile_checks
from cpikit_contracts.callers import Start, spawn
from cpikit_contracts.control import ANSWER_WITHIN_S, Control
from cpikit_contracts.conversation import Conversation
from cpikit_contracts.outcomes import Unusable
from cpikit_contracts.profile import Profile

UP_WITHIN_S: Final = 120.0
DOWN_WITHIN_S: Final = 60.0
NAME: Final = re.compile(r"(?<!\$)\{([A-Za-z_][A-Za-z0-9_]*)\}")


@frozen
class StandingWorld:
    """A world that is up: the line that `up` printed, understood."""

    line: dict[str, Any] = field(factory=dict)
    vars: Mapping[str, str] = field(factory=dict)
    env: Mapping[str, str] = field(factory=dict)
    secrets: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()
    control: Control | None = None


def filled(
    profile: Profile, line: Mapping[str, Any], start: Start = spawn
) -> tuple[Profile, StandingWorld]:
    """The profile for a world whose `up` printed this line; raises Unusable for a wrong line.

    `{profile_dir}` is the folder of the profile, so that a profile can name the files beside it.
    """
    world = _understood(line, start)
    values = {"profile_dir": str(profile.path.parent.resolve()), **world.vars}
    return (
        evolve(
            profile,
            command=fill(profile.command, values),
            dead=fill(profile.dead, values),
            inputs={**profile.inputs, **line.get("inputs", {})},
        ),
        world,
    )


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
    """Replace {name} by the world's value; raises Unusable for a name that the world did not give.

    In a word with white space, which is a script, and after $ other names are a program's own.
    """
    made = tuple(_filled(word, values) for word in words)
    if not made:
        return made
    # Found by our own PATH: the Director gives a CPI another one, but names it by its whole path.
    return (shutil.which(made[0]) or made[0], *made[1:])


def _filled(word: str, values: Mapping[str, str]) -> str:
    is_script = any(character.isspace() for character in word)
    return NAME.sub(lambda found: _value(found, values, is_script=is_script), word)


def _value(found: re.Match[str], values: Mapping[str, str], *, is_script: bool) -> str:
    name = found.group(1)
    if name in values:
        return values[name]
    if is_script:
        return found.group()
    raise Unusable(
        f"the command of the CPI names {{{name}}}, and the world's up command gave only "
        f"{', '.join(sorted(values))} (its line's vars, and the profile's folder)"
    )


def up_line(profile: Profile) -> dict[str, Any]:
    """Run `up`; the line that it printed."""
    up = profile.world.up
    # Files, not pipes: a server that `up` leaves running keeps them open, and may write on.
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        try:
            done = subprocess.run(
                up,
                stdout=stdout,
                stderr=stderr,
                stdin=subprocess.DEVNULL,
                timeout=UP_WITHIN_S,
                check=False,
                cwd=profile.path.parent,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unusable(f"the world's up command {up[0]!r} cannot be run: {error}") from error
        lines, said = _read(stdout).strip().splitlines(), _read(stderr)[-500:]
    try:
        line = json.loads(lines[-1]) if lines else None
    except (ValueError, RecursionError):
        line = None
    if done.returncode or not isinstance(line, dict):
        # The line may hold secrets, so it is not repeated.
        found = f"JSON, a {type(line).__name__}" if line is not None else f"{len(lines)} lines"
        raise Unusable(
            f"the world's up command {up[0]!r} ended with {done.returncode}; "
            f"wanted one JSON object as the last line on stdout, found {found}; stderr: {said}"
        )
    return line


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def _understood(line: Mapping[str, Any], start: Start) -> StandingWorld:
    """What the line says; raises Unusable with everything in it that is not as wanted."""
    wrong = [
        f"{name}: found a {type(line[name]).__name__}, wanted an object"
        for name in ("vars", "env", "inputs")
        if not isinstance(line.get(name, {}), dict)
    ] + [
        f"{name}: found a {type(line[name]).__name__}, wanted an array of strings"
        for name in ("secrets", "directories")
        if not _are_strings(line.get(name, []))
    ]
    given = line.get("inputs", {})
    wrong += profile_checks.inputs(given) if isinstance(given, dict) else []
    control = line.get("control")
    if not (control is None or _is_url(control) or _is_command(control)):
        wrong.append(f'control: found {control!r}, wanted an http URL or {{"command": [...]}}')
    if wrong:
        raise Unusable("the line of the world's up command is not right: " + "; ".join(wrong))
    return StandingWorld(
        line=dict(line),
        vars={name: str(value) for name, value in line.get("vars", {}).items()},
        env={name: str(value) for name, value in line.get("env", {}).items()},
        secrets=tuple(line.get("secrets", ())),
        directories=tuple(line.get("directories", ())),
        control=None if control is None else _spoken(control, start),
    )


def _spoken(control: str | dict[str, Any], start: Start) -> Control:
    if isinstance(control, str):
        return Control(url=control)
    command = tuple(control["command"])
    stays = control.get("stays") is True
    conversation = Conversation(command, ANSWER_WITHIN_S) if stays else None
    return Control(command=command, start=start, conversation=conversation)


def _is_url(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def _is_command(value: object) -> bool:
    return isinstance(value, dict) and bool(value.get("command")) and _are_strings(value["command"])


def _are_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
