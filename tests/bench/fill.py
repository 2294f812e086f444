"""How long a reader's letter takes: filled in, and made anew with Python's email package.

The edition is the one that all measurements send: 50 KB as a message, each reader's values another.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

from newsletter.message import Heading, Reader, compile_letter, mark, values
from newsletter.message.heading import id_frame
from newsletter.model import Edition, EditionKey
from newsletter.slots import TOKENS, fill_html, fill_text

COUNT = 5000  # more readers than the caches hold
ANEW = "made anew with EmailMessage"
SITE = "https://news.example.org"
HEADING = Heading(
    from_name="Research digest",
    from_address="digest@example.org",
    reply_to="",
    list_id="digest.example.org",
    list_name="Research digest",
    public_url=SITE,
    unsubscribe_address="leave@example.org",
    language="en",
    month="2021-02",
    domain="example.org",
)
HTML = (
    "<!DOCTYPE html><html><body><p>{greeting}"
    + "<p>Patients improved (p &lt; .05), and more so with feedback.</p>\n" * 650
    + '<p>{address} {since} <a href="{preferences_url}">topics</a>'
    ' <a href="{pause_url}">pause</a> <a href="{unsubscribe_url}">leave</a></body></html>'
).format(**TOKENS)
TEXT = (
    "{greeting}" + "Patients improved, and more so with feedback.\n" * 130 + "{address} {since}\n"
    "{preferences_url}\n{pause_url}\n{unsubscribe_url}\n"
).format(**TOKENS)
EDITION = Edition(EditionKey((0, 1, 2)), "Three studies on feedback", HTML, TEXT, "")


def reader(number: int, name: str) -> Reader:
    """Return one reader as the sender makes them."""
    token = b"%d.aaaaaaaaaaaaaaaaaaaaaa" % number
    return Reader(
        email=f"reader{number}@example.net",
        name=name,
        since="12 March 2021",
        mark=mark(b"salt", HEADING.month, number),
        unsubscribe=token,
        preferences=token,
    )


def anew(one: Reader) -> bytes:
    """Make the same message with `EmailMessage`."""
    before, after = id_frame(HEADING.month, HEADING.domain)
    token, own = one.unsubscribe.decode(), values(EDITION, HEADING, one)
    page, mailto, _ = HEADING.frames
    message = EmailMessage(policy=SMTP)
    message["From"] = f"{HEADING.from_name} <{HEADING.from_address}>"
    message["To"] = f"{one.name} <{one.email}>"
    message["Subject"] = EDITION.subject
    message["Message-ID"] = f"{before}{one.mark.decode()}{after}"
    message["List-Unsubscribe"] = f"<{page}{token}>, <{mailto}{token}>"
    message.set_content(fill_text(TEXT, own), cte="quoted-printable")
    message.add_alternative(fill_html(HTML, own), "html", cte="quoted-printable")
    return message.as_bytes()


def microseconds(make: Callable[[Reader], object], readers: Sequence[Reader]) -> float:
    """Return the time for one reader."""
    start = time.process_time()
    for one in readers:
        make(one)
    return (time.process_time() - start) / len(readers) * 1e6


def measured(rounds: int) -> dict[str, float]:
    """Return microseconds a letter, medians of interleaved rounds."""
    letter = compile_letter(EDITION, HEADING, datetime(2021, 2, 1, 9, tzinfo=UTC))
    plain = [reader(number, f"Reader {number % 500}") for number in range(COUNT)]
    accented = [reader(number, f"Zoë Réader {number % 500}") for number in range(COUNT)]
    unlike = [reader(number, f"Zoë Réader {number}") for number in range(COUNT)]
    jobs: dict[str, tuple[Callable[[Reader], object], Sequence[Reader]]] = {
        "filled, plain names": (letter.fill, plain),
        "filled, accented names that recur": (letter.fill, accented),
        "filled, accented names, all different": (letter.fill, unlike),
        ANEW: (anew, plain[:50]),
    }
    times: dict[str, list[float]] = {label: [] for label in jobs}
    for _ in range(rounds):
        for label, (make, readers) in jobs.items():
            times[label].append(microseconds(make, readers))
    return {label: statistics.median(found) for label, found in times.items()}
