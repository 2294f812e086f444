"""Editions, headings and readers for the tests of messages."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from newsletter.message import Heading, Letter, Reader, compile_letter, mark
from newsletter.model import Edition, EditionKey
from newsletter.slots import TOKENS

DATE = datetime(2021, 2, 1, 9, 0, tzinfo=ZoneInfo("America/Toronto"))

HEADING = Heading(
    from_name="Research digest",
    from_address="digest@example.org",
    reply_to="editor@example.org",
    list_id="digest.example.org",
    list_name="Research digest",
    public_url="https://news.example.org",
    unsubscribe_address="leave@example.org",
    language="en",
    month="2021-02",
    domain="example.org",
)

TEXT = (
    "{greeting}This month.\n\n    1. An indented line  \n.a dot\nFrom here on, p < .05 — “so”.\n"
    "=3D is not decoded twice.\n\nSent to {address}, who asked for it on {since}.\n"
    "Topics: {preferences_url}\nPause: {pause_url}\nLeave:\n{unsubscribe_url}\n"
).format(**TOKENS)

HTML = (
    '<!DOCTYPE html>\n<html lang="en"><body>\t<p>{greeting}'
    + "p < .05; 95&nbsp;% CI. " * 400
    + '</p>\n<p>{address} {since} <a href="{preferences_url}">topics</a>'
    ' <a href="{pause_url}">pause</a> <a href="{unsubscribe_url}">leave</a></p></body></html>'
).format(**TOKENS)

EDITION = Edition(EditionKey((0, 1, 2)), "Février: p < .05, and more", HTML, TEXT, "<mjml/>")

URL = "https://news.example.org/unsubscribe/" + "Zm9vYmFy.YmF6" * 8
NASTY = [
    "",
    "Anna Brown",
    "Anna B. Brown, PhD",
    'Anna "the" \\ Brown',
    "=?utf-8?q?hi=0D=0ABcc=3A_x=40example=2Eorg?=",
    "==??=utf-8?q?x?==",
    "Anna\r\nBcc: x@example.org",
    "Anna\r\n\r\nbody",
    "{{7*7}}",
    "<b>",
    "</p><script>alert(1)</script>",
    "\u202eannA\u202c",
    "x" * 300,
    "Anna " * 60,
    "é" * 300,
    "🧠👩‍🔬" * 40,
    "علی‌رضا",
    "\x00\x07\x1b",
    "\ud800",
    "From here",
    ".",
    "..\r\n.\r\n",
    "   ",
    "a  b\tc ",
    "%s %(x)s %b",
    "=\r\n=3D=",
    "--=_",
    "zq7slotaddress7qz",
]

names = st.sampled_from(NASTY) | st.text(max_size=60) | st.text("=?. \r\nFrom-_", max_size=30)
addresses = (
    st.sampled_from(
        [
            "a@example.org",
            "o'brien+x@example.org",
            "a@bücher.example",
            "jörg@example.org",
            "a@b@c",
            "",
        ]
    )
    | st.emails()
)
sites = (
    st.sampled_from(
        [
            "https://news.example.org",
            "http://127.0.0.1:8025",
            "https://bücher.example/p f?a=1&b=<2>&c='3\"",
            "https://news.example.org/" + "x" * 2000,
            "https://news.example.org/\r\nBcc: x@example.org\r\n\r\nbody",
            ".",
            "From here",
            "",
            " https://news.example.org/%20=3D ",
            "https://zq7slotaddress7qz",
            "%s%b%(x)s",
        ]
    )
    | st.text(max_size=60)
    | st.text(max_size=60).map("https://news.example.org/{}".format)
)

TOKEN = "7.Zm9vYmFyLWJhel9xdXV4Lg"


def reader(name: str = "Anna Brown", email: str = "a@example.org") -> Reader:
    """Return a reader as the sender makes them."""
    return Reader(
        email=email,
        name=name,
        since="12 March 2021",
        mark=mark(b"salt", "2021-02", 7),
        unsubscribe=TOKEN.encode(),
        preferences=b"7.YmFyLWJhel9xdXV4LmZvbw",
    )


def letter(edition: Edition = EDITION, heading: Heading = HEADING) -> Letter:
    """Compile a letter for the sample date."""
    return compile_letter(edition, heading, DATE)
