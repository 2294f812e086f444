"""What is wrong with a setting: where it stands, in plain words, and what to do about it."""

import difflib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from newsletter.errors import ConfigError

_PREFIX = "NEWSLETTER_"
_WHOLE, _NUMBER, _TEXT = "must be a whole number", "must be a number", "must be text in quotes"
_PLAIN = {
    "int_parsing": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "string_type": _TEXT,
    "path_type": _TEXT,
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "literal_error": "must be {expected}",
    "model_type": "must be a table with keys of its own",
    "dict_type": "must be a table with keys of its own",
    "tuple_type": "must be a list",
}
"""What we say instead of pydantic's words, by the kind of error it names."""


def fault(root: type[BaseModel], path: Path, text: str, error: ValidationError) -> ConfigError:
    """Return the first thing that is wrong as an error of ours; `text` is the file's."""
    first = error.errors(include_url=False, include_input=False)[0]
    keys = tuple(str(part) for part in first["loc"] if part != "[key]")
    if first["type"] == "extra_forbidden":
        return unknown(root, place(path, text, keys), keys)
    plain = _PLAIN.get(first["type"])
    message = plain.format(**first.get("ctx", {})) if plain else first["msg"]
    message = message.removeprefix("Value error, ")
    return ConfigError(f"{place(path, text, keys)}: {message}", hint=_advice(root, keys))


def unknown(root: type[BaseModel], where: str, keys: tuple[str, ...]) -> ConfigError:
    """Return the error for a key that doesn't exist; it names the nearest one that does."""
    known = _known(root, keys[:-1])
    near = difflib.get_close_matches(keys[-1], known, 1, 0.5)
    hint = f"known here: {', '.join(known)}"
    if near:
        hint = f"did you mean `{near[0]}`?"
    return ConfigError(f"{where}: there is no such setting", hint=hint)


def refuse_unknown_variables(root: type[BaseModel], names: Iterable[str]) -> None:
    """Raise ConfigError for a variable `NEWSLETTER_<SECTION>__<KEY>` of a section we don't have.

    Keys within a section are pydantic's to judge. Names without `__` may be somebody else's.
    """
    for name in names:
        section, found, _ = name.upper().removeprefix(_PREFIX).lower().partition("__")
        if name.upper().startswith(_PREFIX) and found and section not in _known(root, ()):
            raise unknown(root, f"{name} (in the environment)", (section,))


SECRETS = (
    ("delivery", "smtp", "password"),
    ("bounces", "imap", "password"),
    ("subscriptions", "secret"),
)
"""Settings that may not stand in the file."""

PASSWORD_IN_URL = re.compile(r"(?<=://)([^/@:]*):[^/]+@")
"""A user and password in an address, as in `postgresql://user:password@host/name`."""


def refuse_secrets(path: Path, text: str, values: dict[str, Any]) -> None:
    """Raise ConfigError where a secret stands in the file."""
    for keys in SECRETS:
        if _at(values, keys) is not None:
            raise ConfigError(
                f"{place(path, text, keys)}: a secret stands in the configuration file",
                hint=f"use `{keys[-1]}_file` (mode 0600) or the environment: {variable(keys)}",
            )
    url = ("database", "url")
    if PASSWORD_IN_URL.search(str(_at(values, url))):
        raise ConfigError(
            f"{place(path, text, url)}: a password stands in the configuration file",
            hint=f"give the address by the environment: {variable(url)}",
        )


def _at(values: Any, keys: tuple[str, ...]) -> Any:
    for part in keys:
        values = values.get(part) if isinstance(values, dict) else None
    return values


def variable(keys: tuple[str, ...]) -> str:
    """Return the variable that sets a key: `NEWSLETTER_DELIVERY__SMTP__PORT`."""
    return _PREFIX + "__".join(keys).upper()


def place(path: Path, text: str, keys: tuple[str, ...]) -> str:
    """Say where a key stands: `config.toml:12: delivery.backend`, or the variable that holds it."""
    dotted = ".".join(keys)
    held = [variable(keys[:end]) for end in range(len(keys), 0, -1)]
    for given in os.environ:
        if given.upper() in held:
            return f"{given} (in the environment)"
    number = line_of(text, keys)
    return f"{path}:{number}: {dotted}" if number else f"{path}: {dotted}"


def line_of(text: str, keys: tuple[str, ...]) -> int | None:
    """Return the line of a key, or of a table's heading; None where it doesn't stand there."""
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[([^]]+)\]", line):
            section = header[1].strip()
        here = section.split(".") if section else []
        name = re.match(r'\s*(?:"([^"]+)"|([\w.-]+))\s*=', line)
        parts = ([name[1]] if name[1] else name[2].split(".")) if name else []
        if here == list(keys) or (name and [*here, *parts] == list(keys)):
            return number
    return None


def _section(root: type[BaseModel], keys: tuple[str, ...]) -> type[BaseModel] | None:
    model = root
    for part in keys:
        field: Any = model.model_fields.get(part)
        if field is None or not isinstance(field.default, BaseModel):
            return None
        model = type(field.default)
    return model


def _known(root: type[BaseModel], keys: tuple[str, ...]) -> list[str]:
    model = _section(root, keys)
    fields = model.model_fields.items() if model else ()
    return [field.alias or name for name, field in fields if not field.exclude]


def _advice(root: type[BaseModel], keys: tuple[str, ...]) -> str:
    """Return what is said of a setting, or of one that holds it; else what is known there."""
    said = (_described(root, keys[:end]) for end in range(len(keys), 0, -1))
    return next(filter(None, said), f"known here: {', '.join(_known(root, keys))}")


def _described(root: type[BaseModel], keys: tuple[str, ...]) -> str:
    """Return what the reference says of the setting: the best hint there is."""
    model = _section(root, keys[:-1])
    for name, field in model.model_fields.items() if model else ():
        if keys[-1] in (name, field.alias):
            return field.description or ""
    return ""
