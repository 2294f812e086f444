"""Choosing what one gets."""

import re
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from newsletter.post.decide import decide_all
from subscribers.model import Mode, State
from subscribers.suppression import Reason
from subscribers.tokens import Purpose
from tests.support.web import Web, heading, plain, press

ANNA, BERT = "anna@example.org", "bert@example.org"


def page_of(web: Web, email: str, purpose: Purpose = Purpose.PREFERENCES) -> str:
    return f"/{purpose.value}/{web.app.tokens.make(purpose, web.reader(email).id)}"


@pytest.fixture
def anna(web: Web) -> str:
    """Anna's page; Bert is on the list beside her."""
    web.add(BERT, topics=("training",))
    web.add(ANNA, name="Anna", topics=("depression",), mode=Mode.ONLY)
    return page_of(web, ANNA)


def test_the_page_shows_what_was_chosen(client: TestClient, anna: str) -> None:
    """Topics, mode and name stand as they are."""
    page = client.get(anna).text
    assert re.findall(r'value="([\w-]+)" checked', page) == ["depression", "only"]
    assert 'value="Anna"' in page
    assert ANNA in page
    assert BERT not in page


def test_saving_changes_one_reader(web: Web, client: TestClient, anna: str) -> None:
    """All of the form is taken, and nobody else is touched."""
    bert = web.reader(BERT)
    fields = {"topic": ["training", "empathy"], "mode": "highlights", "name": " A.\nB. "}
    answer = client.post(anna, data=fields | {"language": "fr"})
    assert answer.status_code == 303
    page = client.get(answer.headers["location"]).text
    assert '<html lang="fr"' in page
    assert "C’est enregistré" in page
    reader = web.reader(ANNA)
    assert reader.preferences.topics == {"training", "empathy"}
    assert reader.preferences.mode is Mode.HIGHLIGHTS
    assert (reader.name, reader.preferences.language) == ("A. B.", "fr")
    assert web.reader(BERT) == bert


def test_no_topic_is_everything(web: Web, client: TestClient, anna: str) -> None:
    """Without topics there is no “only these”: whoever unticks all gets all."""
    client.post(anna, data={"mode": "only"})
    assert web.reader(ANNA).preferences.topics == set()
    assert web.reader(ANNA).preferences.mode is Mode.HIGHLIGHTS


@pytest.mark.parametrize(
    ("months", "until"),
    [
        ("1", datetime(2021, 3, 1, 14, tzinfo=UTC)),
        ("12", datetime(2022, 2, 1, 14, tzinfo=UTC)),
        ("99", datetime(2022, 2, 1, 14, tzinfo=UTC)),
        ("0", None),
        ("-3", None),
        ("³", None),
        ("x", None),
    ],
)
def test_a_pause(
    web: Web, client: TestClient, anna: str, months: str, until: datetime | None
) -> None:
    """From one month to twelve, and nothing else, whatever is sent."""
    client.post(f"{anna}/pause", data={"months": months})
    assert web.reader(ANNA).paused_until == until


def test_a_pause_ends_by_a_button(web: Web, client: TestClient, anna: str) -> None:
    """The page says until when, and lets it come again."""
    client.post(f"{anna}/pause", data={"months": "3"})
    page = client.get(anna).text
    assert "Nothing is sent to you until 1 May 2021." in page
    client.post(f"{anna}/pause", data={"months": "0"})
    assert "Nothing is sent to you until" not in client.get(anna).text
    assert web.reader(ANNA).paused_until is None


def test_who_left_is_told_so(web: Web, client: TestClient, anna: str) -> None:
    """Their page still works, says that nothing is sent, and how to come back."""
    web.leave(ANNA)
    page = client.get(anna).text
    assert "You are not on the list just now" in page
    assert page_of(web, ANNA, Purpose.UNSUBSCRIBE) in page


def test_who_may_not_be_mailed_is_told_so(web: Web, client: TestClient, anna: str) -> None:
    """A person has to look at it."""
    web.suppress(ANNA, Reason.BOUNCE)
    assert "No mail goes to this address at present" in client.get(anna).text


def test_a_link_to_one_s_data_comes_by_mail(web: Web, client: TestClient, anna: str) -> None:
    """It is nowhere on the page, and it comes three times a day at most."""
    for _ in range(3):
        answer = client.post(f"{anna}/data")
        assert "/data/" not in client.get(answer.headers["location"]).text.replace(
            f"{anna}/data", ""
        )
        web.round()
    assert client.get(web.link("/data", ANNA)).status_code == 200
    assert "enough" in client.post(f"{anna}/data").headers["location"]
    web.round()
    assert len(web.mails(ANNA)) == 3
    web.clock.move(days=1)
    assert "asked" in client.post(f"{anna}/data").headers["location"]


@pytest.fixture
def data(web: Web, client: TestClient, anna: str) -> str:
    """The page of Anna's data, by a fresh link."""
    client.post(f"{anna}/data")
    web.round()
    return web.link("/data", ANNA)


def test_a_fresh_link_ages(web: Web, client: TestClient, data: str) -> None:
    """After two hours it is over, for reading as for doing."""
    web.clock.move(hours=1, minutes=59)
    assert client.get(data).status_code == 200
    web.clock.move(minutes=1)
    for answer in (client.get(data), client.post(f"{data}/download"), client.post(f"{data}/erase")):
        assert answer.status_code == 410
    assert web.reader(ANNA).state is State.ACTIVE


def test_all_that_is_held_can_be_taken_away(web: Web, client: TestClient, data: str) -> None:
    """Choice, consents, letters and what waits, as JSON; nothing of anybody else."""
    web.send("2021-01")
    answer = client.post(f"{data}/download")
    held = answer.json()
    assert answer.headers["content-disposition"].startswith("attachment")
    assert held["address"] == ANNA
    assert held["topics"] == ["depression"]
    assert [one["kind"] for one in held["consents"]] == ["granted"]
    assert [(one["month"], one["state"]) for one in held["letters"]] == [("2021-01", "skipped")]
    assert [one["kind"] for one in held["waiting_for_your_click"]] == ["data"]
    assert BERT not in answer.text


def test_erasing_forgets_everything(web: Web, client: TestClient, data: str, anna: str) -> None:
    """Afterwards no row holds the address or the name, and every link is over."""
    web.send("2021-01")
    client.post(f"{data}/move", data={"email": "new@example.org"})
    web.clock.move(hours=1)
    web.sign_up(client, ANNA)
    decide_all(web.app.office)
    assert web.rows()["post"] != []
    assert heading(press(client, f"{data}/erase").text) == "We have forgotten you"
    assert ANNA not in repr(web.rows())
    assert "Anna" not in repr(web.rows())
    web.round()
    assert web.mails("new@example.org") == []
    assert client.get(anna).status_code == 410
    assert client.get(data).status_code == 410
    assert client.post(f"{data}/erase").status_code == 410


def test_a_new_address_is_asked_and_the_old_one_told(
    web: Web, client: TestClient, data: str, anna: str
) -> None:
    """It changes by the button in the new mailbox, and everything else stays as it was."""
    answer = client.post(f"{data}/move", data={"email": "New@Example.org"})
    assert heading(answer.text) == "Now look into the new mailbox"
    web.round()
    (asked,) = web.mails("New@example.org")
    assert ANNA not in asked.as_string()
    before = web.reader(ANNA)
    link = web.link("/move", "New@example.org")
    assert client.get(link).status_code == 200
    assert web.reader(ANNA) == before
    assert heading(press(client, link).text) == "Your new address is in use"
    after = web.reader("new@example.org")
    assert (after.id, after.name, after.preferences) == (before.id, before.name, before.preferences)
    assert client.get(anna).status_code == 200
    web.round()
    told = web.mails(ANNA)[-1]
    assert told["subject"].startswith("Your address was changed")
    assert "New@example.org" in plain(told)
    assert [one.source for one in web.history("new@example.org")][-1].startswith(
        "change of address"
    )
    assert heading(press(client, link).text) == "Your new address is in use"


@pytest.mark.parametrize("email", ["", "nonsense", ANNA])
def test_a_new_address_has_to_be_one(client: TestClient, data: str, email: str) -> None:
    """What can't be mailed, or is the old one, is said on the page."""
    answer = client.post(f"{data}/move", data={"email": email})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_nobody_learns_who_has_the_new_address(web: Web, client: TestClient, data: str) -> None:
    """A reader's address gets the same answer; they are told, and nothing is moved."""
    answers = {
        client.post(f"{data}/move", data={"email": email}).text.replace(email, "")
        for email in (BERT, "new@example.org")
    }
    assert len(answers) == 1
    web.round()
    assert web.mails(BERT)[-1]["subject"].startswith("You are on the list already")
    assert "/move/" not in plain(web.mails(BERT)[-1])


def test_an_address_that_left_is_taken_over(web: Web, client: TestClient, data: str) -> None:
    """Each place keeps its history: the new one says yes again, the old one leaves."""
    web.leave(BERT)
    client.post(f"{data}/move", data={"email": BERT})
    web.round()
    client.post(web.link("/move", BERT))
    assert web.reader(BERT).state is State.ACTIVE
    assert web.reader(BERT).preferences.topics == {"depression"}
    assert web.reader(ANNA).state is State.UNSUBSCRIBED
    assert [one.kind.value for one in web.history(BERT)] == ["granted", "withdrawn", "granted"]


def test_a_barred_address_is_not_asked(web: Web, client: TestClient, data: str) -> None:
    """Suppression holds there too, also when it comes after the mail; no page says otherwise."""
    web.suppress("bounced@example.org", Reason.BOUNCE)
    client.post(f"{data}/move", data={"email": "bounced@example.org"})
    client.post(f"{data}/move", data={"email": "late@example.org"})
    web.round()
    assert web.mails("bounced@example.org") == []
    web.suppress("late@example.org", Reason.COMPLAINT)
    link = web.link("/move", "late@example.org")
    for answer in (client.post(link), client.get(link), client.post(link)):
        assert answer.status_code == 410
    assert web.reader(ANNA).state is State.ACTIVE


def test_the_reader_s_language_is_kept(web: Web, client: TestClient, anna: str) -> None:
    """Their pages and mails speak it, whatever the browser asks for; a link chooses another."""
    client.post(anna, data={"language": "fr"})
    english = {"Accept-Language": "en"}
    assert '<html lang="fr"' in client.get(anna, headers=english).text
    assert '<html lang="en"' in client.get(f"{anna}?lang=en").text
    assert web.reader(ANNA).preferences.language == "fr"
    client.post(f"{anna}/data")
    web.round()
    assert web.mails(ANNA)[-1]["content-language"] == "fr"


def test_a_language_we_do_not_have_is_not_kept(web: Web, client: TestClient, anna: str) -> None:
    """What isn't in the list changes nothing."""
    client.post(anna, data={"language": "../../etc"})
    assert web.reader(ANNA).preferences.language == "en"


def test_asking_a_new_address_again_counts_once(web: Web, client: TestClient, data: str) -> None:
    """The answer loaded anew sends no second mail, and uses none of the day's three changes."""
    for email in ("one@example.org", BERT):
        answers = {client.post(f"{data}/move", data={"email": email}).status_code for _ in range(5)}
        assert answers == {200}
    web.round()
    assert [len(web.mails(to)) for to in ("one@example.org", BERT)] == [1, 1]
    third = client.post(f"{data}/move", data={"email": "two@example.org"})
    assert third.status_code == 200
    for _ in range(2):
        fourth = client.post(f"{data}/move", data={"email": "three@example.org"})
        assert fourth.status_code == 429


def test_who_may_not_be_mailed_is_promised_no_mail(web: Web, client: TestClient, anna: str) -> None:
    """The page has no button for a link that would never come, and an old one says so."""
    web.suppress(ANNA, Reason.COMPLAINT)
    assert f"{anna}/data" not in client.get(anna).text
    page = press(client, f"{anna}/data").text
    assert "We have written to you" not in page
    assert "No mail goes to this address" in page
    web.round()
    assert web.mails(ANNA) == []


def test_private_pages_are_nobody_else_s(client: TestClient, anna: str, data: str) -> None:
    """No cache keeps them, no search engine lists them, no referrer tells of them."""
    for page in (anna, data):
        headers = client.get(page).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-robots-tag"] == "noindex"
        assert headers["referrer-policy"] == "no-referrer"


def test_the_month_follows_the_choice(web: Web, client: TestClient, anna: str) -> None:
    """A reader who changes topics gets another edition."""
    client.post(anna, data={"topic": ["therapist-factors"], "mode": "only"})
    web.send("2021-01")
    (mail,) = web.mails(ANNA)
    assert "How Are Psychological Practitioners Faring" in plain(mail)
    assert "Also this month" not in plain(mail)
