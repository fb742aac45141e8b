"""The fixtures: a fresh world each, and failure on what could not be served."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = """
from cpikit_alicloud_simulator.wire import ApiError

def test_first(alicloud):
    assert alicloud.ask("Vpc", "CreateVpc")["VpcId"]

def test_second_is_fresh(alicloud):
    assert alicloud.control.inventory() == []

def refused(simulator, *asked, **parameters):
    try:
        simulator.ask(*asked, **parameters)
    except ApiError as error:
        return error.code

def test_unserved(alicloud_direct):
    assert refused(alicloud_direct, "Ecs", "CreateSpaceship") == "InvalidAction"

def test_defect(alicloud_direct):
    alicloud_direct.desk.journal.defect("it broke")

def test_code(alicloud_direct):
    assert refused(alicloud_direct, "Vpc", "DeleteVpc", VpcId="vpc-1") == "InvalidVpcId.NotFound"

def test_code_by_rule(alicloud_direct):
    alicloud_direct.control.arm("fail", code="Invented.ByRule")
    assert refused(alicloud_direct, "Vpc", "DeleteVpc", VpcId="vpc-1") == "Invented.ByRule"
"""


def test_fixtures_are_fresh_fail_on_what_is_missing_and_collect_codes(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "codes").mkdir()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "cpikit_alicloud_simulator.pytest_plugin",
            "-p",
            "no:cacheprovider",
            str(tmp_path / "test_it.py"),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={
            "PYTHONPATH": ":".join(sys.path),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "CPIKIT_SIMULATOR_PRODUCED": str(tmp_path / "codes"),
        },
    )
    assert "6 passed, 2 errors" in done.stdout, done.stdout
    assert "actions that are not served: {'Ecs.CreateSpaceship': 1}" in done.stdout
    assert "it broke" in done.stdout
    codes = "".join(file.read_text() for file in (tmp_path / "codes").iterdir())
    assert '["Vpc", "DeleteVpc", "InvalidVpcId.NotFound"]' in codes
    assert "ByRule" not in codes
