"""Links of mails: looking changes nothing, and each is good for one thing and one reader."""

import re
from itertools import permutations

import pytest
from starlette.testclient import TestClient

from newsletter.store.engine import writing
from subscribers.tables import errand
from subscribers.tokens import Purpose
from tests.support.web import Web, html, plain

ANNA, BERT = "anna@example.org", "bert@example.org"
OTHER = re.compile(r"https?://doi\.org|mailto:")


@pytest.fixture
def mailed(web: Web, client: TestClient) -> Web:
    """Every kind of mail lies in the outbox: a month, and all that pages can cause."""
    web.add(BERT, topics=("training",))
    web.sign_up(client, ANNA, topic=["depression"])
    web.round()
    client.post(web.link("/confirm", ANNA))
    web.sign_up(client, BERT)
    web.round()
    web.send("2021-01")
    web.sign_up(client, "carl@example.org")
    client.post(f"{web.link('/preferences', ANNA)}/data")
    web.round()
    client.post(f"{web.link('/data', ANNA)}/move", data={"email": "new@example.org"})
    web.round()
    return web


def links(web: Web) -> set[str]:
    """Return every address of ours in every mail: HTML, text and headers."""
    found: set[str] = set()
    for mail in web.mails():
        found |= set(re.findall(r'href="([^"#][^"]*)"', html(mail)))
        found |= set(re.findall(r"https?://\S+", plain(mail)))
        found |= set(re.findall(r"<(https?:[^>]+)>", str(mail["list-unsubscribe"] or "")))
    return {one.rstrip(".,)>") for one in found if not OTHER.match(one)}


def test_every_link_read_twice_changes_no_row(mailed: Web, client: TestClient) -> None:
    """A scanner that follows everything, by GET and HEAD, leaves the database as it was."""
    found = links(mailed)
    pages = {one.removeprefix(mailed.url).split("/")[1] for one in found}
    assert pages >= {"confirm", "preferences", "unsubscribe", "data", "move", "archive"}
    before = mailed.rows()
    for _ in range(2):
        for link in sorted(found):
            for method in ("GET", "HEAD"):
                path = link.removeprefix(mailed.url)
                answer = client.request(method, path)
                assert answer.status_code in (200, 404), link
                assert answer.status_code == 200 or path.startswith("/archive"), link
    mailed.round()
    assert mailed.rows() == before


PAGES = (Purpose.UNSUBSCRIBE, Purpose.PREFERENCES, Purpose.CONFIRM, Purpose.DATA, Purpose.MOVE)


def token(web: Web, purpose: Purpose) -> str:
    return web.link(f"/{purpose.value}").rpartition("/")[2]


def test_a_token_is_good_for_one_purpose(mailed: Web, client: TestClient) -> None:
    """Under every other page's address it reads nothing and changes nothing."""
    before = mailed.rows()
    for mine, other in permutations(PAGES, 2):
        path = f"/{other.value}/{token(mailed, mine)}"
        for answer in (client.get(path), client.post(path), client.post(f"{path}/erase")):
            assert answer.status_code in (404, 405, 410), path
            assert "@example.org" not in answer.text.replace("editor@example.org", "")
    assert mailed.rows() == before


def test_a_token_is_good_for_one_reader(mailed: Web, client: TestClient) -> None:
    """With Bert's number before Anna's signature there is no page; each page shows its own."""
    for purpose in (Purpose.PREFERENCES, Purpose.UNSUBSCRIBE):
        own = {
            name: mailed.app.tokens.make(purpose, mailed.reader(name).id) for name in (ANNA, BERT)
        }
        mixed = own[BERT].partition(".")[0] + "." + own[ANNA].partition(".")[2]
        assert client.get(f"/{purpose.value}/{mixed}").status_code == 404
        assert client.post(f"/{purpose.value}/{mixed}").status_code == 404
        page = client.get(f"/{purpose.value}/{own[ANNA]}").text
        assert ANNA in page
        assert BERT not in page


def test_an_errand_s_token_is_good_for_that_errand(mailed: Web, client: TestClient) -> None:
    """Another errand's number before its signature opens nothing."""
    own = token(mailed, Purpose.DATA)
    number, _, signature = own.partition(".")
    for other in range(1, int(number) + 3):
        if other != int(number):
            for page in ("data", "confirm", "move"):
                assert client.get(f"/{page}/{other}.{signature}").status_code == 410


def test_an_old_backup_makes_no_old_link_new(mailed: Web, client: TestClient) -> None:
    """A number that is given again, to another reader, is not opened by the first one's link."""
    own = mailed.link("/data")
    number = int(own.rpartition("/")[2].partition(".")[0])
    with writing(mailed.app.engine) as connection:
        bert = mailed.reader(BERT).id
        connection.execute(errand.update().where(errand.c.id == number).values(subscriber_id=bert))
    assert client.get(own).status_code == 410
