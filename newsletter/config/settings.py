"""Reading the settings: `config.toml`, then the environment on top, checked once at the start."""

import os
import re
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from newsletter.config.faults import (
    fault,
    place,
    refuse_secrets,
    refuse_unknown_variables,
    unknown,
)
from newsletter.config.kinds import UNITS
from newsletter.config.sections import (
    Alerts,
    Bounces,
    Checks,
    Content,
    Database,
    Delivery,
    Newsletter,
    Schedule,
    Studio,
    Subscriptions,
    Theme,
    Web,
)
from newsletter.errors import ConfigError

SomeSection = TypeVar("SomeSection", bound=BaseModel)

_OURS = {"site", "file"}
"""Fields that no file sets."""


class Settings(BaseSettings):
    """All of it. `file` is the file read, `site` its folder; every path below is absolute."""

    model_config = SettingsConfigDict(
        env_prefix="NEWSLETTER_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    site: Path = Field(default=Path(), exclude=True, description="Folder of the file; set by us.")
    file: Path = Field(default=Path(), exclude=True, description="The file itself; set by us.")
    newsletter: Newsletter = Newsletter.model_validate({})
    content: Content = Content()
    checks: Checks = Checks()
    database: Database = Database()
    delivery: Delivery = Delivery()
    schedule: Schedule = Schedule()
    subscriptions: Subscriptions = Subscriptions()
    bounces: Bounces = Bounces()
    web: Web = Web()
    studio: Studio = Studio()
    alerts: Alerts = Alerts()
    theme: Theme = Theme()

    @property
    def zone(self) -> ZoneInfo:
        """The newsletter's time zone."""
        return ZoneInfo(self.newsletter.timezone)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file; nothing else is read."""
        return _Environment(settings_cls), init_settings


class _Environment(EnvSettingsSource):
    """Values that aren't JSON are left as they are: whether they fit is for their kind to say."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


def find(given: Path | None) -> Path:
    """Return the configuration file: the one given, `$NEWSLETTER_CONFIG`, or `./config.toml`.

    Raises ConfigError where it isn't there.
    """
    path = given or Path(os.environ.get("NEWSLETTER_CONFIG") or "config.toml")
    if not path.is_file():
        raise ConfigError(
            f"there is no configuration at {path}",
            hint="run `newsletter init DIR` for a new site, or name a file with --config",
        )
    return path.resolve()


def load(path: Path) -> Settings:
    """Read, check and complete the settings. Raises ConfigError with file, line, key and hint."""
    text = _read(path)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}", hint="the file is TOML: https://toml.io") from None
    refuse_secrets(path, text, values)
    for ours in _OURS & values.keys():
        raise unknown(Settings, place(path, text, (ours,)), (ours,))
    refuse_unknown_variables(Settings, os.environ)
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise fault(Settings, path, text, error) from None
    return _absolute(settings, path)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} can't be read: {error}", hint="it must be UTF-8 text") from None


def _absolute(settings: Settings, file: Path) -> Settings:
    site = file.parent
    url = anchored_url(settings.database.url, site)
    anchored = _anchor(settings, site)
    database = anchored.database.model_copy(update={"url": url})
    return anchored.model_copy(update={"site": site, "file": file, "database": database})


def anchored_url(url: str, site: Path) -> str:
    """Return a database's address; a SQLite file's path is relative to the site."""
    match = re.fullmatch(r"(sqlite(?:\+\w+)?:///)(?!/)(.+)", url)
    return match[1] + str(site / match[2]) if match and match[2] != ":memory:" else url


def _anchor(section: SomeSection, site: Path) -> SomeSection:
    changes: dict[str, object] = {}
    for name, value in section:
        if isinstance(value, Path):
            changes[name] = site / value
        elif isinstance(value, BaseModel):
            changes[name] = _anchor(value, site)
    return section.model_copy(update=changes)


def secret(given: SecretStr, file: Path | None) -> str:
    """Return a secret from the environment or its file; empty where neither is there.

    Raises ConfigError for a file that others may read.
    """
    if given.get_secret_value() or file is None or not file.exists():
        return given.get_secret_value()
    if file.stat().st_mode & 0o077:
        raise ConfigError(f"{file} can be read by others", hint=f"run: chmod 600 {file}")
    return _read(file).strip()


def duration_words(value: timedelta) -> str:
    """Return a duration as it is written in the file: `5m`, `2d`."""
    seconds = int(value.total_seconds())
    fitting = [(unit, size) for unit, size in UNITS.items() if seconds % size == 0]
    unit, size = max(fitting, key=lambda pair: pair[1])
    return f"{seconds // size}{unit}"


def set_in(path: Path, settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield each setting with where it is set: `line 12`, `environment`; empty for a default."""
    text = _read(path)
    for name, _ in flat(settings):
        where = place(path, text, tuple(name.split(".")))
        line = re.match(rf"{re.escape(str(path))}:(\d+):", where)
        elsewhere = "" if where.startswith(str(path)) else "environment"
        yield name, f"line {line[1]}" if line else elsewhere


def flat(settings: Settings) -> Iterator[tuple[str, object]]:
    """Yield every setting as `("delivery.smtp.port", 587)`; secrets stay `SecretStr`."""
    yield from _flat(settings, "")


def _flat(section: BaseModel, prefix: str) -> Iterator[tuple[str, object]]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _flat(value, f"{prefix}{name}.")
        elif name not in _OURS:
            yield prefix + (field.alias or name), value
