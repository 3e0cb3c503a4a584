"""Bytes to text, whatever their charset claims to be."""

from __future__ import annotations

import codecs

# As browsers do (WHATWG): the label means the superset that senders really use.
_SUPERSETS = {
    "ascii": "utf-8",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "johab": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "iso2022_jp": "iso2022_jp_ext",
    "tis-620": "cp874",
}
_NAMES = {
    "ks_c_5601-1987": "cp949",
    "x-sjis": "cp932",
    "x-gbk": "gb18030",
    "iso-8859-8-i": "iso8859-8",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "windows-874": "cp874",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
}
_NO_CHARSETS = {"unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined"}


def decoded(content: bytes, charset: str | None) -> tuple[str, bool]:
    """The text of `content`, and whether it really was in `charset` (None: nothing was claimed, UTF-8 is expected).

    Without a claim, or with a wrong one, UTF-8 is tried, then Windows' western code page, so that text comes out.
    """
    claimed = _codec(charset) if charset else "utf-8"
    for name in dict.fromkeys(name for name in (claimed, "utf-8") if name):
        try:
            return content.decode(name), name == claimed
        except (UnicodeError, ValueError, LookupError):  # LookupError: a codec that makes no text, as "hex"
            continue
    return content.decode("cp1252", "replace"), False


def _codec(charset: str) -> str | None:
    label = charset.strip().strip("\"'").lower()
    try:
        name = codecs.lookup(_NAMES.get(label, label)).name
    except (LookupError, ValueError, TypeError):
        return None
    return None if name in _NO_CHARSETS else _SUPERSETS.get(name, name)
