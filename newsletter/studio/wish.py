"""What an address of the studio asks to see; all of it stands in the query, so no script is needed.

/2021-01?edition=1-in-full-2-in-brief&view=text&reader=arabic&width=375&screen=dark
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

from newsletter.studio.clients import PICTURES, SCREENS, STYLES, Eyes
from newsletter.studio.editions import EVERYTHING
from newsletter.studio.people import LISTED, SAMPLES, USUAL
from newsletter.studio.picture import FORMS

WIDTHS = ("320", "375", "600", "1024")
"""Widths of the frame in CSS pixels: two phones, the letter's own column, a desk."""

_LONGEST = 400
"""Characters of an address or an edition that are read; no real one is longer."""

_FREE = ("edition", "language", "address")
_KNOWN: Mapping[str, Collection[str]] = {
    "reader": (*SAMPLES, LISTED),
    "view": FORMS,
    "width": WIDTHS,
    "screen": SCREENS,
    "styles": STYLES,
    "pictures": PICTURES,
}


@dataclass(frozen=True, slots=True)
class Wish:
    """The edition and its language (empty: the reader's own), for whom, and how it is seen.

    `address` is that of a reader on the list, where `reader` asks for one.
    """

    edition: str = ""
    language: str = ""
    reader: str = USUAL
    address: str = ""
    view: str = "letter"
    width: str = "600"
    screen: str = "system"
    styles: str = "kept"
    pictures: str = "shown"

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Wish":
        """Read the query; what it leaves out, or what there isn't, is as usual."""
        given = {n: query[n] for n, allowed in _KNOWN.items() if query.get(n) in allowed}
        free = {n: query[n].strip()[:_LONGEST] for n in _FREE if query.get(n)}
        made = replace(cls(), **given, **free)
        if made.reader == LISTED:
            return made
        usual = made.edition == EVERYTHING
        return replace(made, address="", edition="" if usual else made.edition)

    @property
    def eyes(self) -> Eyes:
        """How the letter is to be seen."""
        return Eyes(self.screen, self.styles, self.pictures)

    def query(self, **changes: Any) -> str:
        """Return the query of the same wish with some of it changed; what is usual is left out."""
        usual = asdict(type(self)())
        wanted = asdict(replace(self, **changes))
        said = urlencode({name: value for name, value in wanted.items() if value != usual[name]})
        return f"?{said}" if said else ""
