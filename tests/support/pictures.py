"""The stored pictures of the sample digest: made anew by `make pictures`, compared by a test."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import expect, sync_playwright

from newsletter import config, proofreading, publishing
from newsletter.bootstrap import application
from newsletter.cli.site import SAMPLE_MONTH, scaffold
from newsletter.message import values
from newsletter.model import Month
from newsletter.pictures.browser import find
from newsletter.pictures.letters import Look, picture
from newsletter.sending.trial import sample_reader, since
from newsletter.slots import fill_html
from subscribers.model import Preferences
from tests.support.site import MONTHS
from tests.support.studio import serving

STORED = Path(__file__).parent.parent / "e2e" / "pictures"
DIFFERENCES = Path(__file__).parent.parent.parent / "var" / "pictures"
"""Where what differs is written for somebody to look at."""

DOCUMENTED = Path(__file__).parent.parent.parent / "docs" / "studio.png"

LOOKS = tuple(Look(width, screen) for width in (320, 600) for screen in ("light", "dark"))

_COLOURS = 64
"""Of a stored picture: what the letter has, and the edges of its letters."""

_BLUR = 8
"""Pixels that are looked at as one, so that the edges of letters may differ a little."""

_LOUDER = 10
"""Steps of 255 from which a difference counts."""

_BAND = 4
"""Rows of such pixels that are judged by themselves: one line of text."""

ALLOWED = 0.055
"""The share of any band that may differ."""


@dataclass(frozen=True)
class Comparison:
    """How much of the worst band differs, and a picture: as stored, as now, where they part."""

    share: float
    shown: Image.Image

    @property
    def same(self) -> bool:
        return self.share <= ALLOWED


def sample_letter(folder: Path) -> str:
    """The sample digest, as its reader gets it, in fonts that are there on every machine."""
    scaffold(folder, (SAMPLE_MONTH,))
    month = Month.parse(SAMPLE_MONTH)
    with application(config.load(folder / "config.toml")) as app:
        edition = publishing.edition_for(app.settings, app.renderer, month, Preferences())
        heading = proofreading.heading(app.settings, month)
        asked = since(app.languages, edition)
    ada = sample_reader(heading, "ada@example.org", "Ada", 0, b"picture", asked)
    return in_known_fonts(fill_html(edition.html, values(edition, heading, ada)))


def in_known_fonts(html: str) -> str:
    """The letter with Liberation's fonts in the place of those that some machines have."""
    serif, sans = "Georgia, Cambria, Times New Roman", "Helvetica Neue, Helvetica, Arial"
    assert serif in html
    assert sans in html
    return html.replace(serif, "Liberation Serif").replace(sans, "Liberation Sans")


def taken(html: str) -> Iterator[tuple[Look, Image.Image]]:
    """Each look of a letter as it is now."""
    for look, png in picture(html, LOOKS):
        yield look, Image.open(BytesIO(png)).convert("RGB")


def compared(stored: Image.Image, now: Image.Image) -> Comparison:
    """Compare two pictures, blurred a little; rows that only one has differ."""
    height = max(stored.height, now.height)
    old, new = (_on_paper(one, now.width, height) for one in (stored, now))
    bands = ImageChops.difference(old.reduce(_BLUR), new.reduce(_BLUR)).split()
    loudest = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    mask = loudest.point([0] * _LOUDER + [255] * (256 - _LOUDER))
    shares = []
    for top in range(0, mask.height, _BAND):
        band = mask.crop((0, top, mask.width, min(top + _BAND, mask.height)))
        shares.append(band.histogram()[255] / (band.width * band.height))
    if stored.size != now.size:
        shares.append(1.0)
    marked = Image.composite(
        Image.new("RGB", new.size, "#d00000"), new, mask.resize(new.size, Image.Resampling.NEAREST)
    )
    return Comparison(max(shares), _side_by_side(old, new, marked))


def write(look: Look, found: Comparison) -> Path:
    """Write what a comparison shows; return where."""
    DIFFERENCES.mkdir(parents=True, exist_ok=True)
    path = DIFFERENCES / f"digest-{look.name}-difference.png"
    found.shown.save(path)
    return path


def _on_paper(one: Image.Image, width: int, height: int) -> Image.Image:
    paper = Image.new("RGB", (width, height), "#ff00ff")
    paper.paste(one.convert("RGB"))
    return paper


def _side_by_side(*pictures: Image.Image) -> Image.Image:
    width = sum(one.width for one in pictures) + 20 * (len(pictures) - 1)
    sheet = Image.new("RGB", (width, pictures[0].height), "#808080")
    left = 0
    for one in pictures:
        sheet.paste(one, (left, 0))
        left += one.width + 20
    return sheet


def studio(folder: Path, path: Path) -> None:
    """Picture the studio, with something to mend and something to take over."""
    scaffold(folder, MONTHS)
    file = next((folder / "content" / SAMPLE_MONTH).glob("01-*.md"))
    text = re.sub(r"(?m)^topics: .*$", "topics: []", file.read_text("utf-8"))
    linked = "Read more [here](https://example.org).\n\n## Practice"
    file.write_text(text.replace("## Practice", linked), "utf-8")
    with serving(folder / "config.toml") as running, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.goto(f"{running.url}/{SAMPLE_MONTH}")
        expect(page.get_by_role("status")).to_contain_text("2 warnings", timeout=60_000)
        expect(page.get_by_text("checking …")).to_have_count(0, timeout=60_000)
        expect(page.frame_locator("#letter").locator("h1")).to_be_visible()
        png = page.screenshot()
        browser.close()
    _few(Image.open(BytesIO(png)).convert("RGB")).save(path, optimize=True)


def _few(picture: Image.Image) -> Image.Image:
    """The same in few colours, which makes the file small."""
    kind = Image.Quantize.MAXCOVERAGE
    return picture.quantize(_COLOURS, kind, kmeans=2, dither=Image.Dither.NONE)


def main() -> None:
    """Store the pictures as they are now."""
    STORED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        letter = sample_letter(Path(folder) / "sample")
        studio(Path(folder) / "studio", DOCUMENTED)
    for look, now in taken(letter):
        path = STORED / f"digest-{look.name}.png"
        _few(now).save(path, optimize=True)
        print(f"{path.relative_to(Path.cwd())}  {path.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
