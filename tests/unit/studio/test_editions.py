"""Editions as the studio lists and addresses them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.studio.editions import EVERYTHING, choices, choose, menu


def test_everything_in_full_comes_first() -> None:
    """The letter that most readers get is what one sees first."""
    assert choices(3, "en")[0].code == EVERYTHING


def test_codes_say_what_they_mean() -> None:
    """An address can be read aloud."""
    codes = {one.code for one in choices(3, "en")}
    assert {"1-and-3-in-full-2-in-brief", "2-in-full", "1-2-and-3-in-brief"} <= codes


@given(st.integers(1, 6))
def test_codes_are_unlike(count: int) -> None:
    """No two editions share an address."""
    codes = [one.code for one in choices(count, "en")]
    assert len(set(codes)) == len(codes)


@given(st.integers(1, 6))
def test_the_menu_holds_each_choice_once(count: int) -> None:
    """Grouping leaves none out and shows none twice, in the same order."""
    found = choices(count, "en")
    assert tuple(one for group in menu(found, count).values() for one in group) == found


def test_one_summary_has_no_empty_heading() -> None:
    """A heading with nothing under it is left out."""
    assert "The others left out" not in menu(choices(1, "en"), 1)


@pytest.mark.parametrize("code", ["", "nonsense", "9-in-full"])
def test_an_unknown_code_is_everything(code: str) -> None:
    """An edition that went with its summary gives way to the whole letter."""
    found = choices(2, "en")
    assert choose(found, code) is found[0]
