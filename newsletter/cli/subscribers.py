"""Commands about readers: who is on the list, what they want, and how they left."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import click

from newsletter.cli import output
from newsletter.cli.confirm import confirm
from newsletter.cli.context import Context, pass_context
from newsletter.cli.output import json_option
from newsletter.cli.readerfile import export_command, import_command, topic_names
from newsletter.config import Settings
from newsletter.errors import NewsletterError, UsageError
from newsletter.ground import ground
from newsletter.store import returns
from newsletter.store.engine import reading, writing
from newsletter.store.returns import Told
from subscribers import consent, store, suppression
from subscribers.address import parse
from subscribers.consent import Evidence
from subscribers.csvrows import is_language, read_topics
from subscribers.intake import Entry, Outcome
from subscribers.model import Mode, Subscriber, standing
from subscribers.names import clean_name
from subscribers.preferences import months_later

STATES = ("active", "pending", "paused", "suppressed", "unsubscribed")
"""Where a reader can stand, in the words of lists and statistics."""

_SHOWN = 1000
_MODES = click.Choice([mode.value for mode in Mode])
_source = click.option(
    "--source", default="command line", show_default=True, help="Where the reader said so."
)
_topics_option = click.option("--topics", help="Slugs or names: a,b. Leave out for everything.")


@click.group("subscribers")
def subscribers() -> None:
    """Who is on the list, and what they want."""


@subscribers.command()
@click.argument("email")
@click.option("--name", help="The reader's name.")
@_topics_option
@click.option("--mode", type=_MODES, help="What becomes of other topics: in brief, or left out.")
@click.option("--language", help="Language of their mail, like en or fr-CA.")
@_source
@click.option("--again", is_flag=True, help="They had left, and asked to come back themselves.")
@json_option
@pass_context
def add(
    context: Context,
    email: str,
    name: str | None,
    topics: str | None,
    mode: str | None,
    language: str | None,
    source: str,
    again: bool,
    as_json: bool,
) -> None:
    """Add a reader who asked for it, or change what is known of one.

    An address that unsubscribed or is suppressed is refused.
    """
    if language and not is_language(language):
        raise UsageError(f"“{language}” is not a language", hint="write a code like en or fr-CA")
    with ground(context.settings()) as app:
        entry = Entry(
            parse(email),
            clean_name(name) if name else None,
            _slugs(app.settings, topics) if topics else None,
            Mode(mode) if mode else None,
            language,
        )
        with writing(app.engine) as connection:
            taken = store.add(
                connection,
                entry,
                _evidence(source),
                app.clock.now(),
                again=again,
                language=app.settings.newsletter.language,
            )
    _refuse_opt_out(email, taken.outcome)
    if as_json:
        output.print_json({"email": entry.address.email, "outcome": taken.outcome})
        return
    output.say(f"{entry.address.email}: {taken.outcome}", output.GOOD)


def _refuse_opt_out(email: str, outcome: Outcome) -> None:
    if outcome is Outcome.UNSUBSCRIBED:
        raise NewsletterError(
            f"{email} has unsubscribed",
            hint="only where they asked to come back: add --again, and say where in --source",
        )
    if outcome is Outcome.SUPPRESSED:
        raise NewsletterError(
            f"{email} is suppressed: no mail may go there",
            hint="`newsletter subscribers show EMAIL` says why",
        )


@subscribers.command()
@click.argument("email")
@json_option
@pass_context
def show(context: Context, email: str, as_json: bool) -> None:
    """Show what is known of an address: state, topics, consents, what came back, suppression."""
    address = parse(email)
    with ground(context.settings()) as app, reading(app.engine) as connection:
        reader = store.find(connection, email)
        stop = suppression.find(connection, address.hash)
        if reader is None and stop is None:
            store.known(connection, email)
        history = consent.history(connection, reader.id) if reader else []
        returned = returns.history(connection, reader.id) if reader else []
        now = app.clock.now()
    document = _described(reader, now) if reader else _only_suppressed(address.email)
    document["suppressed"] = stop.reason.value if stop else ""
    document["consents"] = [
        {"kind": one.kind, "source": one.source, "wording": one.wording, "at": _iso(one.at)}
        for one in history
    ]
    document["returned"] = [_told(one) for one in returned]
    if as_json:
        output.print_json(document)
        return
    _print_reader(document)
    if stop:
        words = f" ({stop.note})" if stop.note else ""
        output.say(f"Suppressed since {stop.at:%Y-%m-%d}: {stop.reason}{words}", output.BAD)


def _told(one: Told) -> dict[str, object]:
    return {
        "kind": one.kind,
        "verdict": one.bearing,
        "status": one.status,
        "reply": one.reply,
        "month": one.month,
        "at": _iso(one.at),
    }


def _print_reader(document: dict[str, Any]) -> None:
    chosen = ", ".join(document["topics"]) or "everything"
    output.say(f"{document['email']}  {document['name']}".rstrip(), "bold")
    output.say(f"State:    {document['state']}")
    if document["paused_until"]:
        output.say(f"Paused:   until {document['paused_until'][:10]}")
    output.say(f"Topics:   {chosen} ({document['mode'] or '-'})")
    for one in document["consents"]:
        wording = f" “{one['wording']}”" if one["wording"] else ""
        output.say(f"Consent:  {one['at'][:10]} {one['kind']}: {one['source']}{wording}")
    for one in document["returned"]:
        month = f" of {one['month']}" if one["month"] else ""
        words = f": {one['reply']}" if one["reply"] else ""
        verdict = f" ({one['verdict']})" if one["verdict"] != "none" else ""
        output.say(f"Returned: {one['at'][:10]} {one['kind']}{verdict}{month}{words}")


@subscribers.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only readers who stand there.")
@click.option("--topic", help="Only readers who chose this topic.")
@json_option
@pass_context
def list_command(context: Context, state: str | None, topic: str | None, as_json: bool) -> None:
    """List the readers, but for those who were erased."""
    with ground(context.settings()) as app, reading(app.engine) as connection:
        slug = _slug(app.settings, topic) if topic else None
        now = app.clock.now()
        rows = (
            _listed(reader, now)
            for reader in store.stream(connection, topic=slug)
            if state in (None, standing(reader, now))
        )
        if as_json:
            output.print_json_list(rows)
        else:
            _print_readers(rows)


def _print_readers(rows: Iterator[dict[str, Any]]) -> None:
    table = [
        (row["email"], row["name"], row["state"], ", ".join(row["topics"]), row["mode"])
        for row in islice(rows, _SHOWN)
    ]
    output.print_table(("Email", "Name", "State", "Topics", "Mode"), table)
    if more := sum(1 for _ in rows):
        output.note(f"… and {more} more: use --json, or `newsletter subscribers export`")


@subscribers.command()
@click.argument("email")
@click.argument("chosen", nargs=-1, metavar="[TOPIC]...")
@click.option("--everything", is_flag=True, help="No topics: every summary in full.")
@click.option("--mode", type=_MODES, help="What becomes of other topics: in brief, or left out.")
@json_option
@pass_context
def topics(
    context: Context,
    email: str,
    chosen: tuple[str, ...],
    everything: bool,
    mode: str | None,
    as_json: bool,
) -> None:
    """Show a reader's topics, or replace them by those named (slugs or names)."""
    if chosen and everything:
        raise UsageError("topics and --everything exclude each other", hint="use one of them")
    with ground(context.settings()) as app, writing(app.engine) as connection:
        reader = store.known(connection, email)
        if chosen or everything:
            store.set_topics(connection, reader.id, _slugs(app.settings, ",".join(chosen)))
        if mode:
            store.set_mode(connection, reader.id, Mode(mode))
        reader = store.get(connection, reader.id)
        row = _listed(reader, app.clock.now())
    if as_json:
        output.print_json({key: row[key] for key in ("email", "topics", "mode")})
        return
    words = ", ".join(sorted(reader.preferences.topics)) or "everything"
    output.say(f"{reader.email}: {words} ({reader.preferences.mode})")


@subscribers.command()
@click.argument("email")
@_source
@json_option
@pass_context
def unsubscribe(context: Context, email: str, source: str, as_json: bool) -> None:
    """Take a reader off the list. A second time changes nothing."""
    with ground(context.settings()) as app, writing(app.engine) as connection:
        reader = store.known(connection, email)
        done = store.unsubscribe(connection, reader.id, _evidence(source), app.clock.now())
    words = "unsubscribed" if done else "had unsubscribed before"
    _say(reader.email, words, {"state": "unsubscribed", "changed": done}, as_json)


@subscribers.command()
@click.argument("email")
@click.option("--months", type=click.IntRange(0, 60), required=True, help="0 ends a pause.")
@json_option
@pass_context
def pause(context: Context, email: str, months: int, as_json: bool) -> None:
    """Send a reader nothing for some months."""
    with ground(context.settings()) as app, writing(app.engine) as connection:
        reader = store.known(connection, email)
        until = months_later(app.clock.now(), months) if months else None
        store.pause(connection, reader.id, until)
    words = f"paused until {until:%Y-%m-%d}" if until else "not paused"
    _say(reader.email, words, {"paused_until": _iso(until)}, as_json)


@subscribers.command()
@click.argument("email")
@click.option("--yes", is_flag=True, help="Don't ask.")
@json_option
@pass_context
def erase(context: Context, email: str, yes: bool, as_json: bool) -> None:
    """Forget a reader for ever, in the list and in the ledger; nobody can add them by import."""
    with ground(context.settings()) as app:
        with reading(app.engine) as connection:
            store.known(connection, email)
        confirm(f"Erase everything known of {email}?", yes)
        app.erase(email)
    if as_json:
        output.print_json({"email": email, "state": "erased"})
        return
    output.say("Erased. The address stays suppressed, by a fingerprint that can't be read back.")


@subscribers.command()
@click.argument("email")
@click.option("--lift", is_flag=True, help="Let the address be mailed again.")
@click.option(
    "--reason",
    type=click.Choice(["bounce", "complaint", "operator"]),
    default="operator",
    help="Why; `operator` unless you say otherwise.",
)
@click.option("--note", default="", help="For yourself; no address in it.")
@json_option
@pass_context
def suppress(
    context: Context, email: str, lift: bool, reason: str, note: str, as_json: bool
) -> None:
    """Stop all mail to an address, on the list or not; or lift that."""
    address = parse(email)
    with ground(context.settings()) as app, writing(app.engine) as connection:
        if lift:
            done = suppression.lift(connection, address.hash)
            words = "may be mailed again" if done else "was not suppressed"
        else:
            why = suppression.Reason(reason)
            done = suppression.suppress(connection, address.hash, why, app.clock.now(), note)
            words = "suppressed" if done else "was suppressed before"
    _say(address.email, words, {"suppressed": not lift, "changed": done}, as_json)


def _say(email: str, words: str, document: dict[str, object], as_json: bool) -> None:
    """Say what became of an address, in words or as a document."""
    if as_json:
        output.print_json({"email": email, **document})
    else:
        output.say(f"{email}: {words}")


@subscribers.command()
@json_option
@pass_context
def stats(context: Context, as_json: bool) -> None:
    """Count the readers by where they stand.

    `suppressed` counts the addresses that may not be mailed, on the list or not.
    """
    with ground(context.settings()) as app, reading(app.engine) as connection:
        counts = store.stats(connection, app.clock.now())
    if as_json:
        output.print_json(counts)
        return
    output.print_table(("State", "Readers#"), counts.items())


def _slugs(settings: Settings, text: str) -> tuple[str, ...]:
    found = read_topics(text.replace(",", ";"), topic_names(settings))
    if isinstance(found, str):
        raise UsageError(found, hint=f"they are listed in {settings.content.root}/taxonomy.toml")
    return found


def _slug(settings: Settings, text: str) -> str:
    found = _slugs(settings, text)
    if len(found) != 1:
        raise UsageError(f"“{text}” is not one topic", hint="name one: its slug, or its name")
    return found[0]


def _evidence(source: str) -> Evidence:
    if not source.strip():
        raise UsageError("--source is empty", hint="say where the reader told you")
    return Evidence(source.strip())


def _listed(reader: Subscriber, now: datetime) -> dict[str, object]:
    return {
        "email": reader.email,
        "name": reader.name,
        "state": standing(reader, now),
        "topics": sorted(reader.preferences.topics),
        "mode": reader.preferences.mode.value,
    }


def _described(reader: Subscriber, now: datetime) -> dict[str, object]:
    return _listed(reader, now) | {
        "language": reader.preferences.language,
        "created_at": _iso(reader.created_at),
        "confirmed_at": _iso(reader.confirmed_at),
        "paused_until": _iso(reader.paused_until),
    }


def _only_suppressed(email: str) -> dict[str, object]:
    blank = dict.fromkeys(("created_at", "confirmed_at", "paused_until"))
    return {"email": email, "name": "", "state": "suppressed", "topics": [], "mode": ""} | blank


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


subscribers.add_command(import_command)
subscribers.add_command(export_command)
commands: tuple[click.Command, ...] = (subscribers,)
