"""Writing messages: what goes out, and what answers and forwards look like."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmdesk.mail.compose import (
    BadAddress,
    Draft,
    DraftAttachment,
    compose,
    forward,
    new_message_id,
    references_of_answer,
    reply_to,
)
from crmdesk.mail.headers import Address, format_address, read_addresses
from crmdesk.mail.message import attachment_content, parse

ANNA = Address("Anna Berg", "anna@us.example")
JEFF = Address("Smith, Jeff", "jeff@firm.example")
BOSS = Address("", "boss@us.example")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

DRAFT = Draft(
    sender=ANNA,
    to=(JEFF,),
    cc=(Address("Jørgen Højgaard", "jorgen@dansk.example"),),
    bcc=(BOSS,),
    subject="Offer for Grüße",
    text="Hello Jeff,\n\nsee below – 10 €.\n.\nFrom here on\n",
    attachments=(
        DraftAttachment("Angebot für Sie.pdf", "application/pdf", b"%PDF-1.4\n\x00\xff"),
        DraftAttachment("liste.csv", "text/csv", "Größe;Preis\r\n".encode()),
    ),
    in_reply_to="parent@firm.example",
    references=("first@firm.example", "parent@firm.example"),
    message_id="mine@us.example",
    date=NOON,
)


def test_what_is_written_is_what_is_read() -> None:
    raw = compose(DRAFT)
    message = parse(raw)
    assert message.problems == ()
    assert message.sender == ANNA
    assert message.to == (JEFF,)
    assert message.cc == DRAFT.cc
    assert message.bcc == ()
    assert message.subject == DRAFT.subject
    assert message.text == DRAFT.text.rstrip("\n")
    assert message.html is None
    assert message.message_id == "mine@us.example"
    assert message.in_reply_to == "parent@firm.example"
    assert message.references == DRAFT.references
    assert message.date == NOON
    assert [a.filename for a in message.attachments] == ["Angebot für Sie.pdf", "liste.csv"]
    assert attachment_content(raw, 0) == DRAFT.attachments[0].content
    assert attachment_content(raw, 1) == DRAFT.attachments[1].content


def test_the_wire_form() -> None:
    raw = compose(DRAFT)
    assert raw.replace(b"\r\n", b"").count(b"\n") == 0
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"boss@us.example" not in raw
    assert b"boss@us.example" in compose(DRAFT, keep_bcc=True)


def test_recipients_once_and_blind_ones_too() -> None:
    draft = replace(DRAFT, cc=(Address("", "JEFF@firm.example"),))
    assert draft.recipients == ("jeff@firm.example", "boss@us.example")


def test_html_with_a_picture_of_its_own() -> None:
    picture = DraftAttachment("logo.png", "image/png", b"\x89PNG", content_id="logo@us.example")
    html = '<p>Hello <img src="cid:logo@us.example"></p>'
    raw = compose(replace(DRAFT, html=html, attachments=(picture, DRAFT.attachments[0])))
    message = parse(raw)
    assert message.html is not None
    assert message.html.strip() == html
    assert message.text == DRAFT.text.rstrip("\n")
    assert [(a.filename, a.inline) for a in message.attachments] == [
        ("logo.png", True),
        ("Angebot für Sie.pdf", False),
    ]


def test_an_id_longer_than_a_line_is_not_broken() -> None:
    long_ids = tuple(f"{number}-{'x' * 120}@very.long.example" for number in range(5))
    raw = compose(replace(DRAFT, references=long_ids, in_reply_to=long_ids[-1], message_id=long_ids[0]))
    message = parse(raw)
    assert message.references == long_ids
    assert message.in_reply_to == long_ids[-1]
    assert message.message_id == long_ids[0]


def test_a_long_thread_keeps_its_first_and_its_nearest_ids() -> None:
    ids = tuple(f"{number}@x.example" for number in range(200))
    references = parse(compose(replace(DRAFT, references=ids))).references
    assert len(references) == 50
    assert references[0] == ids[0]
    assert references[-1] == ids[-1]


@pytest.mark.parametrize("ends", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b"])
def test_no_text_can_add_a_field(ends: str) -> None:
    evil = f"x{ends}Bcc: evil@spy.example{ends}{ends}body"
    raw = compose(
        Draft(
            sender=Address(evil, "anna@us.example"),
            to=(Address(evil, "jeff@firm.example"),),
            subject=evil,
            attachments=(DraftAttachment(evil, "text/plain", b"x", content_id=evil),),
            in_reply_to=evil,
            references=(evil,),
            message_id=f"a@b{ends}Bcc:evil",
        )
    )
    head = raw.split(b"\r\n\r\n")[0]
    assert not any(line.lower().startswith(b"bcc") for line in head.splitlines())
    assert parse(raw).bcc == ()


@pytest.mark.parametrize(
    "address",
    ["", "jeff", "@firm.example", "jeff@", "a b@firm.example", "a@b\r\nBcc: evil@spy.example", "jörg@firm.example",
     "a@b@c", "<a@b.example>", "a@b,c@d", "x@" + "y" * 70 + ".example"],
)  # fmt: skip
def test_what_is_no_address_is_refused_in_words(address: str) -> None:
    with pytest.raises(BadAddress, match=r"not an? (e-mail address|domain)"):
        compose(replace(DRAFT, to=(Address("", address),)))


def test_a_domain_with_other_letters_goes_out_in_ascii() -> None:
    assert parse(compose(replace(DRAFT, to=(Address("", "info@müller.example"),)))).to[0].address == (
        "info@xn--mller-kva.example"
    )


def test_ids_are_made_under_the_senders_domain() -> None:
    assert new_message_id("anna@us.example").endswith("@us.example")
    assert new_message_id("anna@us.example") != new_message_id("anna@us.example")
    assert parse(compose(replace(DRAFT, message_id=None))).message_id.endswith("@us.example")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=60), st.text(max_size=20))
def test_any_words_can_be_sent(subject: str, text: str, name: str, filename: str) -> None:
    attachment = DraftAttachment(filename, "image/png", b"\x00\x01")
    raw = compose(
        Draft(
            sender=Address(name, "anna@us.example"), to=(JEFF,), subject=subject, text=text, attachments=(attachment,)
        )
    )
    message = parse(raw)
    assert message.sender.address == "anna@us.example"
    assert message.to == (JEFF,)
    assert raw.isascii()
    assert attachment_content(raw, 0) == b"\x00\x01"


@pytest.mark.parametrize(
    "person", [ANNA, JEFF, BOSS, Address('The "Boss" \\', "b@us.example"), Address("Jørgen, Højgaard", "j@d.example")]
)
def test_an_address_is_written_so_that_it_can_be_read_back(person: Address) -> None:
    found = read_addresses(f"{format_address(person)}, last@us.example")
    assert [each.address for each in found] == [person.address, "last@us.example"]
    assert found[0].name == person.name


@pytest.mark.parametrize("text", ["", "nobody", "a@b.c, d@e.f"])
def test_a_typed_address_is_one_address(text: str) -> None:
    with pytest.raises(ValueError, match="is not an e-mail address"):
        Address.parse(text)


INCOMING = parse(
    b"From: Jeff Smith <jeff@firm.example>\nTo: Anna <ANNA@us.example>, boss@us.example\n"
    b"Cc: carol@firm.example, jeff@firm.example\n"
    b"Subject: AW: Offer\nDate: Mon, 23 Nov 2026 08:30:00 GMT\nMessage-ID: <q@firm.example>\n"
    b"In-Reply-To: <a@us.example>\nReferences: <first@us.example> <a@us.example>\n\nFine.\n\n> When?\n"
)


def test_an_answer() -> None:
    draft = reply_to(INCOMING, ANNA, zone=UTC)
    assert draft.sender == ANNA
    assert [each.address for each in draft.to] == ["jeff@firm.example"]
    assert draft.cc == ()
    assert draft.subject == "Re: Offer"
    assert draft.text == "\n\nOn 23 Nov 2026 at 08:30, Jeff Smith wrote:\n> Fine.\n>\n>> When?\n"
    assert draft.in_reply_to == "q@firm.example"
    assert draft.references == ("first@us.example", "a@us.example", "q@firm.example")


def test_an_answer_to_all_leaves_me_out_and_names_everybody_once() -> None:
    draft = reply_to(INCOMING, ANNA, all=True)
    assert [each.address for each in draft.to] == ["jeff@firm.example"]
    assert [each.address for each in draft.cc] == ["boss@us.example", "carol@firm.example"]


def test_reply_to_goes_before_the_sender() -> None:
    message = replace(INCOMING, reply_to=(Address("", "desk@firm.example"),))
    assert [each.address for each in reply_to(message, ANNA).to] == ["desk@firm.example"]


def test_answering_my_own_message_writes_to_its_recipients() -> None:
    mine = replace(INCOMING, sender=ANNA, to=(JEFF,), cc=(BOSS,))
    assert reply_to(mine, ANNA).to == (JEFF,)
    draft = reply_to(mine, ANNA, all=True)
    assert (draft.to, draft.cc) == ((JEFF,), (BOSS,))


@pytest.mark.parametrize(
    ("case", "fields", "references"),
    [
        ("references and id", "Message-ID: <c@x>\nReferences: <a@x> <b@x>", ("a@x", "b@x", "c@x")),
        ("no references, but an In-Reply-To", "Message-ID: <c@x>\nIn-Reply-To: <b@x>", ("b@x", "c@x")),
        ("the first of a thread", "Message-ID: <c@x>", ("c@x",)),
        ("without id", "References: <a@x>", ("a@x",)),
        ("without anything", "Subject: x", ()),
    ],
)
def test_references_of_an_answer(case: str, fields: str, references: tuple[str, ...]) -> None:
    assert references_of_answer(parse(f"From: a@x\n{fields}\n\nx".encode())) == references, case


def test_a_message_without_id_is_answered_without_naming_it() -> None:
    assert reply_to(parse(b"From: a@b.c\nSubject: x\n\nx"), ANNA).in_reply_to is None


def test_a_forward_takes_the_attachments_along() -> None:
    raw = compose(replace(DRAFT, subject="Fwd: Offer"))
    draft = forward(parse(raw), raw, BOSS, zone=UTC)
    assert draft.subject == "Fwd: Offer"
    assert draft.to == ()
    assert draft.in_reply_to is None
    assert draft.references[-1] == "mine@us.example"
    assert 'To: "Smith, Jeff" <jeff@firm.example>' in draft.text
    assert "see below – 10 €." in draft.text
    assert [(a.filename, a.content) for a in draft.attachments] == [(a.filename, a.content) for a in DRAFT.attachments]
    sent = parse(compose(replace(draft, to=(ANNA,))))
    assert len(sent.attachments) == 2


def test_an_attached_message_is_forwarded_as_a_file() -> None:
    raw = (
        b"From: a@b.c\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
        b"Subject: Inner\n\ntext\n--b--\n"
    )
    again = compose(replace(forward(parse(raw), raw, ANNA), to=(BOSS,)))
    assert parse(again).attachments[0].filename == "Inner.eml"
    assert b"Subject: Inner" in attachment_content(again, 0)
