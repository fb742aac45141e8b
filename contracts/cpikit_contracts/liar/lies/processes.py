"""Lies about the process: environment, pipes, exit status, files, secrets in the open."""

# mypy: disable-error-code="method-assign, assignment"
# Replacing honest methods is what a lie is.

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from cpikit_contracts.liar.lies.kinds import Lie, lie
from cpikit_contracts.liar.store import Json

if TYPE_CHECKING:
    from cpikit_contracts.liar.process import Edge

SLOTS = 12


def _refusing(name: str, says: str, breaks: str, when: str, also: str = "") -> Lie:
    """A lie that answers every request with an error when something is so."""

    def part(edge: "Edge") -> None:
        honest = edge.respond

        def respond(raw: bytes) -> Json:
            if CONDITIONS[when](raw):
                return edge.failure(
                    "Bosh::Clouds::CloudError", f"it is so: {when}", _request_id(raw)
                )
            return honest(raw)

        edge.respond = respond

    return lie(name, says, breaks, also).at_edge(part)


def _request_id(raw: bytes) -> str:
    try:
        return str(json.loads(raw)["context"]["request_id"])
    except (ValueError, KeyError, TypeError):
        return ""


def _no_slot(raw: bytes) -> bool:
    if b'"info"' not in raw:
        return False
    folder = os.path.join("/tmp", f"liar-slots-{os.getuid()}")  # noqa: S108  # the lie is a clash of temporary files
    os.makedirs(folder, exist_ok=True)
    for number in range(SLOTS):
        handle = open(os.path.join(folder, str(number)), "w", encoding="ascii")  # noqa: SIM115  # held until the process ends
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue
        time.sleep(0.25)
        return False
    return True


CONDITIONS: dict[str, Callable[[bytes], bool]] = {
    "HTTP_PROXY is set": lambda raw: "HTTP_PROXY" in os.environ,
    "TMPDIR does not exist": lambda raw: not os.path.isdir(os.environ.get("TMPDIR", "/")),
    "HOME is missing": lambda raw: "HOME" not in os.environ,
    "BOSH_JOBS_DIR is no folder": lambda raw: (
        not os.path.isdir(os.environ.get("BOSH_JOBS_DIR", "/"))
    ),
    "no slot is free": _no_slot,
    "there is no newline": lambda raw: not raw.endswith(b"\n") and raw.strip() != raw,
    "it has letters of another script": lambda raw: b"\xc3\xbc" in raw and b"Z" in raw,
}


def _status_1_on(*, error: bool) -> Lie:
    name = "error" if error else "success"

    def part(edge: "Edge") -> None:
        honest = edge.write

        def write(answer: Json) -> bytes:
            edge.status = int(bool(answer["error"]) is error)
            return honest(answer)

        edge.write = write

    return lie(
        f"status-1-on-{name}", f"ends with status 1 after {name}", f"process.exits-0-on-{name}"
    ).at_edge(part)


def _holds_pipe(edge: "Edge") -> None:
    honest = edge.emit

    def emit(data: bytes) -> None:
        if b"liar-raw" in data and edge.request.get("api_version") == 3:  # noqa: PLR2004  # seldom
            subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(3)"])
        honest(data)

    edge.emit = emit


def _reads_a_part(edge: "Edge") -> None:
    def read() -> bytes:
        return os.read(0, 65_536)

    edge.read = read


def _talks_first(edge: "Edge") -> None:
    honest = edge.read

    def read() -> bytes:
        os.write(2, b"x" * 200_000)
        return honest()

    edge.read = read


def _reads_one_line(edge: "Edge") -> None:
    edge.read = sys.stdin.buffer.readline


def _leaves_a_file(edge: "Edge") -> None:
    with open("cpi.log", "a", encoding="utf-8") as file:
        file.write("started\n")
    del edge


def _talkative_info(edge: "Edge") -> None:
    honest = edge.respond

    def respond(raw: bytes) -> Json:
        if b'"info"' in raw:
            edge.log(f"[{_request_id(raw)}] " + "x" * 70_000)
        return honest(raw)

    edge.respond = respond


def _anonymous_log(edge: "Edge") -> None:
    honest = edge.log
    edge.log = lambda text: honest("something failed")


def _logs_requests(edge: "Edge") -> None:
    honest = edge.respond

    def respond(raw: bytes) -> Json:
        edge.log(f"[{_request_id(raw)}] request: {raw.decode('utf-8', 'replace')}")
        return honest(raw)

    edge.respond = respond


def _repeats_garbage(edge: "Edge") -> None:
    honest = edge.respond

    def respond(raw: bytes) -> Json:
        try:
            json.loads(raw)
        except (ValueError, RecursionError):
            said = f"cannot parse {raw.decode('utf-8', 'replace')}"
            return edge.failure("Bosh::Clouds::CpiError", said)
        return honest(raw)

    edge.respond = respond


def _keeps_requests(edge: "Edge") -> None:
    honest = edge.respond

    def respond(raw: bytes) -> Json:
        folder = os.environ.get("TMPDIR", "")
        if os.path.isdir(folder):
            with open(os.path.join(folder, f"request-{os.getpid()}"), "wb") as file:
                file.write(raw)
        return honest(raw)

    edge.respond = respond


def _secret_in_arguments(edge: "Edge") -> None:
    honest = edge.respond

    def respond(raw: bytes) -> Json:
        if b'"has_vm"' in raw:
            program = "import time; time.sleep(0.1)"
            secret = str(edge.config["access_key_secret"])
            subprocess.run([sys.executable, "-I", "-S", "-c", program, secret], check=False)
        return honest(raw)

    edge.respond = respond


LIES = (
    _status_1_on(error=False),
    _status_1_on(error=True),
    lie("holds-the-pipe", "leaves a child that holds stdout", "process.leaves-no-child-on-the-pipes")
    .at_edge(_holds_pipe),
    lie("reads-a-part", "reads 64 KiB of its request and no more", "process.reads-its-request",
        "process.drains-a-big-request-first settings.keep-env-whole").at_edge(_reads_a_part),
    lie("talks-before-it-reads", "writes 200 KB to stderr before it reads",
        "process.drains-a-big-request-first", "info.is-small-on-stderr log.names-the-request")
    .at_edge(_talks_first),
    lie("reads-one-line", "reads one line of standard input", "process.accepts-any-white-space",
        "request.empty-is-answered process.reads-its-request").at_edge(_reads_one_line),
    lie("leaves-a-file", "keeps a log in its working directory", "process.works-in-any-directory")
    .at_edge(_leaves_a_file),
    _refusing("hates-proxies", "fails when a proxy is set", "process.works-in-a-hostile-environment",
              "HTTP_PROXY is set"),
    _refusing("needs-tmpdir", "fails when TMPDIR does not exist", "process.works-with-home-and-tmpdir",
              "TMPDIR does not exist"),
    _refusing("twelve-at-most", "serves no more than twelve info at once", "bulk.many-infos-at-once",
              "no slot is free"),
    _refusing("ascii-only", "fails on letters outside of ASCII", "process.keeps-text-whole",
              "it has letters of another script", "settings.keep-env-whole settings.decode-strictly metadata.any-text-is-taken"),
    lie("talkative-info", "writes 70 KB to stderr for info", "info.is-small-on-stderr")
    .at_edge(_talkative_info),
    lie("anonymous-log", "logs without the request id", "log.names-the-request").at_edge(_anonymous_log),
    lie("logs-requests", "logs the whole request", "secret.stays-out-of-every-answer",
        "secret.stays-out-of-refusals process.drains-a-big-request-first info.is-small-on-stderr budget.stderr-has-a-ceiling", "1.10 #15").at_edge(_logs_requests),
    lie("repeats-garbage", "repeats what it cannot parse", "secret.stays-out-of-refusals",
        "answer.is-utf-8").at_edge(_repeats_garbage),
    lie("keeps-requests", "keeps requests in TMPDIR", "secret.stays-out-of-files").at_edge(_keeps_requests),
    lie("secret-in-arguments", "hands its secret to a child as an argument",
        "secret.stays-off-the-command-line").at_edge(_secret_in_arguments),
)  # fmt: skip
