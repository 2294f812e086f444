"""Where the sample site is: packaged in a wheel, at the top of the tree in a checkout."""

from pathlib import Path

import newsletter


def sample_folder() -> Path:
    """Return the sample's content folder: month folders and `taxonomy.toml`."""
    package = Path(newsletter.__file__).parent
    packaged = package / "_sample" / "content"
    return packaged if packaged.is_dir() else package.parent / "content"
