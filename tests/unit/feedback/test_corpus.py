"""Returned mail of many servers, measured: what is recognised, and what is never done."""

from collections.abc import Iterator

import pytest

from newsletter.feedback.weigh import Bearing, Ruling, weigh
from newsletter.postbox import Feedback, Kind
from newsletter.postbox.read import read
from tests.support.returned.others import ANSWERS, COMPLAINTS, DELAYS, LETTERS
from tests.support.returned.refusals import REFUSALS, Refusal
from tests.support.returned.servers import READER, SERVERS, Wrap


def bounces() -> Iterator[tuple[str, Refusal, bytes]]:
    """Yield every refusal as every server wraps it."""
    for name, wrap in SERVERS.items():
        for one in REFUSALS:
            filled = one._replace(words=one.words.format(READER))
            yield name, filled, wrap(filled)


def only(octets: bytes) -> tuple[Feedback, Ruling]:
    """Return what a message about one recipient says and means."""
    (one,) = read(octets).feedback
    return one, weigh(one)


@pytest.mark.parametrize("wrap", SERVERS.values(), ids=SERVERS)
def test_every_bounce_is_one_and_names_its_recipient(wrap: Wrap) -> None:
    """Whatever server wraps it, a bounce is a bounce, final, about one address."""
    for refusal in REFUSALS:
        one, _ = only(wrap(refusal))
        assert (one.kind, one.recipient, one.final) == (Kind.BOUNCE, READER, True), refusal


def test_dead_addresses_are_found() -> None:
    """At least 95 in 100 hard bounces are called hard."""
    found = [(one, only(octets)[1]) for _, one, octets in bounces() if one.means == "hard"]
    missed = [one.line for one, ruling in found if ruling.bearing is not Bearing.HARD]
    assert len(found) > 400
    assert len(missed) <= len(found) * 0.05, missed


def test_living_addresses_are_left_alone() -> None:
    """At most 2 in 100 of the others are called hard."""
    found = [(one, only(octets)[1]) for _, one, octets in bounces() if one.means != "hard"]
    wrong = [one.line for one, ruling in found if ruling.bearing is Bearing.HARD]
    assert len(wrong) <= len(found) * 0.02, wrong


def test_our_own_faults_never_touch_a_reader() -> None:
    """Policy, reputation and authentication are ours, however they are coded and wrapped."""
    for name, one, octets in bounces():
        if one.means == "ours":
            assert only(octets)[1].bearing is Bearing.OURS, (name, one.line)


def test_full_mailboxes_are_soft() -> None:
    """What may be otherwise next month counts, and no more."""
    for name, one, octets in bounces():
        if one.means == "soft":
            assert only(octets)[1].bearing is Bearing.SOFT, (name, one.line)


@pytest.mark.parametrize("octets", COMPLAINTS.values(), ids=COMPLAINTS)
def test_every_complaint_is_found(octets: bytes) -> None:
    """RFC 5965 in all its types, and what providers had before."""
    one, ruling = only(octets)
    assert (one.kind, ruling.bearing) == (Kind.COMPLAINT, Bearing.NONE)


def test_a_bounce_is_no_complaint() -> None:
    """A bounce of a letter whose subject speaks of complaints unsubscribes nobody."""
    octets = SERVERS["postfix"](REFUSALS[0])
    octets = octets.replace(b"Subject: Undelivered Mail", b"Subject: spam report, undelivered mail")
    assert only(octets)[0].kind is Kind.BOUNCE


@pytest.mark.parametrize("octets", ANSWERS.values(), ids=ANSWERS)
def test_an_answering_program_never_counts(octets: bytes) -> None:
    """Out of office, receipts and challenges mean nothing, whatever words stand in them."""
    one, ruling = only(octets)
    assert (one.kind, one.recipient) == (Kind.AUTO_REPLY, READER)
    assert ruling.bearing is Bearing.NONE


@pytest.mark.parametrize("octets", DELAYS.values(), ids=DELAYS)
def test_delayed_is_not_failed(octets: bytes) -> None:
    """A server that goes on trying has refused nobody."""
    one, ruling = only(octets)
    assert (one.kind, one.recipient, one.final) == (Kind.BOUNCE, READER, False)
    assert ruling.bearing is Bearing.NONE


@pytest.mark.parametrize("octets", LETTERS.values(), ids=LETTERS)
def test_letters_are_for_people(octets: bytes) -> None:
    """What is none of these is left to people, bytes that are no mail too."""
    one, ruling = only(octets)
    assert (one.kind, ruling.bearing) == (Kind.OTHER, Bearing.NONE)
