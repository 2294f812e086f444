"""The whole examination: every check, one after the other, none in another's way."""

from collections.abc import Callable, Iterator

from newsletter.bootstrap import application
from newsletter.config import Settings
from newsletter.doctor.check import Check, wrong
from newsletter.doctor.database import database
from newsletter.doctor.machine import backups, disk, time_zone
from newsletter.doctor.pages import public_url
from newsletter.doctor.post import backend, mail_server
from newsletter.doctor.records import dkim, dmarc, spf
from newsletter.doctor.resolver import asker
from newsletter.doctor.returned import return_path, returned_mail
from newsletter.doctor.secrets import dkim_key, reader_links, smtp_password
from newsletter.doctor.service import service
from newsletter.doctor.site import alerts, configuration, schedule, taxonomy
from newsletter.doctor.templates import templates
from newsletter.doctor.visit import Visit
from newsletter.errors import NewsletterError

Look = Callable[[Visit], tuple[Check, ...]]
"""Looks at one thing. What it raises is its finding."""

LOOKS: dict[str, Look] = {
    "configuration": configuration,
    "schedule": schedule,
    "taxonomy": taxonomy,
    "readers' links": reader_links,
    "smtp password": smtp_password,
    "dkim key": dkim_key,
    "database": database,
    "templates": templates,
    "backend": backend,
    "mail server": mail_server,
    "return path": return_path,
    "returned mail": returned_mail,
    "spf": spf,
    "dkim": dkim,
    "dmarc": dmarc,
    "public_url": public_url,
    "time zone": time_zone,
    "disk": disk,
    "backups": backups,
    "alerts": alerts,
    "service": service,
}
"""By the name that stands at the head of the line."""


def examine(
    load: Callable[[], Settings], *, resolver: str = "", offline: bool = False
) -> Iterator[Check]:
    """Yield what every check found, as it is found.

    `load` reads the settings; where it raises, that is the one finding. `resolver` is the name
    server to ask, as `IP` or `IP:port`; empty: the system's. Raises UsageError for another text.
    """
    ask = asker(resolver)
    try:
        settings = load()
    except NewsletterError as error:
        hint = error.hint or "docs/configuration.md has every setting"
        yield wrong("configuration", error.message, hint)
        return
    with application(settings) as app:
        visit = Visit(app, None, offline)
        if not offline and (resolver or visit.sends):
            visit = Visit(app, ask)
        for name, look in LOOKS.items():
            yield from _looked(name, look, visit)


def _looked(name: str, look: Look, visit: Visit) -> tuple[Check, ...]:
    try:
        return look(visit)
    except NewsletterError as error:
        return (wrong(name, error.message, error.hint),)
    except Exception as error:  # Whatever it is, the other checks still tell something.
        words = f"could not be looked at: {type(error).__name__}: {error}"
        return (wrong(name, words, "this is a mistake in the program: please report it"),)
