"""The table of verdicts."""

import pytest

from newsletter.delivery.protocol import Receipt, Stage
from newsletter.delivery.verdicts import RULES, Verdict, judged, rule, verdict


def refusal(stage: Stage, code: int, status: str, words: str) -> Receipt:
    reply = f"{status} {words}".strip()
    return Receipt(7, accepted=False, stage=stage, code=code, status=status, reply=reply)


RCPT, DONE, MAIL, DATA = Stage.RCPT, Stage.DONE, Stage.MAIL, Stage.DATA


@pytest.mark.parametrize(
    ("stage", "code", "status", "words", "expected"),
    [
        # Later.
        (RCPT, 450, "4.2.1", "mailbox busy", Verdict.RETRY),
        (RCPT, 451, "", "greylisted", Verdict.RETRY),
        (RCPT, 452, "4.2.2", "mailbox full", Verdict.RETRY),
        (MAIL, 421, "4.7.28", "unusual rate of mail", Verdict.RETRY),
        (MAIL, 451, "4.7.0", "policy: try again", Verdict.RETRY),
        (DONE, 454, "4.7.0", "authentication is down", Verdict.RETRY),
        (RCPT, 450, "5.1.1", "a status that contradicts its code", Verdict.RETRY),
        (Stage.BODY, 0, "", "the connection broke", Verdict.RETRY),
        (Stage.CONNECT, 0, "", "nothing listens", Verdict.RETRY),
        # Dead.
        (RCPT, 550, "5.1.1", "user unknown", Verdict.DEAD),
        (DONE, 550, "5.1.1", "user unknown", Verdict.DEAD),
        (RCPT, 550, "5.1.2", "host unknown", Verdict.DEAD),
        (RCPT, 553, "5.1.3", "syntax", Verdict.DEAD),
        (RCPT, 551, "5.1.6", "moved", Verdict.DEAD),
        (RCPT, 556, "5.1.10", "null MX", Verdict.DEAD),
        (RCPT, 556, "", "takes no mail", Verdict.DEAD),
        (RCPT, 550, "5.2.1", "disabled", Verdict.DEAD),
        (RCPT, 550, "", "No such user here", Verdict.DEAD),
        (RCPT, 550, "", "<a@b.example>: Recipient address rejected: User unknown", Verdict.DEAD),
        (RCPT, 550, "5.0.0", "mailbox not found", Verdict.DEAD),
        (RCPT, 550, "5.5.0", "requested action not taken: mailbox unavailable", Verdict.DEAD),
        # Failed, and nothing learnt about the address.
        (RCPT, 552, "5.2.2", "mailbox full", Verdict.FAILED),
        (DONE, 552, "", "quota exceeded", Verdict.FAILED),
        (RCPT, 550, "5.1.0", "rejected", Verdict.FAILED),
        (RCPT, 550, "5.4.1", "no answer from host", Verdict.FAILED),
        (RCPT, 550, "", "requested action not taken", Verdict.FAILED),
        (RCPT, 553, "5.6.7", "needs SMTPUTF8", Verdict.FAILED),
        # Ours.
        (RCPT, 550, "5.7.1", "relaying denied", Verdict.OURS),
        (DONE, 554, "5.7.1", "message looks like spam", Verdict.OURS),
        (DONE, 550, "5.7.26", "DMARC failed", Verdict.OURS),
        (DONE, 554, "5.6.0", "malformed", Verdict.OURS),
        (MAIL, 552, "5.3.4", "too big", Verdict.OURS),
        (MAIL, 550, "5.1.8", "sender's domain not found", Verdict.OURS),
        (RCPT, 550, "5.1.8", "sender's domain not found", Verdict.OURS),
        (MAIL, 550, "5.1.1", "sender unknown", Verdict.OURS),
        (MAIL, 550, "", "no such user", Verdict.OURS),
        (DATA, 503, "5.5.1", "bad sequence", Verdict.OURS),
        (DATA, 554, "", "no valid recipients", Verdict.OURS),
        (RCPT, 501, "", "syntax", Verdict.OURS),
        (RCPT, 550, "", "blocked using a DNSBL; user unknown", Verdict.OURS),
        (RCPT, 550, "", "rejected by policy", Verdict.OURS),
        (DONE, 550, "", "poor reputation of your address", Verdict.OURS),
        (MAIL, 550, "5.4.5", "daily sending quota exceeded", Verdict.OURS),
        (DONE, 550, "5.4.5", "daily sending quota exceeded", Verdict.OURS),
        # Stop.
        (MAIL, 530, "5.7.0", "authentication required", Verdict.STOP),
        (MAIL, 530, "", "issue a STARTTLS command first", Verdict.STOP),
        (RCPT, 535, "5.7.8", "credentials invalid", Verdict.STOP),
        (RCPT, 550, "5.7.8", "credentials invalid", Verdict.STOP),
        (MAIL, 538, "5.7.11", "encryption required", Verdict.STOP),
    ],
)
def test_table(stage: Stage, code: int, status: str, words: str, expected: Verdict) -> None:
    """Each kind of answer has its verdict."""
    assert verdict(refusal(stage, code, status, words)) is expected


def test_accepted() -> None:
    """A receipt that says accepted is taken at its word."""
    assert verdict(Receipt(1, accepted=True)) is Verdict.ACCEPTED


def test_uncertain() -> None:
    """Handed over and unanswered is its own verdict."""
    receipt = Receipt(1, accepted=False, stage=Stage.BODY, code=0, uncertain=True)
    assert verdict(receipt) is Verdict.UNCERTAIN


@pytest.mark.parametrize("code", [*range(400, 600), 0])
@pytest.mark.parametrize("stage", list(Stage))
def test_every_code_has_a_source(code: int, stage: Stage) -> None:
    """No reply code falls through, at any stage, and each verdict names its source."""
    found = rule(refusal(stage, code, "", ""))
    assert found.source
    assert found.verdict in (
        Verdict.RETRY,
        Verdict.OURS,
        Verdict.FAILED,
        Verdict.STOP,
        Verdict.DEAD,
    )


@pytest.mark.parametrize("code", range(500, 600))
def test_mail_never_touches_a_reader(code: int) -> None:
    """A refusal of MAIL is about the sender: no reader dies of it."""
    words = "no such user: user unknown"
    assert verdict(refusal(MAIL, code, "5.1.1", words)) in (Verdict.OURS, Verdict.STOP)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("5.1.1", Verdict.DEAD), ("4.2.2", Verdict.RETRY), ("5.0.0", Verdict.FAILED)],
)
def test_a_bounce_has_no_code(status: str, expected: Verdict) -> None:
    """A status alone is enough."""
    assert judged(0, status, "").verdict is expected


def test_each_row_is_reachable() -> None:
    """No row repeats one above it."""
    rows = [(row.codes, row.status, row.words, row.stages) for row in RULES]
    assert len(set(rows)) == len(rows)
