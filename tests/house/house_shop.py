"""Where the toy provider of tests/core stands, for processes that are started by hand."""

from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
SHOP = REPOSITORY / "tests/core/toyshop"
BARE = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
