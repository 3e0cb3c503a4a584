"""Reading messages: sound ones, strange ones, and bytes that are no message."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmdesk.mail.headers import Address
from crmdesk.mail.message import (
    NO_DATE,
    attachment_content,
    has_headers,
    is_made_up_id,
    parse,
    preview,
)

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

PLAIN = b"""\
From: "Smith, Jeff" <jeff@firm.example>
To: Anna Berg <anna@us.example>, boss@us.example
Cc: =?utf-8?Q?J=C3=B8rgen_H=C3=B8jgaard?= <jorgen@dansk.example>
Subject: =?iso-8859-1?Q?Angebot_f=FCr?= =?iso-8859-1?Q?_Pumpen?=
Date: Mon, 23 Nov 2026 09:30:00 +0100
Message-ID: <one@firm.example>
In-Reply-To: <zero@us.example>
References: <first@us.example>
 <zero@us.example>
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Guten Tag,

passt Dienstag um 10 Uhr? Gr\xc3\xbc\xc3\x9fe
Jeff
"""

RICH = f"""\
From: news@firm.example
To: anna@us.example
Subject: Pictures
Date: Mon, 23 Nov 2026 09:30:00 GMT
Message-ID: <rich@firm.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="mixed"

--mixed
Content-Type: multipart/alternative; boundary="alternative"

--alternative
Content-Type: text/plain; charset=us-ascii

See the logo.
--alternative
Content-Type: multipart/related; boundary="related"

--related
Content-Type: text/html; charset=utf-8

<p>See <img src="cid:logo@firm.example" alt="the logo">.</p>
--related
Content-Type: image/png; name="logo.png"
Content-Transfer-Encoding: base64
Content-ID: <logo@firm.example>
Content-Disposition: inline; filename="logo.png"

{PNG}
--related--
--alternative--
--mixed
Content-Type: application/pdf
Content-Disposition: attachment; filename*=utf-8''Angebot%20f%C3%BCr%20Sie.pdf
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--mixed
Content-Type: text/plain

-- footer of the list --
--mixed
Content-Type: message/rfc822

Subject: Inner / message
From: inner@firm.example

inner text
--mixed--
""".encode()


def test_a_sound_message() -> None:
    message = parse(PLAIN)
    assert message.message_id == "one@firm.example"
    assert message.in_reply_to == "zero@us.example"
    assert message.references == ("first@us.example", "zero@us.example")
    assert message.subject == "Angebot für Pumpen"
    assert message.sender == Address("Smith, Jeff", "jeff@firm.example")
    assert message.to == (Address("Anna Berg", "anna@us.example"), Address("", "boss@us.example"))
    assert message.cc == (Address("Jørgen Højgaard", "jorgen@dansk.example"),)
    assert message.date == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    assert message.text == "Guten Tag,\n\npasst Dienstag um 10 Uhr? Grüße\nJeff"
    assert message.html is None
    assert message.attachments == ()
    assert message.problems == ()
    assert message.facts.recipients == ("anna@us.example", "boss@us.example", "jorgen@dansk.example")
    assert message.preview == "Guten Tag, passt Dienstag um 10 Uhr? Grüße Jeff"


def test_line_ends_do_not_matter() -> None:
    assert parse(PLAIN.replace(b"\n", b"\r\n")) == parse(PLAIN)


def test_text_html_inline_picture_attachment_and_attached_message() -> None:
    message = parse(RICH)
    assert message.text == "See the logo.\n\n-- footer of the list --"
    assert message.html is not None
    assert "cid:logo@firm.example" in message.html
    assert "footer of the list" in message.html
    assert [(a.filename, a.mimetype, a.inline) for a in message.attachments] == [
        ("logo.png", "image/png", True),
        ("Angebot für Sie.pdf", "application/pdf", False),
        ("Inner _ message.eml", "message/rfc822", False),
    ]
    assert attachment_content(RICH, 0).startswith(b"\x89PNG")
    assert attachment_content(RICH, 1) == b"%PDF-1.4\n"
    assert b"inner text" in attachment_content(RICH, 2)
    assert [a.size for a in message.attachments] == [len(attachment_content(RICH, i)) for i in range(3)]
    with pytest.raises(IndexError, match="there is no number 3"):
        attachment_content(RICH, 3)


def with_body(body: bytes, *fields: str) -> bytes:
    head = "\n".join(("From: a@b.example", "Date: Mon, 23 Nov 2026 09:30:00 GMT", "Message-ID: <x@y>", *fields))
    return head.encode() + b"\n\n" + body


@pytest.mark.parametrize(
    ("charset", "encoding", "text"),
    [
        ("utf-8", "utf-8", "Grüße, Ελλάδα, 日本"),
        ("iso-8859-1", "iso-8859-1", "Grüße"),
        ("iso-8859-1", "cp1252", "“Windows” quotes – really"),
        ("windows-1252", "cp1252", "10 €"),
        ("koi8-r", "koi8-r", "Здравствуйте"),
        ("iso-2022-jp", "iso-2022-jp", "お世話になっております"),
        ("big5", "big5", "您好"),
        ("gb2312", "gb18030", "您好镕"),
        ("ks_c_5601-1987", "cp949", "안녕하세요"),
        ("shift_jis", "cp932", "御見積書①"),
        ("windows-1256", "cp1256", "مرحبا"),
        ("us-ascii", "utf-8", "Grüße, claimed to be ASCII"),
    ],
)
def test_charsets(charset: str, encoding: str, text: str) -> None:
    message = parse(with_body(text.encode(encoding), f"Content-Type: text/plain; charset={charset}"))
    assert message.text == text
    assert message.problems == ()


@pytest.mark.parametrize("charset", ["x-unknown", "hex", "unicode_escape", "'", "undefined"])
def test_a_charset_that_is_none_still_gives_text_and_says_so(charset: str) -> None:
    message = parse(with_body("Grüße \\x".encode(), f"Content-Type: text/plain; charset={charset}"))
    assert message.text == "Grüße \\x"
    assert message.problems == ("text not in its charset",)


def test_html_alone_is_turned_into_text() -> None:
    body = '<meta charset="iso-8859-7"><p>Καλημέρα</p><p style="display:none">hidden</p>'.encode("iso-8859-7")
    message = parse(with_body(body, "Content-Type: text/html"))
    assert message.text == "Καλημέρα"


def test_format_flowed() -> None:
    body = b"A line that \ngoes on.\n\n> quoted \n> too\n>> deeper\n-- \nJeff\n"
    message = parse(with_body(body, "Content-Type: text/plain; format=flowed"))
    assert message.text == "A line that goes on.\n\n> quoted too\n>> deeper\n-- \nJeff"
    joined = parse(with_body("日 \n本\n".encode(), "Content-Type: text/plain; format=flowed; delsp=yes; charset=utf-8"))
    assert joined.text == "日本"


@pytest.mark.parametrize(
    ("field", "subject"),
    [
        ("plain", "plain"),
        ("=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"),
        ("=?UTF-8?Q?Gr=C3=BC?= =?UTF-8?Q?=C3=9Fe?=", "Grüße"),
        ("=?utf-8?Q?Gr=C3?= =?utf-8?Q?=BC=C3=9Fe?=", "Grüße"),
        ("Re: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= from us", "Re: Grüße from us"),
        ("=?utf-8?B?R3LDvMOfZQ?=", "Grüße"),
        ("=?nonsense?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("folded\n over\n\tlines", "folded over lines"),
        ("=?utf-8?Q?two=0D=0ABcc:_evil?=", "two Bcc: evil"),
        ("right‮gpj.exe", "rightgpj.exe"),
        ("Grüße as raw bytes", "Grüße as raw bytes"),
        ("", ""),
    ],
)
def test_subjects(field: str, subject: str) -> None:
    assert parse(with_body(b"x", f"Subject: {field}")).subject == subject


@pytest.mark.parametrize(
    ("field", "people"),
    [
        ("a@b.c", [("", "a@b.c")]),
        ("<a@b.c>", [("", "a@b.c")]),
        ('"Berg, Anna" <a@b.c>, d@e.f', [("Berg, Anna", "a@b.c"), ("", "d@e.f")]),
        ("=?utf-8?Q?Berg=2C_Anna?= <a@b.c>", [("Berg, Anna", "a@b.c")]),
        ('"=?utf-8?Q?J=C3=B8rgen?=" <a@b.c>', [("Jørgen", "a@b.c")]),
        ("Undisclosed recipients:;", []),
        ("Team: a@b.c, d@e.f;", [("", "a@b.c"), ("", "d@e.f")]),
        ("a@b.c (Anna Berg)", [("Anna Berg", "a@b.c")]),
        ("", []),
        ("Jørgen <j@b.c>", [("Jørgen", "j@b.c")]),
    ],
)
def test_recipients(field: str, people: list[tuple[str, str]]) -> None:
    assert [(p.name, p.address) for p in parse(with_body(b"x", f"To: {field}")).to] == people


def test_the_sender_may_be_missing() -> None:
    message = parse(b"Subject: x\nReturn-Path: <bounce@firm.example>\n\nx")
    assert message.sender.address == "bounce@firm.example"
    assert "no sender" in message.problems
    assert parse(b"Subject: x\n\nx").sender == Address("", "")


RECEIVED = "Received: from a by b; Tue, 24 Nov 2026 10:00:00 +0000"
ARRIVED = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("case", "fields", "received", "date", "problem"),
    [
        ("as written", ["Date: Mon, 23 Nov 2026 09:30:00 GMT", RECEIVED], None, (2026, 11, 23, 9, 30), None),
        ("without zone", ["Date: Mon, 23 Nov 2026 09:30:00 -0000"], None, (2026, 11, 23, 9, 30), None),
        ("missing: of the last hop", [RECEIVED], None, (2026, 11, 24, 10, 0), "no date"),
        ("missing: when it arrived here", [], ARRIVED, (2026, 11, 25, 12, 0), "no date"),
        ("unreadable", ["Date: yesterday", RECEIVED], None, (2026, 11, 24, 10, 0), "absurd date"),
        ("the Conquest", ["Date: Mon, 1 Jan 1066 00:00:00 +0000"], ARRIVED, (2026, 11, 25, 12, 0), "absurd date"),
        ("far ahead", ["Date: Mon, 23 Nov 2099 09:30:00 GMT", RECEIVED], None, (2026, 11, 24, 10, 0), "absurd date"),
        ("nothing tells", [], None, (1970, 1, 1, 0, 0), "no date"),
    ],
)
def test_dates(
    case: str, fields: list[str], received: datetime | None, date: tuple[int, ...], problem: str | None
) -> None:
    message = parse("\n".join(["From: a@b.c", "Message-ID: <x@y>", *fields]).encode() + b"\n\nx", received)
    assert message.date.timetuple()[:5] == date, case
    assert message.date.tzinfo is UTC
    assert message.problems == ((problem,) if problem else ())


def test_a_message_without_id_gets_the_same_one_on_every_road() -> None:
    raw = b"From: a@b.c\nSubject: x\nDate: Mon, 23 Nov 2026 09:30:00 GMT\n\nbody\n"
    first, second = parse(raw), parse(raw.replace(b"\n", b"\r\n"))
    assert first.message_id == second.message_id
    assert is_made_up_id(first.message_id)
    assert not is_made_up_id("x@y")
    assert first.problems == ("no Message-ID",)


@pytest.mark.parametrize(
    ("fields", "automatic", "bounce", "list_id"),
    [
        (["Auto-Submitted: auto-replied (vacation)"], True, False, None),
        (["Auto-Submitted: no"], False, False, None),
        (["Precedence: auto_reply"], True, False, None),
        (["List-Id: Pump people <pumps.lists.example>"], False, False, "pumps.lists.example"),
        (["Content-Type: multipart/report; report-type=delivery-status; boundary=b"], True, True, None),
    ],
)
def test_machines_and_lists(fields: list[str], automatic: bool, bounce: bool, list_id: str | None) -> None:
    message = parse(with_body(b"--b\n\nx\n--b--\n", *fields))
    assert (message.auto_submitted, message.bounce, message.list_id) == (automatic, bounce, list_id)


def test_a_bounce_keeps_its_report_as_attachments() -> None:
    raw = with_body(
        b"--b\nContent-Type: text/plain\n\nIt failed.\n--b\nContent-Type: message/delivery-status\n\n"
        b"Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; who@else.example\nStatus: 5.1.1\n--b\n"
        b"Content-Type: message/rfc822\n\nSubject: Offer\n\nhello\n--b--\n",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
    )
    message = parse(raw)
    assert message.text == "It failed."
    assert [a.mimetype for a in message.attachments] == ["message/delivery-status", "message/rfc822"]
    assert b"5.1.1" in attachment_content(raw, 0)


@pytest.mark.parametrize(
    ("case", "raw", "problem"),
    [
        ("nothing", b"", "no mail headers"),
        ("no header", b"\xff\xd8\xff\xe0 JFIF", "no mail headers"),
        ("boundary never comes", with_body(b"text", "Content-Type: multipart/mixed; boundary=b"), "broken structure"),
        ("multipart without boundary", with_body(b"text", "Content-Type: multipart/mixed"), "broken structure"),
        (
            "cut off",
            with_body(b"--b\nContent-Type: text/plain\n\ntext", "Content-Type: multipart/mixed; boundary=b"),
            "broken structure",
        ),
        (
            "broken base64",
            with_body(b"dGV4dA=\x01==!", "Content-Type: text/plain", "Content-Transfer-Encoding: base64"),
            "broken encoding",
        ),
    ],
)
def test_broken_messages_are_read_as_far_as_they_go(case: str, raw: bytes, problem: str) -> None:
    message = parse(raw)
    assert problem in message.problems, case
    if problem.startswith("broken"):
        assert message.text.startswith("text"), case


def test_parts_nested_beyond_reason() -> None:
    depth = 2_000
    raw = b"From: a@b.c\nSubject: deep\n" + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(depth)
    )
    message = parse(raw)
    assert message.subject == "deep"
    assert "parts nested too deep" in message.problems


@pytest.mark.parametrize("name", ["From", "To", "Subject", "Date", "References", "Message-ID", "Content-Type"])
@pytest.mark.parametrize(
    "piece", ["a", "(", '"', "<", "=?a?q?x", ';"', "a@b,", "<a@b> ", "\\", ";a=", "\udcff", ";a*0*=", "(a)", "[", "a;"]
)
def test_endless_fields_cost_no_time(name: str, piece: str) -> None:
    value = "multipart/mixed" * (name == "Content-Type") + piece * (400_000 // len(piece))
    raw = f"{name}: {value}\n\ntext".encode("utf-8", "surrogateescape")
    begun = time.process_time()
    parse(raw)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("disposition", "filename"),
    [
        ('attachment; filename="../../etc/passwd"', "_.._etc_passwd"),
        ('attachment; filename="C:\\\\evil.exe"', "C__evil.exe"),
        ('attachment; filename="=?utf-8?B?R3LDvMOfZS5wZGY=?="', "Grüße.pdf"),
        ("attachment; filename*0*=utf-8''Gr%C3%BC; filename*1=sse.pdf", "Grüsse.pdf"),
        ('attachment; filename="x' + "y" * 300 + '.pdf"', "x" + "y" * 139 + ".pdf"),
        ("attachment", "attachment-1.pdf"),
        ('attachment; filename="..."', "attachment-1.pdf"),
    ],
)
def test_names_of_attachments_can_be_names_of_files(disposition: str, filename: str) -> None:
    part = f"--b\nContent-Type: application/pdf\nContent-Disposition: {disposition}\n\nx\n--b--\n".encode()
    message = parse(with_body(part, "Content-Type: multipart/mixed; boundary=b"))
    assert [a.filename for a in message.attachments] == [filename]


def test_what_looks_like_a_message() -> None:
    assert has_headers(PLAIN)
    assert not has_headers(b"")
    assert not has_headers(b"%PDF-1.4\n%\xe2\xe3\n1 0 obj\n")


def test_preview_leaves_out_quotations() -> None:
    assert preview("Yes, fine.\n\nOn Mon, 23 Nov 2026, Anna wrote:\n> Shall we?\n-- \nJeff") == "Yes, fine."
    assert len(preview("word " * 1_000)) <= 200


def assert_whole(raw: bytes) -> None:
    message = parse(raw)
    assert message.message_id
    assert message.date.tzinfo is UTC
    assert message.date >= NO_DATE
    for text in (message.subject, message.text, message.html or "", message.sender.name, message.preview):
        assert isinstance(text, str)
        text.encode()  # what is stored and shown must not hold lone surrogates
        assert "\0" not in text
    for each in message.attachments:
        assert len(attachment_content(raw, each.index)) == each.size
        assert each.filename
        each.filename.encode()


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_are_read(raw: bytes) -> None:
    assert_whole(raw)


_FIELDS = ("Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Subject", "From", "To", "Date")
_VALUES = st.sampled_from(
    [
        "multipart/mixed; boundary=b",
        "multipart/alternative; boundary=b",
        "multipart/related; boundary=b",
        "text/html; charset=utf-7",
        "text/plain;charset",
        "text/plain; charset*=x",
        "text/plain; charset=undefined",
        "multipart/mixed; boundary*=a; boundary*0*=b",
        "text/plain; charset*=a; charset*0*=b; name*1=c; name*=''d",
        "message/rfc822",
        "message/delivery-status",
        "base64",
        "x-uuencode",
        "quoted-printable",
        "attachment; filename*=utf-8''%zz",
        "attachment; filename*0*=''a; filename*2=b",
        "=?utf-8?B?=?=",
        "=?a?b?c?=",
        "<<>>",
        ",;:@",
        "(((",
        "Mon, 99 Nov 99999 99:99:99 +9999",
        '; boundary="',
    ]
)
_HEADS = st.lists(st.tuples(st.sampled_from(_FIELDS), _VALUES | st.text(max_size=20)), max_size=6)
_BODIES = st.sampled_from(
    [b"", b"text", b"--b\n", b"--b--\n", b"\n\n", b"begin 644 x\n#86)C\n`\nend\n", b"=?", b"=3D=\n"]
)


@settings(max_examples=300, deadline=None)
@given(_HEADS, st.lists(_BODIES | st.binary(max_size=20), max_size=6), _HEADS)
def test_any_combination_of_fields_is_read(
    head: list[tuple[str, str]], bodies: list[bytes], inner: list[tuple[str, str]]
) -> None:
    def fields(pairs: list[tuple[str, str]]) -> bytes:
        return "".join(f"{name}: {value}\n" for name, value in pairs).encode("utf-8", "replace")

    assert_whole(fields(head) + b"\n--b\n" + fields(inner) + b"\n" + b"".join(bodies))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([PLAIN, RICH]), st.lists(st.tuples(st.integers(0, 2_000), st.binary(max_size=4)), max_size=8))
def test_any_damage_to_a_message_is_survived(raw: bytes, damage: list[tuple[int, bytes]]) -> None:
    for position, replacement in damage:
        raw = raw[:position] + replacement + raw[position + len(replacement) :]
    assert_whole(raw)
