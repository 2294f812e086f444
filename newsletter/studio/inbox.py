"""What an inbox shows of a letter before it is opened: who, subject, and the first words."""

import re
from dataclasses import dataclass

import lxml.html

_SHOWN = 300
"""Characters of the letter's beginning; no inbox shows more."""

_FILLER = "\u034f\u200c\u200b\u00ad\u00a0\ufeff "
"""What a template puts after the preheader, so that nothing else is drawn in beside it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of an inbox; `preheader` is what is left of `beginning` without its filler."""

    sender: str
    subject: str
    beginning: str

    @property
    def preheader(self) -> str:
        """The words that were written to stand beside the subject."""
        return re.split(f"[{_FILLER}]{{4,}}", self.beginning)[0].strip(_FILLER)


def beginning(html: str) -> str:
    """Return the first words of a letter's body, hidden ones too, as a mail program reads them."""
    text = str(lxml.html.document_fromstring(html).xpath("string(//body)"))
    return re.sub(r"[ \t\r\n]+", " ", text).strip()[:_SHOWN]
