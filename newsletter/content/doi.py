"""Digital object identifiers, out of the many ways people write them down.

The DOI Handbook (doi.org) allows any graphic character after the slash; case doesn't matter,
but we keep it as it was written.
"""

import re
from urllib.parse import unquote

_DOI = r"10\.\d{4,9}(?:\.\d+)*/[^\s\x00-\x1f\x7f\"“”]+"
_BARE = re.compile(_DOI)
_RESOLVER = re.compile(r"(?:https?:)?//(?:www\.|dx\.)?doi\.org/|(?:www\.|dx\.)?doi\.org/", re.I)
_LABEL = re.compile(r"(?:doi(?!\.org)|digital object identifier)\s*:?\s*", re.I)
_ADDRESS = r"https?://\S{1,200}?/(?:doi/(?:\w+/)?|articles?/)?"
_IN_TEXT = re.compile(rf"(?P<url>{_ADDRESS})?(?<![0-9.]){_DOI}", re.I)
_PAGE_OF_ARTICLE = re.compile(r"/(?:full|abstract|pdf|epdf|html?|summary|meta)$", re.I)
_PAIRS = {")": "(", "]": "[", "}": "{", ">": "<"}


def normalise(text: str) -> str | None:
    """Return the bare DOI (`10.…/…`) if `text` is one, however it is written; else None.

    Accepts `doi:`, `DOI: `, a doi.org address (percent-encoded or not), and punctuation after it.
    """
    rest = text.strip().lstrip("<([{“‘\"'").lstrip()
    label = _LABEL.match(rest)
    rest = rest[label.end() :] if label else rest
    resolver = _RESOLVER.match(rest)
    if resolver:
        rest = unquote(re.split(r"[?#]", rest[resolver.end() :], maxsplit=1)[0])
        rest = rest[label.end() :] if (label := _LABEL.match(rest)) else rest
    trimmed = _trim(rest)
    return trimmed if _BARE.fullmatch(trimmed) and trimmed.isprintable() else None


def find(text: str) -> str | None:
    """Return the first DOI within `text`, bare, or None. An address may be that of a publisher."""
    for match in _IN_TEXT.finditer(text):
        found = match[0]
        if match["url"]:
            address = re.split(r"[?#]", found[len(match["url"]) :], maxsplit=1)[0]
            found = _PAGE_OF_ARTICLE.sub("", _trim(unquote(address)))
        doi = normalise(found)
        if doi:
            return doi
    return None


def _trim(text: str) -> str:
    """Drop what belongs to the sentence: punctuation, quotes, and brackets opened before it."""
    while text:
        last = text[-1]
        loose = last in _PAIRS and text.count(last) > text.count(_PAIRS[last])
        if not loose and last not in ".,;:!?'’‘\"”“»… \u00a0":
            break
        text = text[:-1]
    return text
