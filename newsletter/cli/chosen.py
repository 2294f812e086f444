"""Which edition a command is about: one by its name, or that of a reader, made up or known."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import click

from newsletter import publishing
from newsletter.bootstrap import App
from newsletter.errors import UsageError
from newsletter.model import Edition, Month
from newsletter.store.engine import reading
from subscribers import store

_OPTIONS = (
    click.option("--edition", default="", help="By its name: 1-in-full-2-in-brief."),
    click.option("--language", default="", help="In this language: fr."),
    click.option("--topics", default="", help="The one of a reader with these topics: a,b."),
    click.option("--for", "email", default="", help="The one of this subscriber, with their name."),
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """An edition, and the reader it is filled for; `email` is empty where nobody is meant."""

    edition: Edition
    email: str = ""
    name: str = ""


def edition_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that choose an edition."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def choose(app: App, month: Month, edition: str, language: str, topics: str, email: str) -> Chosen:
    """Return the edition that the options ask for; none of them: everything in full.

    `language` is the newsletter's, or the reader's own, where it is empty.
    Raises UsageError for more than one, and for what there isn't.
    """
    if sum(map(bool, (edition, topics, email))) > 1:
        raise UsageError(
            "--edition, --topics and --for don't go together", hint="choose one of them"
        )
    parts = (app.settings, app.renderer, month)
    if edition:
        return Chosen(publishing.edition_called(*parts, edition, language))
    wishes = publishing.wishes(app.settings, topics)
    name = ""
    if email:
        with reading(app.engine) as connection:
            subscriber = store.known(connection, email)
        email, name, wishes = subscriber.email, subscriber.name, subscriber.preferences
    wishes = replace(wishes, language=language or wishes.language)
    return Chosen(publishing.edition_for(*parts, wishes), email, name)
