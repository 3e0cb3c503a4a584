"""Diagnostics tell how the program stands, and nothing that is anybody's secret."""

from __future__ import annotations

from pathlib import Path

from crmdesk.actions import choose
from crmdesk.session.diagnostics import report
from crmdesk.session.session import Session
from tests.support.builders import MemorySecrets, Office


def test_what_is_told(office: Office) -> None:
    ann = office.desk("ann")
    ann.make("contact", lastname="Featherstonehaugh", emailaddress1="secret.person@example.com")
    ann.sync()
    ann.make("account", name="Confidential Ltd")
    ann.option("conflict", "ask")
    text = report(ann.session)
    assert "online, server http://localhost" in text
    assert "Contacts: 1 here" in text
    assert "changes: 1 account" in text
    assert "conflict = ask" in text
    assert "by hand: complete; " in text
    assert "pushed 1" in text


def test_what_is_not_told(office: Office) -> None:
    ann = office.desk("ann")
    ann.make("contact", lastname="Featherstonehaugh", emailaddress1="secret.person@example.com")
    ann.make("account", name="Confidential Ltd", description="nobody may know")
    ann.group("account", "name eq 'Confidential Ltd'")
    ann.sync()
    text = report(ann.session)
    assert ann.secrets.kept, "there is a secret to tell"
    for secret in (*ann.secrets.kept.values(), "Featherstonehaugh", "example.com", "Confidential", "nobody may know"):
        assert secret not in text


def test_a_profile_that_is_not_set_up(tmp_path: Path) -> None:
    session = Session(tmp_path / "profile", secrets=MemorySecrets())
    session.do(lambda tx: choose.set_option(tx, "sync.minutes", "30"))
    text = report(session)
    session.close()
    assert "not set up, server none" in text
    assert "sync.minutes = 30" in text
    assert "Last synchronisations\n  none" in text
