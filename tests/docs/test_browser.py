"""A real browser opens every page: no error, no failed request, nothing wider than a phone."""

from __future__ import annotations

import asyncio

import pytest
from browser import browser, served, with_tab

pytestmark = pytest.mark.slow
PHONE = 390

WIDEST = "document.documentElement.scrollWidth"
FOUND = """new Promise((done) => {
  const input = document.querySelector(".md-search__input");
  input.focus(); input.value = "throttling";
  input.dispatchEvent(new Event("keyup"));
  const seen = new MutationObserver(look);
  function look() {
    const found = document.querySelectorAll(".md-search-result__item a");
    if (found.length) { seen.disconnect(); done([...found].map((one) => one.href)); }
  }
  seen.observe(document.body, {childList: true, subtree: true});
  look();
})"""
READABLE = """(() => {
  const wanted = document.body.getAttribute("data-md-color-scheme");
  const text = getComputedStyle(document.querySelector(".drawing text")).fill;
  const box = getComputedStyle(document.querySelector(".drawing .box")).fill;
  return [wanted, text, box];
})()"""


@pytest.fixture
def shown(site, tmp_path):
    """Does something in a tab on the served site."""
    if browser() is None:
        pytest.skip("no Chromium is installed: requirements/system")

    def run(do):
        with served(site) as url:
            return asyncio.run(with_tab(tmp_path / "profile", lambda tab: do(tab, url)))

    return run


def test_every_page_opens_without_an_error_and_without_a_failed_request(site, shown):
    pages = sorted(str(path.relative_to(site)) for path in site.rglob("*.html"))
    assert len(pages) > 30

    async def visit(tab, url):
        troubled = {}
        for page in pages:
            tab.trouble.clear()
            await tab.visit(f"{url}/{page}")
            if tab.trouble:
                troubled[page] = list(tab.trouble)
        foreign = [each for each in tab.asked if not each.startswith((url, "data:", "blob:"))]
        return troubled, foreign, len(tab.asked)

    troubled, foreign, asked = shown(visit)
    assert troubled == {}
    assert foreign in ([], ["about:blank"])
    assert asked > len(pages)


def test_no_page_is_wider_than_a_phone(site, shown):
    pages = sorted(path.name for path in site.glob("*.html"))

    async def measure(tab, url):
        wide = {}
        for page in pages:
            await tab.visit(f"{url}/{page}")
            await tab.picture(PHONE, 844)
            width = await tab.value(WIDEST)
            if width > PHONE:
                wide[page] = width
        return wide

    assert shown(measure) == {}


def test_the_search_finds_without_a_network(shown):
    async def search(tab, url):
        await tab.visit(f"{url}/index.html")
        return await tab.value(FOUND)

    found = shown(search)
    assert any("runbook.html" in link for link in found), found


@pytest.mark.parametrize(("is_dark", "scheme"), [(False, "default"), (True, "slate")])
def test_a_drawing_is_readable_in_both_modes(shown, is_dark, scheme):
    async def look(tab, url):
        await tab.picture(1280, 900, is_dark=is_dark)
        await tab.visit(f"{url}/architecture.html")
        return await tab.value(READABLE)

    mode, text, box = shown(look)
    assert mode == scheme
    assert (brightness(text) > brightness(box)) is is_dark


def brightness(colour):
    red, green, blue = (int(part) for part in colour.removeprefix("rgb(").rstrip(")").split(","))
    return 0.3 * red + 0.6 * green + 0.1 * blue
