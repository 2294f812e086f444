"""Settings: `config.toml`, then the environment on top, checked once at the start.

Every key can be set as `NEWSLETTER_<SECTION>__<KEY>`. Relative paths are relative to the file.
Secrets never stand in the file: they come by environment or from a file with mode 0600.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic.functional_validators import AfterValidator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from newsletter.errors import ConfigError

SomeSection = TypeVar("SomeSection", bound=BaseModel)

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _duration(value: object) -> object:
    match = re.fullmatch(r"(\d+)\s*([smhd])", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a duration is a number and a unit: 30s, 5m, 4h, 2d")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"“{name}” is not a time zone like America/Toronto") from None
    return name


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise ValueError("must be one line without control characters")
    return value


def _hours(value: str) -> str:
    match = re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", value, re.ASCII)
    if value and (match is None or value[:5] == value[6:]):
        raise ValueError("a span of hours is written like 22:00-07:00")
    return value


def _frequency(value: str) -> str:
    if re.fullmatch(r"[1-9]\d{0,6}/[smhd]", value, re.ASCII) is None:
        raise ValueError("so many in a time: 5/s, 20/m, 500/h, 2000/d")
    return value


def _domain(value: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", value, re.ASCII) is None:
        raise ValueError("a domain is written in ASCII, like gmail.com")
    return value.lower()


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Line = Annotated[str, AfterValidator(_one_line)]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Hours = Annotated[str, AfterValidator(_hours)]
Frequency = Annotated[str, AfterValidator(_frequency)]
Domain = Annotated[str, AfterValidator(_domain)]
Amount = Annotated[int, Field(ge=1)]


def key(default: Any, description: str, **limits: Any) -> Any:
    """Declare a setting with its default and the sentence the reference prints."""
    return Field(default, description=description, **limits)


class Section(BaseModel):
    """A table of the file; an unknown key in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Newsletter(Section):
    """Who writes, and how the newsletter presents itself."""

    name: Line = key("Research digest", "Its name: the masthead and the From header.")
    from_: Line = Field("digest@example.org", alias="from", description="Address the mail is from.")
    reply_to: Line = key("", "Where an answer goes; empty for the From address.")
    list_id: Line = key("", "List-Id without brackets (RFC 2919); empty: `digest.` and the domain.")
    postal_address: str = key("", "Shown at the foot of every mail; many laws want it.")
    public_url: Line = key(
        "http://127.0.0.1:8025", "Where the public pages live.", pattern=r"^https?://[!-~]+$"
    )
    language: Line = key("en", "Language of the mail (BCP 47).", pattern=r"^[A-Za-z]{2,3}(-\w+)*$")
    timezone: Annotated[str, AfterValidator(_zone)] = key("UTC", "Time zone of dates shown.")


class Content(Section):
    """Where the months are."""

    root: Path = key(Path("content"), "Folder of month folders, with `taxonomy.toml`.")
    min_summaries: int = key(
        2, "With fewer ready summaries the service waits; a check warns.", ge=0
    )
    max_summaries: int = key(3, "More ready summaries than this is a warning.", ge=1, le=16)
    author: Line = key("", "Author of a summary that names none.")


class Database(Section):
    """Where everything is kept."""

    url: str = key("sqlite:///var/newsletter.db", "SQLAlchemy URL.")
    backup_dir: Path = key(Path("var/backups"), "Folder for the service's nightly copies (SQLite).")
    backup_keep: int = key(14, "How many nightly copies are kept; 0: none is made.", ge=0)


class Smtp(Section):
    """The relay."""

    host: Line = key("127.0.0.1", "Host name of the relay; its certificate must bear it.")
    port: Port = key(587, "Port of the relay.")
    security: Literal["starttls", "tls", "none"] = key("starttls", "How the link is encrypted.")
    username: Line = key("", "Login; empty for none.")
    password: SecretStr = key(SecretStr(""), "By environment only; else use `password_file`.")
    password_file: Path | None = key(None, "File with the password, mode 0600.")
    auth: Literal["auto", "xoauth2"] = key(
        "auto", "How to log in: what the server offers, or XOAUTH2 with the token as password."
    )
    ca_file: Path | None = key(None, "Certificates to trust instead of the system's (PEM).")
    local_hostname: Line = key("", "Name given in EHLO; empty for this host's own.")
    connect_timeout: Duration = key("30s", "For connecting and greeting.")
    reply_timeout: Duration = key("5m", "For each reply (RFC 5321, 4.5.3.2).")
    data_timeout: Duration = key("10m", "For the reply to a whole message (RFC 5321, 4.5.3.2.6).")
    messages_per_connection: int = key(
        500, "Messages before a connection is replaced; 0: no limit.", ge=0
    )
    connection_age: Duration = key("5m", "Age at which a connection is replaced.")


class FileOutbox(Section):
    """The backend `file`."""

    path: Path = key(Path("var/outbox"), "Folder for the `.eml` files.")


class Dkim(Section):
    """A signature of our own; most relays sign instead."""

    domain: Line = key("", "Domain that signs; empty for no signature.")
    selector: Line = key("", "Selector of the DNS record.")
    key_file: Path | None = key(None, "Private key (PEM), mode 0600.")
    second_selector: Line = key("", "Selector of a second key's record; empty for none.")
    second_key_file: Path | None = key(
        None, "Signs beside the first: Ed25519 beside RSA (RFC 8463)."
    )


class Delivery(Section):
    """How messages leave."""

    backend: Line = key("file", "`file`, `smtp`, `console`, `memory`, or a plug-in's name.")
    connections: int = key(4, "Connections at once, for `smtp`.", ge=1, le=100)
    rate_per_second: float = key(
        0.0, "Messages a second over all connections; 0: no limit.", ge=0, le=1_000_000
    )
    domain_rate: dict[Domain, Frequency] = key(
        {}, 'Limits for readers of one domain: `"gmail.com" = "20/m"`, in a table of its own.'
    )
    ramp: tuple[Amount, ...] = key(
        (), "For a new sending domain: messages a day at first, the day after, and so on."
    )
    quiet: Hours = key("", "Hours in which nothing goes, in the zone: `22:00-07:00`.")
    retry: tuple[Duration, ...] = key(
        ("5m", "15m", "1h", "4h", "8h"), "Waits before each new try; the last one repeats."
    )
    give_up_after: Duration = key("2d", "A deferred reader fails when this has passed.")
    on_uncertain: Literal["resend", "hold"] = key(
        "resend", "What to do with a message whose fate a crash left unknown."
    )
    pause_after: int = key(10, "Refusals that are our own fault before the mailing pauses.", ge=1)
    smtp: Smtp = Smtp()
    file: FileOutbox = FileOutbox()
    dkim: Dkim = Dkim()


class Schedule(Section):
    """When the service sends, in APScheduler's cron words."""

    day: Line = key("1st mon", "`1`, `last`, `1st mon`, `*`.")
    hour: Line = key("9", "`9`, `*`.")
    minute: Line = key("0", "`0`, `*/15`.")
    month: Literal["current", "previous"] = key("current", "Which month's folder is sent.")
    approval: Literal["automatic", "required"] = key(
        "required", "Whether a person approves the month before it goes."
    )
    late_by: Duration = key("7d", "How late a missed month may still go out.")
    remind_before: Duration = key(
        "3d", "How long before its time the editor is told how the month stands; `0d`: never."
    )
    grace: Duration = key("60s", "How long a stop waits for messages that are in flight.")


class Subscriptions(Section):
    """Readers' links."""

    secret: SecretStr = key(
        SecretStr(""),
        "By environment only; else use `secret_file`. Newest first, old ones after a comma.",
    )
    secret_file: Path = key(Path("var/secret"), "File that signs readers' links, mode 0600.")
    unsubscribe_address: Line = key("", "Takes unsubscribe mails; empty for the From address.")


class Bounces(Section):
    """What comes back."""


class Web(Section):
    """The public pages."""

    host: Line = key("127.0.0.1", "Address to listen at.")
    port: Port = key(8025, "Port to listen at.")
    trusted_proxies: tuple[str, ...] = key((), "Proxies whose X-Forwarded-For is believed.")


class Studio(Section):
    """The editor's preview; it listens on loopback only."""

    port: Port = key(8026, "Port to listen at.")


class Alerts(Section):
    """Who is told when something is wrong."""

    to: tuple[Line, ...] = key((), "Addresses of the operators.")
    editors: tuple[Line, ...] = key((), "Addresses of the editors; empty: the operators are told.")
    webhook: SecretStr = key(
        SecretStr(""), "An http(s) address that gets every alert as JSON; best by environment."
    )
    failed_percent: float = key(5.0, "Failed deliveries of a mailing, in 100.", ge=0, le=100)
    bounced_percent: float = key(3.0, "Bounced addresses after a mailing, in 100.", ge=0, le=100)


class Theme(Section):
    """Colours, `#rrggbb`; `dark_` ones for readers whose screen is dark."""

    ink: Colour = key("#1d2329", "Text.")
    soft: Colour = key("#56606b", "Small text.")
    paper: Colour = key("#ffffff", "The letter.")
    ground: Colour = key("#f4f2ee", "Around the letter.")
    accent: Colour = key("#0f5c63", "Links, the rule beside practice implications.")
    tint: Colour = key("#eef5f4", "Behind practice implications.")
    rule: Colour = key("#d9d5cc", "Hairlines.")
    dark_ink: Colour = key("#e9ecef", "Text, dark.")
    dark_soft: Colour = key("#a9b2bb", "Small text, dark.")
    dark_paper: Colour = key("#15191d", "The letter, dark.")
    dark_ground: Colour = key("#0e1114", "Around the letter, dark.")
    dark_accent: Colour = key("#7cc7c3", "Links, dark.")
    dark_tint: Colour = key("#1c2a2b", "Behind practice implications, dark.")
    dark_rule: Colour = key("#2c333a", "Hairlines, dark.")


class Settings(BaseSettings):
    """All of it. `site` is the folder of the file; every path below is absolute."""

    model_config = SettingsConfigDict(
        env_prefix="NEWSLETTER_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    site: Path = Field(default=Path(), exclude=True, description="Folder of the file; set by us.")
    newsletter: Newsletter = Newsletter.model_validate({})
    content: Content = Content()
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
        return env_settings, init_settings


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
    _refuse_secrets(path, text, values)
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise _config_error(path, text, error) from None
    return _absolute(settings, path.parent)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} can't be read: {error}", hint="it must be UTF-8 text") from None


SECRETS = (("delivery", "smtp", "password"), ("subscriptions", "secret"))
"""Settings that may not stand in the file."""


def _refuse_secrets(path: Path, text: str, values: dict[str, Any]) -> None:
    for keys in SECRETS:
        found: Any = values
        for part in keys:
            found = found.get(part) if isinstance(found, dict) else None
        if found is not None:
            raise ConfigError(
                f"{_place(path, text, keys)}: a secret stands in the configuration file",
                hint=f"use `{keys[-1]}_file` (mode 0600) or the environment: {_variable(keys)}",
            )


def _variable(keys: tuple[str, ...]) -> str:
    return "NEWSLETTER_" + "__".join(keys).upper()


def _config_error(path: Path, text: str, error: ValidationError) -> ConfigError:
    first = error.errors(include_url=False, include_input=False)[0]
    keys = tuple(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] != "extra_forbidden":
        return ConfigError(f"{_place(path, text, keys)}: {message}", hint=_described(keys))
    known = _known_keys(keys[:-1])
    near = difflib.get_close_matches(keys[-1], known, 1, 0.5)
    hint = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}"
    return ConfigError(f"{_place(path, text, keys)}: there is no such setting", hint=hint)


def _place(path: Path, text: str, keys: tuple[str, ...]) -> str:
    """Say where a key stands: `config.toml:12: delivery.backend`, or the variable that holds it."""
    dotted = ".".join(keys)
    if _variable(keys) in os.environ:
        return f"{_variable(keys)} (in the environment)"
    section, number = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[([^]]+)\]", line):
            section = header[1].strip()
        here = section.split(".") if section else []
        name = re.match(r'\s*"?([\w.-]+)"?\s*=', line)
        if here == list(keys) or (name and [*here, *name[1].split(".")] == list(keys)):
            return f"{path}:{number}: {dotted}"
    return f"{path}: {dotted}"


def _section_at(keys: tuple[str, ...]) -> type[BaseModel] | None:
    model: type[BaseModel] = Settings
    for part in keys:
        field = model.model_fields.get(part)
        if field is None or not isinstance(field.default, BaseModel):
            return None
        model = type(field.default)
    return model


def _known_keys(keys: tuple[str, ...]) -> list[str]:
    model = _section_at(keys)
    fields = model.model_fields.items() if model else ()
    return [field.alias or name for name, field in fields if name != "site"]


def _described(keys: tuple[str, ...]) -> str:
    """Return what the reference says of the setting: the best hint there is."""
    model = _section_at(keys[:-1])
    for name, field in model.model_fields.items() if model else ():
        if keys[-1] in (name, field.alias):
            return field.description or ""
    return ""


def _absolute(settings: Settings, site: Path) -> Settings:
    url = settings.database.url
    if (match := re.fullmatch(r"(sqlite(?:\+\w+)?:///)(?!/)(.+)", url)) and match[2] != ":memory:":
        url = match[1] + str(site / match[2])
    anchored = _anchor(settings, site)
    database = anchored.database.model_copy(update={"url": url})
    return anchored.model_copy(update={"site": site, "database": database})


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
    fitting = [(unit, size) for unit, size in _UNITS.items() if seconds % size == 0]
    unit, size = max(fitting, key=lambda pair: pair[1])
    return f"{seconds // size}{unit}"


def flat(settings: Settings) -> Iterator[tuple[str, object]]:
    """Yield every setting as `("delivery.smtp.port", 587)`; secrets stay `SecretStr`."""
    yield from _flat(settings, "")


def _flat(section: BaseModel, prefix: str) -> Iterator[tuple[str, object]]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _flat(value, f"{prefix}{name}.")
        elif name != "site":
            yield prefix + (field.alias or name), value
