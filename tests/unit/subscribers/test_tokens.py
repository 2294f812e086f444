"""Tokens."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.errors import TokenError
from subscribers.tokens import LONGEST, Purpose, Tokens, new_key

OLD, NEW = "an-old-key-of-32-letters--------", "a-new-key-of-32-letters---------"
TOKENS = Tokens([NEW, OLD])
_IDS = st.integers(1, 2**63 - 1)
_PURPOSES = st.sampled_from(Purpose)


@given(_PURPOSES, _IDS)
def test_reads_what_it_made(purpose: Purpose, number: int) -> None:
    """A token gives its subscriber back."""
    assert TOKENS.read(purpose, TOKENS.make(purpose, number)) == number


@given(_PURPOSES, _PURPOSES, _IDS)
def test_bound_to_its_purpose(purpose: Purpose, other: Purpose, number: int) -> None:
    """A token says nothing for another purpose."""
    if purpose is not other:
        with pytest.raises(TokenError):
            TOKENS.read(other, TOKENS.make(purpose, number))


@given(_IDS, st.data())
def test_any_change_is_refused(number: int, data: st.DataObject) -> None:
    """One letter changed anywhere, and it is not ours; the last one's spare bits included."""
    token = TOKENS.make(Purpose.UNSUBSCRIBE, number)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("AB09-_.aé"))
    changed = token[:place] + letter + token[place + 1 :]
    if changed != token:
        with pytest.raises(TokenError):
            TOKENS.read(Purpose.UNSUBSCRIBE, changed)


@given(st.text())
def test_anything_else_is_refused(text: str) -> None:
    """Whatever stands in the URL, the answer is TokenError and nothing else."""
    with pytest.raises(TokenError):
        TOKENS.read(Purpose.UNSUBSCRIBE, text)


@given(_PURPOSES, _IDS)
def test_shape(purpose: Purpose, number: int) -> None:
    """Letters that need no escape in a URL; the last one never falls off a link; 42 at most."""
    token = TOKENS.make(purpose, number)
    assert re.fullmatch(r"[0-9]+\.[A-Za-z0-9_-]{21}[AQgw]", token)
    assert len(token) <= LONGEST == 42
    assert TOKENS.octets(purpose, number) == token.encode()


def test_same_bytes_at_every_try() -> None:
    """Another process with the same key makes the same token."""
    again = Tokens([NEW])
    assert again.make(Purpose.CONFIRM, 7) == TOKENS.make(Purpose.CONFIRM, 7)


def test_rotation() -> None:
    """The first key signs; links signed with an older one still work, until it is dropped."""
    old_link = Tokens([OLD]).make(Purpose.UNSUBSCRIBE, 7)
    assert TOKENS.read(Purpose.UNSUBSCRIBE, old_link) == 7
    assert TOKENS.make(Purpose.UNSUBSCRIBE, 7) != old_link
    with pytest.raises(TokenError):
        Tokens([NEW]).read(Purpose.UNSUBSCRIBE, old_link)


@pytest.mark.parametrize("keys", [[], [""], ["short"], [NEW, "short"]])
def test_weak_keys_are_refused(keys: list[str]) -> None:
    """No key, or one that could be guessed, makes no links."""
    with pytest.raises(ValueError, match="16 letters"):
        Tokens(keys)


def test_new_keys() -> None:
    """A fresh key is long enough, and never the same."""
    assert new_key() != new_key()
    assert Tokens([new_key()]).make(Purpose.PREFERENCES, 1).startswith("1.")
