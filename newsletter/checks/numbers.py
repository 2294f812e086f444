"""Statistics that can't be, as they come from a slip of the finger."""

import calendar
import re
from collections.abc import Iterator

from newsletter.checks.french import is_french
from newsletter.checks.papers import Paper
from newsletter.model import Finding

_NUMBER = r"[-−–]?(?:\d+(?:\.\d+)?|\.\d+)"
_P = re.compile(rf"\bp\s*[=<>≤≥]\s*({_NUMBER})")
_R = re.compile(rf"\br\s*[=<>≤≥]\s*({_NUMBER})")
_MONTHS = tuple(calendar.month_name)[1:]
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_NAMES = "|".join(_MONTHS)
_DATE = re.compile(
    rf"\b(?:(\d{{1,2}})(?:st|nd|rd|th)? ({_NAMES})|({_NAMES}) (\d{{1,2}}))\b(?![\d.])"
)
_INTERVAL = re.compile(
    rf"\bCIs?\b\s*[:=,]?\s*[\[(]\s*({_NUMBER})\s*(?:,|;|to|–|-)\s*({_NUMBER})\s*[\])]"
)
_LEVEL = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)\s?%\s?CIs?\b")
_ESTIMATE = re.compile(
    r"(?<!\w)(?:d|g|r|b|B|β|M|MD|SMD|ES|OR|RR|HR|ρ|κ)\s*=\s*"
    rf"({_NUMBER})[,;]?\s*[(\[]?\s*\d+(?:\.\d+)?\s?%\s?{_INTERVAL.pattern}"
)
_SPREAD = re.compile(rf"(?<!\w)(?:SD|SE|N|n|k)\s*=\s*([-−–]{_NUMBER})")
_SIGNS = re.compile(r"(?<!\w)\w{1,3}\s*((?:[=<>]\s+[=<>]|=[<>]|<<)\s*\.?\d+|[=<>]\s*,\d+)")
_GROUPED = re.compile(r"(?<![\w.,(\[])(\d{1,3},(?:\d{1,2}|\d{4,}))(?![\w,]|\.\d)")
_SHARE = re.compile(
    r"(?<![\d.,])(\d+(?:\.\d+)?)\s*(?:%|per ?cent)\s+of\s+(?:all |the |these |those )*"
    r"(?:adults|children|clients|couples|men|participants|patients|people|practitioners"
    r"|psychologists|respondents|sessions|studies|therapists|trainees|women)\b"
)


def check(paper: Paper) -> Iterator[Finding]:
    """Yield p, r and shares out of range, intervals that can't be, and numbers mistyped."""
    for passage in paper.passages:
        text = passage.text

        def say(
            match: re.Match[str], why: str, first: int = passage.line, text: str = text
        ) -> Finding:
            line = first + text.count("\n", 0, match.start())
            message = f"“{match[0]}”: {why}"
            return paper.finding(
                "statistics", line, message, "look it up in the study", at=match[1]
            )

        for match in _DATE.finditer(text):
            day, month = int(match[1] or match[4]), _MONTHS.index(match[2] or match[3]) + 1
            if not 1 <= day <= _DAYS[month - 1]:
                yield say(match, "there is no such day")
        for match in _P.finditer(text):
            if not 0 <= _value(match[1]) <= 1:
                yield say(match, "a p lies between 0 and 1")
            elif _value(match[1]) == 0 and "=" in match[0]:
                yield say(match, "a p is never 0; write p < .001")
        for match in _R.finditer(text):
            if not -1 <= _value(match[1]) <= 1:
                yield say(match, "a correlation lies between −1 and 1")
        for match in _SHARE.finditer(text):
            if _value(match[1]) > 100:
                yield say(match, "that is more than all of them")
        for match in _INTERVAL.finditer(text):
            if _value(match[1]) > _value(match[2]):
                yield say(match, "the interval ends below its beginning")
        for match in _ESTIMATE.finditer(text):
            estimate, low, high = (_value(number) for number in match.groups())
            if low <= high and not low <= estimate <= high:
                yield say(match, "the estimate lies outside its interval")
        for match in _LEVEL.finditer(text):
            if _value(match[1]) >= 100:
                yield say(match, "an interval covers less than 100%")
        for match in _SPREAD.finditer(text):
            yield say(match, "it can't be negative")
        for match in _SIGNS.finditer(text) if not is_french(text) else ():
            yield say(match, "a sign too many, or a comma for a point")
        for match in _GROUPED.finditer(text) if not is_french(text) else ():
            yield say(match, "is a digit missing, or one too many?")


def _value(text: str) -> float:
    return float(text.replace("−", "-").replace("–", "-"))
