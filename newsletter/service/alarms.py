"""What the operator is told when something is wrong, each with what to do: pure functions."""

from datetime import datetime

from newsletter.model import Mailing
from newsletter.schedule import Due
from newsletter.service.notices import EVERYBODY, Audience, Notice


def paused(mailing: Mailing) -> Notice:
    """Say that a mailing has stopped by itself, and why."""
    month = mailing.month
    lines = [
        f"{month} has paused by itself: {mailing.reason}",
        "Nobody was lost and nobody is mailed twice: who has not had it waits.",
        "Mend the cause; `newsletter doctor` looks at the server, its login and the DNS.",
        f"Then let it go on: newsletter resume {month}",
        f"How it stands: newsletter status {month}",
    ]
    return Notice(f"paused/{month}", (Audience.OPERATOR,), f"{month} has paused", "\n".join(lines))


def failures(mailing: Mailing, failed: int, tried: int) -> Notice:
    """Say that an unusual share of readers could not be mailed."""
    month = mailing.month
    lines = [
        f"{month}: {failed} of {tried} deliveries have failed.",
        f"The server's words for each: newsletter deliveries {month} --state failed",
        f"Many alike mean a block or a bad list; stop and look: newsletter pause {month}",
    ]
    subject = f"{month}: {failed} of {tried} deliveries failed"
    return Notice(f"failures/{month}", (Audience.OPERATOR,), subject, "\n".join(lines))


def bounces(mailing: Mailing, number: int, sent: int) -> Notice:
    """Say that an unusual share of addresses has bounced."""
    month = mailing.month
    lines = [
        f"Since {month} went out, {number} addresses have bounced for good; {sent} got it.",
        "They are suppressed and not mailed again.",
        "Providers block senders whose lists are old: where did these readers come from?",
        "See: newsletter subscribers stats",
    ]
    subject = f"{month}: {number} addresses have bounced"
    return Notice(f"bounces/{month}", (Audience.OPERATOR,), subject, "\n".join(lines))


def late(due: Due) -> Notice:
    """Say that a month was due and has not begun, for no reason that lies in its files."""
    month = due.month
    lines = [
        f"{month} was due on {due.at:%Y-%m-%d %H:%M %Z} and has not begun to go out.",
        "The service goes on trying. Its log says why it could not; so may: newsletter doctor",
        f"To send it by hand: newsletter send {month}",
    ]
    return Notice(f"late/{month}", EVERYBODY, f"{month} is late", "\n".join(lines))


def backend_down(words: str, since: datetime) -> Notice:
    """Say that no message can be handed over."""
    lines = [
        f"Since {since:%Y-%m-%d %H:%M} UTC no message can be handed over: {words}",
        "It is tried again every few minutes, and goes on where it stopped.",
        "Look at [delivery] and the relay: newsletter doctor",
    ]
    subject = "the mail server takes nothing"
    return Notice("backend", (Audience.OPERATOR,), subject, "\n".join(lines))


def complaints(mailing: Mailing, number: int, percent: float, limit: float) -> Notice:
    """Say that more readers complained than large providers bear."""
    month = mailing.month
    lines = [
        f"{number} readers called {month} spam ({percent:g} %). They are unsubscribed.",
        "Gmail and Yahoo want fewer than 0.1 %, and refuse mail from 0.3 % on.",
        "Did all of them ask for it? Is it easy to leave? Look at where they came from.",
        f"How it stands: newsletter status {month}",
    ]
    subject = f"{month}: more than {limit:g} % complained"
    key = f"complaints-{limit:g}/{month}"
    return Notice(key, (Audience.OPERATOR,), subject, "\n".join(lines))


def faults(mailing: Mailing, number: int, letters: int) -> Notice:
    """Say that letters come back because of us."""
    month = mailing.month
    lines = [
        f"{number} of {letters} letters of {month} came back for a reason that is ours.",
        "A block, a failed SPF, DKIM or DMARC check, or the letter itself; no reader's fault.",
        f"The servers' words: newsletter deliveries {month} --state failed",
        "`newsletter doctor` looks at the DNS. Mend it before the next month goes out.",
    ]
    subject = f"{month}: letters come back because of us"
    return Notice(f"faults/{month}", (Audience.OPERATOR,), subject, "\n".join(lines))


def mailbox_down(words: str) -> Notice:
    """Say that returned mail can't be read."""
    lines = [
        f"For ten minutes what comes back could not be read: {words}",
        "Until it can, bounces and unsubscribe mails wait. It is tried again by itself.",
        "Look at [bounces], and at the server: newsletter doctor",
    ]
    subject = "the mailbox of returned mail can't be read"
    return Notice("mailbox", (Audience.OPERATOR,), subject, "\n".join(lines))


def set_aside(number: int) -> Notice:
    """Say that returned messages wait for a person."""
    lines = [
        f"{number} returned messages could not be read and were set aside; the others were read.",
        "They are flagged in their mailbox, or in the folder `aside`. Look at them yourself.",
    ]
    subject = "returned messages could not be read"
    return Notice("set-aside", (Audience.OPERATOR,), subject, "\n".join(lines))
