"""`newsletter doctor`: a look at everything, one line each."""

from collections import Counter
from collections.abc import Mapping

import click

from newsletter.cli import output
from newsletter.cli.context import Context, pass_context
from newsletter.cli.output import json_option
from newsletter.doctor import Check, Level, examine

_STYLES = {Level.OK: output.GOOD, Level.WARNING: output.ODD, Level.WRONG: output.BAD}


@click.command()
@click.option(
    "--resolver", default="", metavar="IP[:PORT]", help="Name server to ask; else the system's."
)
@click.option("--offline", is_flag=True, help="Look at nothing outside this machine.")
@json_option
@pass_context
def doctor(context: Context, resolver: str, offline: bool, as_json: bool) -> int:
    """Look at everything the newsletter needs; say what to do. Ends with 1 if something is wrong.

    Nothing is sent and nothing is changed. The mail server is asked as the sender would ask it; so
    are the DNS, about SPF, DKIM and DMARC, and the public address.
    """
    found = []
    for one in examine(context.settings, resolver=resolver, offline=offline):
        found.append(one)
        if not as_json:
            _say(one)
    numbers = Counter(one.level for one in found)
    if as_json:
        document = {"ok": not numbers[Level.WRONG], "checks": [one.as_json() for one in found]}
        output.print_json(document)
    else:
        output.say(f"{numbers[Level.WRONG]} wrong, {numbers[Level.WARNING]} to look at.")
        output.next_step(_what_to_do(numbers))
    return 1 if numbers[Level.WRONG] else 0


def _what_to_do(numbers: Mapping[Level, int]) -> str:
    if numbers[Level.WRONG]:
        return "mend what is wrong, from the top down, then once more: newsletter doctor"
    if numbers[Level.WARNING]:
        return "look at the warnings; nothing stands in the way of: newsletter run"
    return "nothing: all is well"


def _say(one: Check) -> None:
    level = "OK" if one.level is Level.OK else one.level.value
    output.print_check(level, _STYLES[one.level], one.name, one.message, one.hint)


commands: tuple[click.Command, ...] = (doctor,)
