"""Settings: `config.toml`, then the environment on top, checked once at the start.

Every key can be set as `NEWSLETTER_<SECTION>__<KEY>`. Relative paths are relative to the file.
Secrets never stand in the file: they come by environment or from a file with mode 0600.

To add a setting, write its line in `sections`, then run `make docs`. What it may be is in `kinds`,
what is said of a wrong one in `faults`.
"""

from newsletter.config.sections import (
    Alerts,
    Bounces,
    Checks,
    Content,
    Database,
    Delivery,
    Dkim,
    FileOutbox,
    Imap,
    Newsletter,
    Schedule,
    Smtp,
    Studio,
    Subscriptions,
    Theme,
    Web,
)
from newsletter.config.settings import (
    Settings,
    anchored_url,
    duration_words,
    find,
    flat,
    load,
    secret,
    set_in,
)

__all__ = [
    "Alerts",
    "Bounces",
    "Checks",
    "Content",
    "Database",
    "Delivery",
    "Dkim",
    "FileOutbox",
    "Imap",
    "Newsletter",
    "Schedule",
    "Settings",
    "Smtp",
    "Studio",
    "Subscriptions",
    "Theme",
    "Web",
    "anchored_url",
    "duration_words",
    "find",
    "flat",
    "load",
    "secret",
    "set_in",
]
