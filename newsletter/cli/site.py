"""Commands."""

import click

commands: tuple[click.Command, ...] = ()
