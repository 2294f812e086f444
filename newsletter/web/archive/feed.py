"""Atom (RFC 4287): what was sent last, as programs read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from xml.etree import ElementTree as ET

from newsletter.languages import Language
from newsletter.model import Topic
from newsletter.web.archive.views import Press, SummaryView
from newsletter.web.archive.xml import document, moment

ATOM = "application/atom+xml"
MOST = 30
"""Entries of a feed: about ten months."""

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed changed last that holds nothing yet."""


@dataclass(frozen=True)
class Feed:
    """A feed: its own address and that of the page it goes with, its title, what it holds."""

    press: Press
    language: Language
    path: str
    page: str
    entries: Sequence[SummaryView]
    topic: Topic | None = None

    @property
    def title(self) -> str:
        """The newsletter's name, and the topic's."""
        name, topic = self.press.name, self.topic
        if topic is None:
            return name
        return self.language.gettext("%(newsletter)s: %(topic)s", newsletter=name, topic=topic.name)

    def write(self) -> bytes:
        """Return the feed as a document."""
        top = ET.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom"})
        top.set("xml:lang", self.language.code)
        own = self.press.public_url + self.path
        _text(top, "id", own)
        _text(top, "title", self.title)
        _text(top, "updated", moment(max((one.updated for one in self.entries), default=_NEVER)))
        ET.SubElement(top, "link", rel="self", type=ATOM, href=own)
        page = self.press.public_url + self.page
        ET.SubElement(top, "link", rel="alternate", type="text/html", href=page)
        _text(ET.SubElement(top, "author"), "name", self.press.name)
        for one in self.entries:
            self._entry(top, one)
        return document(top)

    def _entry(self, top: ET.Element, one: SummaryView) -> None:
        entry = ET.SubElement(top, "entry", {"xml:lang": one.language})
        _text(entry, "id", identity(one))
        _text(entry, "title", one.title)
        _text(entry, "published", moment(one.sent))
        _text(entry, "updated", moment(one.updated))
        ET.SubElement(entry, "link", rel="alternate", type="text/html", href=one.url)
        if one.study_url:
            ET.SubElement(entry, "link", rel="related", href=one.study_url)
        _text(ET.SubElement(entry, "author"), "name", one.author or self.press.name)
        for topic in one.topics:
            ET.SubElement(entry, "category", term=topic.slug, label=topic.name)
        _text(entry, "summary", one.lead)
        _text(entry, "content", self._content(one), type="html")

    def _content(self, one: SummaryView) -> str:
        """Return the summary as HTML: sanitised already, or escaped here."""
        tongue = self.language
        parts = [str(one.body)]
        if one.corrected:
            words = tongue.gettext("Corrected on %(day)s.", day=tongue.day(one.corrected.day))
            parts.insert(0, f"<p><em>{escape(f'{words} {one.corrected.note}'.strip())}</em></p>\n")
        if one.implications:
            parts.append(
                f"<h2>{escape(tongue.gettext('Practice implications'))}</h2>\n{one.implications}"
            )
        if one.citation:
            cited = one.citation
            journal = f"<em>{escape(cited.journal)}</em>" if cited.journal else ""
            rest = f"{cited.doi} {cited.rest}".strip()
            text = f"{escape(cited.before)}{journal}{escape(cited.after)}{escape(rest)}"
            parts.append(f"<p>{text}</p>\n")
        if one.study_url:
            words = escape(tongue.gettext("Read the study"))
            parts.append(f'<p><a href="{escape(one.study_url)}">{words}</a></p>\n')
        return "".join(parts)


def identity(one: SummaryView) -> str:
    """Return what an entry is known by for ever: a `tag:` address (RFC 4151).

    It is made of what is frozen: the sender's domain, the month, and the slug of its first version.
    """
    return f"tag:{one.kept.domain},{one.kept.month}:{one.kept.origin}"


def _text(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, name, attributes).text = text
