"""Coming onto the list by oneself."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from newsletter.post.round import tidy
from subscribers.model import Mode, State
from subscribers.suppression import Reason
from tests.support.web import Web, heading, hidden, opened, plain, press

ANNA = "anna@example.org"


def test_the_form_shows_every_topic_with_a_line_about_it(client: TestClient) -> None:
    """Topics stand under their groups, each a check box with its description."""
    page = client.get("/").text
    assert page.count('type="checkbox"') == 36
    assert '<legend lang="en">People</legend>' in page
    assert "Panic, phobias, social anxiety" in page


def test_from_the_form_to_the_list(web: Web, client: TestClient) -> None:
    """Form, mail, button: then and not before they are a reader, as they wished."""
    fields = {"name": "Anna B.", "topic": ["depression", "training"], "mode": "only"}
    answer = web.sign_up(client, ANNA, **fields)
    assert heading(answer.text) == "Now look into your mailbox"
    assert web.round() == 1
    assert web.reader(ANNA).state is State.PENDING
    page = client.get(web.link("/confirm")).text
    assert "Training" in page
    assert web.reader(ANNA).state is State.PENDING
    assert heading(press(client, web.link("/confirm")).text) == "You are on the list"
    reader = web.reader(ANNA)
    assert reader.state is State.ACTIVE
    assert reader.confirmed_at == web.clock.now()
    assert reader.name == "Anna B."
    assert reader.preferences.topics == {"depression", "training"}
    assert reader.preferences.mode is Mode.ONLY


def test_the_consent_holds_the_words_that_were_shown(web: Web, client: TestClient) -> None:
    """In the language of the page, with where and when it was given."""
    page = client.get("/?lang=fr").text
    shown = re.search(r'<p class="wording">(.*?)</p>', page)
    assert shown
    web.sign_up(client, ANNA, language="fr")
    web.round()
    client.post(web.link("/confirm"))
    (one,) = web.history(ANNA)
    assert one.wording == shown[1]
    assert one.source == "web form of 2021-02-01 14:00 UTC, confirmed by mail"
    assert web.reader(ANNA).preferences.language == "fr"
    web.round()
    assert [mail["content-language"] for mail in web.mails()] == ["fr", "fr"]


def test_the_confirmation_is_a_program_s_mail(web: Web, client: TestClient) -> None:
    """It says so, has no list's headers, and greets nobody: a stranger may have filled the form."""
    web.sign_up(client, ANNA, name="Cheap pills http://evil.example")
    web.round()
    (mail,) = web.mails()
    assert mail["auto-submitted"] == "auto-generated"
    assert mail["list-unsubscribe"] is None
    assert "evil" not in mail.as_string()
    assert mail.get_content_type() == "multipart/alternative"


def test_a_welcome_leads_to_the_latest_issue(web: Web, client: TestClient) -> None:
    """Once a month was sent, the welcome names its summaries, the reader's own topics marked."""
    web.add("bert@example.org")
    web.send("2021-01")
    web.sign_up(client, ANNA, name="Anna", topic=["therapist-factors"])
    web.round()
    client.post(web.link("/confirm", ANNA))
    web.round()
    mail = web.mails(ANNA)[-1]
    text = plain(mail)
    assert mail["subject"] == "Welcome to Practice Research Digest"
    assert "Dear Anna," in text
    assert f"{web.url}/archive/2021-01/how-are-psychological-practitioners" in text
    assert "(your topic)" in text
    assert mail["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"


ADDRESSES = ("new", "active", "pending", "unsubscribed", "bounced", "complained", "erased")


@pytest.fixture
def known(web: Web, client: TestClient) -> Web:
    """A list with a reader in every state, each a month old."""
    for name in ("active", "unsubscribed", "bounced", "complained", "erased"):
        web.add(f"{name}@example.org", name=name)
    web.sign_up(client, "pending@example.org")
    web.round()
    web.leave("unsubscribed@example.org")
    web.suppress("bounced@example.org", Reason.BOUNCE)
    web.suppress("complained@example.org", Reason.COMPLAINT)
    web.app.erase("erased@example.org")
    web.clock.move(days=2)
    return web


def test_nobody_learns_whether_an_address_is_known(known: Web, client: TestClient) -> None:
    """Whoever's it is, the answer is the same to the letter, and nothing was looked up for it."""
    answers = {}
    for name in ADDRESSES:
        before = known.rows("errand", "allowance")
        answer = known.sign_up(client, f"{name}@example.org")
        assert known.rows("errand", "allowance") == before
        answers[answer.text.replace(name, "NAME")] = answer.status_code
    assert list(answers.values()) == [200]


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("new", "Please confirm"),
        ("pending", "Please confirm"),
        ("unsubscribed", "Please confirm"),
        ("erased", "Please confirm"),
        ("active", "You are on the list already"),
        ("bounced", None),
        ("complained", None),
    ],
)
def test_each_gets_the_mail_that_fits(
    known: Web, client: TestClient, name: str, subject: str | None
) -> None:
    """Who may not be mailed gets none; who is on the list is told so."""
    address = f"{name}@example.org"
    before = len(known.mails(address))
    known.sign_up(client, address, name="Somebody else")
    known.round()
    mails = known.mails(address)[before:]
    assert [str(one["subject"]).partition(":")[0] for one in mails] == [subject] * bool(subject)
    if name == "active":
        assert known.reader(address).name == "active"


@pytest.mark.parametrize("name", ["unsubscribed", "erased", "pending"])
def test_who_left_can_come_back(known: Web, client: TestClient, name: str) -> None:
    """By themselves, with the button: also who was erased, as if for the first time."""
    address = f"{name}@example.org"
    known.sign_up(client, address, topic=["depression"])
    known.round()
    client.post(known.link("/confirm", address))
    reader = known.reader(address)
    assert reader.state is State.ACTIVE
    assert reader.suppressed == ""
    assert reader.preferences.topics == {"depression"}


def test_a_thousand_sign_ups_send_one_mail(tmp_path: Path) -> None:
    """Within a day an address gets one, from however many visitors it is asked."""
    own: dict[str, object] = {"signups_per_hour": 2000}
    with opened(tmp_path / "site", subscriptions=own) as web:
        page = web.client().get("/").text
        web.clock.move(seconds=5)
        for number in range(1000):
            client = web.client(client=(f"10.0.{number // 250}.{number % 250}", 1))
            email = ANNA.upper() if number % 2 else ANNA
            data = {"stamp": hidden(page, "stamp"), "email": email}
            assert client.post("/subscribe", data=data).status_code == 200
            if number % 100 == 99:
                web.round()
        assert len(web.mails()) == 1
        web.clock.move(days=1)
        web.sign_up(web.client(), ANNA)
        web.round()
        assert len(web.mails()) == 2


def test_the_answer_loaded_anew_asks_for_nothing_more(web: Web, client: TestClient) -> None:
    """It shows the address, to be looked through, so it can't be a page that is only read: sent
    once more, before the mail or after the button, the form has no consequence."""
    data = {"stamp": hidden(client.get("/").text, "stamp"), "email": ANNA, "topic": "training"}
    web.clock.move(seconds=5)
    first = client.post("/subscribe", data=data)
    assert client.post("/subscribe", data=data).text == first.text
    web.round()
    client.post(web.link("/confirm"))
    web.round()
    reader, mails = web.reader(ANNA), len(web.mails())
    assert client.post("/subscribe", data=data).text == first.text
    web.round()
    assert web.reader(ANNA) == reader
    assert len(web.mails()) == mails


def test_the_answer_s_address_leads_back_to_the_form(client: TestClient) -> None:
    """Whoever opens it by itself, from the history or a bookmark, can begin."""
    answer = client.get("/subscribe", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_a_visitor_has_a_limit(web: Web, client: TestClient) -> None:
    """The 31st sign-up of an hour from one place is put off, openly; an hour later it goes."""
    for number in range(30):
        assert web.sign_up(client, f"reader{number}@example.org").status_code == 200
    answer = web.sign_up(client, "one-more@example.org", name="One More")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "3600"
    assert 'value="One More"' in answer.text
    assert web.sign_up(web.client(client=("192.0.2.1", 1)), "other@example.org").status_code == 200
    web.clock.move(hours=1)
    assert web.sign_up(client, "one-more@example.org").status_code == 200


def test_an_ipv6_network_is_one_visitor(tmp_path: Path) -> None:
    """Whoever has a network has more addresses than there are readers."""
    own: dict[str, object] = {"signups_per_visitor": 1}
    with opened(tmp_path / "site", subscriptions=own) as web:
        for last, status in (("1", 200), ("2:3", 429)):
            visitor = web.client(client=(f"2001:db8:0:5::{last}", 1))
            assert web.sign_up(visitor, f"reader{last[0]}@example.org").status_code == status
        other = web.client(client=("2001:db8:0:6::1", 1))
        assert web.sign_up(other, "other@example.org").status_code == 200


def test_the_site_has_a_limit(tmp_path: Path) -> None:
    """Many visitors together can't cause more mail than the operator allows."""
    own: dict[str, object] = {"signups_per_hour": 3}
    with opened(tmp_path / "site", subscriptions=own) as web:
        answers = [
            web.sign_up(web.client(client=(f"192.0.2.{number}", 1)), f"r{number}@example.org")
            for number in range(5)
        ]
        assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]


def test_where_visitors_come_from_is_not_kept(web: Web) -> None:
    """Neither an address nor anything that is the same on another day stands in the database."""
    client = web.client(client=("192.0.2.77", 1))
    web.sign_up(client, ANNA)
    first = web.rows()["allowance"]
    web.clock.move(days=1)
    web.sign_up(client, "bert@example.org")
    assert "192.0.2.77" not in repr(web.rows())
    names = [one.name for one in web.rows()["allowance"] if one.name.startswith("visitor/")]  # type: ignore[attr-defined]
    assert len(set(names)) == 2
    assert first != web.rows()["allowance"]


def test_a_program_that_fills_every_field_gets_nowhere(web: Web, client: TestClient) -> None:
    """The trap's answer looks like success."""
    answer = web.sign_up(client, ANNA, website="https://spam.example")
    assert heading(answer.text) == "Now look into your mailbox"
    assert web.rows()["errand"] == []


@pytest.mark.parametrize("seconds", [0, 1, 86_401])
def test_a_form_has_its_time(web: Web, client: TestClient, seconds: int) -> None:
    """Sent faster than a person can, or a day later, it is shown once more as it was filled in."""
    stamp = hidden(client.get("/").text, "stamp")
    web.clock.move(seconds=seconds)
    data = {"stamp": stamp, "email": ANNA, "name": "Anna", "topic": "depression"}
    answer = client.post("/subscribe", data=data)
    assert answer.status_code == 422
    assert "press the button once more" in answer.text
    assert f'value="{ANNA}"' in answer.text
    assert 'value="depression" checked' in answer.text
    web.clock.move(seconds=3)
    again = data | {"stamp": hidden(answer.text, "stamp")}
    assert client.post("/subscribe", data=again).status_code == 200


@pytest.mark.parametrize(
    "stamp", ["", "1.x", "99999999999999999999.x", "1612188000.AAAA", "x" * 300]
)
def test_a_form_s_time_can_not_be_made_up(web: Web, client: TestClient, stamp: str) -> None:
    """Without our signature there is no sign-up."""
    answer = client.post("/subscribe", data={"stamp": stamp, "email": ANNA})
    assert answer.status_code == 422
    assert web.rows()["errand"] == []


@pytest.mark.parametrize("address", ["", "anna", "anna@", "a b@example.org", "a@b@c", "x" * 400])
def test_a_wrong_address_is_said(web: Web, client: TestClient, address: str) -> None:
    """The form comes back with what was filled in, and says what is wrong beside the field."""
    answer = web.sign_up(client, address, name="Anna")
    assert answer.status_code == 422
    assert 'aria-invalid="true" aria-describedby="problem"' in answer.text
    assert web.rows()["errand"] == []


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"email=%ff%fe", b"email=%00", b"a=" + b"x" * 5000, b"a=1&" * 600],
    ids=["octets", "no UTF-8", "zero", "long", "many"],
)
def test_a_mess_is_refused(client: TestClient, content: bytes) -> None:
    """What no browser sends gets 400 and nothing else."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/subscribe", content=content, headers=kind).status_code == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:8025"}, 200),
        ({"Origin": "null"}, 200),
        ({"Origin": "garbage"}, 403),
    ],
)
def test_forms_of_other_sites_are_refused(
    web: Web, client: TestClient, headers: dict[str, str], status: int
) -> None:
    """What browsers say of where a form stood is heard."""
    stamp = hidden(client.get("/").text, "stamp")
    web.clock.move(seconds=5)
    answer = client.post("/subscribe", data={"stamp": stamp, "email": ANNA}, headers=headers)
    assert answer.status_code == status


def test_unknown_topics_are_left_out(web: Web, client: TestClient) -> None:
    """A slug that isn't in the taxonomy is nobody's wish."""
    web.sign_up(client, ANNA, topic=["depression", "'; DROP TABLE subscriber"])
    web.round()
    client.post(web.link("/confirm"))
    assert web.reader(ANNA).preferences.topics == {"depression"}


def test_the_button_twice_is_the_button_once(web: Web, client: TestClient) -> None:
    """The second press says the same, and neither consents nor writes again."""
    web.sign_up(client, ANNA)
    web.round()
    link = web.link("/confirm")
    client.post(link)
    web.round()
    before = web.rows()
    assert heading(press(client, link).text) == "You are on the list"
    assert heading(client.get(link).text) == "You are on the list"
    web.round()
    assert web.rows() == before


def test_a_link_that_was_used_subscribes_nobody_again(web: Web, client: TestClient) -> None:
    """Who has left since stays away, whoever presses the old button."""
    web.sign_up(client, ANNA)
    web.round()
    link = web.link("/confirm")
    client.post(link)
    web.leave(ANNA)
    assert heading(press(client, link).text) == "You have left"
    assert web.reader(ANNA).state is State.UNSUBSCRIBED


def test_a_link_ends(web: Web, client: TestClient) -> None:
    """After two weeks the link is over, and the address forgotten."""
    web.sign_up(client, ANNA)
    web.round()
    link = web.link("/confirm")
    web.clock.move(days=13)
    tidy(web.app.office)
    assert client.get(link).status_code == 200
    web.clock.move(days=2)
    assert client.post(link).status_code == 410
    tidy(web.app.office)
    assert [web.rows()[name] for name in ("subscriber", "errand", "post")] == [[], [], []]
    assert client.get(link).status_code == 410


def test_a_second_wish_does_not_change_the_first(web: Web, client: TestClient) -> None:
    """What the mail asked is what its button does, whatever was filled in since by whomever."""
    web.sign_up(client, ANNA, topic=["depression"])
    web.round()
    link = web.link("/confirm")
    web.clock.move(hours=2)
    web.sign_up(client, ANNA, name="Mallory", topic=["training"])
    web.round()
    client.post(link)
    assert web.reader(ANNA).name == ""
    assert web.reader(ANNA).preferences.topics == {"depression"}


def test_a_later_mail_makes_the_earlier_void(web: Web, client: TestClient) -> None:
    """A day later there is a new mail: its button works, the old one's no longer."""
    web.sign_up(client, ANNA, topic=["depression"])
    web.round()
    old = web.link("/confirm")
    web.clock.move(days=1)
    web.sign_up(client, ANNA, topic=["training"])
    web.round()
    assert client.post(old).status_code == 410
    client.post(web.link("/confirm"))
    assert web.reader(ANNA).preferences.topics == {"training"}
