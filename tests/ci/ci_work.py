"""A work folder as Concourse lays it out, and stubs in the place of what needs a cloud account."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CI = ROOT / "ci"
STUBS = ("bosh", "terraform", "fly", "ossutil", "bundle", "make")
# What of bosh-deployment the tasks name, with the variables that each file has.
BOSH_DEPLOYMENT = {
    "bosh.yml": """name: bosh
director: ((director_name))
network: [((internal_cidr)), ((internal_gw)), ((internal_ip))]
variables:
- name: admin_password
- name: director_ssl
""",
    "alicloud/cpi.yml": """- path: /x
  value: [((zone)), ((region)), ((vswitch_id)), ((security_group_id)), ((key_pair_name))]
""",
    "external-ip-not-recommended.yml": "- {path: /x, value: ((external_ip))}\n",
    "jumpbox-user.yml": "- {path: /x, value: none}\n",
}


class Work:
    """A work folder, and the tasks that run in it."""

    def __init__(self, folder, metadata):
        self.folder = folder
        self.log = folder / "stub.log"
        self.bin = folder / "bin"
        self.bin.mkdir(parents=True)
        for name in STUBS:
            stub = self.bin / name
            text = (CI.parent / "tests/ci/stubs/stub.py").read_text("utf-8")
            stub.write_text(f"#!{sys.executable} -IS\n{text}")
            stub.chmod(0o755)
        self.environment = {
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "HOME": str(folder),
            "PYTHON": sys.executable,
            "STUB_LOG": str(self.log),
            "STUB_OUTPUTS": json.dumps(
                {name: {"value": text, "sensitive": False} for name, text in metadata.items()}
            ),
        }

    def add(self, *inputs):
        """Put inputs of a task there."""
        for name in inputs:
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("content")

    def add_bosh_deployment(self):
        for name, text in BOSH_DEPLOYMENT.items():
            path = self.folder / "bosh-deployment" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def run(self, task, *words, **environment):
        """`ci/run` a task; gives what it ended with."""
        return subprocess.run(
            [CI / "run", task, "--work", self.folder, *words],
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
        )

    def calls(self, tool=None):
        """The words of every call of a stub, or of all."""
        if not self.log.exists():
            return []
        calls = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [call for call in calls if tool in (None, call[0])]
