"""HTML of messages: made safe to show, and turned into text.

A message's HTML is written by strangers. make_safe lets through what a text view can show and nothing that could make a
request, run, or read a file: nh3 parses and keeps only known tags and attributes; every picture's address and every
style declaration is looked at here, because nh3 alone lets remote pictures and url() in styles through.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import nh3


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PARAGRAPHS = _names("address blockquote dl figure h1 h2 h3 h4 h5 h6 ol p pre table ul")
_LINES = _names("article aside caption center dd div dt figcaption footer header hr li main nav section tr")
_TAGS = (
    _PARAGRAPHS
    | _LINES
    | _names(
        "a abbr b bdi bdo big br cite code del dfn em font i img ins kbd mark q s samp small span strike strong sub"
    )
    | _names("sup tt u var wbr col colgroup tbody td tfoot th thead")
)
# With these their content goes too: it is no text, or not meant to be read.
_DROPPED_WHOLE = _names(
    "applet audio canvas embed iframe math noembed noframes noscript object script style svg template title video"
)
_ATTRIBUTES = {
    "*": {"align", "bgcolor", "dir", "height", "hidden", "lang", "style", "title", "valign", "width", "background"},
    "a": {"href", "name"},
    "img": {"alt", "border", "src"},
    "font": {"color", "face", "size"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start", "type"},
    "ul": {"type"},
}
# nh3 drops an address of another scheme before the filter sees it; pictures' addresses are judged by the filter alone.
_SCHEMES = {"http", "https", "mailto", "tel", "cid", "data"}
_LINK = re.compile(r"\s*(?:https?://|mailto:|tel:|#)", re.IGNORECASE)
_REMOTE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?[/\\]{2}", re.IGNORECASE)
_PICTURE_DATA = re.compile(r"data:image/(?:png|jpe?g|gif|webp|bmp);base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE)
_REMOTE_STYLE = re.compile(r"url\s*\(\s*['\"]?\s*(?:https?:)?//", re.IGNORECASE)

_STYLE_SHEET = re.compile(r"<style\b[^>]*>(.*?)</style", re.IGNORECASE | re.DOTALL)

_STYLES = _names(
    "background background-color border border-bottom border-collapse border-color border-left border-radius "
    "border-right border-spacing border-style border-top border-width color direction display float font font-family "
    "font-size font-style font-variant font-weight height letter-spacing line-height list-style-type margin "
    "margin-bottom margin-left margin-right margin-top max-width min-width padding padding-bottom padding-left "
    "padding-right padding-top text-align text-decoration text-indent text-transform vertical-align white-space "
    "width word-break word-wrap"
)
# No "(" but in colours, no ":" and no backslash: neither url() nor an escape that hides one can be written.
_STYLE_VALUE = re.compile(r"(?:[\w\s#%.,!+/'\"-]|(?:rgb|hsl)a?\([\d\s.,%/deg]*\))*", re.IGNORECASE)
_ZERO = re.compile(r"0+(?:\.0+)?(?:px|pt|em|rem|%)?(?:\s*!important)?", re.IGNORECASE)
_HIDDEN = "display:none"

# Tells the tokens of what nh3 writes apart: every attribute stands in double quotes, every "<" of the text is escaped.
TOKEN = re.compile(r"<(?P<end>/?)(?P<tag>[a-z][a-z0-9]*)(?P<attributes>(?:\s+[^\s=>\"]+=\"[^\"]*\")*)\s*>|[^<]+|<")
_ALT = re.compile(r'\salt="([^"]*)"')
_VOID = _names("br col hr img wbr")

# Parsing time grows with the square of the depth: 100,000 divs in each other take 20 s, 2,000 no time at all.
_NESTING = re.compile(
    r"<(/?)(?!(?:area|base|br|col|dd|dt|hr|img|input|li|link|meta|option|p|source|td|th|tr|wbr)\b)[a-z]", re.IGNORECASE
)
_DEEPEST = 2_000


@dataclass(frozen=True)
class SafeHtml:
    """HTML that can be shown without any request, and how many remote pictures were left out of it."""

    html: str
    remote_pictures: int


def make_safe(html: str, resolve_cid: Callable[[str], str | None] | None = None) -> SafeHtml:
    """`html` with nothing in it that could run, load or submit anything; never raises.

    Pictures stay when they came with the message: data: (raster formats) as it is, cid: as "cid:<content id>", or as
    what `resolve_cid(content id)` gives (None: left out). A picture that is left out shows its alternative text.
    Elements that the sender hid (preheaders) are removed. Links keep http, https, mailto and tel.
    """
    remote = sum(len(_REMOTE_STYLE.findall(sheet)) for sheet in _STYLE_SHEET.findall(html))

    def judge(tag: str, attribute: str, value: str) -> str | None:
        nonlocal remote
        if attribute == "style":
            remote += 1 if _REMOTE_STYLE.search(value) else 0
            return safe_style(value)
        if attribute == "background":
            remote += 1 if _REMOTE.match(value) else 0
            return None
        if attribute == "src":
            remote += 1 if _REMOTE.match(value) else 0
            return _picture(value, resolve_cid)
        if attribute == "href":
            return value.strip() if _LINK.match(value) else None
        return value

    cleaned = nh3.clean(
        _parsable(html),
        tags=set(_TAGS),
        clean_content_tags=set(_DROPPED_WHOLE),
        attributes=_ATTRIBUTES,
        attribute_filter=judge,
        url_schemes=_SCHEMES,
        link_rel=None,
    )
    return SafeHtml("".join(_without_pictures_left_out(_without_hidden(cleaned))), remote)


def quoted(html: str) -> str:
    """`html`, made safe, as a quotation below an answer."""
    safe = make_safe(html).html
    return f'<blockquote style="margin-left:8px;padding-left:8px;border-left:2px solid #999999">{safe}</blockquote>'


def text_from_html(html: str) -> str:
    """What a person reads in `html`, as plain text: one line per paragraph, lists with hyphens, quotations with ">"."""

    def judge(tag: str, attribute: str, value: str) -> str | None:
        return safe_style(value) if attribute == "style" else value

    cleaned = nh3.clean(
        _parsable(html),
        tags=set(_TAGS),
        clean_content_tags=set(_DROPPED_WHOLE),
        attributes={"*": {"hidden", "style"}, "img": {"alt"}},
        attribute_filter=judge,
        link_rel=None,
    )
    text = _Text()
    for token in _without_hidden(cleaned):
        text.take(token)
    return text.result()


def safe_style(style: str) -> str | None:
    """The declarations of a style attribute that may stay; "display:none" alone when they hide the element."""
    kept: list[str] = []
    seen: dict[str, str] = {}
    for declaration in style.split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        name = name.lower()
        seen[name] = value.lower()
        is_zero_size = name == "font-size" and _ZERO.fullmatch(value)
        if name in _STYLES and value and _STYLE_VALUE.fullmatch(value) and not is_zero_size:
            kept.append(f"{name}:{value}")
    if _hides(seen):
        return _HIDDEN
    return ";".join(each for each in kept if not each.startswith("display:")) or None


def _hides(style: dict[str, str]) -> bool:
    """Ways in which newsletters hide the text that only lists should show. A font size of 0 alone is mere layout."""
    no_height = _ZERO.fullmatch(style.get("max-height", "")) and style.get("overflow", "").startswith("hidden")
    return (
        style.get("display", "").startswith("none")
        or style.get("visibility", "").startswith("hidden")
        or style.get("mso-hide", "").startswith("all")
        or style.get("opacity", "") in ("0", "0.0")
        or bool(no_height)
    )


def _picture(address: str, resolve_cid: Callable[[str], str | None] | None) -> str | None:
    address = address.strip()
    if address[:4].lower() == "cid:":
        content_id = unquote(address[4:]).strip("<> ")
        return resolve_cid(content_id) if resolve_cid else f"cid:{content_id}"
    return address if _PICTURE_DATA.fullmatch(address) else None


def _without_hidden(cleaned: str) -> Iterator[re.Match[str]]:
    """The tokens of canonical HTML but those inside hidden elements."""
    hidden_depth = 0
    for token in TOKEN.finditer(cleaned):
        tag = token["tag"]
        if hidden_depth:
            if tag and tag not in _VOID:
                hidden_depth += -1 if token["end"] else 1
            continue
        attributes = token["attributes"] or ""
        if f'style="{_HIDDEN}"' in attributes or ' hidden="' in attributes:
            hidden_depth = 0 if tag in _VOID else 1
            continue
        yield token


def _without_pictures_left_out(tokens: Iterator[re.Match[str]]) -> Iterator[str]:
    for token in tokens:
        if token["tag"] != "img" or ' src="' in token["attributes"]:
            yield token[0]
        else:
            alternative = _ALT.search(token["attributes"])
            yield alternative[1] if alternative else ""


def _parsable(html: str) -> str:
    """`html` as nh3 can take it: no lone surrogates, and not nested so deep that parsing takes minutes."""
    html = html.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    depth = 0
    for tag in _NESTING.finditer(html):
        depth += -1 if tag[1] else 1
        if depth > _DEEPEST:
            return entities.escape(re.sub(r"<[^<>]*>", " ", html))
    return html


class _Text:
    """Puts canonical HTML's tokens together to lines of text."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._blank = True  # the line is empty or ends with a blank: no other one is wanted
        self._quotes = 0
        self._preformatted = 0
        self._gap: int | None = None  # an empty line is due, inside so many quotations

    def take(self, token: re.Match[str]) -> None:
        tag = token["tag"]
        if tag is None:
            self._words(entities.unescape(token[0]))
        elif tag == "br":
            self._break(keep_empty=True)
        elif tag == "img":
            alternative = _ALT.search(token["attributes"])
            self._words(entities.unescape(alternative[1]) if alternative else "")
        elif tag in _PARAGRAPHS:
            self._paragraph(tag, opens=not token["end"])
        elif tag in _LINES:
            self._break()
            if tag == "li" and not token["end"]:
                self._add("- ")
        elif tag in ("td", "th") and token["end"]:
            self._words(" ")

    def result(self) -> str:
        self._break()
        return "\n".join(self._lines).strip("\n")

    def _words(self, text: str) -> None:
        text = text.replace("\xa0", " ")
        if self._preformatted:
            first, *others = text.split("\n")
            self._add(first)
            for other in others:
                self._break(keep_empty=True)
                self._add(other)
            return
        text = re.sub(r"[\s\u200b\u200c\u2060\ufeff\u00ad\u034f]+", " ", text)
        self._add(text.lstrip(" ") if self._blank else text)

    def _add(self, text: str) -> None:
        if text:
            self._line.append(text)
            self._blank = text.endswith(" ")

    def _paragraph(self, tag: str, *, opens: bool) -> None:
        self._break()
        step = 1 if opens else -1
        outside = self._quotes
        if tag == "blockquote":
            self._quotes = max(0, self._quotes + step)
            outside = min(outside, self._quotes)
        elif tag == "pre":
            self._preformatted = max(0, self._preformatted + step)
        self._gap = outside if self._gap is None else min(self._gap, outside)

    def _break(self, *, keep_empty: bool = False) -> None:
        line = "".join(self._line).rstrip()
        self._line.clear()
        self._blank = True
        if line.strip("- ") or keep_empty:
            if self._gap is not None and self._lines:
                self._lines.append(("> " * self._gap).rstrip())
            self._gap = None
            self._lines.append(("> " * self._quotes + line).rstrip())
