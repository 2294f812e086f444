"""Where crawlers may go: https://www.sitemaps.org/protocol.html and RFC 9309."""

from collections.abc import Iterable
from datetime import datetime
from xml.etree import ElementTree as ET

from newsletter.web.archive.views import Press
from newsletter.web.archive.xml import document, moment

_NOT = ("/confirm/", "/data/", "/move/", "/preferences/", "/unsubscribe/", "/archive/search")
"""What is for one reader alone, and what has no end."""


def sitemap(press: Press, places: Iterable[tuple[str, datetime | None]]) -> bytes:
    """Return the sitemap of some paths, each with when it changed last where that is known."""
    top = ET.Element("urlset", xmlns="http://www.sitemaps.org/schemas/sitemap/0.9")
    for path, changed in places:
        url = ET.SubElement(top, "url")
        ET.SubElement(url, "loc").text = press.public_url + path
        if changed:
            ET.SubElement(url, "lastmod").text = moment(changed)
    return document(top)


def robots(press: Press, base: str) -> bytes:
    """Return robots.txt; `base` stands before every path of ours."""
    lines = ["User-agent: *", *(f"Disallow: {base}{path}" for path in _NOT)]
    return "\n".join([*lines, "", f"Sitemap: {press.public_url}/sitemap.xml", ""]).encode()
