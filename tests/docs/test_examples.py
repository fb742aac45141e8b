"""The examples that a reader would copy do what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pages import ROOT, blocks, is_as_shown, pages, steps

TOOLS = Path(sys.executable).parent
BLOCKS = {page: blocks(page) for page in pages()}
TESTED_ELSEWHERE = {
    "providers/alicloud/simulator/README.md": "tests/simulator/test_readme.py runs them",
}
KINDS = ("run", "file", "edit", "not run")
PIP = """#!/bin/sh
exec "$(dirname "$0")/python" -m pip --quiet "$@" --no-deps --no-build-isolation
"""


def named(page):
    return str(page.relative_to(ROOT))


def is_a_story(page):
    return any(block.what == "file" for block in BLOCKS[page])


class Reader:
    """Does what a page says, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "reader"
        self.folder.mkdir()
        self.bin = folder / "venv/bin"
        self.environment = {**os.environ, "PATH": os.pathsep.join(
            [str(self.bin), str(TOOLS), os.environ["PATH"]]
        )}  # fmt: skip

    def equip(self):
        """An environment to install into, on top of ours. Without pip: old Pythons bundle an old
        setuptools with it, which would hide ours."""
        home = self.bin.parent
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
        site = next(home.glob("lib/python3*/site-packages"))
        ours = next(p for p in sys.path if p.endswith("site-packages"))
        (site / "ours.pth").write_text(f"{ours}\nimport site; site.addsitedir({ours!r})\n")
        (self.bin / "pip").write_text(PIP)
        (self.bin / "pip").chmod(0o755)

    def do(self, block):
        if block.what == "file":
            self.write(block)
        elif block.what == "edit":
            self.edit(block)
        elif block.what == "run" and block.language == "python":
            (self.folder / "example.py").write_text(block.text)
            self.run(block, f"{sys.executable} example.py", None, self.folder)
        elif block.what == "run":
            todo = steps(block.text)
            where = ROOT if "in the repository" in block.rest else self.folder
            for number, (command, shown) in enumerate(todo):
                fails = block.fails and number == len(todo) - 1
                self.run(block, command, shown, where, fails=fails)

    def run(self, block, command, shown, where, *, fails=False):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=where,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        said = f"{block}: {command}\n{done.stdout}{done.stderr}"
        assert (done.returncode != 0) is fails, said
        assert not shown or is_as_shown(shown, done.stdout), said

    def write(self, block):
        path, _, more = block.rest.partition(", ")
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        before = target.read_text() if more == "continued" else ""
        target.write_text(before + block.text)

    def edit(self, block):
        target = self.folder / block.rest
        lines = block.text.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] in "- ")
        new = "".join(line[1:] for line in lines if line[0] in "+ ")
        text = target.read_text()
        assert text.count(old) == 1, f"{block}: wanted once in {block.rest}:\n{old}"
        target.write_text(text.replace(old, new))


@pytest.fixture
def reader(tmp_path):
    return Reader(tmp_path)


def test_every_block_that_could_run_says_whether_it_does():
    silent = [
        block
        for page, found in BLOCKS.items()
        for block in found
        if block.is_executable and block.what not in KINDS and named(page) not in TESTED_ELSEWHERE
    ]
    assert silent == [], "tests/docs/pages.py says which comment goes before a block"
    assert sum(block.what == "run" for found in BLOCKS.values() for block in found) > 10


def test_what_does_not_run_has_its_reason():
    bare = [b for found in BLOCKS.values() for b in found if b.what == "not run" and not b.rest]
    assert bare == []


QUICK = [p for p in BLOCKS if not is_a_story(p) and any(b.is_quick for b in BLOCKS[p])]
SLOW = [p for p in BLOCKS if is_a_story(p) or any(b.is_slow for b in BLOCKS[p])]


@pytest.mark.parametrize("page", QUICK, ids=named)
def test_what_a_page_runs_prints_what_it_shows(reader, page):
    for block in BLOCKS[page]:
        if block.is_quick:
            reader.do(block)


@pytest.mark.slow
@pytest.mark.parametrize("page", SLOW, ids=named)
def test_a_page_is_followed_from_its_beginning_to_its_end(reader, page):
    """The tutorial among them: its code is put together, installed and judged."""
    if any(block.rest == "pip" for block in BLOCKS[page]):
        reader.equip()
    for block in BLOCKS[page]:
        if is_a_story(page) or block.is_slow:
            reader.do(block)


def test_the_tutorial_judges_what_it_has_written_at_level_lifecycle():
    """Nobody shortens it by the part that proves it."""
    found = BLOCKS[ROOT / "docs/provider.md"]
    last = [block for block in found if block.what == "run"][-1]
    assert "--level lifecycle" in last.text
    assert last.text.endswith("clean\n")
    assert not last.fails


def test_the_ten_lines_of_the_readme_are_those_of_the_front_page():
    (readme,) = (b for b in BLOCKS[ROOT / "README.md"] if b.language == "python")
    (front,) = (b for b in BLOCKS[ROOT / "docs/index.md"] if b.language == "python")
    assert readme.text == front.text
    assert len(readme.text.strip().splitlines()) <= 12


def test_the_ten_lines_print_a_vm_its_address_and_a_disk(tmp_path):
    (example,) = (b for b in BLOCKS[ROOT / "README.md"] if b.language == "python")
    (tmp_path / "example.py").write_text(example.text)
    done = subprocess.run(
        [sys.executable, "example.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"^vm-\w+ 10\.0\.0\.5 /dev/disk/by-id/", done.stdout), done.stdout


def test_every_link_between_our_pages_leads_somewhere():
    assert len(BLOCKS) > 10
    dead = [
        f"{named(page)}: {target}"
        for page in BLOCKS
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert not dead


def test_the_pages_name_targets_that_exist():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    named_targets = {
        target
        for found in BLOCKS.values()
        for block in found
        if block.language == "console"
        for target in re.findall(r"^\$ make ([a-z-]+)", block.text, re.MULTILINE)
    }
    assert {"demo", "test", "docs"} <= named_targets
    assert [name for name in sorted(named_targets) if f"\n{name}:" not in makefile] == []
