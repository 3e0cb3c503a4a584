"""Deciding who is who: which mail belongs to which record, what looks alike. Pure: no network, no store, no clock."""
