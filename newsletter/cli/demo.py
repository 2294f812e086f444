"""The demo: sample readers, one month sent to them as files, and where to look."""

import shutil
import sys
from pathlib import Path

from newsletter import proofreading, publishing
from newsletter.bootstrap import App
from newsletter.cli import output
from newsletter.content.months import list_months
from newsletter.message import values
from newsletter.model import Edition, Issue, Month
from newsletter.sending import send
from newsletter.sending.plan import used
from newsletter.sending.trial import sample_reader, since
from newsletter.slots import fill_html, fill_text
from newsletter.store import mailings
from newsletter.store.engine import reading, writing
from subscribers import store
from subscribers.address import parse
from subscribers.consent import Evidence
from subscribers.intake import Entry
from subscribers.model import Mode, Preferences

_CONSENT = "made up for the demo"


def sample_readers(issue: Issue) -> tuple[tuple[str, str, Preferences], ...]:
    """Return readers whose wishes differ: address, name, preferences."""
    first, *others = [[topic.slug for topic in one.topics] for one in issue.summaries]
    last = others[-1] if others else first
    two = frozenset([*first[:1], *last[-1:]])
    away = frozenset(["suicide-and-crisis-intervention"])
    return (
        ("everything@example.org", "Ada Everard", Preferences()),
        ("one.topic@example.org", "Béla Egy", Preferences(frozenset(first[:1]))),
        ("two.topics@example.org", "", Preferences(two)),
        ("only.mine@example.org", "Chidi Only", Preferences(frozenset(last[-1:]), Mode.ONLY)),
        ("no.match@example.org", "Dora Brief", Preferences(away)),
        ("only.no.match@example.org", "Emil None", Preferences(away, Mode.ONLY)),
        ("tricky@example.org", "=?utf-8?q?Bcc=3A?= <b>{{7*7}}", Preferences()),
    )


def _entry(email: str, name: str, preferences: Preferences) -> Entry:
    return Entry(parse(email), name, tuple(sorted(preferences.topics)), preferences.mode)


def newest_complete(app: App) -> Month:
    """Return the newest month with as many ready summaries as the settings ask for."""
    content = app.settings.content
    months = reversed(list_months(content.root))
    return next(
        month
        for month in months
        if len(proofreading.load(app.settings, month).issue.summaries) >= content.min_summaries
    )


def show(app: App) -> None:
    """Add the sample readers, send them the month as files, and say where to look."""
    month, now = newest_complete(app), app.clock.now()
    issue = proofreading.sound_issue(app.settings, month)
    with writing(app.engine) as connection:
        for email, name, preferences in sample_readers(issue):
            store.add(connection, _entry(email, name, preferences), Evidence(_CONSENT), now)
    mailing = publishing.freeze(app.settings, app.engine, app.renderer, month, now)
    result = send(app.outfit, month, app.settings.zone)
    with reading(app.engine) as connection:
        editions = used(connection, mailing)
        readers = mailings.readers_by_edition(connection, mailing.id)
    folder = app.settings.site / "var" / "editions"
    rows = []
    for number, edition in enumerate(editions.values(), 1):
        path = _write(app, folder / f"{month}-{number}", edition, month)
        rows.append((edition.key.in_words(len(issue.summaries)), readers[edition.key], path))
    output.say(f"{month}: {len(issue.summaries)} summaries, {result.planned} readers", "bold")
    output.print_table(("Edition", "Readers#", "Look at"), rows)
    numbers = ", ".join(f"{number} {word}" for word, number in result.numbers().items() if number)
    output.say(f"Deliveries: {numbers}", output.GOOD)
    _say_where(app, folder)


def _write(app: App, base: Path, edition: Edition, month: Month) -> str:
    """Write an edition as HTML and text, filled for a made-up reader; return the HTML's path."""
    heading = proofreading.heading(app.settings, month)
    asked = since(app.languages, edition)
    reader = sample_reader(heading, "reader@example.org", "Ada Everard", 0, b"demo", asked)
    own = values(edition, heading, reader)
    base.parent.mkdir(exist_ok=True)
    page = base.with_suffix(".html")
    page.write_text(fill_html(edition.html, own), encoding="utf-8")
    base.with_suffix(".txt").write_text(fill_text(edition.text, own), encoding="utf-8")
    return _near(page)


def _near(path: Path) -> str:
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _say_where(app: App, folder: Path) -> None:
    site = _near(app.settings.site)
    output.say("")
    output.say(f"HTML    {_near(folder)}/*.html   open one in a browser")
    output.say(f"Text    {_near(folder)}/*.txt")
    output.say(
        f"Mails   {_near(app.settings.delivery.file.path)}/*.eml   open one in a mail program"
    )
    output.say("")
    program = "newsletter" if shutil.which("newsletter") else _near(Path(sys.argv[0]).absolute())
    output.next_step(f"edit {site}/content, then: {program} --config {site}/config.toml preview")
