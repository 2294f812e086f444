"""Complaints: the abuse reporting format (RFC 5965), and providers that have their own."""

import re
from collections.abc import Iterator
from email.message import Message

from newsletter.postbox.delivery_status import Group, groups, is_status
from newsletter.postbox.mime import content_type, header, headers, parts, text_of
from newsletter.postbox.report import Feedback, Kind, Said
from newsletter.postbox.returned import header_blocks, letters
from newsletter.postbox.words import addresses

_REPORT = "message/feedback-report"
_NOT_OURS = ("not-spam", "auth-failure", "virus-notification", "dmarc")
"""Types that call nothing spam: a correction (RFC 6430), a failed authentication (RFC 6591)."""
_NAMES = ("original-rcpt-to", "removal-recipient", "x-rcpt-to", "redacted-address")
_HOTMAIL = ("X-HmXmrOriginalRecipient", "X-Original-Rcpt-To", "X-Rcpt-To")
_FIELDS = re.compile(r"^\s*Feedback-Type\s*:\s*([A-Za-z-]+)", re.IGNORECASE | re.MULTILINE)
_SUBJECT = re.compile(
    r"""complaint\ (?:about|from|regarding|received)|(?:abuse|spam|feedback|fbl
    |junk)[- ]?(?:loop\ )?
    (?:report|complaint|notification|feedback)|e-?mail\ feedback\ report|\[spamcop
    |reported\ as\ (?:spam|junk)
    |tos\ notification|(?:spam|missbrauchs?)-?beschwerde|plainte\ (?:pour\ )?spam
    |marked\ (?:your|as)\ .{0,20}spam|feedback\ loop|abuse\ complaint|opt-?out\ (?:report
    |request\ from\ fbl)""",
    re.IGNORECASE | re.VERBOSE,
)
_AUTHOR = re.compile(
    r"staff@(?:hotmail|outlook|live|msn)\b|scomp@|feedbackloop|fbl@|fbl-|feedback@|abuse@|arf@|spamcop|postmaster-fbl"
    r"|scomp"
    r"|complaints?@|junkmail|jmrp|spamreport",
    re.IGNORECASE,
)


def feedback(message: Message) -> tuple[Feedback, ...]:
    """Return what a complaint says; nothing where the message is none."""
    kind = _type(message)
    if not kind:
        return _passed_on(message)
    if kind in _NOT_OURS:
        return (Feedback(Kind.OTHER, said=(Said(words=f"feedback type {kind}"),)),)
    names = tuple(dict.fromkeys(_recipients(message)))
    return (
        Feedback(
            Kind.COMPLAINT,
            names[0] if names else "",
            final=True,
            said=(Said(words=f"feedback type {kind}"),),
            aliases=names[1:],
        ),
    )


def _passed_on(message: Message) -> tuple[Feedback, ...]:
    """Return what a complaint says that a message only passes on; a bounce is none."""
    if not any(is_status(part) for part in parts(message)):
        for letter in letters(message):
            if any(content_type(part) == _REPORT for part in parts(letter)):
                return feedback(letter)
    return ()


def _type(message: Message) -> str:
    """Return the feedback type; "" where this is no complaint."""
    for group in _fields(message):
        if found := group.get("feedback-type"):
            return found.lower().strip()
    declared = header(message, "Content-Type").lower()
    if "feedback-report" in declared:
        return "abuse"
    for part in parts(message):
        if content_type(part) == _REPORT:
            return "abuse"
        if content_type(part).startswith("text/") and (
            match := _FIELDS.search(text_of(part)[:4000])
        ):
            return match[1].lower()
    if any(header(letter, "X-HmXmrOriginalRecipient") for letter in letters(message)):
        return "abuse"
    return "abuse" if _by_subject(message) else ""


def _by_subject(message: Message) -> bool:
    """Whether a report without any standard passes a letter on; no answer, and no bounce."""
    subject = header(message, "Subject")
    if not _SUBJECT.search(subject) or subject.lower().startswith("re:"):
        return False
    if any(is_status(part) for part in parts(message)):
        return False
    encloses = next(letters(message), None) is not None
    return encloses or bool(_AUTHOR.search(header(message, "From")))


def _fields(message: Message) -> Iterator[Group]:
    for part in parts(message):
        if content_type(part) == _REPORT:
            yield from groups(text_of(part))


def _recipients(message: Message) -> Iterator[str]:
    """Yield who complained, as far as they are named: many providers blacken it."""
    for group in _fields(message):
        for name in _NAMES:
            yield from addresses(group.get(name, ""))
    for letter in letters(message):
        for value in headers(letter, *_HOTMAIL, "To", "Delivered-To"):
            yield from addresses(value)
    for block in header_blocks(message):
        if match := re.search(r"^To:[ \t]*(.{1,300})$", block, re.MULTILINE):
            yield from addresses(match[1])
