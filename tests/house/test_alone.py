"""The core installs alone, in an environment of its own, and says that it has no provider."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_the_core_installs_and_runs_alone(house, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(house.repository / name, source)
    ignored = shutil.ignore_patterns("__pycache__", "entry_points.json")
    shutil.copytree(house.packages["cpikit"], source / "cpikit", ignore=ignored)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True, timeout=300)
    python, cpikit = tmp_path / "venv/bin/python", tmp_path / "venv/bin/cpikit"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", str(source)], check=True, timeout=500
    )

    def run(*arguments, **options):
        return subprocess.run(
            arguments, capture_output=True, text=True, timeout=60, check=True, **options
        ).stdout

    assert run(cpikit, "providers").startswith("no provider is installed")
    assert run(cpikit, "index").endswith("entry_points.json: nothing\n")
    listed = json.loads(run(python, "-m", "pip", "list", "--format", "json"))
    assert {one["name"] for one in listed} <= {
        *("attrs", "cattrs", "cpikit", "pip", "pluggy", "setuptools", "stevedore"),
        *("typing_extensions", "pbr"),
    }
    config = tmp_path / "cpi.json"
    config.write_text('{"cloud": {"plugin": "moon", "properties": {}}}')
    answer = json.loads(
        run(cpikit, "--config", config, input='{"method": "info", "arguments": []}')
    )
    assert "no 'moon' is installed in group cpikit.providers" in answer["error"]["message"]
    run(cpikit, "new", "provider", "moon", "--directory", tmp_path / "moon")
    assert (tmp_path / "moon/cpikit_moon/cpi.py").read_text()
