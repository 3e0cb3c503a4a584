"""The error of every action."""

from __future__ import annotations


class Refusal(Exception):
    """The action cannot be done; nothing was changed. The text tells a person why, and what to do."""
