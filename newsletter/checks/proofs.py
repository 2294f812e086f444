"""An edition under examination: the finished mail, what it was made of, and where that stands."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lxml import html

from newsletter.config import Settings
from newsletter.model import Edition, Issue
from newsletter.rendering import css
from newsletter.rendering.templates import Composed


@dataclass(frozen=True)
class Proof:
    """One edition with everything that its checks look at."""

    settings: Settings
    issue: Issue
    edition: Edition
    composed: Composed

    @cached_property
    def document(self) -> html.HtmlElement:
        """The finished HTML as a tree; comments are left out."""
        parser = html.HTMLParser(remove_comments=True)
        return html.document_fromstring(self.edition.html, parser=parser)

    @cached_property
    def rules(self) -> tuple[css.Rule, ...]:
        """The rules of the style sheets that are left in the mail."""
        sheets = (css.read(style.text or "") for style in self.document.iter("style"))
        return tuple(rule for sheet in sheets for rule in sheet.rules)

    def where(self, *texts: str) -> tuple[Path | str, int | None]:
        """Return the template's place that wrote the first of `texts` to be found."""
        for text in texts:
            if text and (at := self.composed.source.find(text)) >= 0:
                return self.composed.place(at)
        return "", None


def words_of(element: html.HtmlElement) -> str:
    """Return what a reader reads of an element, with single spaces."""
    return re.sub(r"[\s\u00a0]+", " ", str(element.text_content())).strip()
