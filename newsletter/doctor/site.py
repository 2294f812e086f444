"""The settings and the files a site stands on."""

from urllib.parse import urlsplit

from newsletter.config import duration_words, secret
from newsletter.content.taxonomy import taxonomy_of
from newsletter.doctor.check import Check, ok, warning, wrong
from newsletter.doctor.visit import Visit
from newsletter.schedule import trigger

_EXAMPLES = ("example.org", "example.com", "example.net", "invalid", "test")


def configuration(visit: Visit) -> tuple[Check, ...]:
    """Look at what no default can know: who sends, and from where."""
    own = visit.app.settings.newsletter
    found = []
    if own.from_.lower().rpartition("@")[2] in _EXAMPLES and visit.sends:
        words = f"newsletter.from is still an example: {own.from_}"
        found.append(warning("configuration", words, "write an address of your own domain"))
    if not own.postal_address.strip():
        words = "newsletter.postal_address is empty"
        hint = "many laws want a postal address in every such letter"
        found.append(warning("configuration", words, hint))
    site = visit.app.settings.site
    return tuple(found) or (ok("configuration", f"{site / 'config.toml'} can be used"),)


def schedule(visit: Visit) -> tuple[Check, ...]:
    """See whether the clock can read the schedule."""
    own = visit.app.settings.schedule
    trigger(own, visit.app.settings.zone)
    words = f"day {own.day}, hour {own.hour}, minute {own.minute}; approval {own.approval}"
    return (ok("schedule", f"{words}; late by {duration_words(own.late_by)} at most"),)


def taxonomy(visit: Visit) -> tuple[Check, ...]:
    """Read the topics and research types."""
    found = taxonomy_of(visit.app.settings.content.root)
    if not found.topics:
        hint = "list them in content/taxonomy.toml; without any, readers can choose nothing"
        return (warning("taxonomy", "there are no topics", hint),)
    types = len(found.research_types)
    return (ok("taxonomy", f"{len(found.topics)} topics, {types} types of research"),)


def alerts(visit: Visit) -> tuple[Check, ...]:
    """See whether somebody is told when something goes wrong."""
    own = visit.app.settings.alerts
    webhook = secret(own.webhook, own.webhook_file)
    if own.webhook_file and not webhook:
        words, hint = f"there is no address in {own.webhook_file}", "write it there, mode 0600"
        return (wrong("alerts", words, hint),)
    host = _host(webhook)
    if webhook and not host:
        hint = "it begins with https://"
        return (wrong("alerts", "alerts.webhook is not an address on the web", hint),)
    if not own.to and not webhook:
        hint = "set alerts.to to your address, and alerts.webhook for when mail itself fails"
        return (warning("alerts", "nobody is told when something goes wrong", hint),)
    ways = [f"mail to {', '.join(own.to)}"] if own.to else []
    ways += [f"a call to {host}"] if webhook else []
    return (ok("alerts", " and ".join(ways)),)


def _host(address: str) -> str:
    """Return who is asked at a web address; empty where it is none."""
    try:
        parts = urlsplit(address)
        return (parts.hostname or "") if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""
