"""HTML of strangers: nothing in what is shown may make a request, run, or read a file."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmdesk.mail.html import make_safe, quoted, text_from_html
from tests.support.hostile_html import HOSTILE

_TAG = re.compile(r"<([a-z0-9]+)((?:\s+[^\s=>\"]+=\"[^\"]*\")*)\s*>|</[a-z0-9]+>")


def assert_harmless(shown: str) -> None:
    """Reads the result as tags and attributes of its own, apart from the code under test."""
    rest = _TAG.sub("", shown)
    assert "<" not in rest, "something that is no well-formed tag"
    for tag, attributes in ((m[1], m[2] or "") for m in _TAG.finditer(shown)):
        assert tag not in ("script", "style", "link", "iframe", "object", "form", "base", "meta", "svg"), tag
        for name, value in re.findall(r'([^\s=]+)="([^"]*)"', attributes):
            assert not name.startswith("on")
            assert name not in ("srcset", "background", "ping", "formaction", "poster", "lowsrc", "data", "action")
            if name == "src":
                assert re.match(r"cid:|data:image/(?:png|jpe?g|gif|webp|bmp);base64,", value, re.IGNORECASE), value
            if name == "style":
                assert "url" not in value.lower()
                assert "\\" not in value
                assert "expression" not in value.lower()
            if name == "href":
                assert re.match(r"https?://|mailto:|tel:|#", value, re.IGNORECASE), value


@pytest.mark.parametrize("html", HOSTILE)
def test_nothing_remote_and_nothing_running(html: str) -> None:
    shown = make_safe(f"<p>before</p>{html}").html
    assert_harmless(shown)
    assert "before" in shown


@pytest.mark.parametrize("html", HOSTILE)
def test_quotations_are_safe_too(html: str) -> None:
    assert_harmless(quoted(html))


_PIECES = st.sampled_from(
    [*HOSTILE, "<p>", "</p>", "<", ">", '"', "'", "<!--", "-->", "<![CDATA[", "]]>", "<style>", "</style>", "<svg>",
     "</svg>", "<math>", "<table>", "<td>", "&lt;", "&#x0;", "\0", "\ud800", " style=", "<img ", "<div hidden>"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES | st.text(max_size=8), max_size=12).map("".join))
def test_any_soup_is_made_safe(html: str) -> None:
    assert_harmless(make_safe(html).html)
    text_from_html(html)


@pytest.mark.parametrize(
    ("html", "count"),
    [
        ("<p>none</p>", 0),
        ('<img src="http://a.example/1"><img src="//a.example/2"><img src="cid:x">', 2),
        ('<table background="https://a.example/bg.png"><tr><td>x</td></tr></table>', 1),
        ("<p style=\"background:url('https://a.example/bg.png')\">x</p>", 1),
        ('<img src="file:///etc/passwd">', 0),
        ('<img src="local.png">', 0),
    ],
)
def test_remote_pictures_are_counted(html: str, count: int) -> None:
    assert make_safe(html).remote_pictures == count


def test_what_a_newsletter_needs_stays() -> None:
    html = (
        '<table width="600" bgcolor="#ffffff" cellpadding="0"><tr><td align="center" '
        'style="color:#333;background-color: rgb(10, 20, 30); padding:4px 8px; position:fixed">'
        '<a href="https://firm.example/a?b=1&amp;c=2">Read</a> <img src="cid:logo@firm" width="20" alt="Logo">'
        "</td></tr></table>"
    )
    shown = make_safe(html).html
    for kept in ('width="600"', 'bgcolor="#ffffff"', 'align="center"', "color:#333", "rgb(10, 20, 30)", "padding:4px"):
        assert kept in shown
    assert 'href="https://firm.example/a?b=1&amp;c=2"' in shown
    assert 'src="cid:logo@firm"' in shown
    assert "position" not in shown


def test_pictures_that_came_with_the_message_can_be_resolved() -> None:
    pictures = {"logo@firm": "data:image/png;base64,AAAA"}
    shown = make_safe('<img src="cid:logo%40firm"><img src="cid:gone" alt="Gone">', pictures.get).html
    assert shown == '<img src="data:image/png;base64,AAAA">Gone'


def test_a_picture_that_is_left_out_shows_its_alternative_text() -> None:
    assert make_safe('<img alt="Our &quot;office&quot;" src="http://a.example/1">').html == "Our &quot;office&quot;"


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "DISPLAY: none !important",
        "visibility:hidden",
        "mso-hide:all",
        "opacity:0",
        "max-height:0px;overflow:hidden",
    ],
)
def test_hidden_preheaders_are_not_shown(style: str) -> None:
    html = f'<div style="{style}">Secret <b>pre</b><br>header</div><p>Shown</p>'
    assert make_safe(html).html == "<p>Shown</p>"
    assert text_from_html(html) == "Shown"


def test_a_font_size_of_zero_is_layout_and_hides_nothing() -> None:
    html = '<table><tr><td style="font-size:0px;color:red"><div style="font-size:14px">Shown</div></td></tr></table>'
    shown = make_safe(html).html
    assert "Shown" in shown
    assert "font-size:0" not in shown


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One <b>two</b>\n three</p><p>four<br>five</p>", "One two three\n\nfour\nfive"),
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("<p>Yes.</p><blockquote><p>a</p><p>b</p></blockquote>after", "Yes.\n\n> a\n>\n> b\n\nafter"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1 2\n3"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<title>no</title><style>no</style><script>no</script>yes", "yes"),
        ("a&nbsp;&amp;&#32;b &euro;", "a & b €"),
        ('<img alt="Logo" src="http://x/">', "Logo"),
        ("<p>1 &lt; 2</p>", "1 < 2"),
        ("", ""),
        ("no tags", "no tags"),
    ],
)
def test_text_from_html(html: str, text: str) -> None:
    assert text_from_html(html) == text


@pytest.mark.parametrize("html", ["<div>" * 100_000 + "deep", "<table><tr><td>" * 5_000 + "deep"])
def test_deep_nesting_costs_no_time(html: str) -> None:
    begun = time.process_time()
    assert "deep" in make_safe(html).html
    assert "deep" in text_from_html(html)
    assert time.process_time() - begun < 5
