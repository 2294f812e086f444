"""What a server's answer means for the reader and for us: one table, first match wins.

Codes are RFC 5321, 4.2; enhanced status codes RFC 3463 and the registry that grew from it
(RFC 5248). Where a server is vague the reader is given the benefit of the doubt: nothing that may
be our own fault ever counts against an address. Bounces go through the same table: see
`newsletter.feedback.weigh`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from newsletter.delivery import wording
from newsletter.delivery.protocol import Receipt, Stage
from newsletter.delivery.wording import plain


class Verdict(StrEnum):
    """What to do about a receipt."""

    ACCEPTED = "accepted"
    RETRY = "retry"
    """Try again later."""
    DEAD = "dead"
    """Nobody reads this address: suppress it."""
    FAILED = "failed"
    """This message won't get there; the address may still be good."""
    OURS = "ours"
    """Our own fault or the relay's opinion of us: leave the reader alone, and count."""
    STOP = "stop"
    """Login or TLS: no other message will fare better, so pause at once."""
    UNCERTAIN = "uncertain"
    """It was handed over, and no answer came."""
    WITHDRAWN = "withdrawn"
    """We held it back ourselves: its reader has left."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table. An empty pattern or an empty tuple matches anything.

    `codes` and `status` are patterns for the whole reply code and enhanced status, `words` one to
    be found in the plain text (see `wording.plain`); `source` says who defines it.
    """

    verdict: Verdict
    source: str
    codes: str = ""
    status: str = ""
    words: str = ""
    stages: tuple[Stage, ...] = ()
    vague: bool = False
    """Whether it rests on next to nothing: who knows more should look there."""

    def matches(self, stage: Stage, code: str, status: str, words: str) -> bool:
        """Whether this row speaks of such an answer."""
        return (
            (not self.stages or stage in self.stages)
            and (not self.codes or re.fullmatch(self.codes, code) is not None)
            and (not self.status or re.fullmatch(self.status, status) is not None)
            and (not self.words or re.search(self.words, words) is not None)
        )


_ABOUT_READER = (Stage.RCPT, Stage.DATA, Stage.BODY, Stage.DONE)
_PERMANENT = r"(?:5\d\d)?"
"""A permanent reply code, or none: a bounce may have lost it."""
_ADDRESS = r"5\.(?:0\.\d+|1\.(?:[0-6]|10|\d{3})|2\.[01]|3\.[05]|4\.(?:[0-46]|3\d\d)|5\.0|6\.0)"
_OPEN = rf"(?:{_ADDRESS}|5\.5\.[124])?"
"""Statuses about the address, and those that leave open what is wrong; Exchange Online has some of
three digits (5.1.350) for what other servers said."""
_OPEN_DOMAIN = rf"(?:{_ADDRESS})?"
"""The same; 5.5.4 is about the domain that a server calls itself (HELO)."""

RULES: Sequence[Rule] = (
    # Class 4 first: whatever it is about, the server itself says to come again.
    Rule(Verdict.RETRY, "RFC 5321, 4.2.1: transient", codes=r"4\d\d"),
    Rule(Verdict.RETRY, "RFC 3463, 2: persistent transient", codes="0?", status=r"4\..*"),
    # Login and TLS.
    Rule(Verdict.STOP, "RFC 4954, 6; RFC 3207, 4: login or TLS first", codes="530"),
    Rule(Verdict.STOP, "RFC 4954, 6: login refused", codes="534|535|538"),
    Rule(Verdict.STOP, "RFC 5248: encryption needed", codes="52[3-5]", status=r"5\.7\..*"),
    Rule(
        Verdict.STOP,
        "RFC 4954, 6; RFC 5248: credentials, mechanism, encryption",
        status=r"5\.7\.(?:8|9|10|11|12|13)",
    ),
    # What a server holds against MAIL is about the sender and the session (RFC 5321, 3.3).
    Rule(Verdict.OURS, "RFC 5321, 3.3: the sender is refused", r"5\d\d", stages=(Stage.MAIL,)),
    # Words that outweigh a status: many servers give 5.1.1 for everything, and sendmail makes it
    # up from the code 550.
    Rule(Verdict.OURS, "by its words: the sender", _PERMANENT, words=wording.SENDER),
    Rule(Verdict.OURS, "by its words: policy", _PERMANENT, words=wording.POLICY),
    Rule(
        Verdict.DEAD,
        "libmilter: 5.7.1 is what a filter says that names no status; by its words: nobody there",
        _PERMANENT,
        r"5\.7\.(?:0|1|17)",
        wording.NOBODY_AT_ALL,
        _ABOUT_READER,
    ),
    Rule(Verdict.OURS, "RFC 3463, 3.8: security or policy", status=r"5\.7\..*"),
    Rule(Verdict.OURS, "RFC 3463, 3.5: congestion; a relay's own quota", status=r"5\.4\.5"),
    Rule(Verdict.FAILED, "by its words: mailbox full", _PERMANENT, words=wording.FULL),
    Rule(Verdict.OURS, "by its words: message too big", _PERMANENT, words=wording.TOO_BIG),
    Rule(Verdict.FAILED, "by its words: out of use for a while", _PERMANENT, words=wording.HELD),
    Rule(
        Verdict.FAILED,
        "by its words: it may be otherwise later",
        _PERMANENT,
        r"(?:5\.(?:2\.1|[0-9]\.0|4\..*))?",
        wording.HOLD_ON,
    ),
    Rule(
        Verdict.DEAD,
        "Exchange Online, edge blocking: not in the directory",
        status=r"5\.4\.1",
        words="recipient address rejected: access denied",
        stages=_ABOUT_READER,
    ),
    Rule(
        Verdict.DEAD, "by its words: nobody there", _PERMANENT, _OPEN, wording.NOBODY, _ABOUT_READER
    ),
    Rule(Verdict.FAILED, "by its words: not reached", _PERMANENT, words=wording.NOT_REACHED),
    Rule(Verdict.OURS, "by its words: not allowed", _PERMANENT, words=wording.FORBIDDEN),
    Rule(
        Verdict.DEAD,
        "by its words: no such domain",
        _PERMANENT,
        _OPEN_DOMAIN,
        wording.NO_DOMAIN,
        _ABOUT_READER,
    ),
    Rule(
        Verdict.DEAD,
        "by its words: no longer there",
        _PERMANENT,
        _OPEN,
        wording.GONE,
        _ABOUT_READER,
    ),
    # The address.
    Rule(Verdict.DEAD, "RFC 3463, 3.2: no such mailbox, system or syntax", status=r"5\.1\.[123]"),
    Rule(Verdict.DEAD, "RFC 3463, 3.2: moved, no forwarding", status=r"5\.1\.6"),
    Rule(Verdict.DEAD, "RFC 7505: the domain takes no mail", status=r"5\.1\.10"),
    Rule(Verdict.DEAD, "RFC 3463, 3.3: mailbox disabled", status=r"5\.2\.1"),
    Rule(Verdict.OURS, "RFC 3463, 3.2: the sender's address", status=r"5\.1\.(?:[789]|20|90)"),
    Rule(Verdict.DEAD, "RFC 3463, 3.5: no way there; Postfix: no such domain", status=r"5\.4\.4"),
    Rule(Verdict.FAILED, "RFC 3463, 3.2, 3.3: other, full, too long for it", status=r"5\.[12]\..*"),
    # The message and the conversation.
    Rule(Verdict.OURS, "RFC 3463, 3.4: message too big for the system", status=r"5\.3\.4"),
    Rule(Verdict.FAILED, "RFC 6531: the address needs SMTPUTF8", status=r"5\.6\.7"),
    Rule(Verdict.OURS, "RFC 3463, 3.6: protocol", status=r"5\.5\..*"),
    Rule(Verdict.OURS, "RFC 3463, 3.7: content", status=r"5\.6\..*"),
    Rule(Verdict.FAILED, "RFC 3463, 3.4, 3.5: the other system or the way", status=r"5\.[34]\..*"),
    # No status that says anything: the code must do.
    Rule(Verdict.OURS, "RFC 5321, 4.2.2: syntax and sequence", codes=r"50\d|555"),
    Rule(Verdict.DEAD, "RFC 7504: the domain takes no mail", codes="556", stages=_ABOUT_READER),
    Rule(Verdict.FAILED, "RFC 5321, 4.2.2: storage exceeded", codes="552"),
    Rule(Verdict.OURS, "RFC 5321, 4.2.2: transaction failed, unexplained", codes="554", vague=True),
    Rule(Verdict.FAILED, "RFC 5321, 4.2.1: permanent", codes=r"5\d\d", vague=True),
    Rule(Verdict.FAILED, "RFC 3463, 2: permanent", status=r"5\..*", vague=True),
)

_ACCEPTED = Rule(Verdict.ACCEPTED, "RFC 5321, 4.2.1: completed")
_UNCERTAIN = Rule(Verdict.UNCERTAIN, "RFC 5321, 4.5.3.2.6: handed over, no reply")
_WITHDRAWN = Rule(Verdict.WITHDRAWN, "our own promise: who has left is not mailed")
_BROKEN_OFF = Rule(Verdict.RETRY, "the conversation broke off before the final dot", vague=True)


def verdict(receipt: Receipt) -> Verdict:
    """Return what a receipt means."""
    return rule(receipt).verdict


def rule(receipt: Receipt) -> Rule:
    """Return the row of the table that speaks of a receipt, with its source."""
    if receipt.accepted:
        return _ACCEPTED
    if receipt.uncertain:
        return _UNCERTAIN
    if receipt.withdrawn:
        return _WITHDRAWN
    return judged(receipt.code, receipt.status, receipt.reply, receipt.stage)


def judged(code: int, status: str, words: str, stage: Stage = Stage.DONE) -> Rule:
    """Return the row for a refusal; a bounce may bring a status and no code (0)."""
    number, said = str(code) if code else "", plain(words)
    for row in RULES:
        if row.matches(stage, number, status, said):
            return row
    return _BROKEN_OFF
