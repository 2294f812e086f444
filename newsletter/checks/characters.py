"""Letters that are not what they seem: invisible, lost, wrongly decoded; and marks of merges."""

import re
import unicodedata
from collections.abc import Iterator

from newsletter.checks.papers import Paper
from newsletter.model import Finding

_INVISIBLE = re.compile(
    "[\u00ad\u180e\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
    "\ufff9-\ufffb\ue000-\uf8ff\U000e0000-\U000e007f]"
    "|(?<![\u0600-\u0dff])[\u200c\u200d](?![\u2600-\u27bf\U0001f000-\U0001faff])"
)
"""The joiners are spelling in Arabic and Indic scripts, and belong to some emoji."""

_FOREIGN = re.compile("[^\x00-\x7f]+")
_MERGE = re.compile(r"(?:<{7}|>{7}|\|{7})(?:\s|$)|={7}$")
_WORD = re.compile(r"[^\W\d_]{2,}")
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")


def check(paper: Paper) -> Iterator[Finding]:
    """Yield what is odd about the letters of a file, fields included."""
    merging = any(line.startswith("<<<<<<<") for line in paper.lines)
    for number, line in enumerate(paper.lines, 1):
        if _MERGE.match(line) and (merging or not line.startswith("=")):
            message = f"“{line[:7]}” was left by a merge"
            yield paper.finding("merge-marker", number, message, "keep one of the two versions")
        if not line.isascii():
            yield from _odd(paper, number, line)


def mark_at_the_start(paper: Paper) -> Iterator[Finding]:
    """Yield a remark on a byte order mark."""
    with paper.path.open("rb") as file:
        if file.read(3) == b"\xef\xbb\xbf":
            hint = "save the file as UTF-8 without a byte order mark"
            yield paper.finding(
                "byte-order-mark", 1, "the file begins with an invisible mark", hint
            )


def _odd(paper: Paper, number: int, line: str) -> Iterator[Finding]:
    if match := _INVISIBLE.search(line):
        name = unicodedata.name(match[0], "a private character").lower()
        message = f"an invisible character: {name} (U+{ord(match[0]):04X})"
        yield paper.finding("invisible-character", number, message, "delete it", at=match[0])
    if "\ufffd" in line:
        message = f"a letter was lost {_near(line, line.index(chr(0xFFFD)))}"
        hint = "write it anew; the file was once saved in a wrong encoding"
        yield paper.finding("replacement-character", number, message, hint, at="\ufffd")
    for match in _FOREIGN.finditer(line):
        if (meant := repaired(match[0])) is not None:
            message = f"“{match[0]}” was read in a wrong encoding"
            yield paper.finding("mojibake", number, message, f"write “{meant}”", at=match[0])
            break
    for match in _WORD.finditer(line):
        if not match[0].isascii() and (scripts := _scripts(match[0])) and len(scripts) > 1:
            message = f"“{match[0]}” mixes {' and '.join(scripts)} letters"
            yield paper.finding("mixed-scripts", number, message, "type it anew", at=match[0])


def repaired(text: str) -> str | None:
    """Return what UTF-8 text was before it was read as Windows-1252, or None if it never was."""
    octets = bytearray()
    for character in text:
        try:
            octets += character.encode("cp1252")
        except UnicodeEncodeError:
            if ord(character) > 0xFF:
                return None
            octets.append(ord(character))
    try:
        meant = octets.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return meant if len(meant) < len(text) else None


def _near(line: str, at: int) -> str:
    words = line[max(0, at - 20) : at + 20].strip()
    return f"in “{words}”"


def _scripts(word: str) -> list[str]:
    names = {unicodedata.name(letter, "").partition(" ")[0] for letter in word}
    return [script.title() for script in _SCRIPTS if script in names]
