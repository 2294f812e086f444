"""What an address of the studio asks to see; all of it stands in the query, so no script is needed.

/2021-01?edition=1-in-full-2-in-brief&view=text&width=375&theme=dark
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

from newsletter.studio.editions import EVERYTHING
from newsletter.studio.picture import FORMS

WIDTHS = {width: width for width in ("320", "375", "600", "1024")}
"""Widths of the frame in CSS pixels: two phones, the letter's own column, a desk."""

THEMES = {"system": "System", "light": "Light", "dark": "Dark"}


@dataclass(frozen=True, slots=True)
class Wish:
    """The edition, the form it is seen in, the frame's width and theme."""

    edition: str = EVERYTHING
    view: str = "letter"
    width: str = "600"
    theme: str = "system"

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Wish":
        """Read the query; what it leaves out, or what there isn't, is as usual."""
        usual = cls()
        known = {"view": tuple(FORMS), "width": tuple(WIDTHS), "theme": tuple(THEMES)}
        given = {name: query[name] for name, allowed in known.items() if query.get(name) in allowed}
        return replace(usual, edition=query.get("edition") or usual.edition, **given)

    def query(self, **changes: Any) -> str:
        """Return the query of the same wish with some of it changed; what is usual is left out."""
        usual = asdict(type(self)())
        wanted = asdict(replace(self, **changes))
        said = urlencode({name: value for name, value in wanted.items() if value != usual[name]})
        return f"?{said}" if said else ""
