"""The page for people: the world and the journal of a running simulator, live."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from cpikit_alicloud_simulator.oss.answer import Answer


@lru_cache(maxsize=1)
def page() -> Answer:
    """Give the page; its script asks the control interface, nothing comes from elsewhere."""
    text = resources.files(__package__).joinpath("page.html").read_bytes()
    policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    policy += "connect-src 'self'; img-src data:"
    return Answer(
        200, {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}, text
    )
