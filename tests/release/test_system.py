"""requirements/system on machines that are made of stubs: what it installs, what it names."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from release_jobs import ROOT

QUICK = ["git", "ruby", "gcc", "xz-utils"]
BESIDE = ["nodejs", "chromium", "curl", "openssl"]


@pytest.fixture
def machine(tmp_path):
    """A machine that has bash alone; gives a function that runs requirements/system on it."""
    home = tmp_path / "bin"
    home.mkdir()
    (home / "bash").symlink_to(shutil.which("bash"))

    def stub(name, text):
        (home / name).write_text(f"#!{home}/bash\n{text}\n")
        (home / name).chmod(0o755)

    def run(*words, user=0):
        stub("id", f"echo {user}")
        stub("apt-get", f'echo "$*" >>{tmp_path}/log')
        done = subprocess.run(
            [home / "bash", ROOT / "requirements/system", *words],
            env={"PATH": str(home)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        log = tmp_path / "log"
        return done, log.read_text().splitlines() if log.exists() else []

    run.stub = stub
    return run


def test_a_fresh_machine_gets_what_the_quick_tests_need(machine):
    done, log = machine("quick")
    assert done.returncode == 0, done.stderr
    assert log[0] == "update -qq"
    assert [name for name in QUICK if name in log[1].split()] == QUICK
    assert not [name for name in BESIDE if name in log[1].split()]


def test_everything_is_that_and_more(machine):
    _, log = machine()
    assert set(QUICK + BESIDE) <= set(log[1].split())


def test_what_is_there_is_left_alone(machine):
    for name in ("git", "ruby", "gcc", "xz"):
        machine.stub(name, "exit 0")
    done, log = machine("quick")
    assert done.returncode == 0
    assert not [line for line in log if set(QUICK) & set(line.split())]


def test_a_python_without_ensurepip_gets_debians_package_for_it(machine):
    machine.stub("python3", 'case "$*" in *ensurepip*) exit 1 ;; *) echo python3.12-venv ;; esac')
    _, log = machine("quick", "python3")
    assert "python3.12-venv" in log[1].split()


def test_who_may_not_install_is_told_what_is_missing(machine):
    done, log = machine("quick", user=1000)
    assert (done.returncode, log) == (1, [])
    assert done.stderr.startswith("these are missing, please install them: git ruby gcc xz-utils")
