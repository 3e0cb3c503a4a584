"""What the header `Prefer` asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crmdesk.odata.rows import NO_ANNOTATIONS, Annotations, wanted_annotations
from crmdesk.server.errors import bad_request

MOST_ROWS = 5000
_PREFERENCE = re.compile(r'\s*([\w.\-]+)\s*(?:=\s*("[^"]*"|[^,;]*))?[^,]*(?:,|$)')


@dataclass(frozen=True)
class Preferences:
    """`applied` is what the answer's Preference-Applied says."""

    representation: bool = False
    page_size: int | None = None
    annotations: Annotations = NO_ANNOTATIONS
    annotations_wanted: str | None = None
    track_changes: bool = False
    continue_on_error: bool = False

    @property
    def applied(self) -> str:
        parts = []
        if self.representation:
            parts.append("return=representation")
        if self.page_size is not None:
            parts.append(f"odata.maxpagesize={self.page_size}")
        if self.annotations_wanted is not None:
            parts.append(f'odata.include-annotations="{self.annotations_wanted}"')
        if self.track_changes:
            parts.append("odata.track-changes")
        if self.continue_on_error:
            parts.append("odata.continue-on-error")
        return ",".join(parts)


def preferences_from(header: str | None) -> Preferences:
    """Unknown preferences are passed over. ServiceError for a page size that is no number."""
    if not header:
        return Preferences()
    named = {name.lower(): value.strip('"') for name, value in _PREFERENCE.findall(header)}
    size = named.get("odata.maxpagesize", named.get("maxpagesize"))
    if size is not None and (not size.isdecimal() or int(size) == 0):
        raise bad_request(f"Invalid value '{size}' for odata.maxpagesize.")
    wanted = named.get("odata.include-annotations")
    return Preferences(
        representation=named.get("return") == "representation",
        page_size=None if size is None else min(int(size), MOST_ROWS),
        annotations=wanted_annotations(wanted),
        annotations_wanted=wanted,
        track_changes="odata.track-changes" in named,
        continue_on_error=named.get("odata.continue-on-error", "false").lower() in ("", "true"),
    )
