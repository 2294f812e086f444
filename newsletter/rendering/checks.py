"""What is wrong with a finished Edition: its size, its subject, the way out, its colours."""

from collections.abc import Iterator

from newsletter.config import Newsletter, Theme
from newsletter.model import Edition, Finding
from newsletter.slots import Slot, split

CLIPPED = 102_000
"""Octets of HTML from which Gmail cuts a mail off, and hides the unsubscribe link with it."""

LARGE = 90_000
LONG_SUBJECT = 100
AA = 4.5
"""The contrast WCAG 2.2 (1.4.3) asks of text, at level AA."""


def check_edition(
    edition: Edition, theme: Theme, newsletter: Newsletter | None = None
) -> list[Finding]:
    """Return what is wrong with `edition`, and with the colours it was made in.

    With `newsletter` its settings are looked at too (a postal address).
    """
    findings = [
        *_size(edition.html),
        *_subject(edition.subject),
        *_way_out("the HTML", edition.html),
        *_way_out("the plain text", edition.text),
        *contrast_findings(theme),
    ]
    if "<mj-" in edition.html:
        findings.append(Finding("error", "mjml-left", "an element of MJML is left in the HTML"))
    if newsletter is not None and not newsletter.postal_address.strip():
        findings.append(
            Finding(
                "warning",
                "no-postal-address",
                "the mail has no postal address",
                hint="many laws want one: set newsletter.postal_address",
            )
        )
    return findings


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours `#rrggbb`, from 1 to 21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def contrast_findings(theme: Theme) -> Iterator[Finding]:
    """Yield a finding for each colour of text that is hard to read on a colour it stands on."""
    for prefix, where in (("", "light"), ("dark_", "dark")):
        for text in ("ink", "soft", "accent"):
            for ground in ("paper", "tint", "ground"):
                one, other = getattr(theme, prefix + text), getattr(theme, prefix + ground)
                if (ratio := contrast(one, other)) < AA:
                    yield Finding(
                        "error",
                        "contrast",
                        f"{text} {one} on {ground} {other} ({where}) has a contrast of"
                        f" {ratio:.1f}, less than {AA}",
                        hint=f"change theme.{prefix}{text} or theme.{prefix}{ground}",
                    )


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _size(html: str) -> Iterator[Finding]:
    octets = len(html.encode())
    if octets > LARGE:
        yield Finding(
            "error" if octets > CLIPPED else "warning",
            "html-size",
            f"the HTML has {octets:,} octets; Gmail cuts a mail off at {CLIPPED:,}",
            hint="fewer or shorter summaries",
        )


def _subject(subject: str) -> Iterator[Finding]:
    if not subject:
        yield Finding("error", "no-subject", "the subject is empty")
    elif len(subject) > LONG_SUBJECT:
        yield Finding(
            "warning",
            "long-subject",
            f"the subject has {len(subject)} characters; most programs show 40 to 78",
            hint="set a shorter `subject` in issue.md",
        )


def _way_out(document: str, text: str) -> Iterator[Finding]:
    if Slot.UNSUBSCRIBE_URL not in split(text)[1]:
        yield Finding(
            "error",
            "no-unsubscribe",
            f"{document} has no link to unsubscribe",
            hint="write {{ slots.unsubscribe_url }} in the template",
        )
