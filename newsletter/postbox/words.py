"""Codes and addresses in what servers write."""

import re
from collections.abc import Iterator

from newsletter.postbox.report import Said

ADDRESS = re.compile(
    r"(?<![\w.+=%&'*/-])[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\u00a1-\uffff-]{1,80}"
    r"@(?:[A-Za-z0-9\u00a1-\uffff](?:[A-Za-z0-9_\u00a1-\uffff-]{0,62}))"
    r"(?:\.[A-Za-z0-9\u00a1-\uffff][A-Za-z0-9_\u00a1-\uffff-]{0,62}){0,8}"
)
_STATUS = re.compile(r"(?<![\d.])([245])\s?\.\s?([0-7])\s?\.\s?(\d{1,3})(?![\d.]*\d)")
_CODE = re.compile(
    r"(?:^|[:;(\[<>\"'#]|\b(?:error|code|reply|smtp|reason|with|status|said|response|was))[ \t]*"
    r"([45][0-9][0-9])(?=[ \])-]|$)",
    re.IGNORECASE | re.MULTILINE,
)
_VAGUE = re.compile(r"[245]\.(?:0\.\d+|[1-7]\.0)")


def statuses(text: str) -> Iterator[str]:
    """Yield the enhanced status codes (RFC 3463) that stand in a text."""
    for match in _STATUS.finditer(text):
        yield ".".join(match.groups())


def code(text: str) -> int:
    """Return the first reply code of a refusal (RFC 5321, 4.2) in a text, or 0."""
    match = _CODE.search(text)
    return int(match[1]) if match else 0


def is_vague(status: str) -> bool:
    """Whether a status says no more than its class or its subject."""
    return not status or _VAGUE.fullmatch(status) is not None


def said(words: str, field: str = "") -> Said:
    """Return what words and a status field say together.

    The words are the last server's own; the field may be another's, who made it up. So the first
    status in the words that says something comes before the field.
    """
    found, told = [*statuses(words)], [*statuses(field)][:1]
    best = next((one for one in (*found, *told) if not is_vague(one)), "")
    return Said(code(words), best or next(iter([*told, *found]), ""), " ".join(words.split()))


def addresses(text: str) -> Iterator[str]:
    """Yield what looks like an address, in order."""
    for match in ADDRESS.finditer(text):
        yield match[0].strip(".'`")
