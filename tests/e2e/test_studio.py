"""The studio in a real browser: the picture follows the files, and nothing jumps."""

import re
import socket
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from newsletter import config, publishing
from newsletter.bootstrap import application
from newsletter.cli.site import scaffold
from newsletter.model import Month
from newsletter.rendering.places import packaged_templates
from newsletter.store.engine import writing
from newsletter.studio.people import SAMPLES
from subscribers import store
from subscribers.address import parse
from subscribers.consent import Evidence
from subscribers.intake import Entry
from tests.e2e.accessibility import violations
from tests.support.site import MONTHS
from tests.support.studio import Running, serving
from tests.support.waiting import until

SUMMARY = "content/2021-02/01-the-covid-19-telepsychology-revolution.md"
FIRST = "content/2021-01/01-how-are-psychological-practitioners-faring-at-work.md"
ONE_PIXEL = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
LETTER = "document.getElementById('letter').contentDocument"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    scaffold(folder, MONTHS)
    return folder


@pytest.fixture
def studio(site: Path) -> Iterator[Running]:
    with serving(site / "config.toml") as running:
        with running.news("") as news:
            first = next(news)
        with running.news(first) as news:
            next(news)  # the watch stands
        yield running


Open = Callable[..., Page]


@pytest.fixture
def visit(chromium: Browser, studio: Running) -> Iterator[Open]:
    """Open pages of the studio in windows; whatever a console complains of fails the test."""
    opened: list[Page] = []
    complaints: list[str] = []

    def visit(path: str, **options: Any) -> Page:
        page = chromium.new_page(base_url=studio.url, **options)
        opened.append(page)
        page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield visit
    for page in opened:
        page.close()
    assert complaints == []


def retitle(site: Path, title: str) -> None:
    text = (site / SUMMARY).read_text("utf-8")
    save(site / SUMMARY, re.sub(r"(?m)^title: .*$", f"title: {title}", text))


def retopic(site: Path, line: str) -> None:
    text = (site / FIRST).read_text("utf-8")
    save(site / FIRST, re.sub(r"(?m)^topics: .*$", line, text))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    save(path, text.replace(old, new, 1))


def save(path: Path, text: str) -> None:
    """Save as editors do, at one stroke: half a file would be shown as one with errors."""
    beside = path.parents[2] / "saving"
    beside.write_text(text, "utf-8")
    beside.replace(path)


def add_reader(site: Path, email: str, name: str, topic: str) -> None:
    with application(config.load(site / "config.toml")) as app, writing(app.engine) as connection:
        entry = Entry(parse(email), name, (topic,))
        store.add(connection, entry, Evidence("test"), app.clock.now())


def becomes(page: Page, expression: str, value: object) -> None:
    """Wait until a piece of script gives a value; the page's own policy forbids it to wait."""
    until(lambda: bool(page.evaluate(expression) == value), f"{expression} is {value}", 20.0)


def letter(page: Page) -> Any:
    return page.frame_locator("#letter")


def test_the_picture_follows_a_saved_file(visit: Open, site: Path) -> None:
    """A summary's title, saved, stands in the letter; the page itself was not loaded again."""
    page = visit("/2021-02")
    page.evaluate("window.mark = 1")
    retitle(site, "A title just saved")
    expect(letter(page).get_by_role("heading", name="A title just saved")).to_be_visible()
    expect(page.locator("#envelope b")).to_contain_text("A title just saved")
    assert page.evaluate("window.mark") == 1


def test_the_picture_keeps_its_place(visit: Open, site: Path) -> None:
    """Who has scrolled down the letter is still there when it was loaded anew."""
    page = visit("/2021-02", viewport={"width": 1000, "height": 500})
    expect(letter(page).locator("h1")).to_be_visible()
    page.evaluate("document.getElementById('letter').contentWindow.scrollTo(0, 400)")
    edit(
        site / SUMMARY, "\n## Practice Implications", "\nThe end, now.\n\n## Practice Implications"
    )
    expect(letter(page).get_by_text("The end, now.")).to_be_attached()
    assert page.evaluate("document.getElementById('letter').contentWindow.scrollY") == 400


def test_nothing_moves_when_findings_come(visit: Open, site: Path) -> None:
    """The frame's top stays where it is while errors come and go beneath it."""
    page = visit("/2021-01")
    before = page.locator("#letter").bounding_box()
    edit(site / FIRST, "doi: 10.", "doi: ten.")
    expect(page.get_by_role("status")).to_have_text("1 error")
    during = page.locator("#letter").bounding_box()
    edit(site / FIRST, "doi: ten.", "doi: 10.")
    expect(page.get_by_role("status")).to_have_text("No errors, no warnings")
    after = page.locator("#letter").bounding_box()
    assert before
    assert during
    assert (during["x"], during["y"], during["width"]) == (
        before["x"],
        before["y"],
        before["width"],
    )
    assert after == before


def test_each_edition_can_be_looked_at(visit: Open) -> None:
    """Choosing an edition shows it, and the address says which; going back goes back."""
    page = visit("/2021-01")
    expect(letter(page).locator("h2")).to_have_count(4)
    page.get_by_label("Edition").select_option("1-in-full-2-and-3-in-brief")
    expect(letter(page).get_by_text("your topic", exact=True)).to_be_visible()
    assert "/2021-01?edition=1-in-full-2-and-3-in-brief" in page.url
    page.go_back()
    expect(letter(page).get_by_text("your topic", exact=True)).to_have_count(0)
    expect(page.get_by_label("Edition")).to_have_value("everything-in-full")


def test_every_form_and_width(visit: Open) -> None:
    """Each does what it says, and the letter is loaded anew only where it must be."""
    page = visit("/2021-01")
    expect(letter(page).locator("h1")).to_be_visible()
    page.evaluate("document.getElementById('letter').contentWindow.mark = 1")
    for width in (320, 375, 1024, 600):
        page.get_by_role("link", name=str(width)).click()
        becomes(page, "document.getElementById('letter').clientWidth", width)
        assert f"width={width}" in page.url or width == 600
    assert page.evaluate("document.getElementById('letter').contentWindow.mark") == 1
    for form, words in {
        "Inbox": "Phone",
        "Text": "=====",
        "Headers": "List-Unsubscribe-Post:",
        "MJML": "<mj-section",
        "HTML": "<!DOCTYPE html>",
    }.items():
        page.get_by_role("link", name=form, exact=True).click()
        expect(letter(page).get_by_text(words).first).to_be_visible()


PAPER, DARK = "rgb(244, 242, 238)", "rgb(14, 17, 20)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_screen(visit: Open, scheme: Any) -> None:
    """Light and dark are the letter's own, whatever this screen is; inverted ones are dark."""
    page = visit("/2021-01", color_scheme=scheme)
    here = DARK if scheme == "dark" else PAPER
    for screen, ground in {
        "Light": PAPER,
        "Dark": DARK,
        "Partly inverted": DARK,  # by the letter's own rules for Outlook
        "Fully inverted": "rgb(38, 36, 32)",
        "As this screen": here,
    }.items():
        page.get_by_label("Screen").select_option(label=screen)
        becomes(page, f"getComputedStyle({LETTER}.body).backgroundColor", ground)


def test_styles_and_pictures(visit: Open, site: Path) -> None:
    """Without a style block the letter keeps its colours, without any it is bare; a picture that
    is off leaves its words; a letter without pictures has no switch for them.
    """
    page = visit("/2021-01")
    expect(letter(page).locator("h1")).to_be_visible()
    expect(page.get_by_label("Pictures")).to_have_count(0)
    size = f"getComputedStyle({LETTER}.querySelector('h1')).fontSize"
    blocks = f"{LETTER}.querySelectorAll('style').length > 0"
    for styles, seen in {
        "No style block": ["30px", False],
        "No styles": ["32px", False],
        "All styles": ["30px", True],
    }.items():
        page.get_by_label("Styles").select_option(label=styles)
        becomes(page, f"[{size}, {blocks}]", seen)
    static = site / "templates/web/static"
    static.mkdir(parents=True)
    (static / "logo.png").write_bytes(ONE_PIXEL)
    masthead = site / "templates/email/partials/masthead.mjml"
    masthead.parent.mkdir(parents=True)
    packaged = (packaged_templates() / "email/partials/masthead.mjml").read_text("utf-8")
    address = "{{ newsletter.public_url }}/static/logo.png"
    logo = f'<mj-image src="{address}" alt="Our logo" width="60px" />'
    masthead.write_text(packaged.replace("<mj-column>", f"<mj-column>{logo}", 1), "utf-8")
    picture = letter(page).get_by_alt_text("Our logo")
    expect(picture).to_be_visible()
    assert picture.evaluate("(image) => image.naturalWidth") == 1
    page.get_by_label("Pictures").select_option(label="Off")
    expect(picture).not_to_have_attribute("src", re.compile("."))
    expect(picture).to_be_visible()


@pytest.mark.parametrize("reader", ["From right to left", "A script", "A long name", "No name"])
def test_each_reader(visit: Open, reader: str) -> None:
    """Whatever the name, the letter greets it as text, and nothing sticks out of the frame."""
    page = visit("/2021-01?width=320")
    page.get_by_label("Reader", exact=True).select_option(label=reader)
    name = SAMPLES[page.get_by_label("Reader", exact=True).input_value()].name
    if name:
        expect(letter(page).get_by_text(f"Dear {name},")).to_be_visible()
    else:
        expect(letter(page).get_by_text("Dear ")).to_have_count(0)
    assert page.evaluate(f"{LETTER}.documentElement.scrollWidth") <= 320


def test_a_choice_outlives_news(visit: Open) -> None:
    """What was chosen is shown even if a file is saved while its page is on the way."""
    page = visit("/2021-01")
    expect(letter(page).locator("h1")).to_be_visible()
    page.evaluate(
        """() => {
          const reader = document.getElementById("reader");
          reader.value = "arabic";
          reader.dispatchEvent(new Event("change", { bubbles: true }));
          stream.dispatchEvent(new MessageEvent("message", { data: "newer" }));
        }"""
    )
    expect(letter(page).get_by_text(f"Dear {SAMPLES['arabic'].name},")).to_be_visible()
    assert page.url.endswith("?reader=arabic")


def test_a_reader_on_the_list(visit: Open, site: Path) -> None:
    """By address: their edition, their name; the menu says how many get each."""
    add_reader(site, "one@example.org", "Béla", "training")
    page = visit("/2021-01")
    page.get_by_label("Reader", exact=True).select_option(label="On the list …")
    page.get_by_label("Address of a reader on the list").fill("one@example.org")
    page.keyboard.press("Enter")
    expect(letter(page).get_by_text("Dear Béla,")).to_be_visible()
    expect(page.locator("#envelope")).to_contain_text("3 in full, 1 and 2 in brief")
    chosen = page.get_by_label("Edition").locator("option:checked")
    expect(chosen).to_have_text("3 in full, 1 and 2 in brief · 1 reader")
    assert "address=one%40example.org" in page.url
    page.get_by_label("Reader", exact=True).select_option(label="Ada Everard")
    expect(letter(page).get_by_text("Dear Ada Everard,")).to_be_visible()
    assert "one" not in page.url


def test_the_address_says_it_all(visit: Open) -> None:
    """What one looks at can be sent to somebody, and the back button goes back through it."""
    page = visit("/2021-01?edition=2-in-full&reader=arabic&width=375&screen=dark&styles=inline")
    expect(page.get_by_label("Edition")).to_have_value("2-in-full")
    expect(page.get_by_label("Screen")).to_have_value("dark")
    page.get_by_label("Screen").select_option("fully")
    expect(page.locator("#letter")).to_have_class("fully")
    page.get_by_role("link", name="Inbox").click()
    expect(letter(page).get_by_role("heading", name="Phone")).to_be_visible()
    page.go_back()
    page.go_back()
    expect(page.locator("#letter")).to_have_class("dark")
    expect(page.get_by_label("Styles")).to_have_value("inline")
    expect(page.get_by_role("link", name="375")).to_have_attribute("aria-current", "true")


def test_keys(visit: Open) -> None:
    """A key each; none while one types, none where they are turned off."""
    page = visit("/2021-01")
    expect(letter(page).locator("h1")).to_be_visible()
    page.keyboard.press("j")
    page.wait_for_url("**/2020-12")
    page.keyboard.press("k")
    page.wait_for_url("**/2021-01")
    page.keyboard.press("1")
    page.wait_for_url("**/2021-01?width=320")
    page.keyboard.press("d")
    page.wait_for_url("**/2021-01?width=320&screen=light")
    page.keyboard.press("v")
    page.wait_for_url("**/2021-01?view=inbox&width=320&screen=light")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Use these keys").uncheck()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert "/2021-01?" in page.url


def test_a_planted_error_shows_its_line_and_goes_away(visit: Open, site: Path) -> None:
    """The place and what to do stand below, the last good letter above; mended, it follows."""
    page = visit("/2021-01")
    title = "How Are Psychological Practitioners Faring at Work?"
    edit(site / FIRST, "doi: 10.", "doi: ten.")
    expect(page.locator("#remarks li")).to_contain_text(f"{FIRST}:4")
    expect(page.locator("#remarks summary")).to_contain_text("shown as it was at")
    expect(letter(page).get_by_role("heading", name=title)).to_be_visible()
    assert page.title().startswith("Error · 2021-01")
    edit(site / FIRST, "doi: ten.", "doi: 10.")
    expect(page.locator("#remarks li")).to_have_count(0)
    assert page.title().startswith("2021-01")


def test_a_topic_is_taken_over_with_a_click(visit: Open, site: Path) -> None:
    """It stands in the file, above the summary in the letter, and is offered no more."""
    retopic(site, "topics: []")
    page = visit("/2021-01")
    page.evaluate("window.mark = 1")
    expect(page.locator("#remarks summary")).to_contain_text("suggested")
    if page.locator("#remarks[open]").count() == 0:
        page.locator("#remarks summary").click()
    offer = page.locator("#remarks li").filter(has_text="depression: twice")
    offer.get_by_role("button").click()
    expect(letter(page).locator("body")).to_contain_text("Survey · Depression")
    expect(offer).to_have_count(0)
    assert "topics: [depression]\n" in (site / FIRST).read_text("utf-8")
    assert page.evaluate("window.mark") == 1


def test_a_template_of_the_site_s_own(visit: Open, site: Path) -> None:
    """A template made while one looks is taken up; an error in it shows its line."""
    page = visit("/2021-02?view=text")
    own = site / "templates/email/digest/body.txt"
    own.parent.mkdir(parents=True)
    packaged = (packaged_templates() / "email/digest/body.txt").read_text("utf-8")
    own.write_text(f"Words of our own.\n{packaged}", "utf-8")
    expect(letter(page).get_by_text("Words of our own.")).to_be_visible()
    own.write_text(f"Words of our own.\n{{{{ nobody.knows }}}}\n{packaged}", "utf-8")
    expect(page.locator("#remarks li").first).to_contain_text("templates/email/digest/body.txt:2")
    expect(letter(page).get_by_text("Words of our own.")).to_be_visible()


def test_a_window_opened_on_an_error(visit: Open, site: Path) -> None:
    """With no picture yet the findings stand alone; the picture comes when they are mended."""
    edit(site / FIRST, "doi: 10.", "doi: ten.")
    page = visit("/2021-01")
    expect(page.locator("#remarks li")).to_contain_text(f"{FIRST}:4")
    expect(page.locator("iframe")).to_have_count(0)
    edit(site / FIRST, "doi: ten.", "doi: 10.")
    expect(letter(page).locator("h1")).to_be_visible()


def test_an_open_choice_is_not_disturbed(visit: Open, site: Path) -> None:
    """What one has the keyboard on keeps it while the picture follows."""
    page = visit("/2021-02")
    page.get_by_label("Edition").focus()
    page.evaluate("window.mark = document.activeElement")
    retitle(site, "A title just saved")
    expect(letter(page).get_by_role("heading", name="A title just saved")).to_be_visible()
    assert page.evaluate("document.activeElement === window.mark")


def test_without_scripts_it_is_usable(visit: Open) -> None:
    """Months, editions and forms are links and a form with a button."""
    page = visit("/", java_script_enabled=False)
    page.get_by_role("link", name="January 2021").click()
    page.get_by_label("Edition").select_option("2-in-full")
    page.get_by_role("button", name="Show").click()
    assert "edition=2-in-full" in page.url
    page.get_by_role("link", name="Text", exact=True).click()
    assert page.url.endswith("?edition=2-in-full&view=text")
    expect(letter(page).get_by_text("Practice Research Digest").first).to_be_visible()


def test_links_of_the_letter_open_elsewhere(visit: Open, studio: Running) -> None:
    """The frame never leaves the letter: its links open a window, its own places scroll."""
    page = visit("/2021-01")
    page.context.route("**/archive/**", lambda route: route.fulfill(body="the archive"))
    with page.expect_popup() as popup:
        letter(page).get_by_role("link", name="web version").first.click()
    assert "/archive/" in popup.value.url
    popup.value.close()
    expect(letter(page).locator("h1")).to_have_count(1)


def test_the_letter_runs_nothing_and_fetches_nothing(
    chromium: Browser, studio: Running, site: Path
) -> None:
    """A script and a picture that a template brings along are shown to be dead."""
    own = site / "templates/email/digest/body.mjml"
    own.parent.mkdir(parents=True)
    with closing(socket.create_server(("127.0.0.1", 0))) as beacon:
        address = f"http://127.0.0.1:{beacon.getsockname()[1]}/"
        script = f"<script>parent.document.title = 'run'; fetch('{address}')</script>"
        planted = f"<mj-raw>{script}<img src='{address}'><p>planted</p></mj-raw></mj-body>"
        packaged = (packaged_templates() / "email/digest/body.mjml").read_text("utf-8")
        own.write_text(packaged.replace("</mj-body>", planted), "utf-8")
        with closing(chromium.new_page()) as page:
            page.goto(f"{studio.url}/2021-01")
            expect(letter(page).get_by_text("planted")).to_be_attached()
            page.wait_for_load_state("load")
            assert page.title() != "run"
        beacon.setblocking(False)
        with pytest.raises(BlockingIOError):
            beacon.accept()


@pytest.mark.parametrize("window", [1440, 1280, 700])
def test_a_width_is_what_it_says(visit: Open, window: int) -> None:
    """A letter wider than the window is scrolled to, from its left edge to its right one."""
    page = visit("/2021-01?width=1024", viewport={"width": window, "height": 800})
    expect(letter(page).locator("h1")).to_be_visible()
    assert page.evaluate(f"{LETTER}.documentElement.clientWidth") == 1024
    stage = "document.getElementById('stage')"
    edge = "document.getElementById('letter').getBoundingClientRect()"
    assert page.evaluate(f"{edge}.left - {stage}.getBoundingClientRect().left") >= 0
    page.evaluate(f"{stage}.scrollTo(2000, 0)")
    assert page.evaluate(f"{edge}.right") <= window


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 700, 1280])
def test_the_page_fits_its_window(visit: Open, site: Path, width: int, scheme: Any) -> None:
    """Nothing is wider or higher than the window; the letter has most of it."""
    page = visit("/2021-02", viewport={"width": width, "height": 800}, color_scheme=scheme)
    expect(letter(page).locator("h1")).to_be_visible()
    size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    assert page.evaluate(size) == [width, 800]
    box = page.locator("#letter").bounding_box()
    assert box
    assert box["height"] > 400


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit: Open, site: Path, scheme: Any) -> None:
    """WCAG 2.2 AA and good practice: with findings and offers, the test letter, the approval.

    Axe is called from outside the page, as its own policy would not let it in; what stands in the
    frame is the letter, which the checks look at.
    """
    add_reader(site, "one@example.org", "Béla", "training")
    with application(config.load(site / "config.toml")) as app:
        publishing.freeze(app.settings, app.engine, app.renderer, Month(2021, 1), app.clock.now())
    retopic(site, "topics: []")
    edit(site / FIRST, "## Practice Implications", "It was Béla.\n\n## Practice Implications")
    page = visit("/2021-01", color_scheme=scheme, bypass_csp=True)
    expect(page.locator("#remarks summary")).to_contain_text("suggested")
    page.locator("#remarks").evaluate("(remarks) => { remarks.open = true; }")
    found = {"offers": violations(page)}
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    found["keys"] = violations(page)
    page.keyboard.press("Escape")
    edit(site / FIRST, "doi: 10.", "doi: ten.")
    expect(page.get_by_role("status")).to_contain_text("1 error")
    found["error"] = violations(page)
    edit(site / FIRST, "doi: ten.", "doi: 10.")
    for view in ("inbox", "text", "headers"):
        page.goto(f"/2021-01?view={view}")
        found[view] = violations(page)
    page.goto("/2021-01/approve")
    expect(page.locator("ins").first).to_be_visible()
    found["approve"] = violations(page)
    page.goto("/2021-01/test")
    page.get_by_label("To", exact=True).fill("editor@example.org")
    page.get_by_role("button", name="Send the test").click()
    expect(page.get_by_text("1 of 1 sent")).to_be_visible()
    found["test"] = violations(page)
    assert {name: one for name, one in found.items() if one} == {}


@pytest.mark.alone
def test_it_follows_within_a_second(visit: Open, site: Path) -> None:
    """From saved to seen within a second, the best of a few: others may be at work, too."""
    page = visit("/2021-02")
    took: list[float] = []
    while len(took) < 10 and min(took, default=1.0) >= 1.0:
        heading = letter(page).get_by_role("heading", name=f"Title number {len(took)}")
        began = time.monotonic()
        retitle(site, f"Title number {len(took)}")
        expect(heading).to_be_visible()
        took.append(time.monotonic() - began)
    print("save to picture:", " ".join(f"{one * 1000:.0f} ms" for one in took))
    assert min(took) < 1.0
