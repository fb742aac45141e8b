"""The code blocks of our pages, each with the comment that says what becomes of it.

Before every block of shell or Python stands one of these comments, on a line of its own:

    <!-- run -->                        its commands run, and print what is shown (… is anything)
    <!-- run: slow -->                  the same, in a slow test; with `fails`, the last one fails
    <!-- run: pip -->                   it runs in an environment of its own, where pip installs
    <!-- run: in the repository -->     the same, where the Makefile is
    <!-- file: PATH -->                 it is that file; `, continued` after it: it is more of it
    <!-- edit: PATH -->                 a diff, which is applied to that file
    <!-- not run: REASON -->            it only waits for what the reason says
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
_BLOCK = re.compile(
    r"(?:<!-- (?P<mark>[^\n]*?) -->\n\n?)?^(?P<indent> *)```(?P<language>[a-z]*)[^\n]*\n"
    r"(?P<text>.*?)^(?P=indent)```$",
    re.DOTALL | re.MULTILINE,
)
_EXECUTABLE = ("console", "sh", "bash", "python")


class Block:
    """One fenced block: `what` is done with it (run, file, edit, not run), and the `rest`."""

    def __init__(self, page: Path, found: re.Match[str]) -> None:
        self.page = page
        self.line = page.read_text("utf-8").count("\n", 0, found.start("language")) + 1
        what, _, self.rest = (found["mark"] or "").partition(": ")
        self.what = what.strip()
        self.language = found["language"]
        self.text = found["text"]

    def __repr__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def is_executable(self) -> bool:
        return self.language in _EXECUTABLE

    @property
    def is_slow(self) -> bool:
        return "slow" in self.rest

    @property
    def is_quick(self) -> bool:
        return self.what == "run" and not self.is_slow

    @property
    def fails(self) -> bool:
        return "fails" in self.rest


def pages() -> list[Path]:
    """Every page that a reader may copy from."""
    places = ("*.md", "docs/**/*.md", "release/README.md", "ci/README.md", "contracts/README.md")
    places += ("providers/*/README.md",)
    return sorted({path for place in places for path in ROOT.glob(place)})


def blocks(page: Path) -> list[Block]:
    return [Block(page, found) for found in _BLOCK.finditer(page.read_text("utf-8"))]


def steps(text: str) -> list[tuple[str, str]]:
    """(command, what it prints) of a console block; a command goes on after a backslash or a >."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], ""))
        elif line.startswith("> ") or found[-1][0].endswith("\\"):
            found[-1] = (f"{found[-1][0]}\n{line.removeprefix('> ')}", "")
        else:
            found[-1] = (found[-1][0], f"{found[-1][1]}{line}\n")
    return found


def is_as_shown(shown: str, printed: str) -> bool:
    """Whether it printed what is shown, where … stands for anything."""
    pattern = ".*".join(re.escape(part.strip("\n")) for part in shown.strip().split("…"))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None
