"""From what servers said to what it means for the reader."""

import pytest

from newsletter.delivery.verdicts import Verdict
from newsletter.feedback.process import rows
from newsletter.feedback.weigh import LONGEST_REPLY, Bearing, ended, weigh
from newsletter.postbox import Feedback, Kind, Report, Said


def bounce(*said: Said, final: bool = True) -> Feedback:
    return Feedback(Kind.BOUNCE, "anna@far.example", final, said)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (Said(450, "4.1.1", "user unknown"), Bearing.SOFT),
        (Said(450, "4.2.1", "mailbox disabled"), Bearing.SOFT),
        (Said(0, "4.4.7", "expired"), Bearing.SOFT),
        (Said(451, "4.7.1", "greylisted"), Bearing.OURS),
        (Said(421, "", "blocked using a blocklist"), Bearing.OURS),
        (Said(454, "", "try later"), Bearing.SOFT),
        (Said(0, "", ""), Bearing.SOFT),
    ],
)
def test_what_was_transient_never_kills(said: Said, expected: Bearing) -> None:
    """A server that said “later” until we gave up makes no address dead; policy stays ours."""
    assert ended(Verdict.RETRY, said) is expected
    assert weigh(bounce(said)).bearing is expected


def test_what_says_more_is_believed() -> None:
    """A status for everything gives way to words that stand further down."""
    ruling = weigh(bounce(Said(0, "5.0.0"), Said(550, "5.1.1", "550 5.1.1 User unknown")))
    assert (ruling.bearing, ruling.status) == (Bearing.HARD, "5.1.1")


def test_nothing_said_is_soft() -> None:
    """It failed and nobody says why: that counts, and kills nobody."""
    assert weigh(bounce()).bearing is Bearing.SOFT
    assert weigh(bounce(Said(words="Delivery failed."))).bearing is Bearing.SOFT


def test_what_is_not_final_means_nothing() -> None:
    """Delayed is not failed, whatever its status says."""
    assert weigh(bounce(Said(550, "5.1.1", "User unknown"), final=False)).bearing is Bearing.NONE


@pytest.mark.parametrize("kind", [one for one in Kind if one is not Kind.BOUNCE])
def test_only_bounces_mean_anything_for_an_address(kind: Kind) -> None:
    """Words of a bounce in anything else are somebody's quotation."""
    one = Feedback(kind, "anna@far.example", True, (Said(550, "5.1.1", "User unknown"),))
    assert weigh(one).bearing is Bearing.NONE


def test_long_words_are_cut() -> None:
    """The ledger keeps no novels."""
    assert len(weigh(bounce(Said(550, "5.1.1", "x" * 9999))).reply) == LONGEST_REPLY


def test_words_from_outside_command_no_terminal() -> None:
    """Nor does a database refuse them: control characters are spaces in what is kept and shown."""
    hostile = Feedback(
        Kind.BOUNCE, "anna\x1b[2J@far.example", True, (Said(550, "5.1.1", "no\0such \x1b]0;x\x07"),)
    )
    assert weigh(hostile).reply == "no such ]0;x"
    (row,) = rows("a file", Report("identity", (hostile,)))
    assert (row.recipient, row.reply) == ("anna [2J@far.example", "no such ]0;x")
