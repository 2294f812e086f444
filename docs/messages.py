"""Bring the translations in newsletter/locales/ up to date with the code and the templates.

Run by `make messages`. A test fails where this would change a file, or where a message is not
translated. Another language is another file: copy one, empty its `msgstr`s, translate.
"""

import tomllib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

TOP = Path(__file__).parents[1]
LOCALES = TOP / "newsletter" / "locales"
KEYWORDS = DEFAULT_KEYWORDS | {"marked": None}
COMMENT = "For translators:"


def template() -> Catalog:
    """Return every message there is, with the files it stands in."""
    found = Catalog(charset="utf-8")
    for file, message, comments, context in _found():
        found.add(message, locations=[(file, 0)], auto_comments=comments, context=context)
    return found


def _found() -> Iterator[tuple[str, str | tuple[str, ...], list[str], str | None]]:
    mappings = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["tool"]["babel"]
    methods = [(one["pattern"], one["method"]) for one in mappings["mappings"]]
    options = {one["pattern"]: {"trimmed": "true"} for one in mappings["mappings"]}
    for folder in ("newsletter", "subscribers", "templates"):
        for file, _line, message, comments, context in extract_from_dir(
            TOP / folder,
            [(pattern.removeprefix(f"{folder}/"), method) for pattern, method in methods],
            {pattern.removeprefix(f"{folder}/"): value for pattern, value in options.items()},
            keywords=KEYWORDS,
            comment_tags=(COMMENT,),
            strip_comment_tags=True,
        ):
            yield f"{folder}/{file}", message, comments, context


def updated(path: Path, messages: Catalog) -> bytes:
    """Return what a translation's file should hold: what is translated stays, the rest is empty."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem.replace("-", "_"))
    written = catalogue.creation_date
    catalogue.update(messages, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.creation_date, catalogue.obsolete = written, {}
    catalogue.msgid_bugs_address = catalogue.last_translator = ""
    content = BytesIO()
    write_po(content, catalogue, width=100, sort_by_file=True, include_lineno=False)
    return content.getvalue()


def main() -> None:
    """Write every translation's file anew, and say what waits for a translator."""
    messages = template()
    for path in sorted(LOCALES.glob("*.po")):
        path.write_bytes(updated(path, messages))
        with path.open("rb") as file:
            missing = [one.id for one in read_po(file) if one.id and not all(_texts(one.string))]
        print(f"{path.relative_to(TOP)}: {len(missing)} of {len(messages)} to translate")


def _texts(string: str | tuple[str, ...]) -> tuple[str, ...]:
    return string if isinstance(string, tuple) else (string,)


if __name__ == "__main__":
    main()
