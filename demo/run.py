"""`make demo`: a whole BOSH life through the real executable, on requests of the real callers.

Every line is one process, started as the Director or the CLI starts a CPI; the requests are those
that the Director's own classes and the real CLI once wrote (contracts/cpikit_contracts/recorded).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FITTED = {  # what a provider's cloud needs in a request that would otherwise be refused
    "alicloud": (
        '"performance_level":"PL2"="performance_level":"PL1"',  # PL2 needs 461 GiB
        '{},{"dyn":{"type":"dynamic"={"instance_type":"ecs.g7.large"},{"dyn":{"type":"dynamic"',
    ),
}
ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = (
    ("bosh create-env, a changed disk, delete-env: the CLI", "cli-delete-env"),
    ("a Director's whole life, API version 3", "director-v3"),
    ("a CPI config: properties that come with each request", "director-cpi-config"),
)


def main() -> int:
    """Replay the chapters against one provider; the status is 1 when a promise was broken."""
    provider = sys.argv[1] if len(sys.argv) > 1 else "fake"
    profile = ROOT / "providers" / provider / "replay.toml"
    if not profile.is_file():
        sys.stderr.write(f"no {profile}: wanted a provider with a profile, fake or alicloud\n")
        return 2
    tools = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}"}
    status = 0
    for title, recorded in CHAPTERS:
        sys.stdout.write(f"\n== {title}\n\n")
        sys.stdout.flush()
        command = [tools / "cpikit-contracts", "replay", "--profile", profile, "--chain", recorded]
        for pair in FITTED.get(provider, ()):
            command += ["--replace", pair]
        status |= subprocess.run(command, check=False, env=environment).returncode
    return status


if __name__ == "__main__":
    sys.exit(main())
