"""Envelopes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.delivery import Message, Receipt, Stage
from newsletter.delivery.envelope import Envelope, Offer, envelope
from newsletter.delivery.verdicts import Verdict, verdict

WIDE = Offer(smtputf8=True)


def made(recipient: str, offer: Offer = WIDE, sender: str = "a@b.example") -> Envelope | Receipt:
    return envelope(Message(1, sender, recipient, (b"x\r\n",)), offer)


@pytest.mark.parametrize(
    ("recipient", "command"),
    [
        ("anna@example.org", b"RCPT TO:<anna@example.org>\r\n"),
        ("o'neil+tag@sub.example.org", b"RCPT TO:<o'neil+tag@sub.example.org>\r\n"),
        ('"a b"@example.org', b'RCPT TO:<"a b"@example.org>\r\n'),
        ("anna@bücher.example", b"RCPT TO:<anna@xn--bcher-kva.example>\r\n"),
        ("anna@straße.example", b"RCPT TO:<anna@xn--strae-oqa.example>\r\n"),
        ("anna@[192.0.2.1]", b"RCPT TO:<anna@[192.0.2.1]>\r\n"),
        ("ännä@example.org", "RCPT TO:<ännä@example.org>\r\n".encode()),
    ],
)
def test_recipients(recipient: str, command: bytes) -> None:
    """Addresses stand in RCPT as the server wants them: a domain in the letters of the DNS."""
    commands = made(recipient)
    assert isinstance(commands, Envelope)
    assert commands.rcpt == command


@pytest.mark.parametrize(
    "recipient",
    [
        "a@b.example>\r\nRCPT TO:<evil@example.org",
        "a b@example.org",
        "a@b@example.org",
        "<a>@example.org",
        "a\x00@example.org",
        '"a\r\n"@example.org',
        '"a"b"@example.org',
        "no-at-sign",
        "@example.org",
        "a@",
        "a@exa mple.org",
        "a@ü-.example",
        "a\ud800@example.org",
        "a@b.example> SIZE=1",
        "a\u2028b@example.org",
        "",
    ],
)
def test_what_is_no_address(recipient: str) -> None:
    """What can't stand between < and > is refused here, and only this message fails."""
    refusal = made(recipient)
    assert isinstance(refusal, Receipt)
    assert "our own check" in refusal.reply
    assert verdict(refusal) is Verdict.FAILED


def test_smtputf8_only_where_offered() -> None:
    """Such an address is one reader's failure where the server can't take it."""
    refusal = made("ännä@example.org", Offer())
    assert isinstance(refusal, Receipt)
    assert (refusal.code, refusal.status, refusal.stage) == (553, "5.6.7", Stage.RCPT)
    assert verdict(refusal) is Verdict.FAILED
    commands = made("ännä@example.org", WIDE)
    assert isinstance(commands, Envelope)
    assert commands.mail == b"MAIL FROM:<a@b.example> SMTPUTF8\r\n"


def test_plain_addresses_never_ask_for_smtputf8() -> None:
    """A domain alone needs no SMTPUTF8."""
    commands = made("anna@bücher.example", WIDE)
    assert isinstance(commands, Envelope)
    assert commands.mail == b"MAIL FROM:<a@b.example>\r\n"


def test_size() -> None:
    """The size is told where it is asked for; one too large is refused before it is sent."""
    commands = made("a@b.example", Offer(size=3))
    assert isinstance(commands, Envelope)
    assert commands.mail == b"MAIL FROM:<a@b.example> SIZE=3\r\n"
    refusal = made("a@b.example", Offer(size=2))
    assert isinstance(refusal, Receipt)
    assert (refusal.code, refusal.status, refusal.stage) == (552, "5.3.4", Stage.MAIL)
    assert verdict(refusal) is Verdict.OURS


def test_size_zero_is_no_limit() -> None:
    """RFC 1870, 4: a limit of zero is none."""
    assert isinstance(made("a@b.example", Offer(size=0)), Envelope)


def test_empty_sender() -> None:
    """The null sender is one."""
    commands = made("a@b.example", WIDE, sender="")
    assert isinstance(commands, Envelope)
    assert commands.mail == b"MAIL FROM:<>\r\n"


def test_bad_sender_is_our_fault() -> None:
    """A sender that is no address is ours to mend, and never the reader's."""
    refusal = made("a@b.example", WIDE, sender="no address")
    assert isinstance(refusal, Receipt)
    assert verdict(refusal) is Verdict.OURS


@given(st.text(max_size=40), st.text(max_size=20))
def test_nothing_is_injected(local: str, domain: str) -> None:
    """Whatever the address, a command is one line with one pair of brackets."""
    commands = made(f"{local}@{domain}")
    if isinstance(commands, Envelope):
        text = commands.rcpt.decode()
        assert text.startswith("RCPT TO:<")
        assert text.endswith(">\r\n")
        assert "\r" not in text[:-2]
        assert "\n" not in text[:-2]
        assert " " not in text[8:] or '"' in text
