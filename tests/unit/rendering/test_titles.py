"""Subject and preheader."""

from hypothesis import given
from hypothesis import strategies as st

from newsletter.languages import PACKAGED, Languages
from newsletter.rendering.titles import PREHEADER, SUBJECT, preheader, shortened, subject

ENGLISH = Languages(()).get("en")
TITLES = st.lists(st.text(st.characters(codec="utf-8"), max_size=200), max_size=6)


def test_as_many_titles_as_fit() -> None:
    """Titles are added while there is room; the rest is counted."""
    assert subject("May 2021", ["One", "Two"], ENGLISH) == "May 2021: One; Two"
    assert (
        subject("May 2021", ["x" * 50, "y" * 30, "z"], ENGLISH)
        == f"May 2021: {'x' * 50} – and 2 more"
    )


def test_the_colon_is_the_language_s() -> None:
    """French has a space before it, one that never breaks."""
    french = Languages((PACKAGED,)).get("fr")
    assert subject("mai 2021", ["One"], french) == "mai 2021\u00a0: One"


def test_a_long_title_is_cut_between_words() -> None:
    """A title without room loses words, not letters."""
    made = subject("January 2021", ["word " * 40], ENGLISH)
    assert made.endswith(" word…")


@given(TITLES)
def test_the_subject_fits(titles: list[str]) -> None:
    """However long the titles, a subject has at most 78 characters."""
    assert len(subject("September 2021", titles, ENGLISH)) <= SUBJECT


@given(TITLES)
def test_the_preheader_fits(titles: list[str]) -> None:
    """However many the titles, a preheader stays short."""
    assert len(preheader(titles)) <= PREHEADER


@given(st.text(), st.integers(1, 100))
def test_shortened_fits(text: str, room: int) -> None:
    """What is shortened fits, and what fits is left alone."""
    made = shortened(text, room)
    assert len(made) <= room
    assert len(text) > room or made == text
