"""`python -m cpikit_fake` is `cpikit-fake`, for where no script is installed."""

import sys

from cpikit_fake.command import main

if __name__ == "__main__":
    sys.exit(main())
