"""The page for people shows the world and the journal; a real browser shows it."""

from __future__ import annotations

import http.client
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cpikit_alicloud_simulator.simulator import Simulator

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def asked(simulator: Simulator, accept: str) -> tuple[str, str]:
    connection = http.client.HTTPConnection(simulator.host, timeout=10)
    connection.request("GET", "/_simulator/", headers={"Accept": accept})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.headers.get_content_type(), text


def test_a_browser_gets_the_page_and_a_program_the_paths(alicloud: Simulator) -> None:
    kind, text = asked(alicloud, "text/html,*/*")
    assert kind == "text/html"
    assert "<title>Alibaba Cloud, simulated</title>" in text
    kind, text = asked(alicloud, "*/*")
    assert kind == "application/json"
    assert "GET /inventory" in text


def test_the_page_asks_for_nothing_from_elsewhere(alicloud: Simulator) -> None:
    _, text = asked(alicloud, "text/html")
    links = set(re.findall(r"https?://[^'\" )]+", text))
    assert links <= {"http://www.w3.org/2000/svg"}, "a name of a format, not an address"


def test_the_paths_that_the_page_asks_exist(alicloud_direct: Simulator) -> None:
    for path in ("/world", "/inventory", "/requests?limit=200", "/counts"):
        assert alicloud_direct.control.ask("GET", path, None) is not None


@pytest.mark.slow
def test_a_real_browser_shows_world_and_journal(alicloud: Simulator, tmp_path: Path) -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("no Chromium is installed")
    alicloud.ask("Vpc", "CreateVpc", RegionId="cn-hangzhou", VpcName="<b>seen</b>")
    done = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={tmp_path}",
            "--virtual-time-budget=4000",
            "--dump-dom",
            f"{alicloud.endpoint}/_simulator/",
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert "Vpc CreateVpc" in done.stdout
    assert "&lt;b&gt;seen&lt;/b&gt;" in done.stdout, "names are text, never markup"
    assert 'id="live" role="status" class="">live<' in done.stdout
    assert re.search(r'id="calls">1<', done.stdout)
