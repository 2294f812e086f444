"""Write the references, docs/cli.md, configuration.md, checks.md and verdicts.md, from the program.

Run by `make docs`; a test fails where the files are not what this would write.
"""

import inspect
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import click
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from newsletter.checks.codes import GROUPS, Code
from newsletter.cli.main import root
from newsletter.config import Settings, duration_words
from newsletter.delivery import wording
from newsletter.delivery.verdicts import RULES, Rule
from newsletter.feedback.weigh import ended
from newsletter.postbox import Said

HERE = Path(__file__).parent

_CLI_HEAD = """# Command line

Written by `make docs` from the program itself; change the program, not this page.

Answers go to stdout; progress, notes and errors go to stderr. Commands with `--json` print one
JSON document. Every command answers `--help`.

| Exit code | Meaning |
|---|---|
| 0 | done |
| 1 | it ran, and the answer is bad: errors in a month, deliveries that failed |
| 2 | the command or the configuration is wrong |
| 3 | something outside refused: database, mail server, network |
| 130 | stopped by hand |

## Options of every command

They stand before the command's name: `newsletter --config site/config.toml months`.
"""

_CONFIGURATION_HEAD = """# Configuration

Written by `make docs` from the program itself; change the program, not this page.

The settings stand in `config.toml`, a [TOML](https://toml.io) file. It is the one named by
`--config`, or else by `$NEWSLETTER_CONFIG`, or else the one in the working folder.

- Relative paths are relative to the file.
- Every setting may also come from the environment, which wins over the file. A list is written
  with commas there: `NEWSLETTER_DELIVERY__RETRY=5m,1h`; JSON will do, too.
- A duration is a number and a unit: `30s`, `5m`, `4h`, `2d`.
- Secrets may not stand in the file. They come from the environment, or from a file that only its
  owner can read (mode 0600).
- A setting that doesn't exist is an error, which names the nearest one that does.

`newsletter config show` prints every setting as it is in force, without the secrets.
"""

_CHECKS_HEAD = """# What the checks say

Written by `make docs` from the program itself; change the program, not this page.

`newsletter check 2021-02` names file, line and column, and says what to do. It ends with 1 where
there is an error. The studio shows the same.

- An **error** keeps a month from being sent.
- A **warning** should be looked at.
- An **info** is a remark; often it is well as it is.

With `--online` links and DOIs are asked for, eight at a time, and remembered in `var/links.json`
for a week. A spam filter is asked where there is one on this machine (SpamAssassin or rspamd),
without the network. Everything else never leaves it.

In a draft an error counts as a warning, and a warning as a remark: a draft is unfinished by nature.

## To silence a code

Where a warning is wrong, say so, with the reason. In a summary or in `issue.md`:

```yaml
silence:
  long-text: two studies that belong together
  abbreviation: the whole month is about EMDR
```

What `issue.md` silences holds for the month's folder and for the letter as a whole too. In a
template write `{# silence small-text: the lawyers want it so #}`, in `config.toml` or
`taxonomy.toml` a comment `# silence no-postal-address: it stands in the introduction`.

A silence without a reason is a finding itself, and so is one of something that isn't said any more.
An error can't be silenced.
"""


def checks() -> str:
    """Return docs/checks.md: every code of the register."""
    sections = []
    for title, codes in GROUPS.items():
        rows = [
            f"| `{name}` | {_levels(code)} | {_cell(code.meaning)} |"
            for name, code in codes.items()
        ]
        head = f"## {title}\n\n| Code | Level | What it means |\n|---|---|---|"
        sections.append("\n".join([head, *rows, ""]))
    return "\n".join([_CHECKS_HEAD, *sections])


def _levels(code: Code) -> str:
    return ", ".join(code.levels)


def cli() -> str:
    """Return docs/cli.md: every command, from click's own introspection."""
    context = click.Context(root, info_name="newsletter")
    commands = list(_commands(root, context))
    listing = "\n".join(
        f"| [`{path}`](#{path.replace(' ', '-')}) | {_first(command)} |"
        for path, command in commands
    )
    parts = [
        _CLI_HEAD,
        _parameters(root, context),
        f"## Commands\n\n| Command | What it does |\n|---|---|\n{listing}\n",
        *(_section(path, command) for path, command in commands),
    ]
    return "\n".join(filter(None, parts))


def _commands(group: click.Group, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something, with its whole name, in alphabetical order."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        path = f"{context.command_path} {name}"
        if isinstance(command, click.Group):
            inner = click.Context(command, parent=context, info_name=name)
            yield from _commands(command, inner)
        else:
            yield path, command


def _section(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    head = f"## {path}\n\n{_help(command)}\n\n```text\n{usage}\n```\n"
    return "\n".join(filter(None, [head, _parameters(command, context)]))


def _parameters(command: click.Command, context: click.Context) -> str:
    """Return the table of a command's options; empty where it has none but `--help`.

    An argument has a row only where it says more than the command itself does.
    """
    found = ((one, one.get_help_record(context)) for one in command.params)
    records = [row for one, row in found if row and (row[1] or isinstance(one, click.Option))]
    rows = [f"| `{_cell(names)}` | {_cell(text)} |" for names, text in records]
    return "\n".join(["| Option | Meaning |", "|---|---|", *rows, ""]) if rows else ""


def _help(command: click.Command) -> str:
    return inspect.cleandoc(command.help or "").replace("\b\n", "")


def _first(command: click.Command) -> str:
    return _cell(_help(command).partition("\n\n")[0])


def configuration() -> str:
    """Return docs/configuration.md: every setting, from the fields of `Settings`."""
    sections = [_table(keys, model) for keys, model in _sections(Settings, ())]
    return "\n".join([_CONFIGURATION_HEAD, *sections])


def _sections(
    model: type[BaseModel], keys: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], type[BaseModel]]]:
    for name, field in model.model_fields.items():
        if isinstance(field.default, BaseModel):
            inner = type(field.default)
            yield (*keys, name), inner
            yield from _sections(inner, (*keys, name))


def _table(keys: tuple[str, ...], model: type[BaseModel]) -> str:
    rows = [
        _row(keys, field.alias or name, field)
        for name, field in model.model_fields.items()
        if not isinstance(field.default, BaseModel)
    ]
    title = f"## `[{'.'.join(keys)}]`\n\n{inspect.cleandoc(model.__doc__ or '')}\n"
    head = ["| Key, environment variable | Kind | Default | Meaning |", "|---|---|---|---|"]
    return "\n".join([title, *([*head, *rows, ""] if rows else ["No settings yet.\n"])])


def _row(keys: tuple[str, ...], name: str, field: FieldInfo) -> str:
    variable = environment_variable((*keys, name))
    cells = (f"`{name}`<br>`{variable}`", kind(field), _default(field.default))
    return f"| {' | '.join(map(_cell, (*cells, field.description or '')))} |"


def environment_variable(keys: Sequence[str]) -> str:
    """Return the variable that sets a key: `NEWSLETTER_DELIVERY__SMTP__PORT`."""
    return "NEWSLETTER_" + "__".join(keys).upper()


def kind(field: FieldInfo) -> str:
    """Return a setting's type, with its limits, in plain words."""
    limits: list[Any] = list(field.metadata)
    return _kind(field.annotation) + _limits(limits)


_WORDS = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "`true` or `false`",
    Path: "path",
    SecretStr: "secret",
    timedelta: "duration",
}


def _kind(annotation: Any) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        *some, last = (f"`{one}`" for one in inner)
        return f"{', '.join(some)} or {last}" if some else last
    if origin is tuple:
        return f"list of {_plural(_kind(inner[0]))}"
    if origin is dict:
        return f"table of {_plural(_kind(inner[1]))}"
    if origin in (Union, UnionType):
        return " or ".join(_kind(one) for one in inner if one is not type(None))
    if hasattr(annotation, "__metadata__"):
        return _kind(inner[0])
    return _WORDS[annotation]


def _plural(word: str) -> str:
    return "texts" if word == "text" else f"{word}s"


def _limits(metadata: Sequence[Any]) -> str:
    low = next((one.ge for one in metadata if hasattr(one, "ge")), None)
    high = next((one.le for one in metadata if hasattr(one, "le")), None)
    if low is not None and high is not None:
        return f", {low} to {high}"
    if low is not None:
        return f", {low} or more"
    return "" if high is None else f", at most {high}"


def _default(value: object) -> str:
    if isinstance(value, SecretStr) or value is None or value in ("", (), {}):
        return "none"
    if isinstance(value, tuple):
        return ", ".join(map(_default, value))
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"  # as TOML has it
    return f"`{duration_words(value) if isinstance(value, timedelta) else value}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


_VERDICTS_HEAD = """# Verdicts

Written by `make docs` from the program itself; change the program, not this page.

What a server's refusal means, in the dialogue while we send or in a bounce that comes later. The
first row that fits decides. An empty cell fits anything; codes and statuses are patterns. The words
are searched in what is left of a text without its addresses, links and host names: the patterns,
in a dozen languages, stand in `newsletter/delivery/wording.py`.

The last column is what it means for the reader once nothing is tried any more; see
[what follows](operators.md#what-each-verdict-means). What is transient never makes an address dead;
if the same words said for good would be our own fault, so are these.

| Verdict | Code | Status | Words | Stage | Source | A bounce is |
|---|---|---|---|---|---|---|
"""


def verdicts() -> str:
    """Return docs/verdicts.md: the table that every refusal goes through."""
    return _VERDICTS_HEAD + "".join(map(_verdict, RULES))


def _verdict(rule: Rule) -> str:
    named = {value: name for name, value in vars(wording).items() if isinstance(value, str)}
    words = named.get(rule.words, "").lower().replace("_", " ") or f"“{rule.words}”" * bool(
        rule.words
    )
    patterns = (f"`{one}`" if one else "" for one in (rule.codes, rule.status))
    stages = ", ".join(one.value for one in rule.stages)
    bearing = ended(rule.verdict, Said()).value
    cells = (rule.verdict.value, *patterns, words, stages, rule.source, bearing)
    return f"| {' | '.join(map(_cell, cells))} |\n"


PAGES = {
    "cli.md": cli,
    "configuration.md": configuration,
    "checks.md": checks,
    "verdicts.md": verdicts,
}
"""Each generated page and what makes it."""


def main(folder: Path = HERE) -> None:
    """Write every page into `folder`."""
    for name, make in PAGES.items():
        (folder / name).write_text(make(), encoding="utf-8")
        sys.stdout.write(f"{folder / name}\n")


if __name__ == "__main__":
    main()
