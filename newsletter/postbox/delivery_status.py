"""Delivery status notifications (RFC 3464, RFC 6533), and what servers make of them."""

import re
from collections.abc import Iterator, Mapping
from email.message import Message

from newsletter.postbox.mime import content_type, text_of
from newsletter.postbox.report import Feedback, Kind, Said
from newsletter.postbox.words import addresses, said

TYPES = ("message/delivery-status", "message/global-delivery-status")

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,60})\s*:\s*(.*)")
_RECIPIENTS = ("original-recipient", "final-recipient", "x-actual-recipient")
_VERDICT = ("action", "status", "diagnostic-code")
_GONE_ON = ("deliver", "relay", "expand")
MAX_RECIPIENTS = 500

Group = Mapping[str, str]


def is_status(part: Message) -> bool:
    """Whether a part is the machine's part of a notification."""
    return content_type(part) in TYPES


def groups(text: str) -> Iterator[Group]:
    """Yield the groups of fields, names in lower case, values unfolded."""
    fields: dict[str, str] = {}
    name = ""
    for line in [*text.splitlines(), ""]:
        if not line.strip():
            if fields:
                yield fields
            fields, name = {}, ""
        elif line[0] in " \t" and name:
            fields[name] += " " + line.strip()
        elif match := _FIELD.match(line):
            name = match[1].lower()
            fields.setdefault(name, match[2].strip())
    if fields:
        yield fields


def feedback(part: Message) -> tuple[Feedback, ...]:
    """Return what a notification says about each recipient."""
    return feedback_in(text_of(part))


def feedback_in(text: str) -> tuple[Feedback, ...]:
    """Return what the fields of a notification say about each recipient, in their order."""
    return tuple(_about(group) for group in _recipients(text)[:MAX_RECIPIENTS])


def _recipients(text: str) -> list[Group]:
    """Return a group for each recipient.

    What stands apart from any recipient, by an empty line too many, is about the one before it that
    lacks it, or about those that follow.
    """
    found: list[dict[str, str]] = []
    apart: dict[str, str] = {}
    for group in groups(text):
        if any(name in group for name in _RECIPIENTS):
            found.append({**apart, **group})
        elif verdict := {name: group[name] for name in _VERDICT if name in group}:
            if found and not any(name in found[-1] for name in _VERDICT):
                found[-1].update(verdict)
            elif not found:
                apart.update(verdict)
    return [*found] or ([apart] if "action" in apart else [])


def _about(group: Group) -> Feedback:
    names = [name for key in _RECIPIENTS for name in _address(group.get(key, ""))]
    known = tuple(dict.fromkeys(names))
    diagnostic = _typed(group.get("diagnostic-code", ""))
    whole = said(diagnostic, group.get("status", ""))
    action = group.get("action", "").lower()
    delayed = action.startswith(("delay", "defer"))
    gone_on = action.startswith(_GONE_ON) or (not action and whole.status.startswith("2"))
    transient = not action and whole.status.startswith("4")
    kind = Kind.OTHER if gone_on else Kind.BOUNCE
    final = not (delayed or gone_on or transient)
    return Feedback(kind, known[0] if known else "", final, _evidence(whole, action), known[1:])


def _evidence(whole: Said, action: str) -> tuple[Said, ...]:
    return (whole,) if whole.words or whole.status or action else ()


def _address(field: str) -> Iterator[str]:
    """Yield the address of `rfc822; someone@example.org`, with or without its type."""
    value = _typed(field)
    found = next(addresses(value), "")
    bare = value.strip("<> ")
    if found:
        yield found
    elif bare and " " not in bare:
        yield bare


def _typed(field: str) -> str:
    """Take the type off a value: `smtp; 550 …`."""
    kind, mark, value = field.partition(";")
    if not mark or " " in kind.strip() or "@" in kind:
        return field.strip()
    return value.strip()
