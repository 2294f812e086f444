"""The subject and the preheader, where the editor left them to us."""

from collections.abc import Sequence

from newsletter.languages import Language

SUBJECT = 78
"""Characters of a subject that most programs show on a screen (and RFC 5322's line)."""

PREHEADER = 140
TITLE_IN_PREHEADER = 60


def subject(month: str, titles: Sequence[str], language: Language) -> str:
    """Return the month, the first title, and as many more as there is room for.

    What has no room is counted: "January 2021: One title – and 2 more".
    """
    if not titles:
        return month
    for shown in range(len(titles), 0, -1):
        line = _line(month, titles, shown, language)
        if len(line) <= SUBJECT:
            return line
    room = SUBJECT - len(_line(month, ["", *titles[1:]], 1, language))
    return _line(month, [shortened(titles[0], room), *titles[1:]], 1, language)


def _line(month: str, titles: Sequence[str], shown: int, language: Language) -> str:
    opening = language.gettext("%(words)s:", words=month)
    left, line = len(titles) - shown, f"{opening} {'; '.join(titles[:shown])}"
    more = language.ngettext("and %(num)s more", "and %(num)s more", left)
    return f"{line} – {more}" if left else line


def preheader(titles: Sequence[str]) -> str:
    """Return the titles, each shortened, as the line an inbox shows beside the subject."""
    return shortened(" · ".join(shortened(t, TITLE_IN_PREHEADER) for t in titles), PREHEADER)


def shortened(text: str, room: int) -> str:
    """Return `text` in at most `room` characters, cut between words where that is possible."""
    if len(text) <= room:
        return text
    cut = text[: max(0, room - 1)]
    at_word = cut.rsplit(" ", 1)[0] if " " in cut[room // 2 :] else cut
    return at_word.rstrip(" ,;:–-·") + "…"
