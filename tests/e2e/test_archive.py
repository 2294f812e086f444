"""The archive in a real browser, served and as files: it fits, it is readable, nothing runs."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from newsletter.model import Topic
from newsletter.web.app import site
from newsletter.web.archive import building, folder
from tests.support.archive import ATTACHMENT, TRAINING, TRIAL, correct, send, study
from tests.support.serving import served
from tests.support.web import Web, opened

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LONG = "A study of " + "psychoneuroimmunological" * 2 + " outcomes, and of what its long title does"
BODY = (
    "It was found (p < .05, 95 % CI [1.2, 3.4]) that\n\n- one thing,\n- and another\n\n"
    "> were said.\n\n| Group | Before |\n|---|--:|\n| One | 3.1 |\n\n## A heading\n\nAnd so on. "
    * 3
)
NASTY = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(2)> {{ 7 * 7 }}",
    "\u202eשלום\u202c 💥 'x' \"y\" `z` ${alert(3)}",
)
ASKED = (
    *(
        "outcome",
        "outcomes",
        "therapies",
        "CAFÉ",
        "meta-analyses",
        "study training",
        "10.1000/long",
    ),
    *("platypus", "trainings attachment", "psychoneuro", "of", "mentalize", "straße", "schön"),
)
PAGES = (
    "/archive",
    "/archive/2020",
    "/archive/2021-01",
    "/archive/2021-01/long",
    "/archive/topics",
    "/archive/topics/training",
    "/archive/types/rct",
    "/archive/search?q=training",
    "/archive/search?q=nothing",
    "/archive/2021-02",
    "/archive/2021-02/nasty-0?lang=fr",
    "/archive/topics?lang=fr",
    "/archive/types/rct?lang=fr",
)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with opened(tmp_path_factory.mktemp("web") / "site") as web:
        fill(web)
        yield web


def fill(web: Web) -> None:
    """Two ordinary months, one of them corrected, and one whose words are an attack."""
    engine, both = web.app.engine, (TRAINING, ATTACHMENT)
    words = study("words", "Meta-analysis of therapy in a café", body="Schöne Straße, mentalizing.")
    send(engine, "2020-12", words, *(study(f"of-{number}") for number in range(24)))
    long = study("long", LONG, body=BODY, topics=both, research_type=TRIAL)
    send(engine, "2021-01", study("long"), study("short"), introduction="A *word* before.")
    correct(engine, "2021-01", long, study("short"), introduction="A *word* before.")
    nasty = [
        study(
            f"nasty-{number}",
            f"Title {text}",
            body=f"Body {text}",
            implications=text,
            author=text,
            topics=(Topic("training", f"Training {text}", group=text),),
        )
        for number, text in enumerate(NASTY)
    ]
    send(engine, "2021-02", *nasty, introduction=NASTY[0])


@pytest.fixture(scope="module")
def address(web: Web) -> Iterator[str]:
    with served(site(web.app)) as address:
        yield address


@pytest.fixture(scope="module")
def files(web: Web, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("files") / "a sub folder"
    folder.write(target, building.files(web.app))
    return target


Open = Callable[..., Page]


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Open]:
    """Open windows; whatever a console, a policy or a dialog says in them fails the test."""
    opened: list[Page] = []
    said: list[str] = []

    def visit(**options: Any) -> Page:
        page = chromium.new_page(**options)
        opened.append(page)
        page.on("console", lambda one: said.append(f"{one.type}: {one.text}"))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda one: (said.append(f"dialog: {one.message}"), one.dismiss()))
        return page

    yield visit
    for page in opened:
        page.close()
    assert said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_every_page_fits_and_can_be_used(
    visit: Open, address: str, width: int, scheme: str
) -> None:
    """Nothing is wider than the window, axe finds nothing, no policy is broken."""
    page = visit(viewport={"width": width, "height": 800}, color_scheme=scheme)
    for path in PAGES:
        answer = page.goto(address + path)
        assert answer is not None
        assert answer.status == 200
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_file_fits_and_can_be_used(visit: Open, files: Path, scheme: str) -> None:
    """From a disk, on a phone: the same."""
    page = visit(viewport={"width": 320, "height": 800}, color_scheme=scheme)
    for name in ("", "2021-01", "2021-01/long", "topics", "2021-02/nasty-0", "search"):
        page.goto((files / "archive" / name / "index.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
        colour = page.evaluate("getComputedStyle(document.querySelector('main')).backgroundColor")
        assert colour == {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 25, 29)"}[scheme]
        # axe is put into the page as a script, which the page's own policy forbids in a file.
        assert page.locator("h1").count() == 1


def test_search_needs_no_script(visit: Open, address: str) -> None:
    """Served, it is a form."""
    page = visit(java_script_enabled=False)
    page.goto(f"{address}/archive")
    page.get_by_label("Search all summaries").fill("psychoneuro")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", level=2)).to_have_count(1)
    page.get_by_role("heading", level=2).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("psychoneuro")


def test_the_files_say_how_to_find_things_without_a_script(visit: Open, files: Path) -> None:
    """Their search can't work then; the other ways can."""
    page = visit(java_script_enabled=False)
    page.goto((files / "archive/search/index.html").as_uri())
    expect(page.get_by_text("This search needs JavaScript")).to_be_visible()
    page.get_by_role("link", name="Topics").click()
    page.get_by_role("link", name="Attachment").click()
    expect(page.get_by_role("heading", level=2)).to_have_count(1)


def hits(page: Page) -> set[str]:
    return set(page.locator(".entry h2").all_inner_texts())


def test_the_files_are_searched_as_the_pages_are(visit: Open, address: str, files: Path) -> None:
    """The script finds what the database finds, and marks it in the text."""
    page, file = visit(), visit()
    for asked in ASKED:
        page.goto(f"{address}/archive/search?q={asked}")
        served_hits = hits(page)
        while (more := page.locator("a[rel=next]")).count():
            more.click()
            served_hits |= hits(page)
        file.goto((files / "archive/search/index.html").as_uri() + f"?q={asked}")
        assert hits(file) == served_hits, asked
    assert served_hits
    assert file.locator("mark").first.inner_text() == "Schöne"


def test_the_files_search_from_a_disk(visit: Open, files: Path) -> None:
    """From the first page, by typing; the best is first, and leads to its page."""
    page = visit()
    page.goto((files / "index.html").as_uri())
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_label("Search all summaries").fill("mentalize straße")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("1 summary")
    page.locator("#hits a").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Meta-analysis of therapy in a café")


def test_what_was_written_runs_nowhere(visit: Open, files: Path) -> None:
    """Titles, texts and names that are scripts stand as words in what the script shows, too."""
    page = visit()
    page.goto((files / "archive/search/index.html").as_uri() + "?q=title")
    expect(page.locator("#hits h2").first).to_be_visible()
    shown = " ".join(page.locator("#hits h2").all_inner_texts())
    assert "<script>alert(1)</script>" in shown
    assert "{{ 7 * 7 }}" in shown
    assert page.locator("#hits img, #hits script").count() == 0


def test_one_can_go_by_keyboard(visit: Open, address: str) -> None:
    """The first stop leads past the navigation; every stop is to be seen."""
    page = visit(viewport={"width": 800, "height": 600})
    page.goto(f"{address}/archive/2021-01/long")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the text")).to_be_focused()
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none"


def test_print_is_for_paper(visit: Open, address: str) -> None:
    """The text and the reference, without what one can only click."""
    page = visit()
    page.goto(f"{address}/archive/2021-01/long")
    page.emulate_media(media="print")
    expect(page.locator(".citation")).to_be_visible()
    expect(page.get_by_role("navigation", name="Archive")).to_be_hidden()
    expect(page.locator(".actions")).to_be_hidden()
