"""Tokens for places that change the case of letters."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.errors import TokenError
from subscribers.tokens import Purpose, Tokens

OLD, NEW = "an-old-key-of-32-letters--------", "a-new-key-of-32-letters---------"
TOKENS = Tokens([NEW, OLD])
_IDS = st.integers(1, 2**63 - 1)


@given(_IDS)
def test_reads_what_it_made_in_any_case(number: int) -> None:
    """A folded token gives its number back, in capitals too, and has room in a local part."""
    token = TOKENS.make_folded(Purpose.RETURN, number)
    assert re.fullmatch(r"\d{1,19}-[0-9a-f]{20}", token)
    assert TOKENS.read_folded(Purpose.RETURN, token.upper()) == number


@given(_IDS)
def test_an_old_key_still_reads(number: int) -> None:
    """A bounce of a letter sent before the key changed is still known."""
    token = Tokens([OLD]).make_folded(Purpose.RETURN, number)
    assert TOKENS.read_folded(Purpose.RETURN, token) == number


@given(_IDS, st.integers(0, 40), st.sampled_from("0f9a-.x"))
def test_any_change_is_refused(number: int, at: int, letter: str) -> None:
    """One letter changed anywhere, and it is not ours."""
    token = TOKENS.make_folded(Purpose.RETURN, number)
    at %= len(token)
    changed = token[:at] + letter + token[at + 1 :]
    if changed != token:
        with pytest.raises(TokenError):
            TOKENS.read_folded(Purpose.RETURN, changed)


@pytest.mark.parametrize(
    "token", ["", "-", "1", "1-", "-abc", "0-" + "0" * 20, "1-é", "１-" + "0" * 20]
)
def test_what_is_none(token: str) -> None:
    """Nothing that isn't a token is taken for one, and nothing raises anything else."""
    with pytest.raises(TokenError):
        TOKENS.read_folded(Purpose.RETURN, token)


def test_bound_to_its_purpose() -> None:
    """A folded token says nothing for another purpose."""
    token = TOKENS.make_folded(Purpose.RETURN, 7)
    with pytest.raises(TokenError):
        TOKENS.read_folded(Purpose.UNSUBSCRIBE, token)


def test_a_token_bound_to_a_fact_is_good_for_that_fact() -> None:
    """Another fact, number, purpose or key has another; the case of letters doesn't matter."""
    token = Tokens([OLD]).bind_folded(Purpose.POST, 7, "anna@example.org")
    assert TOKENS.holds_folded(Purpose.POST, token.upper(), 7, "anna@example.org")
    for purpose, number, fact in (
        (Purpose.POST, 7, "bert@example.org"),
        (Purpose.POST, 8, "anna@example.org"),
        (Purpose.RETURN, 7, "anna@example.org"),
    ):
        assert not TOKENS.holds_folded(purpose, token, number, fact)
    assert not Tokens([NEW]).holds_folded(Purpose.POST, token, 7, "anna@example.org")
    with pytest.raises(TokenError):
        TOKENS.read_folded(Purpose.RETURN, token)
