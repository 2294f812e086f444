"""`newsletter`: the root command, its global options, and what happens to errors."""

import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

import click

from newsletter.cli import output
from newsletter.cli.context import Context
from newsletter.errors import NewsletterError, OutsideError

_MODULES: Mapping[str, str] = {
    "approve": "mailing",
    "archive": "archive",
    "bounces": "bounces",
    "cancel": "steering",
    "check": "content",
    "config": "site",
    "db": "operate",
    "deliveries": "answers",
    "demo": "site",
    "dkim": "dkim",
    "doctor": "operate",
    "import": "content",
    "init": "site",
    "months": "months",
    "new": "content",
    "pause": "steering",
    "preview": "serve",
    "render": "month",
    "resume": "steering",
    "run": "serve",
    "send": "mailing",
    "service": "operate",
    "settle": "steering",
    "status": "answers",
    "subscribers": "subscribers",
    "suggest": "topics",
    "test-send": "mailing",
    "web": "serve",
    "worker": "worker",
}
"""Each command's module: only the one that is asked for is read, which makes the start quick."""


class _Commands(click.Group):
    """The commands of `_MODULES`, each found when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        module = import_module(f"newsletter.cli.{_MODULES[cmd_name]}")
        found: Mapping[str, click.Command] = {one.name: one for one in module.commands}
        return found[cmd_name]


_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 88}


@click.group(cls=_Commands, context_settings=_SETTINGS)
@click.option(
    "--config", "config_path", type=click.Path(path_type=Path), help="config.toml to use."
)
@click.option("-v", "--verbose", is_flag=True, help="Say more; show tracebacks.")
@click.version_option(package_name="research-newsletter")
@click.pass_context
def root(context: click.Context, config_path: Path | None, verbose: bool) -> None:
    """A monthly research digest by email."""
    context.obj = Context(config_path, verbose)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; return its exit code. Errors go to stderr with their hint."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = root.main(words, prog_name="newsletter", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return 2
    except click.Abort:
        output.note("Stopped.")
        return 130
    except Exception as error:
        known = error if isinstance(error, NewsletterError) else _in_words(error)
        if {"-v", "--verbose"} & set(words):
            output.stderr().print_exception()
        output.refuse(known)
        return known.exit_code
    return code if isinstance(code, int) else 0


def _in_words(error: Exception) -> NewsletterError:
    """Say what the system refused, or that this is a mistake of ours."""
    if isinstance(error, OSError) and error.strerror:
        return OutsideError(
            f"{error.filename or 'the system'}: {error.strerror}",
            hint="look at the file's owner and rights, and at the space on the disk",
        )
    words = "".join(traceback.format_exception_only(error)).strip()
    return NewsletterError(
        f"this is a fault in the program: {words}",
        hint="`newsletter -v …` shows where; please report it with that",
    )


def main() -> None:
    """Run the command line and end the process with its exit code."""
    sys.exit(run())
