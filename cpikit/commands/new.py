"""`cpikit new provider NAME`: the few files of a provider, rendered from templates."""

from __future__ import annotations

import re
import sys
from importlib import resources
from pathlib import Path
from string import Template

from cpikit.errors import CpiError

_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
_FILES = {
    "setup.cfg": "setup.cfg.tmpl",
    "pyproject.toml": "pyproject.toml.tmpl",
    "contract.toml": "contract.toml.tmpl",
    "dead.json": "dead.json.tmpl",
    "cpikit_{name}/__init__.py": "init.py.tmpl",
    "cpikit_{name}/provider.py": "provider.py.tmpl",
    "cpikit_{name}/cpi.py": "cpi.py.tmpl",
}


def run(name: str, directory: str | None) -> int:
    """Write the files. Raises CpiError for a bad name or where something is in the way."""
    if not _NAME.fullmatch(name):
        raise CpiError(
            f"provider name {name!r}: wanted 2 to 31 of a-z, 0-9 and _, beginning with a letter"
        )
    target = Path(directory or name)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CpiError(f"{target} is there already and not an empty directory")
    values = {"name": name, "class_name": name.title().replace("_", "")}
    templates = resources.files("cpikit").joinpath("templates")
    texts = {
        target / path.format(name=name): Template(
            templates.joinpath(template).read_text("utf-8")
        ).substitute(values)
        for path, template in _FILES.items()
    }
    for file, text in texts.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        sys.stdout.write(f"{file}\n")
    sys.stdout.write(
        f"\nNext: pip install -e {target} && cpikit index && "
        f"cpikit-contracts run --profile {target / 'contract.toml'} --level wire\n"
    )
    return 0
