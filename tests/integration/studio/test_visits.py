"""For whom a letter is shown, who else gets it, and what the checks say of it."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter import proofreading, publishing
from newsletter.clock import SystemClock
from newsletter.model import EditionKey, Month
from newsletter.sending import send
from newsletter.store.engine import writing
from newsletter.studio.gallery import Gallery
from newsletter.studio.people import SAMPLES
from newsletter.studio.visit import Visit, Visits
from newsletter.studio.wish import Wish
from subscribers import store
from subscribers.address import parse
from subscribers.consent import Evidence
from subscribers.intake import Entry
from subscribers.model import Mode

FIRST = "content/2021-01/01-how-are-psychological-practitioners-faring-at-work.md"
MONTH = Month(2021, 1)
LONG = 20.0
READERS = (
    ("all@example.org", "Ada", (), Mode.HIGHLIGHTS),
    ("one@example.org", "Béla", ("training",), Mode.HIGHLIGHTS),
    ("mine@example.org", "Chidi", ("training",), Mode.ONLY),
    ("none@example.org", "Dora", ("placebo-effect",), Mode.ONLY),
)


@pytest.fixture
def gallery(site: Path) -> Iterator[Gallery]:
    with closing(Gallery(site / "config.toml", SystemClock())) as made:
        app = made.app
        with writing(app.engine) as connection:
            for email, name, topics, mode in READERS:
                entry = Entry(parse(email), name, topics, mode)
                store.add(connection, entry, Evidence("test"), app.clock.now())
        yield made


@pytest.fixture
def told() -> threading.Event:
    return threading.Event()


@pytest.fixture
def visits(gallery: Gallery, told: threading.Event) -> Iterator[Visits]:
    with closing(Visits(gallery, told.set)) as made:
        yield made


def asking(address: str) -> Wish:
    return Wish(reader="listed", address=address)


def settled(visits: Visits, told: threading.Event, wish: Wish) -> Visit:
    """Ask until everything is known; each time that it isn't, wait to be told."""
    while True:
        visit = visits.visit(MONTH, wish)
        if visit.checked and (visit.readers is not None or visit.view.picture is None):
            return visit
        assert told.wait(LONG)
        told.clear()


@pytest.mark.parametrize(
    ("email", "code", "words"),
    [
        ("all@example.org", "everything-in-full", "gets: everything in full. Their topics: all."),
        ("ONE@example.org", "3-in-full-1-and-2-in-brief", "3 in full, 1 and 2 in brief"),
        ("mine@example.org", "3-in-full", "gets: 3 in full"),
        ("none@example.org", "everything-in-full", "gets no letter: nothing is on their topics"),
        ("who@example.org", "everything-in-full", "Nobody on the list has the address who@"),
        ("nonsense", "everything-in-full", "Nobody on the list has the address nonsense"),
    ],
)
def test_a_reader_on_the_list_gets_their_own(
    visits: Visits, email: str, code: str, words: str
) -> None:
    """By address, in any spelling: the edition they would get, and why."""
    visit = visits.visit(MONTH, asking(email))
    assert visit.view.picture
    assert visit.view.picture.choice.code == code
    assert words in visit.note


def test_their_letter_greets_them(visits: Visits) -> None:
    """Name and address are theirs; the links are nobody's."""
    visit = visits.visit(MONTH, asking("one@example.org"))
    assert visit.view.picture
    text = visit.view.picture.document("text", visit.person)
    assert "Dear Béla," in text
    assert "one@example.org" in text
    assert "/unsubscribe/test" in text


def test_another_edition_for_a_reader_on_the_list(visits: Visits) -> None:
    """One that is asked for by name goes before their own."""
    wish = replace(asking("one@example.org"), edition="2-in-full")
    visit = visits.visit(MONTH, wish)
    assert visit.view.picture
    assert visit.view.picture.choice.code == "2-in-full"
    assert visit.person.name == "Béla"


def test_whoever_left_gets_nothing(visits: Visits, gallery: Gallery) -> None:
    """It says that no letter goes to them, and why."""
    app = gallery.app
    with writing(app.engine) as connection:
        reader = store.known(connection, "one@example.org")
        store.unsubscribe(connection, reader.id, Evidence("test"), app.clock.now())
    assert visits.visit(MONTH, asking("one@example.org")).note == (
        "one@example.org gets no letter: unsubscribed."
    )


@pytest.mark.parametrize("code", SAMPLES)
def test_no_name_breaks_a_letter(visits: Visits, code: str) -> None:
    """Names that have broken newsletters stand in the letter as text, and in no header twice."""
    wish = Wish(reader=code)
    visit = visits.visit(MONTH, wish)
    picture = visit.view.picture
    assert picture
    html = picture.document("letter", visit.person)
    headers = picture.document("headers", visit.person)
    assert "<script" not in html
    assert headers.count("\nTo: ") == 1
    assert "\nBcc:" not in headers
    assert ("Dear " in picture.document("text", visit.person)) == bool(visit.person.name)


def test_readers_are_counted(visits: Visits, told: threading.Event) -> None:
    """How many get which edition now, and how many get nothing."""
    visit = settled(visits, told, Wish())
    assert visit.readers == {
        EditionKey((0, 1, 2)): 1,
        EditionKey((2,), (0, 1)): 1,
        EditionKey((2,)): 1,
        None: 1,
    }


def test_readers_of_a_month_that_was_sent(
    visits: Visits, gallery: Gallery, told: threading.Event
) -> None:
    """Those are counted who had it, whatever they wish for now."""
    app = gallery.app
    publishing.freeze(app.settings, app.engine, app.renderer, MONTH, app.clock.now())
    send(app.outfit, MONTH, app.settings.zone)
    with writing(app.engine) as connection:
        reader = store.known(connection, "one@example.org")
        store.set_topics(connection, reader.id, ["attachment"])
    visit = settled(visits, told, Wish())
    assert visit.readers == {
        EditionKey((0, 1, 2)): 1,
        EditionKey((2,), (0, 1)): 1,
        EditionKey((2,)): 1,
    }


def test_all_that_the_checks_say_is_told(
    visits: Visits, gallery: Gallery, site: Path, told: threading.Event
) -> None:
    """What `newsletter check` has to say of the month, the letter's colours too."""
    text = (site / "config.toml").read_text()
    (site / "config.toml").write_text(f'{text}\n[theme]\nink = "#fefefe"\n')
    gallery.forget()
    visit = settled(visits, told, Wish())
    found = proofreading.check(gallery.app.settings, MONTH)
    assert {one.code for one in visit.remarks} == {one.code for one in found}
    assert "contrast" in {one.code for one in found}


def test_an_error_that_was_mended_is_gone_at_once(
    visits: Visits, gallery: Gallery, site: Path, told: threading.Event
) -> None:
    """While the checks are at it again, no error is shown that the files don't have any more."""
    path = site / FIRST
    good = path.read_text("utf-8")
    path.write_text(good.replace("doi: 10.", "doi: ten."), "utf-8")
    assert [one.code for one in settled(visits, told, Wish()).remarks] == ["doi"]
    path.write_text(good, "utf-8")
    gallery.forget()
    assert [one.level for one in visits.visit(MONTH, Wish()).remarks] == []


def test_without_a_list_the_letter_is_shown(site: Path) -> None:
    """A database that can't be read costs the numbers, and the reader's name."""
    (site / "var/newsletter.db").write_bytes(b"this is no database at all" * 100)
    with (
        closing(Gallery(site / "config.toml", SystemClock())) as gallery,
        closing(Visits(gallery, lambda: None)) as visits,
    ):
        visit = visits.visit(MONTH, asking("one@example.org"))
    assert visit.view.picture
    assert visit.readers is None
    assert "can’t be read" in visit.note
