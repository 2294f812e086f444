"""What a template of the mail may write: `newsletter`, `issue`, `edition`, `theme`, `slots`.

Everything is computed here, once an edition; a template only sets it.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from functools import lru_cache
from urllib.parse import quote

from markupsafe import Markup

from newsletter.config import Settings
from newsletter.errors import RenderError
from newsletter.languages import Language
from newsletter.links import archived
from newsletter.model import EditionKey, Issue, Month, Summary
from newsletter.rendering import citations
from newsletter.rendering.citations import CitationParts
from newsletter.rendering.clean import clean, one_line
from newsletter.rendering.markdown import to_html
from newsletter.rendering.numbers import keep_together
from newsletter.rendering.plain import to_text
from newsletter.rendering.titles import preheader, subject
from newsletter.slots import TOKEN

WORDS_A_MINUTE = 220
RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}


@dataclass(frozen=True, slots=True)
class Prose:
    """A piece of Markdown, ready for both documents; false where there is none."""

    html: Markup
    text: str

    def __bool__(self) -> bool:
        return bool(self.text)


@dataclass(frozen=True, slots=True)
class SummaryView:
    """A summary in this edition. `number` counts from 1 in the edition's own order.

    `yours` says that it is on a topic the reader chose (only where something else is in brief);
    `minutes` is how long its body and implications take to read.
    """

    number: int
    anchor: str
    title: str
    heading: str
    research_type: str
    topics: tuple[str, ...]
    author: str
    body: Prose
    implications: Prose
    citation: CitationParts | None
    study_url: str
    web_url: str
    share_url: str
    minutes: int
    yours: bool


@dataclass(frozen=True, slots=True)
class NewsletterView:
    """Who writes. `postal_address` is its lines; `reply_to` where an answer goes."""

    name: str
    postal_address: tuple[str, ...]
    reply_to: str
    public_url: str


@dataclass(frozen=True, slots=True)
class IssueView:
    """The month. `month` is in words, `web_url` its page in the archive."""

    month: str
    number: int
    introduction: Prose
    web_url: str


@dataclass(frozen=True, slots=True)
class EditionView:
    """This edition: `full` and then `brief`, together `contents`, in the order they stand.

    `written_in` is an attribute for what the editor wrote, where that is another language than
    the letter's own words: ` lang="en"`.
    """

    language: str
    direction: str
    subject: str
    preheader: str
    written_in: Markup
    full: tuple[SummaryView, ...]
    brief: tuple[SummaryView, ...]
    contents: tuple[SummaryView, ...]
    minutes: int


@dataclass(frozen=True, slots=True)
class Context:
    """All of it; `vars` of a template are its fields, with `theme` and `slots` beside them."""

    newsletter: NewsletterView
    issue: IssueView
    edition: EditionView


def context(settings: Settings, issue: Issue, key: EditionKey, language: Language) -> Context:
    """Return what the templates of one edition may write; `language` says its dates and numbers.

    Raises RenderError where a text of the month holds the mark of a slot.
    """
    base = settings.newsletter.public_url.rstrip("/")
    full = tuple(
        _summary(issue, at, number, base, bool(key.brief)) for number, at in enumerate(key.full, 1)
    )
    brief = tuple(
        _summary(issue, at, number, base, False)
        for number, at in enumerate(key.brief, len(full) + 1)
    )
    introduction = prose(issue.introduction, base, top=2)
    made = Context(
        newsletter_view(settings),
        IssueView(
            said_month(issue.month, language),
            issue.number,
            introduction,
            archived(base, str(issue.month)),
        ),
        _edition(settings, issue, key, language, full, brief, introduction),
    )
    _refuse_marks(made, issue)
    return made


def newsletter_view(settings: Settings) -> NewsletterView:
    """Return who writes."""
    site = settings.newsletter
    return NewsletterView(
        one_line(site.name),
        tuple(line.strip() for line in clean(site.postal_address).split("\n") if line.strip()),
        site.reply_to or site.from_,
        site.public_url.rstrip("/"),
    )


@lru_cache(maxsize=256)  # every edition says the same: k summaries make up to 2^k
def prose(markdown: str, base: str, top: int = 3) -> Prose:
    """Return `markdown` for both documents."""
    return Prose(to_html(markdown, base, top), to_text(markdown, base))


def said_month(month: Month, language: Language) -> str:
    """Return `January 2021`."""
    return language.month(date(month.year, month.number, 1))


def minutes(*texts: str) -> int:
    """Return how long these take to read, in whole minutes, at least one."""
    words = sum(len(text.split()) for text in texts)
    return max(1, math.floor(words / WORDS_A_MINUTE + 0.5))


def direction(language: str) -> str:
    """Return which way a language (BCP 47) is written: `ltr` or `rtl`."""
    return "rtl" if language.split("-")[0].lower() in RIGHT_TO_LEFT else "ltr"


def share_url(title: str, url: str) -> str:
    """Return a new mail with the title and the link in it (RFC 6068)."""
    body = f"{title}\r\n{url}"
    return f"mailto:?subject={quote(title, safe='')}&body={quote(body, safe='')}"


def _edition(
    settings: Settings,
    issue: Issue,
    key: EditionKey,
    language: Language,
    full: tuple[SummaryView, ...],
    brief: tuple[SummaryView, ...],
    introduction: Prose,
) -> EditionView:
    contents = full + brief
    titles = [one.title for one in contents]
    month, own = said_month(issue.month, language), settings.newsletter.language
    foreign = own.split("-")[0] != key.language.split("-")[0]
    opening = minutes(introduction.text) if len(introduction.text.split()) > WORDS_A_MINUTE else 0
    return EditionView(
        language=key.language,
        direction=direction(key.language),
        subject=one_line(issue.subject) or subject(month, titles, language),
        preheader=one_line(issue.preheader) or preheader(titles),
        written_in=Markup(' lang="{}"').format(own) if foreign else Markup(),
        full=full,
        brief=brief,
        contents=contents,
        minutes=max(1, sum(one.minutes for one in full) + opening),
    )


def _summary(issue: Issue, position: int, number: int, base: str, yours: bool) -> SummaryView:
    summary = issue.summaries[position]
    title = one_line(summary.title)
    web_url = archived(base, str(issue.month), summary.slug)
    body = prose(summary.body, base)
    implications = prose(summary.implications, base, top=4)
    return SummaryView(
        number=number,
        anchor=f"summary-{position + 1}",
        title=title,
        heading=keep_together(title),
        research_type=one_line(summary.research_type.name) if summary.research_type else "",
        topics=tuple(one_line(topic.name) for topic in summary.topics),
        author=one_line(summary.author),
        body=body,
        implications=implications,
        citation=_citation(summary),
        study_url=citations.url(summary.citation) if summary.citation else "",
        web_url=web_url,
        share_url=share_url(title, web_url),
        minutes=minutes(body.text, implications.text),
        yours=yours,
    )


def _citation(summary: Summary) -> CitationParts | None:
    if summary.citation is None or not summary.citation.text.strip():
        return None
    return citations.parts(summary.citation)


def _refuse_marks(made: Context, issue: Issue) -> None:
    """A text that holds a slot's mark would be cut there, and a reader's address put in."""
    for text in _strings(made):
        if mark := TOKEN.search(text):
            raise RenderError(
                f"a text holds “{mark[0]}”, the mark of a reader's own place",
                file=(place := _place_of(mark[0], issue))[0],
                line=place[1],
                hint="take it out: these marks belong to templates alone",
            )


def _place_of(mark: str, issue: Issue) -> tuple[str, int | None]:
    """Return the file that holds a mark, and its line where it stands there as it is."""
    bare = re.sub("^https://slot.invalid/", "", mark)
    holders = (one.path for one in issue.summaries if any(bare in text for text in _strings(one)))
    path = next(holders, issue.path / "issue.md")
    text = path.read_text("utf-8", "replace") if path.is_file() else ""
    return str(path), text.count("\n", 0, text.index(bare)) + 1 if bare in text else None


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _strings(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _strings(getattr(value, field.name))
