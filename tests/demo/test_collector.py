"""The demo's outgoing mail stays on this computer."""

from __future__ import annotations

from pathlib import Path

from crmdesk.demo.collector import Collector
from crmdesk.mail.account import SmtpAccount
from crmdesk.mail.message import parse
from crmdesk.mail.smtp import send

RAW = b"From: anna@us.example\r\nSubject: %d\r\n\r\nHello\r\n"


def test_what_is_sent_is_collected_in_order(tmp_path: Path) -> None:
    with Collector(tmp_path / "sent") as collector:
        account = SmtpAccount(collector.host, collector.port, tls="none")
        for number in range(2):
            send(account, RAW % number, "anna@us.example", ["jeff@firm.example", "boss@us.example"])
    first, second = collector.messages()
    assert parse(first.read_bytes()).subject == "0"
    assert first.read_bytes().startswith(b"X-Collected-For: jeff@firm.example, boss@us.example\r\n")
    assert second.read_bytes().endswith(RAW % 1)


def test_a_second_start_keeps_what_is_there(tmp_path: Path) -> None:
    for number in range(2):
        with Collector(tmp_path) as collector:
            account = SmtpAccount(collector.host, collector.port, tls="none")
            send(account, RAW % number, "anna@us.example", ["jeff@firm.example"])
    assert [parse(path.read_bytes()).subject for path in collector.messages()] == ["0", "1"]
