"""Names."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from subscribers.names import MAX_LENGTH, clean_name, clean_names

_NAUGHTY = st.text(
    st.characters() | st.sampled_from("\u202e\u2066\u200d\u0301\r\n\x00\u2028\U0001f3ff👩 "),
    max_size=260,
)


@given(_NAUGHTY)
def test_always_one_clean_line(text: str) -> None:
    """No control, no line break, no direction mark, at most 200 code points, in NFC."""
    name = clean_name(text)
    categories = {unicodedata.category(char) for char in name}
    assert not categories & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(name) & set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert len(name) <= MAX_LENGTH
    assert unicodedata.is_normalized("NFC", name)
    assert name == name.strip()


@given(_NAUGHTY)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    """A clean name is left alone."""
    assert clean_name(clean_name(text)) == clean_name(text)


@given(
    st.lists(_NAUGHTY | st.sampled_from(["Ann", "", "Zoë B.", "e\u0301", " Ann", "Ann ", "A  B"]))
)
@example(["Ann", "\u0301"])
@example(["Ann\nB", "x" * 201])
def test_many_are_cleaned_like_each(texts: list[str]) -> None:
    """The short way for many names says what the long way says of each."""
    assert clean_names(texts) == [clean_name(text) for text in texts]


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("  Ann   Example ", "Ann Example"),
        ("Ann\r\nBcc: x@example.org", "Ann Bcc: x@example.org"),
        ("\u202eevil\u202c", "evil"),
        ("Ann\x00\x1b[31m", "Ann [31m"),
        ("e\u0301", "é"),
        ("=?utf-8?q?hi=0D=0ABcc=3A?=", "=?utf-8?q?hi=0D=0ABcc=3A?="),
        ("{{7*7}} <b>", "{{7*7}} <b>"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("\ud800Ann", "Ann"),
        ("\u00a0", ""),
    ],
)
def test_examples(given_name: str, kept: str) -> None:
    """Harmless text stays as it is; what could act on its surroundings goes."""
    assert clean_name(given_name) == kept


def test_long_names_are_cut_between_letters() -> None:
    """A letter and its marks stay together."""
    assert clean_name("x" * 300) == "x" * 200
    assert clean_name("x" * 199 + "q\u0323\u0323") == "x" * 199
    assert clean_name("x" * 198 + "👩\u200d🔬") == "x" * 198


def test_marks_without_end_are_cut_all_the_same() -> None:
    """A pile of marks longer than any name is cut hard."""
    assert len(clean_name("q" + "\u0323" * 500)) == MAX_LENGTH
