"""The part of a file's name, and of a page's address, that says what it is about."""

import re
import unicodedata

LONGEST = 60
"""Characters in a slug we make; a longer title is cut between words."""


def slugify(text: str) -> str:
    """Return `text` as small ASCII letters, digits and hyphens; `summary` where none is left."""
    joined = re.sub(r"['’‘`´]", "", text)
    ascii_only = unicodedata.normalize("NFKD", joined).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")
    if len(slug) > LONGEST:
        slug = slug[: LONGEST + 1].rpartition("-")[0] or slug[:LONGEST]
    return slug or "summary"


def is_slug(text: str) -> bool:
    """Say whether `text` is small ASCII letters and digits in words joined by hyphens."""
    return re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", text, re.ASCII) is not None


def slug_of_file(name: str) -> str:
    """Return the slug of `01-the-title.md`: the name without its number and ending."""
    stem = name[:-3] if name.lower().endswith(".md") else name
    rest = re.sub(r"^\d+[-_. ]+", "", stem) or stem
    return rest if is_slug(rest) else slugify(rest)
