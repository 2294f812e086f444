"""What YAML does to a field that its writer didn't mean."""

import re
from collections.abc import Iterator

from newsletter.checks.papers import Paper
from newsletter.model import Finding


def check(paper: Paper) -> Iterator[Finding]:
    """Yield values that a comment cuts off, and quotes that YAML doesn't take for quotes."""
    if not paper.document.has_front_matter:
        return
    for name in ("title", "citation", "subject", "preheader", "doi", "research_type", "status"):
        value = paper.document.values.get(name)
        if value is None or value.many or not value.items:
            continue
        line = value.items[0][1]
        source = paper.lines[line - 1]
        match = re.match(r"[\w ]+:\s*(?![\"'|>\[{])(.*?)(\s#.*)$", source)
        if match and match[1].strip():
            message = f"“{match[2].strip()}” is taken for a comment and left out"
            yield paper.finding("cut-value", line, message, "put the whole value in quotes", at="#")
