"""Rules about the process: environment, working directory, standard input."""

import json
import stat
import tempfile
from pathlib import Path
from typing import Any

from cpikit_contracts.exchange import Ending
from cpikit_contracts.rules import BOTH, CLI, MUST, SHOULD, WIRE, rule
from cpikit_contracts.scenario import Scenario

BIG_REQUEST_BYTES = 1_000_000
HOSTILE_ENV = {
    "LANG": "xx_YY.nonsense",
    "LC_ALL": "C",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "GEM_HOME": "/nonexistent",
    "GEM_PATH": "/nonexistent",
    "GOFLAGS": "-nonsense",
    "GODEBUG": "nonsense=1",
    "RUBYOPT": "-W0",
    "PYTHONPATH": "/nonexistent",
    "PYTHONHOME": "/nonexistent",
    "COLUMNS": "-1",
    "TERM": "nonsense",
    "TZ": "Nowhere/Nothing",
}


@rule(
    "process.works-in-a-bare-environment",
    MUST,
    WIRE,
    "The CPI works with PATH alone in its environment.",
    "external_cpi.rb invoke_cpi_method (unsetenv_others)",
    checks=(9, 20),
)
def bare_environment(s: Scenario) -> None:
    """Start info with PATH=/usr/sbin:/usr/bin:/sbin:/bin, no HOME, TMPDIR or LANG, no arguments."""
    s.succeeded(s.offline("info"), "info with only PATH in the environment")


@rule(
    "process.works-with-home-and-tmpdir",
    MUST,
    WIRE,
    "The CPI works when the worker has HOME and TMPDIR, writable or not.",
    "external_cpi.rb invoke_cpi_method",
    checks=(9,),
)
def home_and_tmpdir(s: Scenario) -> None:
    """Start info with HOME and TMPDIR that exist, and with some that do not."""
    there = str(s.session.folder)
    s.succeeded(s.offline("info", env={"HOME": there, "TMPDIR": there}), "info with HOME, TMPDIR")
    nowhere = {"HOME": "/nonexistent", "TMPDIR": "/nonexistent"}
    s.succeeded(s.offline("info", env=nowhere), "info with HOME and TMPDIR that do not exist")


@rule(
    "process.works-in-a-hostile-environment",
    SHOULD,
    WIRE,
    "What the operator's environment holds (locale, proxies, interpreter variables) spoils "
    "nothing.",
    "cpi_cmd_runner.go (inherits the operator's environment)",
    checks=(10,),
    callers=CLI,
)
def hostile_environment(s: Scenario) -> None:
    """Start info as the CLI does: odd locale, dead proxies, variables of three languages."""
    s.succeeded(s.offline("info", env=HOSTILE_ENV), "info in a hostile environment")


@rule(
    "process.finds-its-folders",
    MUST,
    WIRE,
    "BOSH_PACKAGES_DIR and BOSH_JOBS_DIR may be set or not; the CPI works either way.",
    "cpi_cmd_runner.go; aws_cpi/templates/cpi.erb",
    checks=(11,),
    callers=BOTH,
)
def finds_its_folders(s: Scenario) -> None:
    """The CLI's caller sets both, the Director's none; info has to succeed under both."""
    s.succeeded(s.offline("info"), f"info as the {s.caller} starts it")


@rule(
    "process.works-in-any-directory",
    MUST,
    WIRE,
    "The CPI works in any working directory, also in one that it cannot write to.",
    "external_cpi.rb (inherited working directory)",
    checks=(12,),
    callers=BOTH,
    needs=("paths",),
)
def any_directory(s: Scenario) -> None:
    """Start info in / and in a folder without write permission."""
    s.succeeded(s.offline("info", cwd="/"), "info in /")
    with tempfile.TemporaryDirectory(dir=s.session.folder) as folder:
        unwritable = Path(folder) / "unwritable"
        unwritable.mkdir()
        unwritable.chmod(stat.S_IRUSR | stat.S_IXUSR)
        s.succeeded(s.offline("info", cwd=str(unwritable)), "info in an unwritable folder")
        left = [each.name for each in unwritable.iterdir()]
        unwritable.chmod(stat.S_IRWXU)
        s.want(not left, f"info left files in its working directory: {left}")


@rule(
    "process.accepts-any-white-space",
    MUST,
    WIRE,
    "A request may have no newline at its end, one, or lines throughout.",
    "external_cpi.rb writes none; JSON",
    checks=(13, 14),
    callers=BOTH,
)
def any_white_space(s: Scenario) -> None:
    """Send info without newline, with newline, indented over lines, and with spaces around."""
    document = s.session.document(s.caller, "info", [])
    for name, text in (
        ("without newline", json.dumps(document)),
        ("with a newline", json.dumps(document) + "\n"),
        ("over many lines", json.dumps(document, indent=2)),
        ("with white space around it", f" \r\n\t{json.dumps(document)} \n\n"),
    ):
        s.succeeded(s.raw(text.encode(), malformed=False), f"info {name}")


@rule(
    "process.drains-a-big-request-first",
    MUST,
    WIRE,
    "A request of 1 MB is read before much is written, so that no caller and CPI wait on "
    "each other.",
    "external_cpi.rb (writes everything before it reads)",
    checks=(15,),
    callers=BOTH,
)
def big_request(s: Scenario) -> None:
    """Send info and an unknown method with 1 MB of unused context; watch for full pipes."""
    extra = {"unused": "x" * BIG_REQUEST_BYTES}
    for method in ("info", "cpikit_contracts_no_such_method_big"):
        answer = s.offline(method, context=extra)
        s.want(
            answer.exchange.ending is not Ending.STUCK,
            f"{method} with 1 MB of request: {Ending.STUCK.value}",
        )
        s.want(
            not answer.exchange.unread_request,
            f"{method} with 1 MB of request: the process ended before it had read it",
        )
        s.want(answer.document is not None, f"{method} with 1 MB of request: {answer}")


@rule(
    "process.keeps-text-whole",
    MUST,
    WIRE,
    "Text in any script passes without a locale: raw UTF-8, escapes, control characters.",
    "external_cpi.rb writes raw UTF-8 with no LANG set; cpi_cmd_runner.go escapes &, < and >",
    checks=(9, 10),
    callers=BOTH,
)
def keeps_text_whole(s: Scenario) -> None:
    """Send info with such text in the context, raw and escaped."""
    text = 'Zürich ☃ 雪 \u0007 \\ " & < > \U0001f600'
    for ascii_only in (False, True):
        document = s.session.document(s.caller, "info", [], context={"text": text})
        request = json.dumps(document, ensure_ascii=ascii_only).encode()
        s.succeeded(s.raw(request, malformed=False), "info with text of many scripts")


@rule(
    "info.is-small-on-stderr",
    SHOULD,
    WIRE,
    "info writes less than 64 KiB to stderr and log together; the Director reads byte by byte.",
    "external_cpi.rb byte-wise reading: about a second of CPU per MiB",
    checks=(17,),
    callers=BOTH,
)
def info_is_small(s: Scenario) -> None:
    """Measure stderr and log of one info against limits.stderr_bytes."""
    answer = s.offline("info")
    size = len(answer.exchange.stderr) + len(answer.log.encode("utf-8", "replace"))
    limit = s.profile.limits.stderr_bytes
    s.session.figures["info stderr and log, bytes"] = size
    s.want(size < limit, f"info wrote {size} bytes to stderr and log, wanted less than {limit}")


@rule(
    "log.names-the-request",
    SHOULD,
    WIRE,
    "What the CPI logs carries the Director's request id.",
    "docs-bosh cpi-api-rpc.md; bosh-cpi-ruby cli.rb",
    checks=(122,),
)
def names_the_request(s: Scenario) -> None:
    """Let an unknown method fail; if anything was logged, the request id must be in it."""
    silent = 0
    for method in ("info", "cpikit_contracts_no_such_method_log"):
        answer = s.offline(method)
        logged = answer.exchange.stderr_text + answer.log
        request: dict[str, Any] = json.loads(answer.exchange.invocation.request)
        wanted = request["context"]["request_id"]
        silent += not logged.strip()
        s.want(
            not logged.strip() or wanted in logged,
            f"{method} logged {logged[:200]!r} without its request id {wanted}",
        )
    if silent:
        s.notes.append(f"{silent} of 2 calls logged nothing")
