"""Start the liar on a bare interpreter: `python -I -S …/liar/__main__.py --config liar.json`."""

import os
import sys

if not __package__:
    # -I and -S leave only the standard library on the path; our own root is three folders up.
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from cpikit_contracts.liar.process import main

main(sys.argv[1:])
