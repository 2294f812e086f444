"""What a month on disk looks like as a letter."""

from collections.abc import Sequence
from pathlib import Path

import click

from newsletter import proofreading
from newsletter.bootstrap import application
from newsletter.cli import output
from newsletter.cli.chosen import choose, edition_options
from newsletter.cli.context import MONTH, Context, pass_context
from newsletter.config import Settings
from newsletter.message import compile_letter, values
from newsletter.model import Month
from newsletter.pictures import browser, letters
from newsletter.rendering.places import template_folders
from newsletter.sending.trial import sample_reader, since
from newsletter.slots import fill_html, fill_text
from newsletter.studio.embedding import embedded

_NOBODY = "reader@example.org"
"""Whom a letter is filled for where no reader is meant."""


@click.command()
@click.argument("month", type=MONTH)
@edition_options
@click.option(
    "--output", "folder", type=click.Path(path_type=Path), required=True, help="Folder to write to."
)
@click.option("--png", is_flag=True, help="Pictures of it, too; they need Chromium.")
@pass_context
def render(context: Context, /, month: Month, folder: Path, png: bool, **wanted: str) -> None:
    """Write an edition as digest.html, digest.txt, digest.eml and digest.mjml.

    With --png also as digest-320-light.png and so on: at 320, 375, 600 and 1024 pixels, on light
    screens and dark.
    """
    if png:
        browser.find()  # before anything is written
    with application(context.settings()) as app:
        chosen = choose(app, month, **wanted)
        heading = proofreading.heading(app.settings, month)
        dated = app.clock.now().astimezone(app.settings.zone)
        asked = since(app.languages, chosen.edition)
    made = chosen.edition
    reader = sample_reader(heading, chosen.email or _NOBODY, chosen.name, 0, b"render", asked)
    own = values(made, heading, reader)
    folder.mkdir(parents=True, exist_ok=True)
    documents = {
        "html": fill_html(made.html, own).encode(),
        "txt": fill_text(made.text, own).encode(),
        "eml": b"".join(compile_letter(made, heading, dated).fill(reader)),
        "mjml": made.mjml.encode(),
    }
    for ending, document in documents.items():
        path = folder / f"digest.{ending}"
        path.write_bytes(document)
        output.say(f"{path}  {len(document) / 1024:.0f} KB")
    if png:
        _pictures(fill_html(made.html, own), app.settings, folder)
    output.say(f"Subject: {made.subject}", output.DIM)


def _pictures(html: str, settings: Settings, folder: Path) -> None:
    own = embedded(html, settings.newsletter.public_url, template_folders(settings.site))
    for look, picture in letters.picture(own):
        path = folder / f"digest-{look.name}.png"
        path.write_bytes(picture)
        output.say(f"{path}  {len(picture) / 1024:.0f} KB")


commands: Sequence[click.Command] = (render,)
