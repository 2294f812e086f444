"""The part of a text that a search was after."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.store.folding import words
from newsletter.web.archive.snippets import ROOM, marked, snippet


def shown(text: str, asked: str) -> str:
    """Return the snippet with its hits in brackets."""
    parts = snippet(text, words(asked))
    return "".join(f"[{part.text}]" if part.hit else part.text for part in parts)


def test_a_short_text_is_whole() -> None:
    """With every word that was looked for marked."""
    assert shown("An alliance is an alliance.", "alliance") == "An [alliance] is an [alliance]."


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("the Café there", "cafe", "the [Café] there"),
        ("the Cafe\u0301 there", "CAFÉ", "the [Cafe\u0301] there"),
        ("therapies and therapy", "therapy", "[therapies] and [therapy]"),
        ("self-report", "report", "self-[report]"),
        ("the therapist", "therapists", "the [therapist]"),
        ("l’étude", "etudes", "l’[étude]"),
        ("p < .05", "05", "p < .[05]"),
        ("nothing here", "else", "nothing here"),
    ],
)
def test_words_are_marked_as_they_stand(text: str, asked: str, expected: str) -> None:
    """Accents, endings and hyphens are the text's own."""
    assert shown(text, asked) == expected


def test_a_long_text_is_cut_where_most_words_stand() -> None:
    """Between words, with a sign at each end that there is more."""
    filler = "and so on it goes for a while " * 20
    text = f"{filler}sleep {filler}sleep helps dreams {filler}"
    found = shown(text, "dreams sleep")
    assert "[sleep] helps [dreams]" in found
    assert found.startswith("…\u00a0")
    assert found.endswith("\u00a0…")
    assert len(found) < ROOM + 20


def test_a_text_without_the_words_is_shown_from_its_beginning() -> None:
    """They were found in the title, then."""
    text = "Begin " + "word " * 200
    assert shown(text, "else").startswith("Begin word")


@given(st.text(), st.text())
def test_nothing_is_lost_or_invented(text: str, asked: str) -> None:
    """The marked pieces of a text are the text; a snippet is a piece of it."""
    assert "".join(part.text for part in marked(text, words(asked))) == text
    signs = ("…\u00a0", "\u00a0…")
    inner = [part.text for part in snippet(text, words(asked)) if part.text not in signs]
    assert "".join(inner) in text
