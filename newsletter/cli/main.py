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

_COMMANDS: Mapping[str, tuple[str, str]] = {
    "approve": ("mailing", "Freeze the month as it is now, to go out at its time."),
    "archive": ("archive", "What readers see of the months that were sent."),
    "bounces": ("bounces", "What comes back after sending."),
    "cancel": ("steering", "End a month's mailing for good."),
    "check": ("content", "Say what is wrong with a month, with file and line."),
    "config": ("site", "Look at the settings."),
    "db": ("operate", "Look after the database."),
    "deliveries": ("answers", "Say who got the month, and in the server's own words."),
    "demo": ("site", "Make a throwaway site, and send a sample month to files."),
    "dkim": ("dkim", "Sign messages yourself, where the relay doesn't."),
    "doctor": ("operate", "Look at everything the newsletter needs; say what to do."),
    "import": ("content", "Turn a blog page into month folders."),
    "init": ("site", "Make a new site."),
    "months": ("months", "List the months: state, what is ready, when each goes out."),
    "new": ("content", "Begin a summary: a draft file with the fields to fill in."),
    "pause": ("steering", "Stop sending a month for now."),
    "preview": ("serve", "Show every edition in the browser, as files are saved."),
    "render": ("month", "Write an edition as HTML, text, message and pictures."),
    "resume": ("steering", "Let a paused month go on."),
    "run": ("serve", "Run the service: it sends the month when it is due."),
    "send": ("mailing", "Send the month now, or go on where it stopped."),
    "service": ("operate", "Have the service started by the system."),
    "settle": ("steering", "Call uncertain deliveries sent or failed."),
    "status": ("answers", "Say how one mailing, or every one, stands."),
    "subscribers": ("subscribers", "Who is on the list, and what they want."),
    "suggest": ("topics", "Suggest topics for a summary, from its words."),
    "test-send": ("mailing", "Send an edition, marked as a test, to some addresses."),
    "web": ("serve", "Serve the public pages alone."),
    "worker": ("worker", "Send what is handed out, on this machine."),
}
"""Each command's module, and what a list says of it.

Only the module that is asked for is read, and none for the list: that makes the start quick.
"""


class _Commands(click.Group):
    """The commands of `_COMMANDS`, each found when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"newsletter.cli.{_COMMANDS[cmd_name][0]}")
        found: Mapping[str, click.Command] = {one.name: one for one in module.commands}
        return found[cmd_name]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in sorted(_COMMANDS.items())])


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
