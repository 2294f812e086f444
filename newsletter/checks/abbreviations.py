"""Abbreviations that a reader may not know: used in a summary and nowhere explained in it."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from newsletter.checks.markup import without_code
from newsletter.checks.papers import Paper
from newsletter.checks.words import PLACEHOLDER
from newsletter.content.body import is_title
from newsletter.model import Finding

_FILE = Path(__file__).parent / "data" / "abbreviations.txt"
KNOWN = frozenset(word for word in _FILE.read_text("utf-8").split("\n") if word[:1].isalpha())
"""Known to the readers: clinicians. A site adds its own by `checks.abbreviations`."""

_ROMAN = re.compile(r"[IVXLC]+s?")
_CANDIDATE = re.compile(
    r"(?<![\w.@/&-])([A-Z][A-Z0-9]*[A-Z](?:[/&-][A-Z]{1,4})?|[A-Z][a-z]?[A-Z]{1,4}[a-z]?)(s|es)?(?![\w@]|\.\w)"
)
_WORDS = frozenset(
    re.findall(
        r"\w+",
        "A AN AND ARE AS AT BE BUT BY CAN DO FOR FROM HAS HAVE HE HER HIS HOW IF IN INTO IS "
        "ITS JUST MAY  ME MORE MOST MUST MY NEW NO NOT NOW OF OFF ON ONE ONLY OUR OUT SHE SO "
        "THAN THAT THE THEIR THEM  THEN THEY THIS TO TOO TWO UP US VERY WAS WE WERE WHAT WHEN "
        "WHO WHY WILL WITH YES YOU YOUR ALL  ANY BOTH EACH EVERY NEVER ALWAYS MANY SOME SUCH "
        "NONE ",
    )
)
_LONGEST = 6


def check(paper: Paper, known: Iterable[str] = ()) -> Iterator[Finding]:
    """Yield each unexplained abbreviation where it first stands, and words in capitals.

    A title in capitals altogether is the title check's affair.
    """
    title, title_line = paper.field("title")
    spoken = [(title_line, title)] if not title.isupper() else []
    for passage in paper.passages:
        if passage.kind == "heading" and is_title(passage.text):
            continue
        words = "".join(
            "\n" if run.kind == "break" else run.text
            for run in passage.runs
            if run.kind not in ("code", "image")
        )
        spoken += list(enumerate(words.split("\n"), passage.line))
    whole = "\n".join(text for _, text in spoken)
    accepted = {*KNOWN, *known}
    seen: set[str] = set()
    for line, text in spoken:
        for match in _CANDIDATE.finditer(_spoken(text)):
            word = match[1]
            if word in seen or word in accepted or match[0] in accepted or _ROMAN.fullmatch(word):
                continue
            seen.add(word)
            yield from _judge(paper, word, line, whole)


def _judge(paper: Paper, word: str, line: int, whole: str) -> Iterator[Finding]:
    if word in _WORDS or (word.isalpha() and word.isupper() and len(word) > _LONGEST):
        message = f"“{word}” in capitals: readers hear it shouted"
        yield paper.finding("capitals", line, message, "write *emphasis*", at=word)
    elif not _explained(word, whole):
        hint = (
            f"write the words and ({word}) where it first stands, or add it to checks.abbreviations"
        )
        message = f"“{word}” is never explained"
        yield paper.finding("abbreviation", line, message, hint, at=word)


def _explained(word: str, text: str) -> bool:
    """Say whether words that fit its letters stand with it: `the long name (WORD)`, or after it."""
    name = re.escape(word)
    for match in re.finditer(rf"[(\[][^()\[\]]{{0,60}}?(?<!\w){name}(?:e?s)?\b", text):
        inside = match[0][: -len(word)]
        if _fits(word, text[max(0, match.start() - 120) : match.start()] + inside):
            return True
    after = (
        rf"(?<!\w){name}(?:e?s)?[*_”]*\s*(?:[(\[]|,? (?:stands for|short for|means|i\.e\.,|or)\b)"
    )
    beside = re.finditer(rf"(?<!\w){name}s?, ([^,.;:()]{{5,80}}), ", text)
    return (
        any(_begins(word, match[1]) for match in beside)
        or any(
            _fits(word, text[match.end() : match.end() + 100]) for match in re.finditer(after, text)
        )
        or any(
            _fits(word, text[max(0, match.start() - 120) : match.start()])
            for match in re.finditer(rf"(?:called|known as|abbreviated|short:|or) {name}\b", text)
        )
    )


def _begins(word: str, words: str) -> bool:
    """Say whether the words begin with the letters of the abbreviation; small words may too."""
    first = iter(re.findall(r"(?<![^\W_])[^\W\d_]", words.lower()))
    return all(letter in first for letter in word.lower() if letter.isalpha())


def _fits(word: str, words: str) -> bool:
    """Say whether a run of these words has the letters of the abbreviation in their order.

    The first letter begins a word; of the others it is enough that they come.
    """
    near = words.lower()
    letters = [letter for letter in word.lower() if letter.isalpha()]
    for start in re.finditer(rf"(?<![^\W_]){re.escape(letters[0])}", near):
        position = start.start()
        for letter in letters:
            position = near.find(letter, position) + 1
            if not position:
                break
        else:
            return True
    return False


def _spoken(text: str) -> str:
    """Return a line without addresses, and without what has a finding of its own."""
    text = re.sub(r"https?://\S+|\S+@\S+|\b10\.\d{4,9}/\S+|^(?:<{7}|>{7}).*", "", text)
    return PLACEHOLDER.sub("", without_code(text))
