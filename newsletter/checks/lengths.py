"""How much there is to read, and under how many topics it is filed."""

from collections.abc import Iterator

from newsletter.checks.desk import Desk
from newsletter.checks.papers import Paper
from newsletter.model import Finding
from newsletter.rendering.context import minutes

FEWEST_WORDS, MOST_WORDS = 100, 800
FEWEST_IMPLIED, MOST_IMPLIED = 12, 300
MOST_TOPICS = 6
LONGEST_LETTER = 15
"""Minutes."""


def check(paper: Paper) -> Iterator[Finding]:
    """Yield what is too long or too short in a summary."""
    summary = paper.summary
    if summary is None:
        return
    words, line = len(summary.body.split()), summary.lines["body"]
    if 0 < words < FEWEST_WORDS:
        hint = f"summaries have {FEWEST_WORDS} words or more; is a part missing?"
        yield paper.finding("short-text", line, f"the text has {words} words", hint)
    elif words > MOST_WORDS:
        hint = f"readers have a few minutes: at most {MOST_WORDS} words"
        message = f"the text has {words} words, {minutes(summary.body)} minutes to read"
        yield paper.finding("long-text", line, message, hint)
    implied, line = len(summary.implications.split()), summary.lines.get("implications", 1)
    if 0 < implied < FEWEST_IMPLIED:
        message = f"the practice implications have {implied} words"
        hint = "say what a clinician can do with it"
        yield paper.finding("short-implications", line, message, hint)
    elif implied > MOST_IMPLIED:
        message = f"the practice implications have {implied} words"
        yield paper.finding("long-implications", line, message, f"at most {MOST_IMPLIED}")
    if len(summary.topics) > MOST_TOPICS:
        message = f"it is filed under {len(summary.topics)} topics"
        hint = "choose the two to four it is really about"
        yield paper.finding("many-topics", summary.lines["topics"], message, hint)
    if summary.research_type is None and not paper.field("research_type")[0]:
        line = paper.field("research_type")[1]
        hint = "give it a research_type from taxonomy.toml"
        yield paper.finding("no-research-type", line, "the kind of study isn't given", hint)


def letter(desk: Desk) -> Iterator[Finding]:
    """Yield a warning where the month as a whole takes too long; at its longest summary."""
    ready = [
        (minutes(paper.summary.body, paper.summary.implications), paper)
        for paper in desk.summaries
        if paper.summary and paper.summary.ready
    ]
    whole = sum(time for time, _ in ready)
    if whole > LONGEST_LETTER:
        _, longest = max(ready, key=lambda pair: pair[0])
        line = longest.summary.lines["body"] if longest.summary else 1
        hint = f"at most {LONGEST_LETTER}: this is its longest summary"
        message = f"the letter takes {whole} minutes to read"
        yield longest.finding("long-letter", line, message, hint)
