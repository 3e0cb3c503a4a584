"""`crmdesk` and `python -m crmdesk`."""

from __future__ import annotations

from crmdesk.cli.main import run as main

if __name__ == "__main__":
    main()
