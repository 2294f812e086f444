"""Keys for DKIM."""

import os
from pathlib import Path

import click

from newsletter.cli import output
from newsletter.errors import OutsideError, UsageError
from newsletter.message import dkim_keys


@click.group()
def dkim() -> None:
    """Sign messages yourself, where the relay doesn't."""


@dkim.command()
@click.option("--domain", required=True, help="Domain that signs: the From address's.")
@click.option("--selector", required=True, help="Name of the key in the DNS: news2026.")
@click.option(
    "--kind",
    type=click.Choice(["rsa", "ed25519"]),
    default="rsa",
    show_default=True,
    help="RSA is known everywhere; Ed25519 stands beside it.",
)
@click.option(
    "--output",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the private key; dkim-SELECTOR.pem if not given.",
)
@output.json_option
def keygen(
    domain: str, selector: str, kind: dkim_keys.Kind, path: Path | None, as_json: bool
) -> None:
    """Make a key and print the DNS record that publishes its public half."""
    domain, selector = dkim_keys.dns_names(domain, selector)
    private = dkim_keys.generate(kind)
    file = path or Path(f"dkim-{selector}.pem")
    _write_secret(file, dkim_keys.pem(private))
    text = dkim_keys.record(private)
    name = f"{selector}._domainkey.{domain}"
    if as_json:
        output.print_json({"name": name, "record": text, "key_file": str(file)})
        return
    output.say(dkim_keys.zone_line(domain, selector, text))
    output.note(f"The private key is in {file}, for you alone to read.")
    output.note("Publish the record, then set domain, selector and key_file in [delivery.dkim].")


def _write_secret(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, and never over another."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except FileExistsError:
        raise UsageError(
            f"{path} is there already", hint="keep it, or name another file with --output"
        ) from None
    except OSError as error:
        raise OutsideError(
            f"{path} can't be written: {error.strerror}", hint="name another with --output"
        ) from None


commands: tuple[click.Command, ...] = (dkim,)
