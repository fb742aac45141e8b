"""A job of the release and what its templates give; where the release lies."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
RELEASE = ROOT / "release"


class Job:
    """A job of the release, and what its templates give."""

    def __init__(self, name, ruby):
        self.name = name
        self.folder = RELEASE / "jobs" / name
        self.spec = yaml.safe_load((self.folder / "spec").read_text())
        self.defaults = {
            name: (row or {}).get("default") for name, row in self.spec["properties"].items()
        }
        self._ruby = ruby

    def render(self, cases):
        """The files of each case, which is a flat dict of property names; all in one Ruby."""
        templates = {
            target: str(self.folder / "templates" / source)
            for source, target in self.spec["templates"].items()
        }
        asked = {
            "templates": templates,
            "cases": [
                {"defaults": self.defaults, "properties": nested(properties)}
                for properties in cases
            ],
        }
        done = subprocess.run(
            [self._ruby, "-W2", str(Path(__file__).with_name("render.rb"))],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == "", "a template warns"
        return json.loads(done.stdout)

    def cpi_json(self, properties):
        """The sections of one case's cpi.json."""
        rendered = self.render([properties])[0]
        assert "error" not in rendered, rendered
        return json.loads(rendered["config/cpi.json"])["cloud"]["properties"]


def nested(properties):
    """`{"a.b": 1}` as a manifest says it: `{"a": {"b": 1}}`."""
    tree = {}
    for name, value in properties.items():
        *above, last = name.split(".")
        at = tree
        for key in above:
            at = at.setdefault(key, {})
        at[last] = value
    return tree
