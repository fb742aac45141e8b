"""Rules about secrets: planted, then looked for wherever a CPI can write."""

import os
import secrets as random_secrets
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

from cpikit_contracts import samples
from cpikit_contracts.callers import Running
from cpikit_contracts.lives import ATTACH
from cpikit_contracts.reading import Answer
from cpikit_contracts.reports.hiding import forms
from cpikit_contracts.rules import BOTH, LIFECYCLE, MUST, SHOULD, WIRE, rule
from cpikit_contracts.scenario import Scenario

CANARY = "canary"
LARGEST_FILE = 4_000_000
LOOK_EVERY_S = 0.002
UNKNOWN_METHOD = "cpikit_contracts_no_such_method_secret"
DEBUG = {"BOSH_LOG_LEVEL": "debug", "DEBUG": "1"}


def plant(s: Scenario, name: str) -> str:
    """A new canary: a value that nothing but a leak can repeat."""
    canary = f"{CANARY}{name}{random_secrets.token_hex(8)}"
    s.session.canaries.append(canary)
    return canary


def canary_env(s: Scenario) -> dict[str, Any]:
    """An env with a canary in each secret that the callers put there."""
    return {
        "bosh": {
            "password": plant(s, "password"),
            "mbus": {"cert": {"ca": "x", "certificate": "x", "private_key": plant(s, "key")}},
            "blobstores": [{"provider": "dav", "options": {"password": plant(s, "blobs")}}],
        },
        "secret": plant(s, "env"),
    }


def _look(s: Scenario, answer: Answer, values: list[str]) -> None:
    exchange = answer.exchange
    for name, data in (("stdout", exchange.stdout), ("stderr", exchange.stderr)):
        for value in values:
            s.want(
                not _shows(data, value),
                f"{exchange.method} ({answer}) shows a secret on {name}: {_called(value)}",
            )


def _shows(data: bytes, value: str) -> bool:
    """Is the secret in there, in whatever way a program may write it?"""
    return any(form.encode("utf-8", "surrogatepass") in data for form in forms(value))


def _called(value: str) -> str:
    """Which secret it is, without the secret."""
    return f"{value[:12]}…" if value.startswith(CANARY) else "one that the world or [secrets] names"


@rule(
    "secret.stays-out-of-every-answer",
    MUST,
    WIRE,
    "Secrets from config, context and env appear neither on stdout nor on stderr, come what may.",
    "external_cpi.rb logs responses and stderr unredacted; AWS Redactor",
    checks=(117, 43),
    callers=BOTH,
    needs=("dead",),
)
def stays_out(s: Scenario) -> None:
    """Plant canaries in env and context, with debug asked for, in success, error and refusal."""
    before = len(s.session.canaries)
    context = {"secret_access_key": plant(s, "context"), "password": plant(s, "contextpw")}
    env = canary_env(s)
    calls: list[tuple[str, list[Any]]] = [("info", []), (UNKNOWN_METHOD, [env])]
    if "create_vm" not in s.profile.gaps and "stemcell" in s.profile.unknown:
        good = samples.arguments(s, "create_vm")
        good[5] = env
        calls.append(("create_vm", good))
        calls += [("create_vm", each) for each in _secret_properties(s, good)]
        calls.append(("create_vm", [*good[:3], [env], *good[4:]]))
        calls.append(("create_vm", [good[0], None, env]))
    for method, place in (("create_disk", 1), ("create_stemcell", 1), ("create_network", 0)):
        if method not in s.profile.gaps:
            arguments = samples.arguments(s, method)
            arguments[place] = {**arguments[place], "password": plant(s, method)}
            calls.append((method, arguments))
    # Several at once, since some CPIs try a dead endpoint for long.
    answers = s.at_once(
        [partial(s.dead, method, *given, context=context, env=DEBUG) for method, given in calls]
    )
    values = [*s.session.world.secrets, *s.profile.secrets, *s.session.canaries[before:]]
    for answer in answers:
        _look(s, answer, values)


def _secret_properties(s: Scenario, good: list[Any]) -> list[list[Any]]:
    """create_vm with a secret in the VM's cloud properties, and in those of its networks."""
    planted = {
        name: {**network, "cloud_properties": {"password": plant(s, "network")}}
        for name, network in good[3].items()
    }
    of_vm = {**good[2], "password": plant(s, "vm")}
    return [[*good[:2], of_vm, *good[3:]], [*good[:3], planted, *good[4:]]]


@rule(
    "secret.stays-out-of-real-calls",
    MUST,
    LIFECYCLE,
    "Secrets of env stay out of what a CPI says also when the call succeeds.",
    "external_cpi.rb logs responses and stderr unredacted; AWS Redactor",
    checks=(117,),
    callers=BOTH,
    methods=ATTACH,
)
def stays_out_of_real_calls(s: Scenario) -> None:
    """Make a VM with canaries in its env, attach a disk, delete both, with debug asked for."""
    before = len(s.session.canaries)
    made = s.create_vm(env=canary_env(s), process_env=DEBUG)
    vm, disk = s.needed_cid(made), s.disk()
    answers = [made, s.call("attach_disk", vm, disk, env=DEBUG)]
    answers += [s.call("delete_vm", vm, env=DEBUG), s.call("delete_disk", disk, env=DEBUG)]
    values = [*s.session.world.secrets, *s.profile.secrets, *s.session.canaries[before:]]
    for answer in answers:
        _look(s, answer, values)


@rule(
    "secret.stays-out-of-refusals",
    MUST,
    WIRE,
    "A request that is refused as malformed is not repeated in the answer or the log.",
    "external_cpi.rb logs responses and stderr unredacted",
    checks=(117,),
    callers=BOTH,
)
def stays_out_of_refusals(s: Scenario) -> None:
    """Send broken envelopes around a canary."""
    canary = plant(s, "raw")
    for request in (
        f'{{"method":"info","arguments":[],"context":{{"password":"{canary}"}}',
        f'{{"method":7,"arguments":[],"context":{{"password":"{canary}"}}}}',
        f'{{"method":"info","arguments":{{"password":"{canary}"}},"context":{{}}}}',
        f'["{canary}"]',
        f'"{canary}"',
        f"{canary}",
    ):
        _look(s, s.raw(request.encode()), [canary])


@rule(
    "secret.stays-off-the-command-line",
    SHOULD,
    WIRE,
    "Secrets are not in the arguments of the CPI's process or of its children.",
    "/proc/PID/cmdline is readable by every user",
    checks=(118,),
    callers=BOTH,
    needs=("dead",),
)
def stays_off_the_command_line(s: Scenario) -> None:
    """While a call runs, read the arguments of its process and of its children again and again."""
    seen: set[bytes] = set()
    canary = plant(s, "argv")
    context = {"password": canary}

    def look(running: Running) -> None:
        while not running.ended:
            seen.update(_command_lines(running.process.pid))
            time.sleep(LOOK_EVERY_S)

    watchers: list[threading.Thread] = []

    def start(running: Running) -> None:
        watchers.append(threading.Thread(target=look, args=(running,), daemon=True))
        watchers[-1].start()

    s.dead("info", context=context, on_start=start)
    if "has_vm" not in s.profile.gaps and "vm" in s.profile.unknown:
        s.dead("has_vm", s.unknown("vm"), context=context, on_start=start)
    for watcher in watchers:
        watcher.join()
    values = [*s.session.world.secrets, *s.profile.secrets, canary]
    shown = [value for value in values if any(_shows(line, value) for line in seen)]
    s.want(not shown, f"{len(shown)} secrets are in the arguments of the CPI's process")
    configured = " ".join(s.profile.dead)
    s.want(
        not any(value in configured for value in values), "a secret is in the configured command"
    )


@rule(
    "secret.stays-out-of-files",
    SHOULD,
    WIRE,
    "No secret lies in a temporary file, or in a file of the world's directories that "
    "others may read.",
    "operational",
    checks=(118,),
    callers=BOTH,
    needs=("dead",),
)
def stays_out_of_files(s: Scenario) -> None:
    """Give TMPDIR and HOME, let a call fail, then read every file there."""
    canary = plant(s, "file")
    folder = s.session.folder / f"tmp-{s.scope.replace('/', '-')}"
    folder.mkdir(exist_ok=True)
    env = {"TMPDIR": str(folder), "HOME": str(folder), **DEBUG}
    s.dead("info", context={"password": canary}, env=env)
    if "create_vm" not in s.profile.gaps and "stemcell" in s.profile.unknown:
        arguments = samples.arguments(s, "create_vm")
        arguments[5] = {"secret": canary}
        s.dead("create_vm", *arguments, context={"password": canary}, env=env)
    values = [*s.session.world.secrets, *s.profile.secrets, canary]
    for path in _files([folder]):
        shown = [value for value in values if _shows(path.read_bytes(), value)]
        s.want(not shown, f"a secret is left in the file {path.name} below TMPDIR")
    for path in _files([Path(each) for each in s.session.world.directories]):
        if path.stat().st_mode & 0o044:
            shown = [value for value in values if _shows(path.read_bytes(), value)]
            s.want(not shown, f"a secret is in {path}, which others may read")


def _command_lines(pid: int) -> set[bytes]:
    found = set()
    for each in (pid, *_children(pid)):
        try:
            found.add(Path(f"/proc/{each}/cmdline").read_bytes())
        except OSError:
            continue
    return found


def _children(pid: int) -> list[int]:
    try:
        words = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [int(word) for word in words]


def _files(folders: list[Path]) -> list[Path]:
    found = []
    for folder in folders:
        for root, _, names in os.walk(folder):
            found += [Path(root) / name for name in names]
    return [each for each in found if each.is_file() and each.stat().st_size < LARGEST_FILE]
