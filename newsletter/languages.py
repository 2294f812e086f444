"""Languages that people read pages and mails in: one file each.

English stands in the code and the templates. `locales/fr.po` beside this file holds the French; a
site may bring `locales/<language>.po` of its own, for a language more or for other words.
"""

import gettext
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

SOURCE = "en"
"""The language of the code and the templates: it needs no file."""

PACKAGED = Path(__file__).parent / "locales"
"""The translations that come with the program."""


_LONGEST = 35
"""Letters of a code: no language has a longer one (RFC 5646, 4.4.1)."""


def marked(message: str) -> str:
    """Return `message`, which is marked for translation here and translated where it is shown."""
    return message


def day_in_words(code: str, day: date) -> str:
    """Return a day as a language says it: `12 March 2021`; in English where nobody knows how."""
    if code != SOURCE:
        with suppress(ValueError, UnknownLocaleError):
            return format_date(day, "long", locale=Locale.parse(code, sep="-"))
    return f"{day.day} {day:%B %Y}"


@dataclass(frozen=True)
class Language:
    """One language: its code (BCP 47), what Babel knows of it, and the translations."""

    code: str
    locale: Locale
    words: gettext.NullTranslations

    @property
    def name(self) -> str:
        """Its name in itself: `français`."""
        return self.locale.get_display_name() or self.code

    @property
    def direction(self) -> str:
        """Which way it is written: `ltr` or `rtl`."""
        return self.locale.text_direction

    def gettext(self, message: str, **values: object) -> str:
        """Return a message translated, with `%(name)s` filled."""
        said = self.words.gettext(message)
        return said % values if values else said

    def ngettext(self, one: str, many: str, num: int, **values: object) -> str:
        """Return a message translated, as it is said of `num` things; `%(num)s` is filled too."""
        return self.words.ngettext(one, many, num) % {"num": num, **values}

    def day(self, day: date) -> str:
        """Return a day in words: `12 March 2021`."""
        return day_in_words(self.code, day)

    def month(self, first: date) -> str:
        """Return the month of a day in words: `January 2021`."""
        return format_skeleton("yMMMM", first, locale=self.locale)


@dataclass(frozen=True)
class Languages:
    """The languages of a site. `folders` hold `<language>.po` files; the first wins a message.

    `preferred` is what is spoken to whoever asks for nothing we have. Raises ValueError, naming
    the file, for one that can't be read.
    """

    folders: tuple[Path, ...]
    preferred: str = SOURCE

    @cached_property
    def all(self) -> dict[str, Language]:
        """Every language by its code, English first."""
        files = {path.stem for folder in self.folders for path in folder.glob("*.po")}
        return {code: self._load(code) for code in (SOURCE, *sorted(files - {SOURCE}))}

    def get(self, code: str) -> Language:
        """Return the language with this code, or its nearest relative: `fr` for `fr-CA`."""
        return self._find(code) or self._find(self.preferred) or self.all[SOURCE]

    def accepted(self, header: str) -> Language:
        """Return the language that an Accept-Language header likes best (RFC 9110, 12.5.4)."""
        found = (self._find(code) for code in _by_liking(header))
        return next((one for one in found if one), self.get(self.preferred))

    def knows(self, code: str) -> bool:
        """Tell whether there is such a language, exactly."""
        return code in self.all

    def _find(self, code: str) -> Language | None:
        if len(code) > _LONGEST:
            return None
        parts = code.replace("_", "-").lower().split("-")
        known = {name.lower(): one for name, one in self.all.items()}
        for length in range(len(parts), 0, -1):
            if (found := known.get("-".join(parts[:length]))) is not None:
                return found
        return None

    def _load(self, code: str) -> Language:
        try:
            locale = Locale.parse(code, sep="-")
        except (ValueError, UnknownLocaleError):
            raise ValueError(f"“{code}” is no language: name the file like fr.po") from None
        words: gettext.NullTranslations = gettext.NullTranslations()
        for folder in reversed(self.folders):
            path = folder / f"{code}.po"
            if path.is_file():
                newer = _read(path)
                newer.add_fallback(words)
                words = newer
        return Language(code, locale, words)


def _read(path: Path) -> gettext.NullTranslations:
    """Read a catalogue as it was written: nobody has to compile it."""
    try:
        compiled = _compiled(path.read_bytes())
    except (PoFileError, OSError, ValueError) as error:
        raise ValueError(f"{path} can't be read: {error}") from None
    return gettext.GNUTranslations(BytesIO(compiled))


@lru_cache(maxsize=16)  # by what it says: whoever renders a month asks for it a dozen times
def _compiled(catalogue: bytes) -> bytes:
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(catalogue), abort_invalid=True))
    return compiled.getvalue()


def _by_liking(header: str) -> Sequence[str]:
    """Return the codes of an Accept-Language header, the best liked first."""
    liked: list[tuple[float, str]] = []
    for part in header.split(",")[:20]:
        code, _, weight = part.strip().partition(";")
        try:
            liking = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            liking = 0.0
        if code and liking > 0:
            liked.append((liking, code.strip()))
    return [code for _, code in sorted(liked, key=lambda one: -one[0])]
