"""Asking before something that can't be taken back."""

import sys

import click

from newsletter.errors import UsageError


def confirm(question: str, yes: bool) -> None:
    """Ask on a terminal; elsewhere `--yes` must have been given. Stops the command on a no."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("nobody is here to confirm", hint="add --yes to go on without being asked")
    click.confirm(question, abort=True, err=True)
