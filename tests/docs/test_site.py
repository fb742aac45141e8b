"""The built site: no dead link, nothing from elsewhere, every page in the navigation."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from docs.tooling.elsewhere import ELSEWHERE, ROOT


class Seen(HTMLParser):
    """What a page links to, what it loads, and the anchors that it has."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.anchors = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif tag == "link" and values.get("rel") in ("stylesheet", "icon", "preconnect", "preload"):
            self.loads.append(values["href"])
        elif tag in ("script", "img", "iframe", "source") and values.get("src"):
            self.loads.append(values["src"])


@pytest.fixture(scope="module")
def html(site):
    found = {path: Seen(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}
    assert len(found) > 30
    return found


def target_of(page, link, site):
    """(file, anchor) that a link inside of the site leads to."""
    parts = urlsplit(link)
    path = unquote(parts.path)
    base = site if path.startswith("/") else page.parent
    target = (base / path.lstrip("/")).resolve() if path else page
    return (target / "index.html" if target.is_dir() else target), unquote(parts.fragment)


def test_no_link_is_dead_anchors_included(html, site):
    dead, followed = [], 0
    for page, seen in html.items():
        for link in [*seen.links, *seen.loads]:
            if urlsplit(link).scheme:
                continue
            followed += 1
            target, anchor = target_of(page, link, site.resolve())
            if not target.is_file():
                dead.append(f"{page.name}: {link}")
            elif anchor and anchor not in html.get(site / target.relative_to(site.resolve()),
                                                   Seen("")).anchors:  # fmt: skip
                dead.append(f"{page.name}: {link} (no such anchor)")
    assert dead == []
    assert followed > 1000


def test_nothing_is_loaded_from_elsewhere(html, site):
    foreign = [
        f"{page.name}: {load}"
        for page, seen in html.items()
        for load in seen.loads
        if urlsplit(load).netloc
    ]
    assert foreign == []
    styles = [path for path in site.rglob("*.css") if "url(http" in path.read_text("utf-8")]
    assert styles == []


def test_links_that_lead_out_of_the_site_are_few_and_encrypted(html):
    out = {link for seen in html.values() for link in seen.links if urlsplit(link).netloc}
    assert all(link.startswith("https://") for link in out), out
    assert {urlsplit(link).netloc for link in out} <= {
        "bosh.io",
        "github.com",
        "squidfunk.github.io",
    }


def test_every_page_is_in_the_navigation():
    listed = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]

    def pages_of(entry):
        values = entry.values() if isinstance(entry, dict) else [entry]
        for value in values:
            yield from (
                [value] if isinstance(value, str) else (p for e in value for p in pages_of(e))
            )

    named = {page for entry in listed for page in pages_of(entry)}
    there = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").glob("*.md")}
    assert named == there | set(ELSEWHERE.values()), "put the page into nav of mkdocs.yml"


def test_every_decision_is_a_page(site):
    for path in (ROOT / "docs/decisions").glob("*.md"):
        assert (site / "decisions" / f"{path.stem}.html").is_file()


def test_a_link_out_of_the_site_keeps_its_text(site):
    text = (site / "contributing.html").read_text("utf-8")
    assert "docs/decisions" in text
    assert Path(ROOT / "CONTRIBUTING.md").is_file()
