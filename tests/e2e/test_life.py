"""The life of a reader in a real browser, from the form to coming back; axe on every page.

With and without JavaScript, on a phone and on a desk, on a light screen and on a dark one.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from newsletter.service.server import Server
from subscribers.model import Mode, State
from subscribers.tokens import Purpose
from tests.e2e.accessibility import violations
from tests.support.service import free_port
from tests.support.web import Web, opened, plain

ANNA, BERT, CARL = "anna@example.org", "bert@example.org", "carl@example.org"


@contextmanager
def served(folder: Path) -> Iterator[Web]:
    """Serve a site's pages on a port of their own."""
    port = free_port()
    own: dict[str, object] = {"public_url": f"http://127.0.0.1:{port}"}
    with opened(folder, newsletter=own) as web, Server(web.site, "127.0.0.1", port):
        yield web


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with served(tmp_path / "site") as web:
        yield web


Visit = Callable[..., Page]


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """Open a window; whatever its console complains of fails the test."""
    opened_: list[Page] = []
    complaints: list[str] = []

    def visit(url: str, **options: Any) -> Page:
        page = chromium.new_page(locale="en", **options)
        opened_.append(page)
        page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        return page

    yield visit
    for page in opened_:
        page.close()
    assert [one for one in complaints if not re.search("status of (404|410|422)", one)] == []


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def fits(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_life_of_a_reader(web: Web, visit: Visit, width: int, scripts: bool) -> None:
    """Form, mail, button, topics, a month in another edition, a pause, leaving, coming back."""
    web.add(BERT)
    size = {"width": width, "height": 800}
    page = visit(f"{web.url}/", viewport=size, java_script_enabled=scripts)
    page.get_by_label("Email address").fill(ANNA)
    page.get_by_label("Name", exact=False).first.fill("Anna")
    page.get_by_text("Choose topics").click()
    page.get_by_label("Therapist Factors").check()
    web.clock.move(seconds=5)
    press(page, "Subscribe")
    expect(page.get_by_role("heading", level=1)).to_have_text("Now look into your mailbox")
    web.round()

    page.goto(web.url + web.link("/confirm", ANNA))
    expect(page.get_by_text("Therapist Factors")).to_be_visible()
    press(page, "Yes, send it to me")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are on the list")
    web.round()

    page.goto(web.url + web.link("/preferences", ANNA))
    expect(page.get_by_label("Therapist Factors")).to_be_checked()
    page.get_by_label("Only my topics").check()
    press(page, "Save")
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(page.get_by_label("Only my topics")).to_be_checked()

    web.send("2021-01")
    anna, bert = web.mails(ANNA)[-1], web.mails(BERT)[-1]
    assert "Dear Anna," in plain(anna)
    assert len(plain(anna)) < len(plain(bert))

    page.goto(f"{web.url}{web.link('/preferences', ANNA)}#pause")
    page.get_by_label("Nothing for").select_option("3")
    press(page, "Pause")
    expect(page.get_by_text("Nothing is sent to you until 1 May 2021.")).to_be_visible()
    assert web.reader(ANNA).paused_until is not None

    page.goto(web.url + web.link("/unsubscribe", ANNA))
    press(page, "Unsubscribe")
    expect(page.get_by_role("heading", level=1)).to_have_text("You have left")
    assert web.reader(ANNA).state is State.UNSUBSCRIBED
    press(page, "Take it back")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are on the list")
    assert web.reader(ANNA).state is State.ACTIVE
    fits(page, width)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A site where every page has something to show."""
    with served(tmp_path_factory.mktemp("lived") / "site") as web:
        client = web.client()
        web.add(ANNA, name="Anna", topics=("depression", "training"))
        web.add(BERT)
        web.leave(BERT)
        web.add(CARL, topics=("training",), mode=Mode.ONLY)
        carl = web.app.tokens.make(Purpose.UNSUBSCRIBE, web.reader(CARL).id)
        client.post(f"/unsubscribe/{carl}/pause", data={"months": "2"})
        web.sign_up(client, "new@example.org", topic=["training"])
        reader = web.reader(ANNA)
        preferences = f"/preferences/{web.app.tokens.make(Purpose.PREFERENCES, reader.id)}"
        client.post(f"{preferences}/data")
        web.round()
        client.post(f"{web.link('/data', ANNA)}/move", data={"email": "moved@example.org"})
        web.round()
        web.send("2021-01")
        yield web


def addresses(web: Web) -> dict[str, str]:
    """Return every page that can be read, by what it is."""
    anna, bert, carl = (web.reader(one).id for one in (ANNA, BERT, CARL))
    make = web.app.tokens.make
    return {
        "subscribe": "/",
        "subscribe in French": "/?lang=fr",
        "confirm": web.link("/confirm", "new@example.org"),
        "preferences": f"/preferences/{make(Purpose.PREFERENCES, anna)}?done=saved",
        "preferences of who left": f"/preferences/{make(Purpose.PREFERENCES, bert)}",
        "unsubscribe": f"/unsubscribe/{make(Purpose.UNSUBSCRIBE, anna)}",
        "left": f"/unsubscribe/{make(Purpose.UNSUBSCRIBE, bert)}",
        "data": web.link("/data", ANNA),
        "move": web.link("/move", "moved@example.org"),
        "preferences in French": f"/preferences/{make(Purpose.PREFERENCES, anna)}?lang=fr",
        "paused": f"/unsubscribe/{make(Purpose.UNSUBSCRIBE, carl)}?done=paused",
        "fewer topics": f"/unsubscribe/{make(Purpose.UNSUBSCRIBE, carl)}?done=fewer",
        "back": f"/unsubscribe/{make(Purpose.UNSUBSCRIBE, anna)}?done=back",
        "erased": "/erased",
        "nothing": "/nothing",
        "nothing in French": "/nothing?lang=fr",
        "over": "/confirm/999.AAAAAAAAAAAAAAAAAAAAAA",
    }


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(lived: Web, visit: Visit, scheme: Any, width: int) -> None:
    """WCAG 2.2 AA and good practice, on every page, with everything unfolded; nothing is too wide.

    Axe is called from outside the page: the pages' own policy would not let it in.
    """
    size = {"width": width, "height": 800}
    page = visit(f"{lived.url}/", color_scheme=scheme, viewport=size, bypass_csp=True)
    found = {}
    for name, path in addresses(lived).items():
        page.goto(lived.url + path)
        for summary in page.locator("summary").all():
            summary.click()
        fits(page, width)
        found[name] = violations(page)
    page.goto(f"{lived.url}/")
    page.get_by_label("Email address").fill("nonsense")
    press(page, "Subscribe")
    found["a wrong address"] = violations(page)
    page.get_by_label("Email address").fill("somebody@example.org")
    lived.clock.move(seconds=5)
    press(page, "Subscribe")
    found["sent"] = violations(page)
    assert {name: one for name, one in found.items() if one} == {}


def test_what_can_be_pressed_is_large(lived: Web, visit: Visit) -> None:
    """Buttons, fields and links outside of sentences are 44 pixels high on a phone."""
    page = visit(f"{lived.url}/", viewport={"width": 320, "height": 800})
    for path in addresses(lived).values():
        page.goto(lived.url + path)
        small = page.evaluate(
            """() => [...document.querySelectorAll(
                'button, select, summary, nav a, .links a, label.choice,'
                + 'input:not([type=hidden], [type=checkbox], [type=radio], [tabindex="-1"])')]
            .filter(one => { const box = one.getBoundingClientRect();
                             return box.width && box.height < 44 })
            .map(one => one.outerHTML.slice(0, 100))"""
        )
        assert small == [], path


def test_the_keyboard_is_enough(web: Web, visit: Visit) -> None:
    """Subscribing without a mouse: the skip link comes first, and what has the focus shows it."""
    page = visit(f"{web.url}/")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the text")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_label("Email address").focus()
    width = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert width == "3px"
    page.keyboard.type(ANNA)
    web.clock.move(seconds=5)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Now look into your mailbox")


def test_a_hostile_name_runs_nothing(web: Web, visit: Visit) -> None:
    """In the browser, too: no script runs, no picture is asked for, no window opens."""
    name = "\"><script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
    web.add(ANNA, name=name)
    reader = web.reader(ANNA).id
    page = visit(f"{web.url}/preferences/{web.app.tokens.make(Purpose.PREFERENCES, reader)}")
    expect(page.get_by_label("Name", exact=False).first).to_have_value(re.compile("script"))
    assert page.title() == "Your choice · Practice Research Digest"
    assert page.locator("main img, main script").count() == 0
