"""What a bounce means for the reader: the table of refusals, read for what a server wrote later."""

from dataclasses import dataclass
from enum import StrEnum

from newsletter.delivery.verdicts import Verdict, judged
from newsletter.postbox import Feedback, Kind, Said

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


BEARINGS = {
    Verdict.DEAD: Bearing.HARD,
    Verdict.FAILED: Bearing.SOFT,
    Verdict.RETRY: Bearing.SOFT,
    Verdict.OURS: Bearing.OURS,
    Verdict.STOP: Bearing.OURS,
}
"""What a refusal means once it is final. A verdict that is not here means nothing for a reader."""


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
        ruling = _ruling(BEARINGS[row.verdict], said, row.source)
        if not row.vague:
            return ruling
        vague = vague or ruling
    return vague or _ruling(Bearing.SOFT, first, "RFC 3464, 2.3.3: it failed, nobody says why")


def _ruling(bearing: Bearing, said: Said, source: str) -> Ruling:
    return Ruling(bearing, said.code, said.status, said.words[:LONGEST_REPLY], source)
