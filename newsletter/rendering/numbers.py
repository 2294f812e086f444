"""Numbers and statistics that must not break over two lines."""

import re

NO_BREAK = "\u00a0"

_TOGETHER = re.compile(
    # p < .05 · r = .61 · SD = 14.86 · t(38) = 2.1 · 3.1 ± 0.4; and the rest of it where the
    # letter stands in a run of its own (*p* < .05), which is why a run may begin with the sign.
    r"(?:^|(?<=[\w)²′]))[ ]?[=<>≤≥≈±×][ ]?(?=[-−–+]?[.\d])"
    r"|(?<=\d)[ ](?=%)"
    r"|(?<=%)[ ](?=CIs?\b)"
    r"|(?<=\bCI)[ ](?=[\[(])"
    r"|\b(?:No|Vol|pp|p)\.[ ](?=\d)"
)


def keep_together(text: str) -> str:
    """Return `text` with no-break spaces inside its numbers and statistics.

    Nothing is added or taken away: only spaces that are there change.
    """
    return _TOGETHER.sub(lambda match: match[0].replace(" ", NO_BREAK), text)
