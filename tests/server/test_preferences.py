"""The header Prefer, as clients write it."""

from __future__ import annotations

import httpx
import pytest

from crmdesk.odata.rows import Annotations
from crmdesk.server.errors import ServiceError
from crmdesk.server.preferences import Preferences, preferences_from

EVERYTHING = Annotations(formatted=True, lookup_name=True, navigation=True)
HEADERS: list[tuple[str | None, Preferences]] = [
    (None, Preferences()),
    ("", Preferences()),
    ("respond-async, wait=5", Preferences()),
    ("return=representation", Preferences(representation=True)),
    ("return=minimal", Preferences()),
    ("odata.maxpagesize=250", Preferences(page_size=250)),
    ("odata.maxpagesize=99999", Preferences(page_size=5000)),
    ("odata.track-changes,odata.maxpagesize=2", Preferences(page_size=2, track_changes=True)),
    ("odata.continue-on-error", Preferences(continue_on_error=True)),
    ("odata.continue-on-error=true", Preferences(continue_on_error=True)),
    ("odata.continue-on-error=false", Preferences()),
    ('odata.include-annotations="*"', Preferences(annotations=EVERYTHING, annotations_wanted="*")),
    ("odata.include-annotations=*", Preferences(annotations=EVERYTHING, annotations_wanted="*")),
    (
        'odata.include-annotations="OData.Community.*,Microsoft.X", return=representation',
        Preferences(
            annotations=Annotations(formatted=True),
            annotations_wanted="OData.Community.*,Microsoft.X",
            representation=True,
        ),
    ),
]


@pytest.mark.parametrize(("header", "preferences"), HEADERS)
def test_what_a_client_prefers(header: str | None, preferences: Preferences) -> None:
    assert preferences_from(header) == preferences


@pytest.mark.parametrize("size", ["0", "-1", "many", ""])
def test_a_page_size_that_is_none(size: str) -> None:
    with pytest.raises(ServiceError):
        preferences_from(f"odata.maxpagesize={size}")


def test_several_headers_are_one(anna: httpx.Client) -> None:
    headers = [("Prefer", "odata.maxpagesize=3"), ("Prefer", "odata.track-changes")]
    answer = anna.get("accounts", headers=headers)
    assert answer.headers["Preference-Applied"] == "odata.maxpagesize=3,odata.track-changes"
    assert "@odata.deltaLink" in answer.json()
