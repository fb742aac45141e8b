"""The examples that a reader would copy do what they say."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TOOLS = Path(sys.executable).parent


def blocks(path, language):
    """The fenced blocks of one language in a page."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / path).read_text("utf-8"), re.DOTALL)


def test_the_ten_lines_of_the_readme_run(tmp_path):
    (example,) = blocks("README.md", "python")
    (tmp_path / "README.md").write_text("an image")
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"^vm-\w+ 10\.0\.0\.5 /dev/disk/by-id/", done.stdout), done.stdout
    assert len(example.strip().splitlines()) <= 12


def test_every_link_between_our_pages_leads_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert len(pages) > 10
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert not dead


@pytest.mark.parametrize("command", blocks("README.md", "console")[0].splitlines())
def test_the_readme_names_targets_that_exist(command):
    target = re.match(r"\$ make ([a-z-]+)", command)
    assert target is not None
    assert f"\n{target.group(1)}:" in (ROOT / "Makefile").read_text("utf-8")


@pytest.mark.slow
def test_a_new_provider_is_green_at_level_wire(tmp_path):
    """What docs/provider.md promises, in an environment of its own."""
    home = tmp_path / "venv"
    # Without pip: the setuptools that old Pythons bundle would hide ours.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    site = next(home.glob("lib/python3*/site-packages"))
    ours = Path(next(p for p in sys.path if p.endswith("site-packages")))
    (site / "ours.pth").write_text(f"{ours}\nimport site; site.addsitedir({str(ours)!r})\n")
    target = tmp_path / "mycloud"
    environment = {**os.environ, "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"}

    def run(*words):
        done = subprocess.run(
            [*map(str, words)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    run(TOOLS / "cpikit", "new", "provider", "mycloud")
    run(home / "bin/python", "-m", "pip", "install", "--no-deps", "--no-build-isolation", target)
    profile = target / "contract.toml"
    run(TOOLS / "cpikit-contracts", "run", "--profile", profile, "--level", "wire")
