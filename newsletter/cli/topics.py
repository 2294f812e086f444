"""`newsletter suggest`: topics for a summary from its words, and taking them over."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from newsletter.cli import output
from newsletter.cli.context import Context, pass_context
from newsletter.cli.output import json_option
from newsletter.content.edit import add_topics
from newsletter.content.months import list_months, summary_files
from newsletter.content.places import shown
from newsletter.content.suggest import Suggestion, topics_for
from newsletter.content.summaryfile import read_summary
from newsletter.content.taxonomy import taxonomy_of
from newsletter.errors import ContentError, UsageError
from newsletter.model import Month, Summary, Taxonomy


@dataclass(frozen=True, slots=True)
class _Asked:
    """One summary and what its words suggest beside the topics it has."""

    summary: Summary
    suggestions: tuple[Suggestion, ...]
    written: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "file": shown(self.summary.path),
            "title": self.summary.title,
            "topics": [topic.slug for topic in self.summary.topics],
            "suggestions": [
                {
                    "topic": one.topic.slug,
                    "name": one.topic.name,
                    "times": one.times,
                    "reason": one.reason,
                }
                for one in self.suggestions
            ],
            "written": list(self.written),
        }


@click.command()
@click.argument("what", metavar="[MONTH|FILE]", required=False)
@click.option("--write", is_flag=True, help="File the summaries under the topics suggested, too.")
@json_option
@pass_context
def suggest(context: Context, what: str | None, write: bool, as_json: bool) -> None:
    """Suggest topics for a summary, from its words, with the reason.

    Of a month, of one file, or of every draft. Topics that a summary has already are left as they
    are.
    """
    root = context.settings().content.root
    taxonomy = taxonomy_of(root)
    asked = [_asked(one, taxonomy, write) for one in _summaries(root, taxonomy, what)]
    if as_json:
        output.print_json([one.as_json() for one in asked])
        return
    for one in asked:
        _show(one)
    if not asked:
        output.say("There is no draft.")
    elif not write and any(one.suggestions for one in asked):
        words = " ".join(filter(None, ("newsletter suggest", what, "--write")))
        output.say(f"To take them over: {words}")


def _summaries(root: Path, taxonomy: Taxonomy, what: str | None) -> Iterator[Summary]:
    path = Path(what) if what else None
    if path and path.suffix.lower() == ".md":
        if not path.is_file():
            raise UsageError(f"there is no file {what}", hint="name a summary's file, or a month")
        yield _summary(path, taxonomy)
        return
    months = [_month(what)] if what else list_months(root)
    for month in months:
        folder = root / str(month)
        if not folder.is_dir():
            raise UsageError(f"there is no month {month}", hint=f"{shown(folder)} is missing")
        for file in summary_files(folder):
            summary = read_summary(file, taxonomy).summary
            if summary and (what or not summary.ready):
                yield summary


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError:
        hint = "name a month like 2021-02, or a file that ends in .md"
        raise UsageError(f"“{text}” is neither a month nor a file", hint=hint) from None


def _summary(path: Path, taxonomy: Taxonomy) -> Summary:
    reading = read_summary(path, taxonomy)
    if reading.summary is None:
        hint = "run `newsletter check`"
        raise ContentError(f"{shown(path)} can't be read", reading.findings, hint=hint)
    return reading.summary


def _asked(summary: Summary, taxonomy: Taxonomy, write: bool) -> _Asked:
    found = topics_for(taxonomy, summary)
    slugs = [one.topic.slug for one in found]
    return _Asked(summary, found, add_topics(summary.path, slugs) if write and slugs else ())


def _show(one: _Asked) -> None:
    output.say(f"{shown(one.summary.path)}: {one.summary.title}")
    for suggestion in one.suggestions:
        done = suggestion.topic.slug in one.written
        words = f"  {'+' if done else ' '} {suggestion.topic.slug} ({suggestion.reason})"
        output.say(words, output.GOOD if done else None)
    if not one.suggestions:
        output.say("    nothing beside the topics it has", output.DIM)


commands: tuple[click.Command, ...] = (suggest,)
