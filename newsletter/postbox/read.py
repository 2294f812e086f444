"""From a message's bytes to what it says: the whole way, pure, and never raising but for bombs.

What is standard comes first, for a machine wrote it to be read by one:

    an unsubscribe mail     our own subject
    a complaint             RFC 5965, or a provider's own form
    a receipt               RFC 8098
    a bounce                RFC 3464, RFC 6533; then prose
    an automatic reply      RFC 3834, and what is usual
    anything else
"""

import hashlib
import re
from dataclasses import replace
from email.message import Message

from newsletter.postbox import automatic, complaints, delivery_status, notifications, prose
from newsletter.postbox.marks import marks
from newsletter.postbox.mime import content_type, header, parse, parts
from newsletter.postbox.report import Feedback, Kind, Report
from newsletter.postbox.returned import letters
from newsletter.postbox.words import addresses

_LEAVE = re.compile(
    r"\s*(?:(?:re|fwd?|aw|tr)\s*:\s*)*[\"'<\[]?(?:unsubscribe|opt-?out|remove(?: me)?)\b", re.I
)
_ONLY_LEAVE = re.compile(r"[\s\"'<\[]*(?:unsubscribe|opt-?out|remove(?: me)?)[\s.!\"'>\]]*", re.I)
_TOKEN = re.compile(r"unsubscribe\s+\d+\.[A-Za-z0-9_-]+", re.I)
_MDN = ("message/disposition-notification", "message/global-disposition-notification")


def read(octets: bytes) -> Report:
    """Return what a message says. Raises Bomb for one past the limits."""
    message = parse(octets)
    feedback = feedback_of(message)
    return Report(_identity(message, octets, feedback), feedback, marks(message))


def feedback_of(message: Message) -> tuple[Feedback, ...]:
    """Return what a message says about each recipient; at least one value."""
    if _wants_out(message):
        return (_by_author(message, Kind.UNSUBSCRIBE),)
    if found := complaints.feedback(message):
        return found
    if found := notifications.feedback(message):
        return found
    if any(content_type(part) in _MDN for part in parts(message)) and not _rejected(message):
        return (_by_author(message, Kind.AUTO_REPLY),)
    if found := _standard(message):
        return found
    if _is_bounce(message):
        return prose.feedback(message)
    answers = automatic.is_automatic(message) or _is_away(message)
    return (_by_author(message, Kind.AUTO_REPLY if answers else Kind.OTHER),)


def _wants_out(message: Message) -> bool:
    """Whether the subject is that of our List-Unsubscribe address, or its one word."""
    subject = automatic.subject(message)
    if _TOKEN.search(subject):
        return bool(_LEAVE.match(subject)) and not automatic.from_server(message)
    return bool(_ONLY_LEAVE.fullmatch(subject))


def _standard(message: Message) -> tuple[Feedback, ...]:
    """Return what the notifications in a message say, or in one that it only passes on."""
    for candidate in (message, *letters(message)):
        for part in parts(candidate):
            if delivery_status.is_status(part) and (found := delivery_status.feedback(part)):
                return tuple(_with_prose(one, candidate) for one in found)
    return ()


def _with_prose(one: Feedback, message: Message) -> Feedback:
    """Add what stands in the text for people, for where the fields say little."""
    if one.kind is not Kind.BOUNCE:
        return one
    text = prose.own_text(message)
    named = one.recipient or next(iter(prose.feedback(message))).recipient
    return replace(one, recipient=named, said=(*one.said, *prose.evidence(text, named)))


def _rejected(message: Message) -> bool:
    """Whether a receipt says that a filter threw the letter out (RFC 5429, 2.1)."""
    return "reject" in f"{header(message, 'Auto-Submitted')} {automatic.subject(message)}".lower()


def _is_bounce(message: Message) -> bool:
    """Whether a bounce is written in prose."""
    if header(message, "X-Failed-Recipients") or _declared(message):
        return True
    if not automatic.says_returned(message) and (automatic.says_away(message) or _is_away(message)):
        return False
    return (
        automatic.from_daemon(message)
        or automatic.says_returned(message)
        or (not automatic.is_automatic(message) and _by_server(message))
        or prose.known_shape(message)
    )


def _is_away(message: Message) -> bool:
    """Whether a program writes in somebody's place, as its text tells."""
    text = prose.own_text(message)
    return automatic.begins_away(text) and not prose.has_code(text)


def _by_server(message: Message) -> bool:
    """Whether a server writes that says nothing in its subject.

    An empty return path alone is no proof: programs that answer in somebody's place have it, too
    (RFC 3834, 3.3).
    """
    if automatic.names_server(message) or not automatic.empty_return_path(message):
        return automatic.names_server(message)
    text = prose.own_text(message)
    answers = header(message, "In-Reply-To")
    return prose.has_code(text) or (not answers and automatic.begins_returned(text))


def _declared(message: Message) -> bool:
    declared = " ".join(header(message, "Content-Type").lower().split())
    return "multipart/report" in declared and "delivery-status" in declared


def _by_author(message: Message, kind: Kind) -> Feedback:
    return Feedback(kind, next(addresses(header(message, "From")), ""))


def _identity(message: Message, octets: bytes, feedback: tuple[Feedback, ...]) -> str:
    """Return the same for a message that came twice, by two ways or read again."""
    known = header(message, "Message-ID")
    if not known:
        return hashlib.sha256(octets).hexdigest()
    about = [f"{one.kind} {one.recipient} {one.final}" for one in feedback]
    whole = "\0".join([known, header(message, "Date"), header(message, "To"), *about])
    return hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()
