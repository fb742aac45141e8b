"""Resolve what the distributions and the repository's checks need into requirements/dev.txt."""

from __future__ import annotations

import configparser
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def needs(setup: str) -> list[str]:
    """What one setup.cfg requires, less our own distributions."""
    parser = configparser.ConfigParser()
    parser.read(setup, "utf-8")
    lines = parser.get("options", "install_requires", fallback="").split("\n")
    return [line for line in lines if line and not line.startswith("cpikit")]


def main() -> None:
    """Run uv over all of them together."""
    oracles = HERE.parent / "providers/alicloud/simulator/oracles/requirements.txt"
    wanted = [*(HERE / "dev.in").read_text("utf-8").splitlines()]
    wanted += oracles.read_text("utf-8").splitlines()
    for setup in sys.argv[1:]:
        wanted += needs(setup)
    command = ["uv", "pip", "compile", "--universal", "--python-version", "3.11", "--upgrade"]
    command += ["--quiet", "--no-header", "--no-annotate", "--no-emit-index-url", "-"]
    command += ["--output-file", str(HERE / "dev.txt")]
    subprocess.run(command, input="\n".join(wanted), text=True, check=True)


if __name__ == "__main__":
    main()
