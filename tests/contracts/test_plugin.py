"""The suite inside of pytest: each case a test, failures that read like the report."""

import subprocess
import sys
from pathlib import Path

import pytest

from cpikit_contracts import plugin
from cpikit_contracts.mutants import LIAR
from cpikit_contracts.rules import LEVELS


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


def test_the_profile_is_found_beside_the_tests(tmp_path: Path) -> None:
    folder = tmp_path / "below"
    folder.mkdir()
    (folder / "test_mine.py").write_text("from cpikit_contracts.suite.test_contract import *\n")
    (folder / "contract.toml").write_text('[cpi]\ncommand = "/bin/false"\n')
    words = ("--cpi-level", "wire", "--cpi-only", "info.reports-api-version")
    assert "info.reports-api-version (must) is broken" in pytest_run(tmp_path, "below", *words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--cpi-only", "nonsense"), "there is no rule 'nonsense'"),
        (("--cpi-only", "sweep"), "sweep is of level sweep: give --cpi-level sweep"),
        (("--cpi-level", "nonsense"), "invalid choice: 'nonsense'"),
        (("--cpi-profile", "nowhere.toml"), "nowhere.toml cannot be read"),
        ((), "no contract.toml in"),
    ],
)
def test_what_cannot_be_used_is_said_without_a_trace(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "test_mine.py").write_text("from cpikit_contracts.suite.test_contract import *\n")
    told = pytest_run(tmp_path, "test_mine.py", *words)
    assert said in told
    assert "Traceback" not in told
    assert "plugin.py" not in told


def test_one_run_judges_one_cpi(tmp_path: Path) -> None:
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        line = "from cpikit_contracts.suite.test_contract import *\n"
        (folder / f"test_{name}.py").write_text(line)
        (folder / "contract.toml").write_text('[cpi]\ncommand = "/bin/false"\n')
    assert "one run of pytest judges one CPI" in pytest_run(tmp_path, "a", "b")


def test_an_account_that_stays_is_no_place_for_several_workers(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text("from cpikit_contracts.suite.test_contract import *\n")
    text = '[cpi]\ncommand = "/bin/false"\n[world]\nlive = true\n'
    (tmp_path / "contract.toml").write_text(text)
    words = ("-n", "2", "--cpi-only", "vm.create-answers-an-array")
    assert "is one account" in pytest_run(tmp_path, "test_mine.py", *words)


def test_what_a_run_makes_stands_in_a_ledger(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(
        "from cpikit_contracts.suite.test_contract import *\n"
        "def test_ledger(contract_session):\n"
        "    from pathlib import Path\n"
        "    contract_session.ledger.add('vm', 'vm-1', 'x')\n"
        "    journal, = Path('.cpikit-contracts').glob('ledger-*')\n"
        "    assert 'vm-1' in journal.read_text()\n"
        "    contract_session.ledger.remove('vm', 'vm-1')\n"
    )
    profile = str(LIAR / "contract.toml")
    words = ("--cpi-profile", profile, "--cpi-level", "wire", "--cpi-only", "info")
    told = pytest_run(tmp_path, "test_mine.py", *words)
    assert "failed" not in told
    assert list((tmp_path / ".cpikit-contracts").glob("ledger-*")) == []


def test_the_levels_are_those_of_the_rules() -> None:
    assert plugin.LEVELS == LEVELS
