"""The values everything else speaks of. All are frozen; none knows a database or a file format.

The words are the glossary's: docs/glossary.md.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal, NamedTuple


class Month(NamedTuple):
    """A calendar month; orders by time. `str()` gives `2021-02`."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Read `2021-02`. Raises ValueError for anything else, and for years no schedule knows."""
        match = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text, re.ASCII)
        if match is None or not 1970 < int(match[1]) < 9999:
            raise ValueError(f"“{text}” is not a month like 2021-02")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"


@dataclass(frozen=True, slots=True)
class Topic:
    """What a summary is about, and what a reader may choose.

    `group` is the plain heading it stands under on a form, `description` a line about it there;
    `aliases` are words that suggest it or that editors write instead of its name.
    """

    slug: str
    name: str
    aliases: tuple[str, ...] = ()
    group: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class ResearchType:
    """The kind of study: survey, meta-analysis, randomized controlled trial."""

    slug: str
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The site's topics and research types, in the file's order."""

    topics: tuple[Topic, ...] = ()
    research_types: tuple[ResearchType, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """The article a summary is about: the reference as printed, and its bare DOI (`10.…/…`)."""

    text: str
    doi: str | None = None

    @property
    def url(self) -> str | None:
        """The address of the study, where it has a DOI."""
        return f"https://doi.org/{self.doi}" if self.doi else None


@dataclass(frozen=True, slots=True)
class Summary:
    """One article's summary. `body` and `implications` are Markdown.

    `path` is the file it came from; `lines` maps a field (`title`, `doi`, `topics`, …,
    `body`, `implications`) to the line in that file where it begins, from 1.
    """

    slug: str
    title: str
    body: str
    implications: str = ""
    citation: Citation | None = None
    topics: tuple[Topic, ...] = ()
    research_type: ResearchType | None = None
    author: str = ""
    ready: bool = True
    path: Path = Path()
    lines: Mapping[str, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Issue:
    """One month, with its ready summaries in order. `introduction` is Markdown.

    `subject` and `preheader` are empty where the editor left them to us; `number` counts the
    site's months that have content, this one included (the masthead's "No. 3").
    """

    month: Month
    summaries: tuple[Summary, ...]
    subject: str = ""
    preheader: str = ""
    introduction: str = ""
    number: int = 1
    path: Path = Path()


Level = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has to say: where (`file`, `line`, `column` from 1), what, what to do."""

    level: Level
    code: str
    message: str
    file: str = ""
    line: int | None = None
    hint: str = ""
    column: int | None = None


def _listed(words: Sequence[str]) -> str:
    """Return `1`, `1 and 2`, `1, 2 and 3`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


@dataclass(frozen=True, slots=True, order=True)
class EditionKey:
    """Which summaries, by position in the Issue from 0, are in full and which in brief.

    Both tuples ascend. `str()` is stable and is what the database keeps:
    `full=0,2;brief=1;lang=en`.
    """

    full: tuple[int, ...]
    brief: tuple[int, ...] = ()
    language: str = "en"

    @classmethod
    def parse(cls, text: str) -> "EditionKey":
        """Read what `str()` wrote. Raises ValueError for anything else."""
        match = re.fullmatch(r"full=([\d,]*);brief=([\d,]*);lang=([\w-]+)", text)
        if match is None:
            raise ValueError(f"“{text}” is not the key of an edition")
        full, brief = (tuple(int(n) for n in part.split(",") if n) for part in match.group(1, 2))
        return cls(full, brief, match[3])

    def __str__(self) -> str:
        full = ",".join(map(str, self.full))
        brief = ",".join(map(str, self.brief))
        return f"full={full};brief={brief};lang={self.language}"

    def in_words(self, count: int) -> str:
        """Say what it holds of an issue with `count` summaries: `1 and 3 in full, 2 in brief`."""
        if len(self.full) == count:
            return "everything in full"
        return ", ".join(
            f"{_listed([str(position + 1) for position in positions])} in {how}"
            for how, positions in (("full", self.full), ("brief", self.brief))
            if positions
        )

    def code(self, count: int) -> str:
        """Name it in an address or on a command line: `1-and-3-in-full-2-in-brief`."""
        return re.sub(r"[^a-z0-9]+", "-", self.in_words(count))


@dataclass(frozen=True, slots=True)
class Edition:
    """An Issue as one group of readers sees it: final but for the slots (`newsletter.slots`).

    `html` and `text` are whole documents with `\\n` line ends; the HTML was made from `mjml`.
    `greeting` has `%(name)s` where a reader's name will stand.
    """

    key: EditionKey
    subject: str
    html: str
    text: str
    mjml: str
    greeting: str = "Dear %(name)s,"


def greet(greeting: str, name: str) -> str:
    """Return an edition's greeting as it is for a reader; nothing where no name is known."""
    return greeting.replace("%(name)s", name) if name else ""


class MailingState(StrEnum):
    """Where one sending of an Issue stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Mailing:
    """One sending of an Issue. Moments are aware and in UTC.

    `reason` says why it is paused or cancelled; `heading` is the JSON of what all its messages
    share; `topics` holds the topic slugs of each summary, in order; `dated_at` is the Date of
    every message; `salt` goes into Message-IDs.
    """

    id: int
    month: Month
    state: MailingState
    reason: str
    heading: str
    topics: tuple[frozenset[str], ...]
    salt: bytes
    dated_at: datetime
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None


class DeliveryState(StrEnum):
    """Where one reader's copy stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNCERTAIN = "uncertain"


class PostKind(StrEnum):
    """Why one reader is written to by themselves."""

    CONFIRM = "confirm"
    """To press the button that puts them on the list."""
    KNOWN = "known"
    """Somebody asked to put them on the list, and they are on it."""
    WELCOME = "welcome"
    """They are on it now."""
    DATA = "data"
    """The link they asked for, to what we hold of them."""
    ARRIVE = "arrive"
    """At a new address: to press the button that makes it theirs."""
    MOVED = "moved"
    """At the old address: the mail goes to another one now."""
