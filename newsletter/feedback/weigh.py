"""What a bounce means for the reader: the table of refusals, read for what a server wrote later."""

from dataclasses import dataclass
from enum import StrEnum

from newsletter.delivery.verdicts import Verdict, judged
from newsletter.postbox import Feedback, Kind, Said
from newsletter.slots import one_line

LONGEST_REPLY = 500


class Bearing(StrEnum):
    """What it means for the reader's address."""

    HARD = "hard"
    """Nobody reads it: it is suppressed at once."""
    SOFT = "soft"
    """This letter did not get there; several in a row rest the address."""
    OURS = "ours"
    """Our own fault, or somebody's opinion of us: the reader is left alone."""
    NONE = "none"
    """Nothing."""


_BEARINGS = {
    Verdict.DEAD: Bearing.HARD,
    Verdict.FAILED: Bearing.SOFT,
    Verdict.RETRY: Bearing.SOFT,
    Verdict.OURS: Bearing.OURS,
    Verdict.STOP: Bearing.OURS,
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """A bearing, with the code, status and words it rests on, and the source of the rule."""

    bearing: Bearing
    code: int = 0
    status: str = ""
    reply: str = ""
    source: str = ""


def weigh(one: Feedback) -> Ruling:
    """Return what feedback means. Only a bounce that is final means anything for an address."""
    first = one.said[0] if one.said else Said()
    if one.kind is not Kind.BOUNCE:
        return _ruling(Bearing.NONE, first, "no bounce")
    if not one.final:
        return _ruling(Bearing.NONE, first, "RFC 3464, 2.3.3: the server goes on trying")
    vague: Ruling | None = None
    for said in one.said:
        row = judged(said.code, said.status, said.words)
        ruling = _ruling(ended(row.verdict, said), said, row.source)
        if not row.vague and not _says_nothing(said):
            return ruling
        vague = vague or ruling
    return vague or _ruling(Bearing.SOFT, first, "RFC 3464, 2.3.3: it failed, nobody says why")


def ended(verdict: Verdict, said: Said) -> Bearing:
    """Return what a verdict means once nothing is tried any more.

    What a server said for the time being never makes an address dead. But whether it was about us
    is seen as if it had said so for good: 4.7.1 as 5.7.1.
    """
    if verdict is not Verdict.RETRY:
        return _BEARINGS.get(verdict, Bearing.NONE)
    for_good = judged(
        said.code + 100 if said.code else 0,
        f"5{said.status[1:]}" if said.status else "",
        said.words,
    )
    ours = _BEARINGS.get(for_good.verdict) is Bearing.OURS and not for_good.vague
    return Bearing.OURS if ours else Bearing.SOFT


def _says_nothing(said: Said) -> bool:
    return not said.words and not said.code and said.status.endswith(".0.0")


def _ruling(bearing: Bearing, said: Said, source: str) -> Ruling:
    """Make a ruling. Words from outside go to terminals and tables: without what neither takes."""
    words = " ".join(one_line(said.words).split())
    return Ruling(bearing, said.code, said.status, words[:LONGEST_REPLY], source)
