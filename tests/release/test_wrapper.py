"""bin/cpi as both callers start it, with a Python in the place of CPython that tells how."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

TELL = f"""#!{sys.executable} -IS
import json, os, sys
told = {{"argv": sys.argv[1:], "pid": os.getpid(), "stdin": sys.stdin.read(),
        "environment": dict(os.environ), "cwd": os.getcwd()}}
print(json.dumps(told))
print("to stderr", file=sys.stderr)
"""


@pytest.fixture(params=["alicloud_job", "fake_job"])
def started(request, tmp_path):
    """Start bin/cpi of a job in an odd folder with this environment; gives what was told."""
    job = request.getfixturevalue(request.param)
    home = tmp_path / "it's \u00f6dd $(here)"
    packages, jobs = home / "packages", home / "jobs"
    python = packages / "cpikit-python/bin/python3"
    python.parent.mkdir(parents=True)
    python.write_text(TELL)
    python.chmod(0o755)
    cpi = jobs / job.name / "bin/cpi"
    cpi.parent.mkdir(parents=True)
    cpi.write_text(job.render([{}])[0]["bin/cpi"])
    cpi.chmod(0o755)

    def start(environment):
        bare = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        process = subprocess.Popen(
            [cpi],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=bare | environment,
            cwd="/",
            text=True,
        )
        out, err = process.communicate('{"method":"info"}')
        return process, out, err

    start.packages, start.jobs, start.name = packages, jobs, job.name
    return start


def located(started):
    return {"BOSH_PACKAGES_DIR": str(started.packages), "BOSH_JOBS_DIR": str(started.jobs)}


def test_it_starts_python_alone_with_the_config_of_its_job(started):
    _, out, _ = started(located(started))
    assert json.loads(out)["argv"] == [
        "-I",
        "-S",
        f"{started.packages}/cpikit/start.py",
        "--config",
        f"{started.jobs}/{started.name}/config/cpi.json",
    ]


def test_it_becomes_python_so_that_signals_reach_it(started):
    process, out, _ = started(located(started))
    assert json.loads(out)["pid"] == process.pid


def test_it_leaves_stdin_stdout_and_stderr_alone(started):
    process, out, err = started(located(started))
    assert json.loads(out)["stdin"] == '{"method":"info"}'
    assert out.count("\n") == 1
    assert err == "to stderr\n"
    assert process.returncode == 0


def test_it_hands_on_the_environment_as_it_is(started):
    _, out, _ = started({**located(started), "TMPDIR": "/x y"})
    environment = json.loads(out)["environment"]
    for odd in ("PWD", "SHLVL", "_", "OLDPWD", "LC_CTYPE"):
        environment.pop(odd, None)  # the shell's and Python's own
    assert environment == {
        **located(started),
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "TMPDIR": "/x y",
    }


def test_without_the_clis_variables_it_looks_where_a_director_has_it(started):
    process, out, err = started({})
    if Path("/var/vcap/packages/cpikit-python").exists():
        pytest.fail("this machine is a BOSH VM: run the tests elsewhere")
    assert process.returncode != 0
    assert out == ""
    assert "/var/vcap/packages/cpikit-python/bin/python3" in err
