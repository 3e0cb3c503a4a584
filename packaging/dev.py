#!/usr/bin/env python3
"""One command for everybody who works on crmdesk: from a bare checkout to a running window or a tested tree.

Only looks whether this Python will do, in words that any Python can read; commands.py has the rest.
"""

import os
import sys

if sys.version_info < (3, 11) or os.name != "posix":
    sys.exit(
        "crmdesk needs Python 3.11 or newer on Linux or macOS; this is "
        + sys.version.split()[0]
        + " on "
        + sys.platform
        + ". Call packaging/dev.py with a newer one, for example: python3.11 packaging/dev.py demo"
    )

from commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
