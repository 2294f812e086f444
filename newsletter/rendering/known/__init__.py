"""Names that HTML and CSS know, so that a slip of the finger is told from a name."""

from pathlib import Path

_HERE = Path(__file__).parent


def _names(file: str) -> frozenset[str]:
    return frozenset((_HERE / file).read_text("utf-8").split())


PROPERTIES = _names("properties.txt")
"""Properties of CSS, without those of one maker (`-webkit-…`, `mso-…`)."""

ELEMENTS = _names("elements.txt")
"""Elements of HTML, outdated ones too, and a few of SVG."""
