"""The feeds, by the rules of RFC 4287."""

import re
from collections.abc import Iterator
from datetime import datetime
from xml.etree import ElementTree as ET

import pytest
from lxml import html
from starlette.testclient import TestClient

from newsletter.model import Topic
from newsletter.web.archive import feed
from tests.support.archive import ATTACHMENT, TRAINING, correct, send, study
from tests.support.web import URL, Web

ATOM = "{http://www.w3.org/2005/Atom}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
FEEDS = ("/feed.xml", "/archive/topics/training/feed.xml")


@pytest.fixture
def filled(web: Web) -> Web:
    both = (TRAINING, ATTACHMENT)
    send(web.app.engine, "2020-12", study("older", topics=both), study("alone", topics=()))
    send(web.app.engine, "2021-01", study("first"), study("second", author=""))
    return web


@pytest.fixture
def client(filled: Web) -> TestClient:
    return filled.client()


def read(client: TestClient, path: str = "/feed.xml") -> ET.Element:
    answer = client.get(path)
    assert answer.headers["content-type"].partition(";")[0] == "application/atom+xml"
    return ET.fromstring(answer.content)  # noqa: S314 - our own document


def said(parent: ET.Element, name: str) -> str:
    """Return the text of the one element of this name."""
    (found,) = parent.findall(ATOM + name)
    assert found.text
    return found.text


def href(parent: ET.Element, rel: str) -> str:
    (found,) = [one for one in parent.findall(f"{ATOM}link") if one.get("rel") == rel]
    return found.get("href", "")


def entries(top: ET.Element) -> Iterator[ET.Element]:
    return top.iter(f"{ATOM}entry")


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_has_what_it_must(client: TestClient, path: str) -> None:
    """Exactly one id, title, updated, and link to itself; an author (RFC 4287, 4.1.1)."""
    top = read(client, path)
    assert top.tag == f"{ATOM}feed"
    assert said(top, "id") == href(top, "self") == URL + path
    assert said(top, "title")
    assert top.findall(f"{ATOM}author/{ATOM}name")[0].text
    assert said(top, "updated") == max(said(one, "updated") for one in entries(top))
    assert client.get(href(top, "alternate").removeprefix(URL)).status_code == 200
    assert top.get(XML_LANG) == "en"


@pytest.mark.parametrize("path", FEEDS)
def test_an_entry_has_what_it_must(client: TestClient, path: str) -> None:
    """Exactly one id, title, updated, one way to read it (RFC 4287, 4.1.2); moments by RFC 3339."""
    found = list(entries(read(client, path)))
    assert found
    for one in found:
        for name in ("id", "title", "updated", "published", "summary", "content"):
            assert said(one, name)
        assert one.findall(f"{ATOM}author/{ATOM}name")[0].text
        for name in ("updated", "published"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", said(one, name))
            assert datetime.fromisoformat(said(one, name)).tzinfo
        assert one.find(f"{ATOM}content").get("type") == "html"  # type: ignore[union-attr]
        assert href(one, "alternate").startswith(f"{URL}/archive/")
        assert client.get(href(one, "alternate").removeprefix(URL)).status_code == 200
        assert href(one, "related").startswith("https://doi.org/10.1000/")


def test_ids_are_tags_of_what_is_frozen(client: TestClient) -> None:
    """Each its own, of the sender's domain, the month and the first slug (RFC 4151)."""
    ids = [said(one, "id") for one in entries(read(client))]
    assert ids == [
        "tag:example.org,2021-01:first",
        "tag:example.org,2021-01:second",
        "tag:example.org,2020-12:older",
        "tag:example.org,2020-12:alone",
    ]


def test_a_correction_is_an_update_of_the_same_entry(filled: Web, client: TestClient) -> None:
    """The id stays though the address changes; `updated` moves, and nothing else does."""
    before = {said(one, "id"): one for one in entries(read(client))}
    mended = study("a-new-name", "Mended", citation=study("first").citation)
    correct(filled.app.engine, "2021-01", mended, study("second", author=""), note="<Title>.")
    top = read(client)
    after = {said(one, "id"): one for one in entries(top)}
    assert before.keys() == after.keys()
    changed = "tag:example.org,2021-01:first"
    assert said(after[changed], "title") == "Mended"
    assert said(after[changed], "updated") > said(before[changed], "updated")
    assert said(after[changed], "published") == said(before[changed], "published")
    assert href(after[changed], "alternate").endswith("/a-new-name")
    assert said(top, "updated") == said(after[changed], "updated")
    assert "Corrected on 4 February 2021. &lt;Title&gt;." in said(after[changed], "content")
    for known in before.keys() - {changed}:
        assert ET.tostring(before[known]) == ET.tostring(after[known])


def test_content_is_whole_and_safe(client: TestClient) -> None:
    """Body, implications, reference and the way to the study, as HTML whose links are absolute."""
    first = next(entries(read(client)))
    tree = html.fromstring(f"<div>{said(first, 'content')}</div>")
    assert "What first found" in tree.text_content()
    assert tree.cssselect("h2")[0].text == "Practice implications"
    assert tree.cssselect("em")[-1].text == "Journal of Studies"
    assert tree.xpath("//a/@href") == ["https://doi.org/10.1000/first"]


def test_a_topics_feed_has_its_summaries(client: TestClient) -> None:
    """Those on the topic, and no others; each entry names all its topics."""
    top = read(client, "/archive/topics/attachment/feed.xml")
    (older,) = entries(top)
    assert said(older, "title") == "Older"
    assert said(top, "title") == "Practice Research Digest: Attachment"
    named = [(one.get("term"), one.get("label")) for one in older.findall(f"{ATOM}category")]
    assert named == [("training", "Training"), ("attachment", "Attachment")]


def test_a_feed_has_an_end(web: Web) -> None:
    """The newest, and no more than a program wants at once."""
    for number in range(1, 13):
        names = (f"a-{number}", f"b-{number}", f"c-{number}")
        send(web.app.engine, f"2020-{number:02}", *map(study, names))
    found = list(entries(read(web.client())))
    assert len(found) == feed.MOST
    assert said(found[0], "id") == "tag:example.org,2020-12:a-12"


def test_an_empty_feed_is_one(web: Web) -> None:
    """It has its moment, too."""
    top = read(web.client())
    assert list(entries(top)) == []
    assert said(top, "updated") == "1970-01-01T00:00:00Z"


@pytest.mark.parametrize("text", ["<b>&amp;", "]]>", "\u0007\u202e💥", "'\"", " \n "])
def test_any_text_makes_a_document(web: Web, text: str) -> None:
    """What XML can't hold is left out, what it reads as its own is escaped."""
    topic = Topic("training", f"Training {text}")
    one = study("first", f"Title {text}", body=f"Body {text}", author=text, topics=(topic,))
    send(web.app.engine, "2021-01", one)
    for path in FEEDS:
        (entry,) = entries(read(web.client(), path))
        assert said(entry, "title").startswith("Title")
        assert entry.findall(f"{ATOM}author/{ATOM}name")[0].text
