"""The examples of the README run as they stand there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cpikit_alicloud_simulator.simulator import Simulator

README = Path(__file__).parents[2] / "providers/alicloud/simulator/README.md"
TEXT = README.read_text("utf-8")
TOOLS = ("bash", "curl", "openssl", "sed")


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return str(found)


def test_the_example_with_the_official_sdk_has_ten_lines_and_runs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("aliyunsdkecs", reason="the official SDK is not installed")
    example = block("python")
    assert len([line for line in example.splitlines() if line]) <= 10
    exec(compile(example, str(README), "exec"), {})  # noqa: S102  # our own example
    shown = json.loads(capsys.readouterr().out)
    assert "cn-hangzhou" in {each["RegionId"] for each in shown["Regions"]["Region"]}


def test_the_example_with_curl_runs(alicloud: Simulator) -> None:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"not installed: {missing}")
    key = alicloud.account
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block("bash")],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
        env={
            "PATH": os.environ["PATH"],
            "KEY_ID": key.id,
            "SECRET": key.secret,
            "HTTP": alicloud.endpoint,
            "NO_PROXY": "*",
        },
    )
    assert '"RegionId":"cn-hangzhou"' in done.stdout
    (call,) = alicloud.control.requests()
    assert (call["name"], call["outcome"]) == ("DescribeRegions", "ok")
    (rule,) = alicloud.control.ask("GET", "/rules", None)
    assert rule["do"] == "throttle"


def test_the_links_of_the_readme_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (README.parent / link).exists(), link
