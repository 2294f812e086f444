import quopri
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.message.quoted_printable import SOFT_BREAK, encode, piece

texts = st.text() | st.text(" \t.=\nFrom-a", max_size=400) | st.text("é🧠 ", max_size=200)


def decode(raw: bytes) -> str:
    """Decode with Python's own decoder."""
    return quopri.decodestring(raw.replace(b"\r\n", b"\n")).decode()


@given(texts)
def test_what_is_encoded_decodes_to_the_same_text(text: str) -> None:
    """Any text comes back as it was; only lone surrogates are lost."""
    assert decode(encode(text)) == text.encode("utf-8", "replace").decode()


@given(texts)
def test_lines_need_no_further_care(text: str) -> None:
    """Lines are short, ASCII, without risky starts, and in DKIM's relaxed form already."""
    for line in encode(text).split(b"\r\n"):
        assert len(line) <= 76
        assert re.fullmatch(rb"(?:[!-<>-~ ]|=[0-9A-F]{2})*=?", line)
        assert not line.startswith((b".", b"From "))
        assert not line.endswith(b" ")
        assert b"  " not in line


@given(st.lists(texts))
def test_pieces_side_by_side_make_the_whole_text(parts: list[str]) -> None:
    """A piece never changes what stands before or after it."""
    raw = b"".join(map(piece, parts)) + encode("end")
    assert decode(raw) == "".join(parts).encode("utf-8", "replace").decode() + "end"


@given(texts)
def test_a_piece_ends_a_line(text: str) -> None:
    """After a piece one is at the beginning of a line."""
    assert piece(text) == b"" or piece(text).endswith(b"\r\n")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (".", b"=2E"),
        ("a\n.b", b"a\r\n=2Eb"),
        ("From me", b"=46rom me"),
        ("Fromage", b"Fromage"),
        ("a \nb", b"a=20\r\nb"),
        ("a    b", b"a =20 =20b"),
        ("\t", b"=09"),
        ("a\rb", b"a=0Db"),
        ("1=2", b"1=3D2"),
        ("é", b"=C3=A9"),
        ("\ud800", b"?"),
    ],
)
def test_what_is_escaped(text: str, wanted: bytes) -> None:
    """Dots and `From ` at a line's start, white space at its end, and nothing without need."""
    assert encode(text) == wanted


def test_a_soft_break_never_cuts_an_escape() -> None:
    """`=XX` stays in one piece wherever the line ends."""
    for start in range(80):
        for line in encode("a" * start + "=" * 80).split(SOFT_BREAK):
            assert re.fullmatch(rb"a*(=3D)*", line)
