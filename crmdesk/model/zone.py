"""The time zone of this computer, with its rules: a day in it may have 23 or 25 hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo


class _Here(tzinfo):
    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        return None if moment is None else moment.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, moment: datetime | None) -> timedelta | None:
        return None

    def tzname(self, moment: datetime | None) -> str | None:
        return None if moment is None else moment.replace(tzinfo=None).astimezone().tzname()

    def fromutc(self, moment: datetime) -> datetime:
        return moment.replace(tzinfo=UTC).astimezone().replace(tzinfo=self)


HERE = _Here()
