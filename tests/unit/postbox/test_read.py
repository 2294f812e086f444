"""Reading a returned message: whatever the bytes are."""

import time
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.feedback.weigh import Bearing, weigh
from newsletter.message import INERT
from newsletter.postbox import Kind
from newsletter.postbox.mime import MAX_LINES, MAX_OCTETS, MAX_PARTS, Bomb
from newsletter.postbox.read import read
from tests.support.returned.others import ANSWERS, COMPLAINTS, DELAYS, LETTERS, arf
from tests.support.returned.refusals import REFUSALS
from tests.support.returned.servers import LETTER, READER, SERVERS, US, mail

SOME = [
    *(wrap(REFUSALS[0]) for wrap in SERVERS.values()),
    *COMPLAINTS.values(),
    *DELAYS.values(),
    *list(ANSWERS.values())[-2:],
    *LETTERS.values(),
]


@given(st.binary(max_size=2000))
def test_any_bytes_can_be_read(octets: bytes) -> None:
    """Whatever comes, there is an answer, with at least one line in it."""
    assert [weigh(one) for one in read(octets).feedback]


@settings(max_examples=200)
@given(st.sampled_from(SOME), st.data())
def test_any_damage_can_be_read(octets: bytes, data: st.DataObject) -> None:
    """Real messages cut off, with bytes changed, put in or taken out, raise nothing."""
    damaged = bytearray(octets)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, max(len(damaged) - 1, 0)))
        end = at + data.draw(st.integers(0, 40))
        damaged[at:end] = data.draw(st.binary(max_size=20))
    assert [weigh(one) for one in read(bytes(damaged)).feedback]


@given(st.lists(st.text(max_size=30), max_size=12), st.text(max_size=200))
def test_any_headers_can_be_read(values: list[str], body: str) -> None:
    """Headers with anything in them raise nothing."""
    names = ("Content-Type", "Subject", "From", "Auto-Submitted", "Message-ID", "Return-Path")
    lines = [f"{names[at % len(names)]}: {one}" for at, one in enumerate(values)]
    octets = "\n".join([*lines, "", body]).encode("utf-8", "surrogatepass")
    assert read(octets).feedback


@pytest.mark.parametrize(
    "kind",
    [
        'multipart/report; report-type=delivery-status; boundary="cut"',
        'multipart/report; report-type=feedback-report; boundary="cut"',
        'multipart/report; report-type=disposition-notification; boundary="cut"',
        'multipart/mixed; boundary="cut"',
        "multipart/report",
        "message/rfc822",
        "message/delivery-status",
        "message/feedback-report",
    ],
)
@pytest.mark.parametrize("body", ["", "--cut\n\n--cut--\n", "--cut--\n", "--cut\n", "--cut"])
def test_empty_parts_are_survived(kind: str, body: str) -> None:
    """A message that promises parts and has none is read all the same."""
    head = f"From: MAILER-DAEMON@relay.example\nTo: {US}\nSubject: failure notice\n"
    assert read(mail(f"{head}MIME-Version: 1.0\nContent-Type: {kind}", body)).feedback


def _nested(depth: int) -> bytes:
    head = "".join(
        f'Content-Type: multipart/mixed; boundary="b{at}"\n\n--b{at}\n' for at in range(depth)
    )
    return f"From: a@b.example\n{head}\nend\n".encode()


BOMBS = {
    "octets": b"Subject: x\n\n" + b"a" * MAX_OCTETS,
    "lines": b"Subject: x\n\n" + b"\n" * (MAX_LINES + 1),
    "parts": b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\n" * (MAX_PARTS + 1),
    "nesting": _nested(MAX_PARTS + 1),
    "letters": b"Content-Type: message/rfc822\n\n" * (MAX_PARTS + 1),
}


@pytest.mark.parametrize("octets", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused(octets: bytes) -> None:
    """Size, lines, parts and nesting have limits, and passing one costs little memory."""
    tracemalloc.start()
    try:
        with pytest.raises(Bomb):
            read(octets)
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_OCTETS
    finally:
        tracemalloc.stop()


EVIL = {
    "encoded word": b"Subject: " + b"=?utf-8?q?" * 20_000,
    "one long line": b"From: MAILER-DAEMON@x.example\n\n" + b"a@" * 500_000,
    "spaces": b"From: MAILER-DAEMON@x.example\n\n" + b"user " * 200_000,
    "not": b"From: MAILER-DAEMON@x.example\n\n" + b"the user is not " * 60_000,
    "dashes": b"From: MAILER-DAEMON@x.example\n\n" + b"-" * 400_000 + b"x",
    "quotes": b"From: MAILER-DAEMON@x.example\n\n" + b"> " * 300_000,
    "tags": b"From: MAILER-DAEMON@x.example\nContent-Type: text/html\n\n" + b"<" * 400_000,
    "styles": b"From: MAILER-DAEMON@x.example\nContent-Type: text/html\n\n" + b"<style " * 60_000,
    "dots": b"From: MAILER-DAEMON@x.example\n\n" + b"a." * 300_000 + b"@",
    "numbers": b"From: MAILER-DAEMON@x.example\n\n" + b"5.1." * 200_000,
    "received": b"Received: for <a\n" * 40_000 + b"\n\n",
    "headers": b"To: " + b"a@b.example, " * 60_000 + b"\n\n",
}


@pytest.mark.parametrize("octets", EVIL.values(), ids=EVIL)
def test_no_text_costs_long(octets: bytes) -> None:
    """No pattern runs away: half a megabyte made for it takes seconds at most of CPU."""
    begun = time.process_time()
    for one in read(octets).feedback:
        weigh(one)
    assert time.process_time() - begun < 10


@pytest.mark.parametrize("name", [b"\xff\xfe", b"undefined", b"idna", b"", b"\x00"])
def test_an_impossible_charset(name: bytes) -> None:
    """A charset that is none, in an encoded-word or a part, raises nothing."""
    subject = b"Subject: =?" + name + b"?q?caf=E9?= =?" + name + b"?b?w6k=?="
    kind = b"Content-Type: text/plain; charset=" + name
    assert read(b"\n".join([subject, kind, b"", b"caf\xc3\xa9 550 5.1.1"])).feedback


def test_several_recipients() -> None:
    """A notification about several recipients says of each what became of it."""
    fields = (
        f"Reporting-MTA: dns; relay.example\n\nFinal-Recipient: rfc822; {READER}\nAction: failed\n"
        "Status: 5.1.1\n\nFinal-Recipient: rfc822; ben@far.example\nAction: delayed\nStatus: 4.2.2"
        "\n\nFinal-Recipient: rfc822; cleo@far.example\nAction: relayed\nStatus: 2.0.0\n"
    )
    octets = mail(
        "From: MAILER-DAEMON@relay.example\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="cut"',
        f"--cut\n\nfailed\n--cut\nContent-Type: message/delivery-status\n\n{fields}\n--cut--\n",
    )
    told = [(one.recipient, one.kind, weigh(one).bearing.value) for one in read(octets).feedback]
    assert told == [
        (READER, Kind.BOUNCE, "hard"),
        ("ben@far.example", Kind.BOUNCE, "none"),
        ("cleo@far.example", Kind.OTHER, "none"),
    ]


def test_the_link_in_a_test_unsubscribes_nobody() -> None:
    """Its `mailto:` has a word in the place of a token: the mail is no wish to leave."""
    subject = f"Subject: unsubscribe {INERT.decode()}"
    (found,) = read(mail(f"From: {READER}\n{subject}", "")).feedback
    assert found.kind is Kind.OTHER


def test_the_original_recipient_comes_first() -> None:
    """An address that was forwarded is known by the name that we mailed; the other is kept."""
    octets = SERVERS["postfix"](REFUSALS[0]).replace(
        b"Final-Recipient: rfc822; anna@far.example", b"Final-Recipient: rfc822; a42@deep.example"
    )
    (one,) = read(octets).feedback
    assert (one.recipient, one.aliases) == (READER, ("a42@deep.example",))


def test_marks_of_the_returned_letter() -> None:
    """The letter's Message-ID and its token come out of a whole letter and of bare headers."""
    token = "7.AAAAAAAAAAAAAAAAAAAAAA"
    letter = LETTER.replace("/unsubscribe/x", f"/unsubscribe/{token}")
    for octets in (arf(letter=letter), SERVERS["qmail"](REFUSALS[0])):
        marks = read(octets.replace(b"/unsubscribe/x", f"/unsubscribe/{token}".encode())).marks
        assert marks.message_ids == ("<2021-01.0123456789abcdef0123456789abcdef@us.example>",)
        assert marks.leave_tokens == (token,)
        assert US in marks.addresses


def test_the_same_message_by_two_ways_is_one() -> None:
    """Other trace headers change nothing; another message of the same server does."""
    first = SERVERS["postfix"](REFUSALS[0])
    again = b"Received: from elsewhere\r\nX-Seen: yes\r\n" + first
    assert read(first).identity == read(again).identity
    assert read(first).identity != read(SERVERS["postfix"](REFUSALS[1])).identity


@pytest.mark.parametrize(
    "change",
    [
        lambda octets: octets.replace(b"\r\n", b"\n"),
        lambda octets: octets.replace(b"\r\n", b"\r"),
        lambda octets: b"\xef\xbb\xbf\r\n\r\n" + octets,
    ],
    ids=["LF", "CR", "mark and empty lines"],
)
@pytest.mark.parametrize("octets", SOME)
def test_line_ends_are_no_matter(octets: bytes, change: Callable[[bytes], bytes]) -> None:
    """Files that went through other hands say the same."""
    assert read(change(octets)).feedback == read(octets).feedback


def bounce_in_prose(body: str, headers: str = "") -> tuple[str, str]:
    """Return whom a bounce without a machine's part is about, and what it means."""
    head = f"From: MAILER-DAEMON@far.example\nTo: {US}\nSubject: failure notice\n{headers}"
    (one,) = read(mail(head, body)).feedback
    return one.recipient, weigh(one).bearing


def test_failed_with_a_colon_begins_no_letter() -> None:
    """The reason stands after "the following address failed:", and it is read."""
    body = f"""The following address
failed:

"{READER}":
SMTP error after RCPT command:
host: mx.far.example
5.1.1 <{READER}>... User unknown

--- The header of the original message is following. ---

Received: from us.example
From: {US}
To: {READER}
"""
    assert bounce_in_prose(body) == (READER, "hard")


def test_addresses_of_the_pasted_letter_are_nobody() -> None:
    """A letter that is pasted without a line before it names no more recipients."""
    body = f"""{READER} Invalid Address, ERROR_CODE :550, mailbox unavailable

Received:from us.example by relay.example
Message-ID:<14a3@us.example>
From:Us <{US}>
To:<{READER}>
"""
    assert bounce_in_prose(body) == (READER, "hard")


def test_a_transcript_ends_with_less_than_it_says() -> None:
    """That the connection broke afterwards takes nothing from a refusal."""
    body = f"""   ----- Transcript of session follows -----
>>> RCPT To:<{READER}>
<<< 550 <{READER}>, User Unknown
421 far.example (smtp)... Deferred: Connection timed out during user open
"""
    assert bounce_in_prose(body) == (READER, "hard")


def test_a_boundary_out_of_its_line() -> None:
    """Where the boundary can't be read, the text still is."""
    headers = 'MIME-Version: 1.0\nContent-Type: multipart/mixed;\nboundary="cut"'
    body = f"--cut\nContent-Type: text/plain\n\n{READER}\n550 - no such user here\n--cut--\n"
    assert bounce_in_prose(body, headers) == (READER, "hard")


def test_if_it_fails_permanently_it_has_not_yet() -> None:
    """What a notice of delay promises for later is not what happened."""
    body = f"There was a temporary problem delivering your message to {READER}. We will retry for"
    body += " 47 more hours. You'll be notified if the delivery fails permanently.\n"
    assert bounce_in_prose(body) == (READER, "none")


def _status_of(fields: str) -> bytes:
    return mail(
        "From: MAILER-DAEMON@relay.example\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="cut"',
        f"--cut\n\nfailed\n--cut\nContent-Type: message/delivery-status\n\n{fields}\n--cut--\n",
    )


@pytest.mark.parametrize(
    "fields",
    [
        f"Reporting-MTA: dns; a.example\n\nFinal-Recipient: rfc822; {READER}\n\nAction: failed\n"
        "Status: 5.1.1\n",
        f"Reporting-MTA: dns; a.example\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient: rfc822;"
        f" {READER}\n",
    ],
    ids=["after", "before"],
)
def test_an_empty_line_too_many(fields: str) -> None:
    """What stands apart from its recipient by an empty line is about them."""
    (one,) = read(_status_of(fields)).feedback
    assert (one.recipient, weigh(one).bearing) == (READER, Bearing.HARD)


def test_a_label_is_no_reason() -> None:
    """That an address is undeliverable says nothing; why it is, stands below."""
    octets = mail(
        f"Return-Path: <>\nFrom: MAILER-DAEMON@relay.example\nTo: {US}\nSubject: Mail error",
        f"Undeliverable address: {READER}\n\nReason: its owner is over quota.\n",
    )
    (one,) = read(octets).feedback
    assert (one.recipient, weigh(one).bearing) == (READER, Bearing.SOFT)


@pytest.mark.parametrize(
    "words",
    [
        "undeliverable for 1 day to {0}. We will continue to try to deliver it for 2 more days.",
        "Your letter has been successfully relayed to {0}, who may send no notification.",
    ],
    ids=["undeliverable until now", "relayed"],
)
def test_no_failure_yet(words: str) -> None:
    """A word of failure in a promise, or a notice of success, is no failure."""
    assert bounce_in_prose(words.format(READER)) == (READER, "none")
