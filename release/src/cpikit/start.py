# ruff: noqa: INP001  # it stands alone beside the packages that it starts
"""Start cpikit out of this package, wherever it has been moved to: `python -I -S start.py …`."""

import sys

sys.path.append(__file__.rpartition("/")[0] + "/lib")

from cpikit.__main__ import main

main()
