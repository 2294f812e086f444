"""Numbers and statistics stay on one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.numbers import NO_BREAK, keep_together


@pytest.mark.parametrize(
    "text",
    [
        "p < .05",
        "p <.05",
        "r = .61",
        "SD = 14.86",
        "95 % CI",
        "95% CI [1.2,",
        "t(38) = 2.10",
        "β = −.20",
        "3.1 ± 0.4",
        "N = 416",
        "No. 92",
    ],
)
def test_a_statistic_has_no_place_to_break(text: str) -> None:
    """Every space inside becomes one that doesn't break."""
    assert keep_together(text) == text.replace(" ", NO_BREAK)


def test_after_an_emphasised_letter() -> None:
    """A run that begins with the sign, as after *p*, holds on to what stands before."""
    assert keep_together(" < .05 and") == f"{NO_BREAK}<{NO_BREAK}.05 and"


@pytest.mark.parametrize(
    "text", ["less than 5 of 7 people", "a = b", "in 2021 the 48 novices", "x < y", "well = good"]
)
def test_other_words_may_break(text: str) -> None:
    """What is no statistic is left alone."""
    assert keep_together(text) == text


@given(st.text())
def test_only_spaces_change(text: str) -> None:
    """Nothing is added or taken away, whatever the text."""
    made = keep_together(text)
    assert made.replace(NO_BREAK, " ") == text.replace(NO_BREAK, " ")
