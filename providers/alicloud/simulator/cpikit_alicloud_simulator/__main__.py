"""Let `python -m cpikit_alicloud_simulator` be the command."""

import sys

from cpikit_alicloud_simulator.command import main

sys.exit(main())
