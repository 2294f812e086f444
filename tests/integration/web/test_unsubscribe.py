"""Leaving."""

import re
from collections.abc import Mapping

import pytest
from starlette.testclient import TestClient

from newsletter.message import INERT
from subscribers.model import Mode, State
from subscribers.suppression import Reason
from subscribers.tokens import Purpose, Tokens, new_key
from tests.support.web import Web, heading, press

ANNA = "anna@example.org"
ONE_CLICK = b"List-Unsubscribe=One-Click"
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
)
FOREIGN = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}
NO_TOKENS = ("", "1", "1.", "1.AAAA", "0.x", "-1.x", "9" * 20 + ".x", "１.x", "1.%00", "a.b")
NO_PAGE = (404, 405, 410)


@pytest.fixture
def leave(web: Web) -> str:
    """The address in Anna's mails."""
    web.add(ANNA, name="Anna", topics=("depression",))
    return f"/unsubscribe/{web.app.tokens.make(Purpose.UNSUBSCRIBE, web.reader(ANNA).id)}"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (ONE_CLICK, URLENCODED),
        (MULTIPART, {"Content-Type": "multipart/form-data; boundary=x"}),
        (ONE_CLICK, {}),
        (b"", {}),
        (b"\xff\x00garbage", {"Content-Type": "text/plain"}),
        (b"--broken", {"Content-Type": "multipart/form-data"}),
        (
            ONE_CLICK,
            URLENCODED | FOREIGN,
        ),
    ],
    ids=["urlencoded", "multipart", "no kind", "empty", "garbage", "broken", "another site"],
)
def test_a_post_acts_at_once(
    web: Web, client: TestClient, leave: str, body: bytes, headers: Mapping[str, str]
) -> None:
    """RFC 8058: 200, no redirect, no cookie, whatever the body is; a second time is the same."""
    for _ in range(2):
        answer = client.post(leave, content=body, headers=dict(headers))
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert web.reader(ANNA).state is State.UNSUBSCRIBED
    assert [one.kind.value for one in web.history(ANNA)] == ["granted", "withdrawn"]


def test_the_history_says_how(web: Web, client: TestClient, leave: str) -> None:
    """By one click in a mail program, or by the page's button."""
    client.post(leave, content=ONE_CLICK, headers=URLENCODED)
    assert web.history(ANNA)[-1].source == "one-click link in a mail"
    client.post(f"{leave}/back")
    client.post(f"{leave}/leave")
    assert web.history(ANNA)[-1].source == "button on the web page"


def test_the_page_has_one_button_and_two_other_ways(client: TestClient, leave: str) -> None:
    """Looking changes nothing; what the reader has chosen is not shown to whoever has the link."""
    page = client.get(leave).text
    assert heading(page) == "Leave the list?"
    assert re.search(rf'<form method="post" action="{leave}/leave">', page)
    assert "Or pause instead" in page
    assert "Or fewer topics instead" in page
    assert "checked" not in page
    assert "/preferences/" not in page


def test_leaving_is_taken_back(web: Web, client: TestClient, leave: str) -> None:
    """The button on the page afterwards; the history keeps both, with the words agreed to."""
    page = press(client, f"{leave}/leave").text
    shown = re.search(r'<p class="wording">(.*?)</p>', page)
    assert shown
    assert heading(press(client, f"{leave}/back").text) == "You are on the list"
    assert web.reader(ANNA).state is State.ACTIVE
    assert web.reader(ANNA).preferences.topics == {"depression"}
    last = web.history(ANNA)[-1]
    assert (last.kind.value, last.source) == ("granted", "web page, leaving taken back")
    assert last.wording == shown[1]
    client.post(f"{leave}/back")
    assert len(web.history(ANNA)) == 3


def test_loading_a_page_anew_does_nothing_again(web: Web, client: TestClient, leave: str) -> None:
    """Every button leads to a page that is read: what was undone since stays undone."""
    left = client.post(f"{leave}/leave").headers["location"]
    back = client.post(f"{leave}/back").headers["location"]
    assert heading(client.get(back).text) == "You are on the list"
    assert heading(client.get(left).text) == "Leave the list?"
    client.post(f"{leave}/leave")
    before = web.rows()
    assert heading(client.get(back).text) == "You have left"
    assert web.rows() == before


@pytest.mark.parametrize("done", ["back", "paused", "fewer", "nothing", "else"])
def test_an_address_that_was_kept_says_nothing_untrue(
    web: Web, client: TestClient, leave: str, done: str
) -> None:
    """Whatever it says was done, the page looks at how the reader stands."""
    web.leave(ANNA)
    assert heading(client.get(f"{leave}?done={done}").text) == "You have left"
    client.post(f"{leave}/back")
    page = heading(client.get(f"{leave}?done={done}").text)
    assert page == ("You are on the list" if done == "back" else "Leave the list?")


def test_who_has_left_has_nothing_to_pause(web: Web, client: TestClient, leave: str) -> None:
    """A page that was still open pauses nobody who comes back later."""
    web.leave(ANNA)
    client.post(f"{leave}/pause", data={"months": "12"})
    client.post(f"{leave}/back")
    assert web.reader(ANNA).paused_until is None


def test_a_link_keeps_its_language(client: TestClient, leave: str) -> None:
    """Whoever chose French goes on in French after a button."""
    answer = client.post(f"{leave}/leave?lang=fr")
    assert '<html lang="fr"' in client.get(answer.headers["location"]).text


def test_who_complained_does_not_come_back_by_a_button(
    web: Web, client: TestClient, leave: str
) -> None:
    """A complaint is never undone here; the page says whom to write to."""
    client.post(leave)
    web.suppress(ANNA, Reason.COMPLAINT)
    page = client.get(leave).text
    assert "Take it back" not in page
    assert "write to us" in page
    client.post(f"{leave}/back")
    assert web.reader(ANNA).state is State.UNSUBSCRIBED


def test_a_pause_instead(web: Web, client: TestClient, leave: str) -> None:
    """Nothing comes for a while, and the reader stays."""
    answer = press(client, f"{leave}/pause", months="2")
    assert heading(answer.text) == "Paused"
    assert "1 April 2021" in answer.text
    assert str(web.reader(ANNA).paused_until).startswith("2021-04-01")
    assert web.reader(ANNA).state is State.ACTIVE


@pytest.mark.parametrize("months", ["0", "", "-1", "x"])
def test_a_pause_is_never_ended_here(web: Web, client: TestClient, leave: str, months: str) -> None:
    """Its link is for less mail, not for more."""
    client.post(f"{leave}/pause", data={"months": "12"})
    client.post(f"{leave}/pause", data={"months": months})
    assert str(web.reader(ANNA).paused_until) >= "2021-03-01"


def test_fewer_topics_instead(web: Web, client: TestClient, leave: str) -> None:
    """Only what was ticked from then on; ticking nothing changes nothing."""
    nothing = press(client, f"{leave}/topics")
    assert "No topic was ticked" in nothing.text
    assert web.reader(ANNA).preferences.mode is Mode.HIGHLIGHTS
    answer = press(client, f"{leave}/topics", topic="training")
    assert "nothing else" in answer.text
    assert web.reader(ANNA).preferences.topics == {"training"}
    assert web.reader(ANNA).preferences.mode is Mode.ONLY


def test_other_sites_can_do_no_more_than_leave(web: Web, client: TestClient, leave: str) -> None:
    """Coming back, a pause and topics are taken from our own pages only."""
    client.post(leave)
    for path in ("back", "pause", "topics"):
        answer = client.post(f"{leave}/{path}", headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403
    assert web.reader(ANNA).state is State.UNSUBSCRIBED


def test_it_works_for_ever(web: Web, client: TestClient, leave: str) -> None:
    """After ten years, with a new key before the old one, and after coming and going."""
    secret = web.app.settings.subscriptions.secret_file
    secret.write_text(f"{new_key()}, {secret.read_text().strip()}")
    web.app.__dict__.pop("tokens")
    web.clock.move(days=3653)
    for _ in range(2):
        assert client.post(leave).status_code == 200
        assert web.reader(ANNA).state is State.UNSUBSCRIBED
        client.post(f"{leave}/back")


def test_who_was_erased_can_press_it_too(web: Web, client: TestClient, leave: str) -> None:
    """Nobody is there any more: the page says so, and nothing fails."""
    web.app.erase(ANNA)
    assert client.get(leave).status_code == 410
    assert client.post(leave, content=ONE_CLICK).status_code == 410


@pytest.mark.parametrize("token", NO_TOKENS)
def test_what_is_no_token_is_no_page(client: TestClient, leave: str, token: str) -> None:
    """Neither for reading nor for posting, for any kind of link; and nothing fails."""
    for page in ("unsubscribe", "preferences", "confirm", "data", "move"):
        for answer in (client.get(f"/{page}/{token}"), client.post(f"/{page}/{token}")):
            assert answer.status_code in NO_PAGE
            assert ANNA not in answer.text


@pytest.mark.parametrize("page", ["unsubscribe", "preferences"])
def test_a_test_s_links_say_what_they_are(
    web: Web, client: TestClient, leave: str, page: str
) -> None:
    """Who tries them is not told that the link was cut off; and nobody leaves by them."""
    link = f"/{page}/{INERT.decode()}"
    for answer in (client.get(link), client.post(link, content=ONE_CLICK)):
        assert answer.status_code == 404
        assert heading(answer.text) == "This link is from a test"
    assert web.reader(ANNA).state is State.ACTIVE


def test_a_token_of_another_key_is_none(web: Web, client: TestClient, leave: str) -> None:
    """Who doesn't have our key makes no links."""
    forged = Tokens([new_key()]).make(Purpose.UNSUBSCRIBE, web.reader(ANNA).id)
    assert client.post(f"/unsubscribe/{forged}").status_code == 404
    assert web.reader(ANNA).state is State.ACTIVE
