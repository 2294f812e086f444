"""Preferences -> EditionKey."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model import EditionKey, Issue
from newsletter.rendering.editions import edition_key, edition_key_of, every_key, matched
from subscribers.model import Mode, Preferences

COUNTS = st.integers(0, 6)


def key(issue: Issue, *topics: str, mode: Mode = Mode.HIGHLIGHTS) -> EditionKey | None:
    return edition_key(issue, Preferences(frozenset(topics), mode), "en")


@pytest.mark.parametrize("mode", list(Mode))
def test_no_topics_is_everything(issue: Issue, mode: Mode) -> None:
    """Who chose nothing gets every summary in full, in either mode."""
    assert key(issue, mode=mode) == EditionKey((0, 1, 2))


@pytest.mark.parametrize("mode", list(Mode))
def test_all_matching_is_the_same_edition(issue: Issue, mode: Mode) -> None:
    """Who chose topics that cover the month shares the edition of those who chose nothing."""
    assert key(issue, "therapist-factors", "training", mode=mode) == key(issue)


def test_highlights_puts_the_rest_in_brief(issue: Issue) -> None:
    """One topic: what matches in full, the others in brief, both ascending."""
    assert key(issue, "attachment") == EditionKey((1,), (0, 2))


def test_only_leaves_the_rest_out(issue: Issue) -> None:
    """Mode `only` has nothing in brief."""
    assert key(issue, "attachment", mode=Mode.ONLY) == EditionKey((1,))


def test_nothing_matches(issue: Issue) -> None:
    """A topic that isn't there: all in brief, or in mode `only` no mail."""
    assert key(issue, "placebo-effect") == EditionKey((), (0, 1, 2))
    assert key(issue, "placebo-effect", mode=Mode.ONLY) is None


def test_one_topic_of_several_is_enough(issue: Issue) -> None:
    """A summary matches by any of its topics."""
    assert matched(issue, frozenset({"attachment", "training"})) == 0b110


def test_language_is_kept(issue: Issue) -> None:
    """The language is part of the key."""
    made = edition_key(issue, Preferences(), "fr")
    assert made is not None
    assert made.language == "fr"


@given(COUNTS, st.integers(0, 2**8), st.booleans())
def test_highlights_shows_every_summary_once(count: int, mask: int, chose: bool) -> None:
    """In highlights, full and brief together hold each position exactly once, both ascending."""
    made = edition_key_of(count, mask, chose, Mode.HIGHLIGHTS, "en")
    assert made is not None
    assert sorted(made.full + made.brief) == list(range(count))
    assert list(made.full) == sorted(made.full)
    assert list(made.brief) == sorted(made.brief)


@given(COUNTS)
def test_highlights_makes_at_most_two_to_the_k_editions(count: int) -> None:
    """However readers chose, k summaries make at most 2^k editions."""
    made = {
        edition_key_of(count, mask, chose, Mode.HIGHLIGHTS, "en")
        for mask in range(2**count)
        for chose in (True, False)
    }
    assert len(made) <= 2**count


@given(COUNTS, st.integers(0, 2**8))
def test_only_never_shows_what_does_not_match(count: int, mask: int) -> None:
    """In mode `only` exactly the matching summaries are there, or there is no edition."""
    made = edition_key_of(count, mask, True, Mode.ONLY, "en")
    wanted = tuple(i for i in range(count) if mask >> i & 1)
    assert made == (EditionKey(wanted) if wanted else None)


@given(COUNTS, st.integers(0, 2**8), st.booleans(), st.sampled_from(Mode))
def test_a_key_survives_its_text(count: int, mask: int, chose: bool, mode: Mode) -> None:
    """What the database keeps of a key reads back as the key."""
    made = edition_key_of(count, mask, chose, mode, "en")
    assert made is None or EditionKey.parse(str(made)) == made


def test_an_empty_month_has_an_empty_edition(issue: Issue) -> None:
    """No summaries: an edition without any, but in mode `only` none at all for who chose."""
    empty = replace(issue, summaries=())
    assert key(empty) == EditionKey(())
    assert key(empty, "training", mode=Mode.ONLY) is None


@given(COUNTS, st.integers(0, 63), st.booleans(), st.sampled_from(Mode))
def test_every_edition_is_foreseen(count: int, mask: int, chose: bool, mode: Mode) -> None:
    """Whatever a reader wishes, their edition is among all there can be; each stands once."""
    foreseen = every_key(count, "en")
    made = edition_key_of(count, mask & ((1 << count) - 1), chose, mode, "en")
    assert made is None or made in foreseen
    assert len(set(foreseen)) == len(foreseen)


def test_a_code_names_an_edition() -> None:
    """It can be read aloud, and typed."""
    assert EditionKey((0, 2), (1,)).code(3) == "1-and-3-in-full-2-in-brief"
    assert EditionKey((0, 1, 2)).code(3) == "everything-in-full"
