"""Names that want to be something else: on every page and in every mail they are text."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from subscribers.tokens import Purpose
from tests.support.web import Web, html, opened, plain

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)//",
    "</title><script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "{{ 7 * 7 }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "%(newsletter)s %s %n %",
    "Anna\r\nBcc: victim@example.org",
    "=?utf-8?q?Anna=0D=0ABcc:_victim=40example.org?=",
    "zq7slotunsubscribe7qz https://slot.invalid/zq7slotpreferences7qz",
    "<mj-raw><script>alert(1)</script></mj-raw>",
    "\u202eevil\u202c \u200bname\ufeff",
    "'; DROP TABLE subscriber; --",
    "Ω≈ç√∫˜µ≤≥÷ 田中さん 👩‍👩‍👧‍👦 ﷽",
    "a" * 5000,
    "<!-- -->]]><![CDATA[",
    "&lt;b&gt; &amp; &#x3c;script&#x3e;",
)


class Elements(HTMLParser):
    """Gathers what a document is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.shape: list[tuple[str, tuple[str, ...]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def text(document: str) -> str:
    reader = Elements()
    reader.feed(document)
    return reader.text


def shape(document: str) -> list[tuple[str, tuple[str, ...]]]:
    reader = Elements()
    reader.feed(document)
    return reader.shape


def pages(web: Web, client: TestClient, email: str) -> dict[str, str]:
    """Return every page that shows something of a reader, and every mail to them."""
    tokens, reader = web.app.tokens, web.reader(email)
    paths = [
        f"/preferences/{tokens.make(Purpose.PREFERENCES, reader.id)}",
        f"/unsubscribe/{tokens.make(Purpose.UNSUBSCRIBE, reader.id)}",
        web.link("/data", email),
    ]
    found = {re.sub(r"/[^/]*$", "", path): client.get(path).text for path in paths}
    return found | {str(mail["subject"]): html(mail) for mail in web.mails(email)}


def lived(web: Web, client: TestClient, email: str, name: str) -> None:
    """Let a reader of that name come, be welcomed, and ask for their data."""
    answer = web.sign_up(client, email, name=name[:2000])
    assert answer.status_code == 200
    web.round()
    client.post(web.link("/confirm", email))
    preferences = f"/preferences/{web.app.tokens.make(Purpose.PREFERENCES, web.reader(email).id)}"
    client.post(preferences, data={"name": name[:2000]})
    client.post(f"{preferences}/data")
    web.round()


def address(name: str) -> str:
    return f"mallory{HOSTILE.index(name)}@example.org"


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """Anna and every hostile name on one list; all of them have had a month."""
    with opened(tmp_path_factory.mktemp("hostile") / "site") as web:
        client = web.client()
        lived(web, client, "anna@example.org", "Anna")
        for name in HOSTILE:
            lived(web, client, address(name), name)
        web.send("2021-01")
        yield web


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text(lives: Web, name: str) -> None:
    """Pages and mails have the same elements and headers as for a reader called Anna."""
    client = lives.client()
    plainly = pages(lives, client, "anna@example.org")
    oddly = pages(lives, client, address(name))
    assert plainly.keys() == oddly.keys()
    for which, document in oddly.items():
        assert shape(document) == shape(plainly[which]), which
        if "7 * 7" in name:
            assert "49" not in text(document)
    for mail in lives.mails(address(name)):
        assert mail["bcc"] is None
        assert [header.lower() for header, _ in mail.items()].count("subject") == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_typed_comes_back_as_text(client: TestClient, name: str) -> None:
    """A form that is shown once more holds the same elements, whatever was typed into it."""
    fields = {"email": name[:1000], "name": name[:1000], "topic": name[:1000], "stamp": name[:100]}
    odd = client.post("/subscribe", data=fields).text
    calm = client.post("/subscribe", data={"email": "x", "name": "x", "topic": "x"}).text
    assert shape(odd) == shape(calm)


@pytest.mark.parametrize("name", HOSTILE)
def test_an_address_bar_is_text(client: TestClient, name: str) -> None:
    """Queries and paths that hold markup, templates or line ends are pages like others."""
    for path in ("/", "/nothing", "/preferences/1.x"):
        answer = client.get(path, params={"lang": name[:300], "done": name[:300]})
        assert shape(answer.text) == shape(client.get(path).text)
        assert "alert(1)" not in answer.text


def test_a_mail_s_text_keeps_its_lines(web: Web, client: TestClient) -> None:
    """A name can't write a line of its own into a mail."""
    lived(web, client, "mallory@example.org", "Anna\n\nhttps://evil.example/\n")
    welcome = next(one for one in web.mails() if "Welcome" in one["subject"])
    assert "Dear Anna https://evil.example/," in plain(welcome)
