"""The suite inside of pytest: each case a test, failures that read like the report."""

import subprocess
import sys
from pathlib import Path

from cpikit_contracts.mutants import LIAR


def pytest_run(tmp_path: Path, *words: str) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    return done.stdout + done.stderr


def test_one_line_of_a_provider_runs_the_suite(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text("from cpikit_contracts.suite.test_contract import *\n")
    profile = str(LIAR / "contract.toml")
    words = ("--cpi-profile", profile, "--cpi-level", "wire", "--cpi-only", "info")
    assert "passed" in pytest_run(tmp_path, "test_mine.py", *words)


def test_a_failure_reads_like_the_report(tmp_path: Path) -> None:
    cpi = tmp_path / "cpi.sh"
    cpi.write_text(
        '#!/bin/sh\ncat >/dev/null\necho \'{"result":{"api_version":"2"},"error":null,"log":""}\'\n'
    )
    cpi.chmod(0o755)
    (tmp_path / "contract.toml").write_text(f'[cpi]\ncommand = "{cpi}"\n')
    words = ("--pyargs", "cpikit_contracts.suite", "--cpi-level", "wire", "--cpi-only", "info")
    told = pytest_run(tmp_path, *words)
    assert "info.reports-api-version (must) is broken" in told
    assert "info.api_version is '2', wanted an integer" in told
    assert "cpikit-contracts run --level wire --only 'info.reports-api-version[director]'" in told
