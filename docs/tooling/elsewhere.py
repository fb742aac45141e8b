"""A hook of mkdocs: pages that live beside what they are about become pages of the site.

A drawing that a page shows as an image is put into the page itself, so that it takes its colours.
A link between two Markdown files of the repository works in both places: where it leads outside of
docs/ to a page of the site, it is turned to that page; where it leads to what the site does not
have (source code, a folder), its text remains.
"""

from __future__ import annotations

import os.path
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
ELSEWHERE = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "ci/README.md": "pipeline.md",
    "contracts/README.md": "contracts.md",
    "providers/alicloud/simulator/README.md": "simulator-use.md",
    "providers/fake/README.md": "fake.md",
    "release/README.md": "release.md",
}
"""File of the repository to the page of the site that it becomes."""

_LINK = re.compile(r"(?<!!)\[([^\[\]]+)\]\(([^()\s]+)\)")
_DRAWING = re.compile(r"^!\[([^\]]*)\]\((assets/[^)]+\.svg)\)$", re.MULTILINE)
_CODE = re.compile(r"(^```.*?^```|`[^`\n]+`)", re.DOTALL | re.MULTILINE)


def decisions() -> list[str]:
    """The pages of docs/decisions in their order."""
    return sorted(f"decisions/{path.name}" for path in ROOT.glob("docs/decisions/*.md"))


def on_config(config: Any) -> Any:
    """Fill in the list of decisions."""
    for section in config["nav"]:
        for pages in section.values():
            if isinstance(pages, list):
                for entry in pages:
                    if "Decisions" in entry:
                        entry["Decisions"] = decisions()
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages from elsewhere."""
    kind = type(next(iter(files)))  # mkdocs's own File: tests read this list without mkdocs
    for source, page in ELSEWHERE.items():
        text = (ROOT / source).read_text("utf-8")
        files.append(kind.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Turn links that lead out of docs/, but for those in code."""
    parts = _CODE.split(markdown)
    parts[::2] = [_turned(part, page.file.src_uri) for part in parts[::2]]
    return _DRAWING.sub(_drawn, "".join(parts))


def _drawn(image: re.Match[str]) -> str:
    """The drawing without the style that it has for itself: docs/assets/site.css has it."""
    text = (ROOT / "docs" / image[2]).read_text("utf-8")
    inside = re.sub(r"<style>.*?</style>\n", "", text, flags=re.DOTALL).strip()
    return f'<figure class="drawing">{inside}<figcaption>{image[1]}.</figcaption></figure>'


def _turned(text: str, page: str) -> str:
    source = next((real for real, made in ELSEWHERE.items() if made == page), f"docs/{page}")
    return _LINK.sub(lambda link: _link(link[1], link[2], page, source), text)


def _link(text: str, target: str, page: str, source: str) -> str:
    if re.match(r"[a-z]+:|#", target):
        return f"[{text}]({target})"
    path, hash_, anchor = target.partition("#")
    real = os.path.normpath(os.path.join(os.path.dirname(source), path))  # noqa: PTH118, PTH120  # paths of the repository, in text
    made = ELSEWHERE.get(real)
    if made is None and real.startswith("docs/") and (ROOT / real).is_file():
        made = real.removeprefix("docs/")
    if made is None:
        return text  # source code, or a folder: the site has none
    relative = os.path.relpath(made, os.path.dirname(page) or ".")  # noqa: PTH120  # the same
    return f"[{text}]({Path(relative).as_posix()}{hash_}{anchor})"
