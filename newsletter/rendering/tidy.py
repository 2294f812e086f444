"""The last touch on what a text template wrote."""

import re


def tidy_text(text: str) -> str:
    """Return `text` without spaces at line ends and runs of blank lines, ending in one line end."""
    stripped = "\n".join(line.rstrip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", stripped).strip("\n") + "\n"


def one_line_subject(text: str) -> str:
    """Return a subject on one line, with single spaces."""
    return " ".join(text.split())
