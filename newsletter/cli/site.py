"""Commands about a site as a whole: make one, try one out, look at its settings."""

import shutil
from datetime import timedelta
from pathlib import Path

import click
from pydantic import SecretStr

from newsletter import config
from newsletter.bootstrap import application
from newsletter.cli import demo as showing
from newsletter.cli import output
from newsletter.cli.context import Context, pass_context
from newsletter.cli.output import json_option
from newsletter.config.faults import PASSWORD_IN_URL
from newsletter.content.sample import sample_folder
from newsletter.errors import UsageError
from subscribers.tokens import new_key

SAMPLE_MONTH = "2021-01"
_MARK = ".newsletter-demo"


def scaffold(site: Path, months: tuple[str, ...]) -> None:
    """Lay out a new site: settings, taxonomy, sample months, and a secret of mode 0600."""
    sample = sample_folder()
    content = site / "content"
    content.mkdir(parents=True)
    shutil.copy(sample.parent / "config.toml", site / "config.toml")
    shutil.copy(sample / "taxonomy.toml", content)
    for month in months:
        shutil.copytree(sample / month, content / month)
    (site / ".gitignore").write_text("var/\n")
    var = site / "var"
    var.mkdir(mode=0o700)
    secret = var / "secret"
    secret.touch(mode=0o600)
    secret.write_text(f"{new_key()}\n")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@json_option
def init(folder: Path, as_json: bool) -> None:
    """Make a new site in DIR: settings, taxonomy, one sample month, a secret."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty", hint="name a folder that isn't there yet")
    scaffold(folder, (SAMPLE_MONTH,))
    if as_json:
        config_file = (folder / "config.toml").resolve()
        output.print_json({"site": str(folder.resolve()), "config": str(config_file)})
        return
    output.say(f"A new site lies in {folder.resolve()}.", output.GOOD)
    there = "" if folder.samefile(Path.cwd()) else f"cd {folder}, "
    output.next_step(f"{there}put your names into config.toml, then: newsletter preview")


@click.command()
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default="demo")
def demo(folder: Path) -> None:
    """Make a throwaway site in DIR, send the newest complete sample month to sample readers.

    Nothing leaves this machine: the mails are files. A demo that lies in DIR already is made anew.
    """
    if folder.is_file():
        raise UsageError(f"{folder} is a file", hint="name a folder")
    if folder.exists() and any(folder.iterdir()):
        if not (folder / _MARK).exists():
            raise UsageError(f"{folder} is not a demo", hint="name another folder")
        shutil.rmtree(folder)
    sample = sample_folder()
    months = tuple(sorted(path.name for path in sample.iterdir() if path.is_dir()))
    scaffold(folder, months)
    (folder / _MARK).touch()
    with application(config.load((folder / "config.toml").resolve())) as app:
        showing.show(app)


@click.group("config")
def config_group() -> None:
    """Look at the settings."""


@config_group.command("show")
@json_option
@pass_context
def config_show(context: Context, as_json: bool) -> None:
    """Print every setting as it is in force; secrets are not shown."""
    settings = context.settings()
    shown = {key: _shown(value) for key, value in config.flat(settings)}
    if as_json:
        output.print_json(shown)
        return
    path = config.find(context.config_path)
    rows = [(key, _words(shown[key]), place) for key, place in config.set_in(path, settings)]
    output.print_table(("Setting", "Value", "Set in"), rows)
    output.say(f"\nLines are those of {path}; what is set nowhere has its default.")
    output.next_step("docs/configuration.md explains each; then: newsletter doctor")


def _words(value: object) -> object:
    """Return a value as the file would have it, without its brackets."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} = {one}" for name, one in value.items())
    return str(value).lower() if isinstance(value, bool) else value


def _shown(value: object) -> object:
    if isinstance(value, SecretStr):
        return "(set)" if value.get_secret_value() else ""
    if isinstance(value, timedelta):
        return config.duration_words(value)
    if isinstance(value, tuple):
        return [_shown(one) for one in value]
    if isinstance(value, str):
        return PASSWORD_IN_URL.sub(r"\1:…@", value)
    return str(value) if isinstance(value, Path) else "" if value is None else value


commands: tuple[click.Command, ...] = (demo, init, config_group)
