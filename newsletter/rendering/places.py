"""Where templates and translations lie: the site's own first, then the packaged ones."""

from pathlib import Path

import newsletter
from newsletter.config import Settings
from newsletter.errors import ConfigError
from newsletter.languages import PACKAGED, Languages


def template_folders(site: Path) -> tuple[Path, ...]:
    """Return the folders a template is looked up in, first match wins."""
    return site / "templates", packaged_templates()


def languages_of(settings: Settings) -> Languages:
    """Return what a site can say its mails and pages in.

    Raises ConfigError for a translation that can't be read.
    """
    made = Languages((settings.site / "locales", PACKAGED), settings.newsletter.language)
    try:
        made.all  # noqa: B018 - read now, so that a fault is told now
    except ValueError as error:
        raise ConfigError(str(error), hint="a translation is a gettext .po file") from None
    return made


def packaged_templates() -> Path:
    """Return the templates that come with the program.

    A wheel carries them as `newsletter/_templates`; in a checkout they lie at its top.
    """
    package = Path(newsletter.__file__).parent
    installed = package / "_templates"
    return installed if installed.is_dir() else package.parent / "templates"
