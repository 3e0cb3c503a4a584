"""Where the files of resources/ are: beside the package in a checkout, inside it once installed. Standard library."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_PLACES = (_PACKAGE / "resources", _PACKAGE.parent / "resources")


def resource(name: str) -> Path:
    """The file of this name, with `/` between folders: `icons/crmdesk.svg`. Raises FileNotFoundError."""
    for place in _PLACES:
        if (place / name).is_file():
            return place / name
    raise FileNotFoundError(f"crmdesk was installed without its file {name}. Install it again.")
