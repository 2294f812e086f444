"""What is in the wheel is enough: templates, sample, settings, migrations."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout and unpacked where nothing else lies."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def newsletter(installed: Path, folder: Path, *words: str) -> str:
    """Run the command line of the unpacked wheel; return what it printed.

    No spam filter is asked: it takes seconds.
    """
    code = "import newsletter, sys; sys.stderr.write(newsletter.__file__); "
    code += "from newsletter.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed), "NEWSLETTER_CHECKS__SPAM": "off"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert str(installed) in done.stderr
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_demo_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    """Templates, the sample months and the migrations are all inside."""
    newsletter(installed, tmp_path, "demo")
    assert len(list((tmp_path / "demo/var/outbox").glob("*.eml"))) == 6


def test_a_new_site_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    """`init` lays out a site whose sample month is sound."""
    newsletter(installed, tmp_path, "init", "site")
    newsletter(installed, tmp_path / "site", "check", "2021-01")
    assert (tmp_path / "site/var/secret").stat().st_mode & 0o777 == 0o600


def test_the_sites_own_templates_come_first(installed: Path, tmp_path: Path) -> None:
    """A template in the site's folder replaces the packaged one; the others stay."""
    newsletter(installed, tmp_path, "init", "site")
    own = tmp_path / "site/templates/email/digest"
    own.mkdir(parents=True)
    (own / "subject.txt").write_text("Our own subject for {{ issue.month }}\n")
    printed = newsletter(installed, tmp_path / "site", "render", "2021-01", "--output", "out")
    assert "Our own subject for January 2021" in printed
