"""Small real files for the sample mailbox: PDF, PNG, iCalendar, CSV. The same arguments give the same bytes."""

from __future__ import annotations

import random
import struct
import zlib
from datetime import datetime, timedelta

_BLUE = (47, 111, 191)
_GREY = (236, 238, 241)


def pdf(lines: list[str]) -> bytes:
    """A page with these lines (Latin-1), the first of them as its title."""
    drawn = [b"BT /F1 18 Tf 72 770 Td 22 TL"]
    for number, line in enumerate(lines):
        if number == 1:
            drawn.append(b"/F1 11 Tf 16 TL T*")
        escaped = line.encode("latin-1", "replace").translate(None, b"\r\n")
        for character in (b"\\", b"(", b")"):
            escaped = escaped.replace(character, b"\\" + character)
        drawn.append(b"(" + escaped + b") Tj T*")
    page = b"\n".join([*drawn, b"ET"])
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(page), page),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    content = b"%PDF-1.4\n"
    places = []
    for number, each in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        content
        + b"xref\n0 %d\n0000000000 65535 f \n%b" % (len(objects) + 1, table)
        + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(content))
    )


def chart(dice: random.Random, width: int = 320, height: int = 160) -> bytes:
    """A PNG of a bar chart."""
    bars = [dice.randrange(height // 5, height - 12) for _ in range(8)]
    step = width // len(bars)
    rows = []
    for y in range(height):
        level = height - y
        # Each bar fills two thirds of its step.
        pixels = (
            _BLUE if level < bars[min(x // step, 7)] and x % step < step * 2 // 3 else _GREY for x in range(width)
        )
        rows.append(b"\0" + b"".join(bytes(pixel) for pixel in pixels))
    return _png(width, height, b"".join(rows))


def logo(colour: tuple[int, int, int], size: int = 32) -> bytes:
    """A PNG of a disc, as it stands below signatures."""
    middle = size / 2
    rows = []
    for y in range(size):
        row = bytearray(b"\0")
        for x in range(size):
            inside = (x - middle + 0.5) ** 2 + (y - middle + 0.5) ** 2 <= (middle - 1) ** 2
            row += bytes(colour if inside else (255, 255, 255))
        rows.append(bytes(row))
    return _png(size, size, b"".join(rows))


def invitation(uid: str, start: datetime, summary: str, organizer: str, attendee: str) -> bytes:
    """An iCalendar request for an hour."""
    fields = [
        "BEGIN:VCALENDAR",
        "PRODID:-//Sample//Calendar//EN",
        "VERSION:2.0",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{start - timedelta(days=3):%Y%m%dT%H%M%SZ}",
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"DTEND:{start + timedelta(hours=1):%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{summary}",
        f"ORGANIZER:mailto:{organizer}",
        f"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{attendee}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{field}\r\n" for field in fields).encode()


def parts_list(dice: random.Random) -> bytes:
    """A CSV of wear parts, as a spreadsheet in Germany writes it."""
    names = (
        "Sealing kit",
        "Drive belt 1200",
        "Bearing 6204",
        "Filter cartridge",
        "Photo cell",
        "Roller 50 mm",
        "Chain",
    )
    rows = ["No.;Part;Quantity;Unit;Price EUR;In stock"]
    for number, name in enumerate(names, 1):
        price = f"{dice.randrange(400, 24_000) / 100:.2f}".replace(".", ",")
        rows.append(f"{number};{name};{dice.randrange(1, 40)};pcs;{price};{dice.choice(('yes', 'no'))}")
    return "".join(f"{row}\r\n" for row in rows).encode("cp1252")


def _png(width: int, height: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
