"""The sample digest looks as it did: its pictures are compared with the stored ones."""

import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from newsletter.cli.main import run
from newsletter.cli.site import scaffold
from newsletter.errors import OutsideError
from newsletter.pictures.letters import LOOKS, Look, picture
from tests.e2e import browser
from tests.support import pictures
from tests.support.absent import absent
from tests.support.site import MONTHS


@pytest.fixture(scope="module", autouse=True)
def _chromium(tmp_path_factory: pytest.TempPathFactory) -> None:
    browser.find(tmp_path_factory.mktemp("chromium"))


@pytest.fixture(scope="module")
def letter(tmp_path_factory: pytest.TempPathFactory) -> str:
    return pictures.sample_letter(tmp_path_factory.mktemp("sample") / "site")


@pytest.fixture(scope="module")
def fonts() -> None:
    """The fonts of the stored pictures."""
    program = shutil.which("fc-list")
    command = [program or "true", ":", "family"]
    families = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Liberation Serif" in families and "Liberation Sans" in families:
        return
    absent("Liberation's fonts are missing: apt-get install fontconfig fonts-liberation")


Taken = dict[Look, Image.Image]


@pytest.fixture(scope="module")
def now(fonts: None, letter: str) -> Taken:
    return dict(pictures.taken(letter))


def stored(look: Look) -> Image.Image:
    return Image.open(pictures.STORED / f"digest-{look.name}.png").convert("RGB")


@pytest.mark.parametrize("look", pictures.LOOKS, ids=lambda look: look.name)
def test_the_sample_looks_as_it_did(now: Taken, look: Look) -> None:
    """Where it parts from the stored picture, another shows the two and where they part."""
    found = pictures.compared(stored(look), now[look])
    if not found.same:
        shown = pictures.write(look, found)
        pytest.fail(
            f"{found.share:.1%} of a line differ: look at {shown}."
            " If it is to look so from now on: make pictures"
        )


def _shorter(letter: str) -> str:
    return letter.replace("Three things together", "Three things")


def _tinted(letter: str) -> str:
    return letter.replace("#eef5f4", "#e4f0f0").replace("#1c2a2b", "#263a3b")


def _linked(letter: str) -> str:
    return letter.replace("#0f5c63", "#0f7c83").replace("#7cc7c3", "#7ca7a3")


@pytest.mark.parametrize("change", [_shorter, _tinted, _linked])
def test_a_small_change_is_seen(fonts: None, letter: str, change: Callable[[str], str]) -> None:
    """A word, a shade of the panel, a shade of the links: each is found in every picture."""
    changed = change(letter)
    assert changed != letter
    for look, other in pictures.taken(changed):
        assert not pictures.compared(stored(look), other).same, look.name


def test_edges_of_letters_may_differ(now: Taken) -> None:
    """What another drawing of the same letters changes is no difference."""
    look = pictures.LOOKS[0]
    soft = (
        now[look]
        .resize((now[look].width * 2, now[look].height * 2), Image.Resampling.BICUBIC)
        .resize(now[look].size, Image.Resampling.BILINEAR)
    )
    assert soft.tobytes() != now[look].tobytes()
    assert pictures.compared(stored(look), soft).same


def test_every_look_has_its_size(letter: str) -> None:
    """Four widths, two screens; from top to bottom, and the dark ones are dark."""
    seen = {look: Image.open(BytesIO(png)).convert("RGB") for look, png in picture(letter)}
    assert tuple(seen) == LOOKS
    for look, shown in seen.items():
        assert shown.width == look.width
        assert shown.height > 3000
        assert (sum(shown.getpixel((2, 2))) < 300) == (look.screen == "dark")


def test_a_picture_fetches_nothing_and_runs_nothing() -> None:
    """A script and a picture of another machine's are dead; the site's own picture is shown."""
    with socket.create_server(("127.0.0.1", 0)) as beacon:
        address = f"http://127.0.0.1:{beacon.getsockname()[1]}/a.png"
        script = "document.body.style.background = 'red'"
        letter = f"<!DOCTYPE html><body style='background: #00f'><img src='{address}'>"
        made = dict(picture(f"{letter}<script>{script}</script></body>", LOOKS[:1]))
        beacon.setblocking(False)
        with pytest.raises(BlockingIOError):
            beacon.accept()
    shown = Image.open(BytesIO(made[LOOKS[0]])).convert("RGB")
    assert shown.getpixel((300, 2)) == (0, 0, 255)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "site"
    scaffold(folder, MONTHS)
    monkeypatch.chdir(folder)
    return folder


def test_the_command_writes_pictures(site: Path) -> None:
    """Beside the documents lie eight pictures, named by width and screen."""
    assert run(["render", "2021-02", "--png", "--output", "out"]) == 0
    written = sorted(path.name for path in (site / "out").glob("*.png"))
    assert written == sorted(f"digest-{look.name}.png" for look in LOOKS)


def test_without_a_browser_it_says_so(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The refusal names what is missing, before anything is written."""
    monkeypatch.setattr("newsletter.pictures.browser.shutil.which", lambda _name: None)
    assert run(["render", "2021-02", "--png", "--output", "out"]) == 3
    assert "apt-get install chromium" in capsys.readouterr().err
    assert not (site / "out").exists()


@pytest.mark.parametrize("words", ["exit 0", "sleep 60"])
def test_a_browser_that_fails_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    """One that ends at once, and one that never answers, are errors with a hint."""
    program = tmp_path / "chromium"
    program.write_text(f"#!/bin/sh\n{words}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr("newsletter.pictures.browser.PATIENCE", 0.5)
    with pytest.raises(OutsideError) as refused:
        list(picture("<p>Hello</p>"))
    assert refused.value.hint
