"""What can stand in the way of a run on this computer. What the server says is another thing: crmdesk.crm.errors."""

from __future__ import annotations


class Busy(Exception):
    """Another run is under way over the same profile and did not end in time. Nothing was changed."""
