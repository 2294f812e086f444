"""Bounces in prose: whom they are about, and the words that may tell why.

Servers that keep to no standard are many. flufl.bounce knows the shapes of a good number of them
and finds the addresses; what the bounce means is for the words to say, for it calls many soft
bounces permanent.
"""

import copy
import logging
import re
from collections.abc import Iterable, Iterator
from email.message import Message

from flufl.bounce import all_failures

from newsletter.postbox.mime import content_type, header, headers, parts, safely, text_of
from newsletter.postbox.report import Feedback, Kind, Said
from newsletter.postbox.returned import letters, split
from newsletter.postbox.words import addresses, code, said, statuses

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)

_DELAYED = re.compile(
    r"""(?:is|this\ is)\ (?:just\ |only\ )?a\ warning|warning\ (?:message\ )?only
    |need\ not\ (?:to\ )?
    (?:re-?send|do)|do\ not\ need\ to\ re-?send|no\ action\ is\ required|not\ yet\ been\ delivered
    |(?:will|shall)\ (?:be\ retried|continue\ to\ (?:be\ )?(?:try|retr|attempt)|keep\ trying
    |try\ again
    |be\ tried\ again|(?:re)?try\ (?:for|to\ deliver))|(?:has|have|been)\ (?:been\ )?delayed
    |delivery\ (?:is\ |has\ been\ )?(?:delayed|postponed)|delivery\ attempts\ will\ (?:continue|be)
    |(?:(?:has|have)\ been|was)\ successfully\ (?:delivered|relayed)
    |still\ (?:being\ tried|trying)|temporarily\ delayed|delay(?:ed)?\ (?:mail|delivery)\ notif
    |wird\ weiter\ versucht|verzögert|retard[ée]e?\b|retrasad|atrasad|配信遅延|задерж""",
    re.IGNORECASE | re.VERBOSE,
)
_ENDED = re.compile(
    r"""give\s*n?\ up|giving\ up|(?<!fails\ )permanent|(?<!non-)fatal\ error
    |could\ not\ be\ delivered\ (?:to\ one
    |after|within|for\ the\ last)|undeliverable(?!\ for\b)|not\ going\ to\ try\ again
    |returned\ to\ (?:the\ )?sender
    |too\ long\ in\ (?:the\ )?queue|(?:in\ (?:the\ )?queue|queued)\ too\ long|expired""",
    re.IGNORECASE | re.VERBOSE,
)
_OUR_WORDS = re.compile(
    r"\b[245]\d\d[ -]|#\s?[245]\.\d|\b[245]\.\d\.\d|said:|reason|because|error|remote|diagnos"
    r"|status",
    re.IGNORECASE,
)
_REFUSAL = re.compile(r"(?:^|[\s:(<])[45][0-5][0-9][ -]{1,3}[A-Za-z<]", re.MULTILINE)
_NOT_A_RECIPIENT = re.compile(
    r"(?:mailer-?daemon|postmaster|mail-?daemon|abuse|support|help-?desk|no-?reply|hostmaster)@"
    r"|\.(?:gif|png|jpe?g)$",
    re.IGNORECASE,
)
_LONGEST = 3000
"""Letters of prose that may tell why."""
_MOST = 12
"""Places of a text that may tell why."""


def own_text(message: Message) -> str:
    """Return what the server itself wrote: all texts, without the letter that it returns."""
    found = []
    for part in parts(message):
        if content_type(part).startswith("text/") and content_type(part) != "text/rfc822-headers":
            text, pasted = split(text_of(part))
            found.append(text)
            if pasted:
                break
    return "\n".join(found)


def is_delayed(text: str) -> bool:
    """Whether the server says that it goes on trying, or that all is well."""
    return bool(_DELAYED.search(text)) and not _ENDED.search(text)


def has_code(text: str) -> bool:
    """Whether a refusal stands in a text: a status, or a reply code with words after it."""
    return any(not one.startswith("2") for one in statuses(text)) or bool(_REFUSAL.search(text))


def known_shape(message: Message) -> bool:
    """Whether flufl.bounce knows it for a bounce."""
    return any(_by_flufl(message))


def feedback(message: Message) -> tuple[Feedback, ...]:
    """Return what a bounce in prose says of each recipient, or of nobody it names."""
    text = own_text(message)
    delayed, failed = _by_flufl(message)
    names = _written([*failed, *(one for one in delayed if one not in failed)], text)
    names = names or _named(message, text) or [""]
    late = is_delayed(f"{header(message, 'Subject')}\n{text}")
    found = []
    for name in names:
        final = not (late or (name in delayed and name not in failed))
        found.append(Feedback(Kind.BOUNCE, name, final, evidence(text, name)))
    return tuple(found)


def evidence(text: str, recipient: str) -> tuple[Said, ...]:
    """Return the places of a text that may say why, the nearest to the recipient first."""
    paragraphs = [one for one in re.split(r"\n\s*\n", text) if one.strip()]
    about = [one for one in _around(paragraphs, recipient) if one.strip()]
    coded = [one for one in paragraphs if [*statuses(one)] or code(one)]
    chosen = [*about[:_MOST], *coded[: _MOST // 2], text]
    return tuple(said(one[:_LONGEST]) for one in dict.fromkeys(chosen))


def _around(paragraphs: list[str], recipient: str) -> Iterator[str]:
    """Yield what stands beside the recipient: the rest of the paragraph, and the next one."""
    if not recipient:
        return
    local = recipient.lower()
    for place, paragraph in enumerate(paragraphs):
        at = paragraph.lower().find(local)
        if at < 0:
            continue
        yield _lines_about(paragraph, local)
        yield paragraph
        if place + 1 < len(paragraphs):
            yield f"{paragraph}\n{paragraphs[place + 1]}"


def _lines_about(paragraph: str, recipient: str) -> str:
    """Return the lines from the recipient's on, up to another address at a line's beginning."""
    lines, found = [], False
    for line in paragraph.splitlines():
        here = recipient in line.lower()
        if found and not here and ADDRESS_FIRST.match(line):
            break
        found = found or here
        if found:
            lines.append(line)
    text = "\n".join(lines)
    return text if _OUR_WORDS.search(text) else ""


ADDRESS_FIRST = re.compile(r"\s{0,8}<?[^\s<>@]{1,80}@[^\s<>@]{1,200}>?[:\s]")


def _by_flufl(message: Message) -> tuple[list[str], list[str]]:
    """Return the addresses that flufl.bounce finds: delayed, failed."""
    tame = safely(lambda: _without_empty_parts(copy.deepcopy(message)), message)
    try:
        delayed, failed = all_failures(tame)
    except Exception:  # Its detectors take some shapes for granted; others may still be read.
        return [], []
    return _texts(delayed), _texts(failed)


def _without_empty_parts(message: Message) -> Message:
    """Give a multipart without parts an empty text, for code that takes its first part."""
    payload = message.get_payload()
    if message.get_content_maintype() == "multipart" and not payload:
        message.set_payload([Message()])
    elif isinstance(payload, list):
        for part in payload:
            if isinstance(part, Message):
                _without_empty_parts(part)
    return message


def _written(names: list[str], text: str) -> list[str]:
    """Return those that the server wrote itself, if any: the others stand in the letter."""
    here = text.lower()
    return [one for one in names if one.lower() in here] or names


def _texts(found: Iterable[bytes]) -> list[str]:
    names = (one.decode("utf-8", "replace") for one in found)
    return sorted(next(addresses(one), one.strip("<> ")) for one in names if one.strip("<> "))


def _named(message: Message, text: str) -> list[str]:
    """Find the recipients ourselves: Exim's header, the text, the returned letter's To."""
    for value in headers(message, "X-Failed-Recipients", "X-Actual-Recipient"):
        if found := [*dict.fromkeys(addresses(value))]:
            return found
    own = {one.lower() for value in _own_addresses(message) for one in addresses(value)}
    for one in addresses(text):
        if one.lower() not in own and not _NOT_A_RECIPIENT.search(one):
            return [one]
    for letter in letters(message):
        if found := [*addresses(header(letter, "To"))][:1]:
            return found
    return _in_pasted(message)


def _own_addresses(message: Message) -> Iterator[str]:
    yield from headers(message, "From", "To", "Reply-To", "Return-Path", "Sender", "Delivered-To")


def _in_pasted(message: Message) -> list[str]:
    for part in parts(message):
        _, pasted = split(text_of(part))
        if match := re.search(r"^[>\s]{0,4}To:[ \t]*(.{1,300})$", pasted, re.MULTILINE | re.I):
            return [*addresses(match[1])][:1]
    return []
