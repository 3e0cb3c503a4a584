"""What machines and crowds send: newsletters, mailing lists, notices, automatic answers, bounces, broken messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime

from crmdesk.demo import attachments, mime
from crmdesk.demo.letters import Habit, Letter, Person, Scribe

_PLAIN = Habit(zone=0.0)


# Each is filled with the recipient and a date.
_RAW_HEADER = b"""\
From: Grete H\xfcbner <grete@huebner.example>
To: %b
Subject: Gr\xfc\xdfe aus K\xf6ln
Date: %b

Liebe Frau Berg,

sch\xf6ne Gr\xfc\xdfe vom Stand!

G. H\xfcbner
"""
_UNKNOWN_CHARSET = b"""\
From: counter@till.example
To: %b
Subject: Daily totals
Date: %b
Message-ID: <t1@till.example>
Content-Type: text/plain; charset=x-till-850

Total of the day: 1204.50
"""
_CUT_OFF = b"""\
From: scanner@office.example
To: %b
Subject: Scan
Date: %b
Message-ID: <s1@office.example>
Content-Type: multipart/mixed; boundary="scan"

--scan
Content-Type: text/plain

Scan of 1 page.
--scan
Content-Type: application/pdf; name=scan.pdf
Content-Transfer-Encoding: base64

JVBERi0xLjQK"""
_NO_BOUNDARY = b"""\
From: fax@office.example
To: %b
Subject: Fax
Date: %b
Message-ID: <f1@office.example>
Content-Type: multipart/mixed; boundary="fax"

A fax has arrived. Pages: 2.
"""
_BROKEN_BASE64 = b"""\
From: machine@plant.example
To: %b
Subject: Alarm list
Date: %b
Message-ID: <m1@plant.example>
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

Tm8gYWxhcm!z\x01dG9kYXk=
"""
_NO_SENDER_AND_AN_OLD_DATE = b"""\
To: %b
Subject: Reminder
Message-ID: <r1@old.example>
X-Sent: %b
Date: Thu, 1 Jan 1970 00:00:00 +0000

Please renew your licence.
"""


@dataclass(frozen=True)
class Newsletter:
    sender: Person
    title: str
    every: int
    """Days between two issues."""
    colour: str
    preheader: str
    button: str
    leave: str
    headlines: tuple[tuple[str, str], ...]


NEWSLETTERS = (
    Newsletter(
        Person("Packaging Weekly", "news@packaging-weekly.example"),
        "Packaging Weekly",
        7,
        "#1f6f54",
        "This week: lighter pallets, new labels, and what a strike costs",
        "Read on",
        "You get this letter because you subscribed at our fair stand. Unsubscribe",
        (
            ("Paper instead of film: what retailers really ask for", "We asked forty buyers. Price comes second."),
            ("Robots that pack eggs", "A visit to a farm that has not broken one for a year."),
            ("Pallets that know where they are", "The new tags cost 40 cents. Who pays?"),
            ("Energy: compressed air is the silent thief", "Five leaks that every plant has."),
            ("Interview: twenty years on the line", "A shift leader about what changed and what did not."),
            ("Cardboard gets dearer again", "The three reasons, and when it may end."),
            ("Checklist: moving a line over a weekend", "Print it, hang it up, sleep better."),
        ),
    ),
    Newsletter(
        Person("Logistikbrief", "redaktion@logistikbrief.example"),
        "Der Logistikbrief",
        14,
        "#8a3324",
        "Mautgebühren, Lagerflächen, Fachkräfte: das Wichtigste in fünf Minuten",
        "Weiterlesen",
        "Sie möchten den Brief nicht mehr erhalten? Hier abmelden",
        (
            ("Neue Mautsätze ab Januar", "Was sich für mittlere Gewichtsklassen ändert."),
            ("Lagerflächen bleiben knapp", "Die Mieten steigen vor allem in den Häfen."),
            ("Fahrermangel: drei Betriebe, drei Lösungen", "Einer davon setzt auf die Vier-Tage-Woche."),
            ("Zollpapiere künftig nur noch elektronisch", "Die Übergangsfrist endet früher als gedacht."),
        ),
    ),
    Newsletter(
        Person("Rail & Rest", "bonus@rail-and-rest.example"),
        "Your points",
        30,
        "#23408e",
        "Anna, 1,240 points are waiting for you",
        "See your points",
        "Rail & Rest, Station Road 1. Change what we send you",
        (
            ("Two nights for one in November", "In forty cities, booked until Sunday."),
            ("Quiet cars on more trains", "Now on the routes that business people take most."),
            ("Your year in kilometres", "You have been once around the Mediterranean."),
        ),
    ),
)

_NOTES = (
    ("Forecast for the quarter", "please have a look at your numbers in the forecast until Wednesday noon. The board "
     "meets in the afternoon and I would like to show something that we believe ourselves.\n\nThanks!"),
    ("Cake in the kitchen", "it is my birthday, there is apple and there is plum. First come, first served."),
    ("Server maintenance on Saturday", "the file server and the telephone system are down on Saturday between 8 and "
     "11. Mail goes on working.\n\nPlease save what you have open on Friday evening."),
    ("New travel rules", "from next month on trains are booked through the portal alone. Paper tickets can't be "
     "refunded any more. The short version is on the intranet; ask me if something is unclear."),
    ("Who knows {company}?", "I have an inquiry of theirs for the day after tomorrow. You visited them, I think: "
     "whom do I ask for, and what should I better not say?"),
    ("Parking", "the lower deck is being cleaned on Thursday. Please park upstairs or take the bike."),
    ("Handing over while I am away", "I am out for two weeks from Monday. Open things are in the shared folder, one "
     "page per customer. If {company} calls: the spare parts are ordered, they arrive on Thursday."),
    ("Price list, final", "the new price list is approved. Please use no older one from today on."),
    ("Lunch?", "the new place around the corner has opened. 12:15 at the door?"),
    ("Complaint rate", "good news for once: below one per cent for the first time since we count. Well done, "
     "everybody."),
)  # fmt: skip

_LIST_TALKS = (
    ("Belt slips when it is cold", (
        "Below 5 degrees our belts slip in the first ten minutes. Warming the hall is no option. What do you do?",
        "We had the same. A slightly higher tension in winter (plus 4 %) and never any grease on the drums.",
        "Also look at the drive drum: rubber coating older than eight years gets hard as stone.",
        "It was the coating. Replaced, works. Thanks to both of you!",
    )),
    ("Photo cells and steam", (
        "In the washing area the photo cells see ghosts. Has anybody tried ultrasonic ones?",
        "Yes, for two years, no ghosts. Mind the minimum distance.",
        "Or blow a little dry air across the lens, costs next to nothing.",
    )),
    ("Spreadsheet for line balancing", (
        "I have made a spreadsheet that balances up to 20 stations. Who wants to test it?",
        "Me please!",
        "Gladly. Does it know set-up times?",
        "Not yet. Version 2 :-)",
    )),
)  # fmt: skip


def newsletters(scribe: Scribe, now: datetime, days: int) -> Iterator[Letter]:
    """Every issue of the last `days` days: nested tables, a hidden preheader, remote pictures, buttons."""
    for letter in NEWSLETTERS:
        latest = now.replace(hour=5, minute=12) - timedelta(days=scribe.dice.randrange(0, 2))
        for number in range(days // letter.every + 1):
            sent = latest - timedelta(days=number * letter.every, minutes=scribe.dice.randrange(50))
            issue = 400 - number
            html = _newsletter_html(scribe, letter, issue)
            plain = "\n\n".join(f"{head}\n{line}" for head, line in _articles(letter, issue))
            encoding = "quoted-printable" if number % 3 else "base64"
            part = mime.multipart(
                "alternative",
                scribe.boundary(),
                [mime.text(plain, "utf-8"), mime.text(html, "utf-8", encoding, "html")],
            )
            if letter.every == 30:  # HTML alone
                part = mime.text(html, "iso-8859-1", "quoted-printable", "html")
            domain = letter.sender.address.rpartition("@")[2]
            more = (
                ("List-Id", f"{letter.title} <news.{domain}>"),
                ("List-Unsubscribe", f"<https://{domain}/leave?u=4711>, <mailto:leave@{domain}>"),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
                ("Precedence", "bulk"),
            )
            subject = f"{letter.title} {issue}: {letter.headlines[issue % len(letter.headlines)][0]}"
            yield scribe.letter(letter.sender, [scribe.me], subject, part, sent, _PLAIN, more=more)


def mailing_list(scribe: Scribe, now: datetime) -> Iterator[Letter]:
    """A list of colleagues in the trade: each message through the list, with its prefix and footer."""
    members = [
        Person("Ruth Abel", "ruth@conveyor-people.example"),
        Person("Piet de Wit", "piet@dewit.example"),
        Person("Marta Lis", "m.lis@lis-automation.example"),
    ]
    users = Person("Conveyor people", "users@lists.conveyor-people.example")
    more = (
        ("List-Id", "Conveyor people <users.lists.conveyor-people.example>"),
        ("List-Post", "<mailto:users@lists.conveyor-people.example>"),
        ("Precedence", "list"),
    )
    for subject, texts in _LIST_TALKS:
        sent = now - timedelta(days=scribe.dice.randrange(3, 70), hours=scribe.dice.randrange(3))
        references: tuple[str, ...] = ()
        for number, words in enumerate(texts):
            footer = mime.text(
                "_______________________________________________\nusers mailing list", "us-ascii", "7bit"
            )
            part = mime.multipart("mixed", scribe.boundary(), [mime.text(words, "us-ascii", "7bit"), footer])
            prefix = "Re: [users] " if number else "[users] "
            letter = scribe.letter(
                members[number % 3], [users], prefix + subject, part, sent, _PLAIN, references=references, more=more
            )
            references = (*references, letter.message_id)
            sent += timedelta(minutes=scribe.dice.randrange(20, 600))
            yield letter


def notes(scribe: Scribe, colleagues: list[Person], customers: list[Person], now: datetime) -> Iterator[Letter]:
    """Short messages within the house."""
    for number in range(24):
        subject, words = _NOTES[number % len(_NOTES)]
        sender = colleagues[number % len(colleagues)]
        company = scribe.dice.choice(customers).company if customers else "them"
        day = now - timedelta(days=number * 4 + scribe.dice.randrange(3))
        sent = day.replace(hour=scribe.dice.randrange(7, 16), minute=scribe.dice.randrange(60))
        text = f"Hi {scribe.me.first_name},\n\n{words.format(company=company)}\n\n{sender.first_name}"
        habit = Habit(form="alternative" if number % 2 else "flowed")
        part = scribe.body(text, "", habit, sender)
        yield scribe.letter(
            sender, [scribe.me], subject.format(company=company), part, min(sent, now), habit, text=text
        )


def notices(scribe: Scribe, now: datetime) -> Iterator[Letter]:
    """Parcels, tickets and invoices, from programs."""
    parcels = Person("Swift Parcel", "no-reply@swift-parcel.example")
    telephone = Person("Telephone bills", "billing@fastline.example")
    rail = Person("Rail tickets", "tickets@rail.example")
    habit = Habit(charset="us-ascii", encoding="7bit", zone=0.0)
    for number in range(12):
        sent = now - timedelta(days=number * 7 + 1, minutes=scribe.dice.randrange(600))
        code = scribe.dice.randrange(10**9, 10**10)
        html = (
            f'<table width="100%"><tr><td align="center"><h2>Your parcel {code} is on its way</h2>'
            '<img src="https://img.swift-parcel.example/van.gif" width="120" height="60" alt="">'
            f'<p>It arrives tomorrow between 9 and 12.</p><p><a href="https://swift-parcel.example/t/{code}">Follow it'
            '</a></p></td></tr></table><img src="https://img.swift-parcel.example/open.gif?m=1" width="1" height="1">'
        )
        part = mime.text(html, "us-ascii", "7bit", "html")
        yield scribe.letter(
            parcels, [scribe.me], f"Your parcel {code}", part, sent, habit, more=[("Auto-Submitted", "auto-generated")]
        )
    for number in range(3):
        sent = (now - timedelta(days=number * 30 + 6)).replace(hour=3, minute=41)
        month = f"{sent:%B %Y}"
        bill = attachments.pdf([f"Invoice {month}", "Fixed line and mobile: 64.90 EUR", "Paid by direct debit."])
        part = mime.multipart(
            "mixed",
            scribe.boundary(),
            [
                mime.text(f"Your invoice for {month} is attached.", "us-ascii", "7bit"),
                mime.file(f"invoice-{sent:%Y-%m}.pdf", "application/pdf", bill),
            ],
        )
        yield scribe.letter(telephone, [scribe.me], f"Your invoice for {month}", part, sent, habit)
    for number in range(4):
        sent = now - timedelta(days=number * 17 + 2, hours=5)
        text = (
            f"Thank you for your booking.\n\nCoach {number + 3}, seat {scribe.dice.randrange(11, 90)}, by the window."
        )
        part = scribe.body(text, "", habit, rail)
        yield scribe.letter(rail, [scribe.me], "Your booking", part, sent, habit)


def invitations(scribe: Scribe, colleague: Person, now: datetime) -> Iterator[Letter]:
    """Meeting requests, as calendars send them: text, HTML and the calendar's own form of one thing."""
    for number, title in enumerate(("Pipeline review", "Fair: who does what", "Onboarding of the new colleague")):
        sent = now - timedelta(days=number * 9 + 1, hours=1)
        start = (sent + timedelta(days=4)).replace(hour=9, minute=0)
        request = attachments.invitation(
            f"{scribe.dice.getrandbits(40):x}@calendar", start, title, colleague.address, scribe.me.address
        )
        parts = [
            mime.text(f"{title}\n{start:%A %d %B, %H:%M} UTC"),
            mime.text(f"<h3>{title}</h3><p>{start:%A %d %B, %H:%M} UTC</p>", kind="html"),
            mime.text(request.decode(), "utf-8", "8bit", "calendar; method=REQUEST"),
        ]
        part = mime.multipart("alternative", scribe.boundary(), parts)
        yield scribe.letter(colleague, [scribe.me], f"Invitation: {title}", part, sent, Habit())


def automatic_answers(scribe: Scribe, customers: list[Person], now: datetime) -> Iterator[Letter]:
    """People who are away."""
    for number, person in enumerate(customers[:5]):
        sent = now - timedelta(days=number * 13, hours=2, minutes=number)
        text = (
            "Thank you for your message. I am out of the office and back on Monday. In urgent cases please call our "
            f"switchboard.\n\n{person.name}"
        )
        habit = Habit()
        part = scribe.body(text, "", habit, person)
        more = [("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All")]
        yield scribe.letter(person, [scribe.me], "Automatic reply: Out of office", part, sent, habit, more=more)


def bounces(scribe: Scribe, now: datetime) -> Iterator[Letter]:
    """Messages that could not be delivered, with the server's report (RFC 3464)."""
    domain = scribe.me.address.rpartition("@")[2]
    daemon = Person("Mail Delivery System", f"MAILER-DAEMON@mx.{domain}")
    for number, (address, status, words) in enumerate(
        (
            ("sales@closed-down.example", "5.1.2", "Host or domain name not found"),
            ("j.doe@harbour-office.example", "5.1.1", "User unknown"),
            ("all@big-office.example", "5.2.2", "Mailbox full"),
        )
    ):
        sent = now - timedelta(days=number * 21 + 3, hours=4)
        report = (
            f"Reporting-MTA: dns; mx.{domain}\nArrival-Date: {format_datetime(sent)}\n\n"
            f"Final-Recipient: rfc822; {address}\nAction: failed\nStatus: {status}\n"
            f"Diagnostic-Code: smtp; 550 {status} {words}\n"
        )
        original = f"From: {scribe.me.address}\nTo: {address}\nSubject: Our catalogue\n\nGood morning,\n"
        parts = [
            mime.text(f"Your message could not be delivered.\n\n<{address}>: {words}", "us-ascii", "7bit"),
            mime.Part(("Content-Type: message/delivery-status",), report.encode()),
            mime.Part(("Content-Type: message/rfc822",), original.encode()),
        ]
        part = mime.multipart("report; report-type=delivery-status", scribe.boundary(), parts)
        more = [("Auto-Submitted", "auto-replied")]
        yield scribe.letter(daemon, [scribe.me], "Undelivered Mail Returned to Sender", part, sent, _PLAIN, more=more)


def broken(scribe: Scribe, now: datetime) -> Iterator[Letter]:
    """What programs from long ago, or in a hurry, send; each wrong in a way of its own."""
    me = scribe.me.address.encode()

    def date(days: int) -> bytes:
        return format_datetime(now - timedelta(days=days)).encode()

    raws = {
        4: _RAW_HEADER,
        11: _UNKNOWN_CHARSET,
        19: _CUT_OFF,
        33: _NO_BOUNDARY,
        47: _BROKEN_BASE64,
        60: _NO_SENDER_AND_AN_OLD_DATE,
    }
    for days, raw in raws.items():
        yield Letter(now - timedelta(days=days), raw % (me, date(days)))


def _articles(letter: Newsletter, issue: int) -> list[tuple[str, str]]:
    return [letter.headlines[(issue + number) % len(letter.headlines)] for number in range(3)]


def _newsletter_html(scribe: Scribe, letter: Newsletter, issue: int) -> str:
    domain = letter.sender.address.rpartition("@")[2]
    articles = []
    for number, (head, line) in enumerate(_articles(letter, issue)):
        link = f"https://click.{domain}/{issue}/{scribe.dice.getrandbits(32):x}"
        articles.append(
            '<tr><td style="padding:16px 24px"><table role="presentation" width="100%" cellpadding="0" cellspacing="0">'
            f'<tr><td width="160" valign="top"><img src="https://img.{domain}/{issue}-{number}.jpg" width="140" '
            f'height="90" alt="" style="display:block;border-radius:6px"></td><td valign="top" style="font-family:'
            f'Helvetica,Arial,sans-serif"><h2 style="margin:0 0 6px;font-size:18px;color:#222222">{head}</h2>'
            f'<p style="margin:0 0 12px;font-size:14px;line-height:20px;color:#555555">{line}</p>'
            f'<table role="presentation" cellpadding="0" cellspacing="0"><tr><td bgcolor="{letter.colour}" '
            f'style="border-radius:4px"><!--[if mso]><v:roundrect href="{link}" fillcolor="{letter.colour}">'
            f'<![endif]--><a href="{link}" style="display:inline-block;padding:9px 18px;color:#ffffff;'
            f'text-decoration:none;font-size:14px">{letter.button}</a><!--[if mso]></v:roundrect><![endif]-->'
            "</td></tr></table></td></tr></table></td></tr>"
        )
    return f"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{letter.title}</title>
<style>@media (max-width:600px) {{ .wide {{ width:100% !important }} }}
@import url("https://img.{domain}/fonts.css");</style></head>
<body style="margin:0;background-color:#f2f2f2" background="https://img.{domain}/paper.png">
<div style="display:none;font-size:1px;max-height:0;overflow:hidden;mso-hide:all">
{letter.preheader}{"&#847; &zwnj; " * 20}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">
<table role="presentation" class="wide" width="640" cellpadding="0" cellspacing="0" bgcolor="#ffffff">
<tr><td bgcolor="{letter.colour}" style="padding:20px 24px;background:{letter.colour} url('https://img.{domain}/head.png')">
<span style="font-family:Georgia,serif;font-size:26px;color:#ffffff">{letter.title}</span></td></tr>
{"".join(articles)}
<tr><td style="padding:18px 24px;font-size:11px;color:#888888;font-family:Helvetica,Arial,sans-serif">
<a href="https://{domain}/leave?u=4711" style="color:#888888">{letter.leave}</a></td></tr>
</table></td></tr></table>
<img src="https://click.{domain}/open/{issue}.gif" width="1" height="1" alt="">
</body></html>
"""
