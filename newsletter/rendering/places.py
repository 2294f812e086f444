"""Where templates lie: the site's own first, then the ones that come with the program."""

from pathlib import Path

import newsletter


def template_folders(site: Path) -> tuple[Path, ...]:
    """Return the folders a template is looked up in, first match wins."""
    return site / "templates", packaged_templates()


def packaged_templates() -> Path:
    """Return the templates that come with the program.

    A wheel carries them as `newsletter/_templates`; in a checkout they lie at its top.
    """
    package = Path(newsletter.__file__).parent
    installed = package / "_templates"
    return installed if installed.is_dir() else package.parent / "templates"
