"""`cpikit --config cpi.json` is the CPI; every other command line is for people."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_AS_CPI = 2  # --config PATH


def main() -> NoReturn:
    """Serve one request when started as BOSH's bin/cpi does, otherwise run a command."""
    arguments = sys.argv[1:]
    debug = arguments[-1:] == ["--debug"]
    words = arguments[:-1] if debug else arguments
    if len(words) == _AS_CPI and words[0] == "--config":
        from cpikit.edge import run

        run(words[1], debug=debug)
    from cpikit.commands import main as people  # argparse and more: never on the Director's path

    sys.exit(people(arguments))


if __name__ == "__main__":
    main()
