"""When the sender stops by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.delivery import Receipt, Stage
from newsletter.delivery.verdicts import Verdict
from newsletter.sending.breaker import FORGIVEN, Breaker, without_addresses

REFUSED = Receipt(1, False, Stage.DONE, 550, "5.7.1", "5.7.1 <ann@example.org> is blocked")
TAKEN = Receipt(2, True)


def hear(breaker: Breaker, *verdicts: Verdict) -> Breaker:
    for one in verdicts:
        breaker.hear([(TAKEN if one is Verdict.ACCEPTED else REFUSED, one)])
    return breaker


def test_so_many_faults_in_a_row_are_enough() -> None:
    """Not one fewer, and the reason has the server's words."""
    assert hear(Breaker(3), *[Verdict.OURS] * 2).reason == ""
    assert "550 5.7.1" in hear(Breaker(3), *[Verdict.OURS] * 3).reason


def test_a_refused_login_is_enough_at_once() -> None:
    """Nothing else would fare better."""
    assert hear(Breaker(100), Verdict.STOP).reason


@pytest.mark.parametrize(
    "verdict", [Verdict.DEAD, Verdict.FAILED, Verdict.RETRY, Verdict.UNCERTAIN, Verdict.ACCEPTED]
)
def test_what_is_about_readers_is_no_fault(verdict: Verdict) -> None:
    """However often it is heard."""
    breaker = hear(Breaker(3), *[verdict] * 50)
    assert (breaker.level, breaker.reason) == (0, "")


@given(st.lists(st.sampled_from([Verdict.OURS, Verdict.ACCEPTED]), max_size=400), st.integers(1, 9))
def test_it_pauses_for_a_share_and_not_for_a_whim(heard: list[Verdict], limit: int) -> None:
    """Never with fewer faults than the limit; always with that many beyond a twentieth."""
    breaker = hear(Breaker(limit), *heard)
    faults = heard.count(Verdict.OURS)
    if breaker.reason:
        assert faults >= limit
    elif FORGIVEN * (len(heard) - faults) <= faults - limit:
        raise AssertionError("too many faults, and it goes on")


def test_one_refusal_in_twenty_goes_on_for_ever() -> None:
    """A long list has its share of servers that like nobody."""
    breaker = hear(Breaker(3), *([Verdict.OURS] + [Verdict.ACCEPTED] * 20) * 100)
    assert breaker.reason == ""


def test_a_restart_goes_on_where_it_was() -> None:
    """With the level of before, one more may be one too many."""
    assert hear(Breaker(3, level=2.0), Verdict.OURS).reason


def test_it_tells_when_its_level_must_be_kept() -> None:
    """Only a fault is worth a write."""
    breaker = Breaker(3)
    assert breaker.hear([(REFUSED, Verdict.OURS)])
    assert not breaker.hear([(TAKEN, Verdict.ACCEPTED)])


@pytest.mark.parametrize(
    "words",
    ["<ann@example.org>", "ann@example.org:", "'ann+x@mail.example.org'", "“ünal@example.org”"],
)
def test_addresses_are_taken_out_of_words(words: str) -> None:
    """Logs and reasons outlive readers."""
    clean = without_addresses(f"550 5.1.1 {words} no such user")
    assert "example.org" not in clean
    assert clean.startswith("550 5.1.1 ")
    assert clean.endswith(" no such user")
