"""The report for people in a real browser: failures first, nothing loaded, on a phone too."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cpikit_contracts.mutants import profile_for
from cpikit_contracts.reports import html
from cpikit_contracts.run import Choices, judge
from tests.docs.browser import browser, served, with_tab

pytestmark = pytest.mark.slow
PHONE = (390, 800)
DESK = (1280, 800)
BROKEN = "disk.update-answers-null-or-an-id"

HEADINGS = "[...document.querySelectorAll('h2')].map((each) => each.textContent)"
FIRST = "document.querySelector('article').id"
IS_OVERFLOWING = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
OPENED = """(() => {
  const card = document.querySelector("article details");
  const pre = card.querySelector("pre");
  const before = pre.checkVisibility();
  card.querySelector("summary").click();
  return [before, pre.checkVisibility(), pre.textContent];
})()"""
BARS = "document.querySelectorAll('table.bars tr').length"
TICKS = "document.querySelectorAll('table.matrix td.passed').length"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    only = (BROKEN, "disk.has-disk-tells-the-truth", "info", "vm.ids-are-unique")
    done = judge(profile_for("update-true"), Choices(level="lifecycle", only=only, seed=9))
    (folder / "report.html").write_text(html.text(done, {}), encoding="utf-8")
    return folder


def test_a_browser_shows_failures_matrix_and_charts_and_loads_nothing(
    page: Path, tmp_path: Path
) -> None:
    if browser() is None:
        pytest.skip("no Chromium is installed: requirements/system")

    async def look(tab, url):  # type: ignore[no-untyped-def]  # the browser's module is untyped
        await tab.visit(f"{url}/report.html")
        seen = {}
        for name, size in (("desk", DESK), ("phone", PHONE)):
            for is_dark in (False, True):
                picture = await tab.picture(*size, is_dark=is_dark)
                assert len(set(picture[1000:])) > 100
                assert not await tab.value(IS_OVERFLOWING), name
        for name in ("HEADINGS", "FIRST", "BARS", "TICKS", "OPENED"):
            seen[name] = await tab.value(globals()[name])
        return seen, tab.trouble, [each for each in tab.asked if not each.startswith("data:")]

    with served(page) as url:
        seen, trouble, asked = asyncio.run(
            with_tab(tmp_path / "profile", lambda tab: look(tab, url))
        )
    # A browser asks for an icon by itself, and the server of this test has none.
    assert [each for each in trouble if "favicon" not in each and "404" not in each] == []
    assert set(asked) <= {f"{url}/report.html", f"{url}/favicon.ico"}
    assert seen["HEADINGS"][0] == "Failures"
    assert seen["FIRST"] == BROKEN
    assert seen["TICKS"] >= 5
    assert seen["BARS"] > 3
    before, after, text = seen["OPENED"]
    assert (before, after) == (False, True)
    assert '"method"' in text
