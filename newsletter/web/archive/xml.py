"""What feeds and sitemaps have in common: documents of XML, and moments in them."""

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from newsletter.rendering.clean import clean


def document(top: ET.Element) -> bytes:
    """Return a whole document, an element a line, without the characters XML refuses."""
    for one in top.iter():
        one.text = clean(one.text) if one.text else one.text
        one.attrib.update({name: clean(value) for name, value in one.attrib.items()})
    ET.indent(top, " ")
    written: bytes = ET.tostring(top, "utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + written + b"\n"


def moment(value: datetime) -> str:
    """Return a moment in UTC (RFC 3339)."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
