"""What every command is given."""

from dataclasses import dataclass
from pathlib import Path

import click

from newsletter import config
from newsletter.errors import UsageError
from newsletter.model import Month


@dataclass
class Context:
    """The global options, and the settings when a command asks for them."""

    config_path: Path | None = None
    verbose: bool = False

    def settings(self) -> config.Settings:
        """Find and load the configuration."""
        return config.load(config.find(self.config_path))


pass_context = click.make_pass_decorator(Context, ensure=True)


class MonthType(click.ParamType[Month]):
    """A month on the command line: `2021-02`."""

    name = "month"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Month:
        """Read the month, or refuse with a usage error."""
        if isinstance(value, Month):
            return value
        try:
            return Month.parse(str(value))
        except ValueError as error:
            raise UsageError(str(error), hint="write year and month: 2021-02") from None


MONTH = MonthType()
