"""The archive's pages, as they are served."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import html
from sqlalchemy import event, update
from starlette.testclient import TestClient

from newsletter import publishing
from newsletter.model import Citation, Month, ResearchType, Topic
from newsletter.post.latest import latest
from newsletter.sending import send as send_month
from newsletter.store.engine import reading, writing
from newsletter.store.tables import mailing
from newsletter.web.archive import contents
from tests.support.archive import ATTACHMENT, TRIAL, correct, freeze, send, start, study
from tests.support.ledger import Desk, add_readers
from tests.support.web import URL, Web

PAGES = (
    "/archive",
    "/archive/2021",
    "/archive/2021-01",
    "/archive/2021-01/first",
    "/archive/topics",
    "/archive/topics/training",
    "/archive/types",
    "/archive/types/survey",
    "/archive/search",
    "/archive/search?q=first",
    "/feed.xml",
    "/archive/topics/training/feed.xml",
    "/sitemap.xml",
    "/robots.txt",
)
HTML = tuple(path for path in PAGES if not path.endswith((".xml", ".txt")))


@pytest.fixture
def filled(web: Web) -> Web:
    """Two months in the archive, and one that waits."""
    engine = web.app.engine
    send(engine, "2020-12", study("older", topics=(ATTACHMENT,), research_type=TRIAL))
    send(engine, "2021-01", study("first"), study("second"), introduction="*Welcome* to it.")
    freeze(engine, "2021-02", study("waiting", "A waiting platypus", topics=(Topic("wait", "W"),)))
    return web


@pytest.fixture
def reader(filled: Web) -> TestClient:
    return filled.client()


def page(client: TestClient, path: str, **headers: str) -> Any:
    """Return a page that must be there, as a tree."""
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, path
    return html.fromstring(answer.text)


def text(tree: Any) -> str:
    return " ".join(tree.text_content().split())


@pytest.mark.parametrize("path", PAGES)
def test_every_page_can_be_read_and_kept(reader: TestClient, path: str) -> None:
    """With what lets a cache ask again, and nothing that follows a reader."""
    answer = reader.get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["etag"]
    assert "set-cookie" not in answer.headers
    assert "waiting" not in answer.text
    assert "platypus" not in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_what_a_reader_has_is_not_sent_again(reader: TestClient, path: str) -> None:
    """304 by tag and by date; a tag of something else brings the page."""
    first = reader.get(path)
    tag = first.headers["etag"]
    for known in (tag, f'"x", W/{tag}', "*"):
        again = reader.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == first.headers["cache-control"]
    assert reader.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    if changed := first.headers.get("last-modified"):
        assert reader.get(path, headers={"If-Modified-Since": changed}).status_code == 304
        both = {"If-Modified-Since": changed, "If-None-Match": '"other"'}
        assert reader.get(path, headers=both).status_code == 200
    beyond = f"Fri, 01 Jan 2010 00:00:00 +{'9' * 20}"
    for since in (
        "Fri, 01 Jan 2010 00:00:00 GMT",
        "no date",
        "Fri, 99 Jan 2010 00:00:00 GMT",
        beyond,
    ):
        assert reader.get(path, headers={"If-Modified-Since": since}).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_head_is_answered_without_a_body(reader: TestClient, path: str) -> None:
    """And with the headers of the page."""
    head = reader.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == reader.get(path).headers["etag"]


@pytest.mark.parametrize(
    "path",
    [
        "/archive/2021-02",
        "/archive/2021-02/waiting",
        "/archive/2019",
        "/archive/1999-01",
        "/archive/2021-1",
        "/archive/2021-13",
        "/archive/٢٠٢١",
        "/archive/2021-01/never",
        "/archive/2021-01/FIRST",
        "/archive/2021-01/%2e%2e",
        "/archive/topics/wait",
        "/archive/topics/wait/feed.xml",
        "/archive/topics/training/0",
        "/archive/topics/training/2",
        "/archive/topics/training/99999999999999999999",
        "/archive/types/none",
        "/archive/search?q=first&page=2",
        "/archive/search?q=first&page=0",
        "/archive/search?q=first&page=x",
        "/archive/search?q=first&page=1e3",
        f"/archive/search?q=first&page={'9' * 5000}",
        f"/archive/topics/training/{'9' * 5000}",
        f"/archive/types/survey/{'9' * 5000}",
        "/archive/",
        "/archive/2021-01/",
    ],
)
def test_what_is_not_there_is_missing(reader: TestClient, path: str) -> None:
    """A month that waits is answered as one that never was."""
    answer = reader.get(path)
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"
    assert "platypus" not in answer.text


def test_a_month_is_there_from_its_start(filled: Web, reader: TestClient) -> None:
    """The links of the first mail work as it lands; a tag from before brings the new page."""
    before = reader.get("/archive").headers["etag"]
    start(filled.app.engine, "2021-02")
    assert reader.get("/archive/2021-02/waiting").status_code == 200
    front = reader.get("/archive", headers={"If-None-Match": before})
    assert "A waiting platypus" in front.text
    assert "A waiting" in reader.get("/archive/search?q=platypus").text


def test_the_front_page_is_a_table_of_contents(reader: TestClient) -> None:
    """Months, the newest first, each with its summaries in order."""
    tree = page(reader, "/archive")
    months = [text(one) for one in tree.cssselect(".month h2 a")]
    assert months == ["January 2021", "December 2020"]
    titles = [text(one) for one in tree.cssselect(".month li > a")]
    assert titles == ["First", "Second", "Older"]


def test_many_months_are_found_by_year(web: Web) -> None:
    """The front page has the last twelve; each year has its own."""
    for number in range(1, 13):
        send(web.app.engine, f"2020-{number:02}", study(f"of-{number}"))
    send(web.app.engine, "2021-01", study("newest"))
    client = web.client()
    front = page(client, "/archive")
    assert len(front.cssselect(".month")) == contents.RECENT
    assert front.xpath("//a[text()='2020']/@href") == ["/archive/2020"]
    year = page(client, "/archive/2020")
    assert len(year.cssselect(".month")) == 12
    assert text(year.cssselect(".month h2 a")[-1]) == "January 2020"
    assert client.get("/archive/2020-01/of-1").status_code == 200


def test_a_month_has_its_introduction_and_neighbours(reader: TestClient) -> None:
    """The editor's word, the summaries, and the way on."""
    tree = page(reader, "/archive/2021-01")
    assert text(tree.cssselect("h1")[0]) == "January 2021"
    assert text(tree.cssselect(".prose")[0]) == "Welcome to it."
    assert [text(one) for one in tree.cssselect(".entry h2")] == ["First", "Second"]
    assert tree.xpath("//a[@rel='prev']/@href") == ["/archive/2020-12"]
    assert tree.xpath("//a[@rel='next']/@href") == []


def test_a_summary_has_everything(reader: TestClient) -> None:
    """Title, kind, topics, body, implications, reference, study; numbers are kept together."""
    tree = page(reader, "/archive/2021-01/first")
    assert text(tree.cssselect("h1")[0]) == "First"
    assert [text(one) for one in tree.cssselect(".kicker a")] == ["Survey", "Training"]
    assert "p\u00a0<\u00a0.05" in tree.cssselect(".prose")[0].text_content()
    assert tree.cssselect(".panel strong")[0].text_content() == "listen"
    assert text(tree.cssselect(".citation cite")[0]) == "Journal of Studies"
    assert tree.xpath("//a[text()='Read the study']/@href") == ["https://doi.org/10.1000/first"]
    assert [text(one) for one in tree.cssselect(".month li > a")] == ["Second"]


def test_topics_and_kinds_lead_to_their_summaries(reader: TestClient) -> None:
    """Each with how many there are, under the heading readers choose it by."""
    topics = page(reader, "/archive/topics")
    assert [text(one) for one in topics.cssselect("h2")] == ["People", "Relationship"]
    assert [text(one) for one in topics.cssselect(".shelves li")] == ["Training 2", "Attachment 1"]
    on_topic = page(reader, "/archive/topics/attachment")
    assert [text(one) for one in on_topic.cssselect(".entry h2")] == ["Older"]
    assert "/archive/topics/attachment/feed.xml" in on_topic.xpath("//link/@href")
    of_type = page(reader, "/archive/types/rct")
    assert [text(one) for one in of_type.cssselect(".entry h2")] == ["Older"]


def test_long_lists_have_pages(web: Web) -> None:
    """Each summary stands on one of them; each page leads to the next."""
    for number in range(1, 13):
        names = (f"a-{number}", f"b-{number}", f"c-{number}")
        send(web.app.engine, f"2020-{number:02}", *map(study, names))
    client = web.client()
    for path, more in (
        ("/archive/topics/training", "/{}"),
        ("/archive/search?q=study", "&page={}"),
    ):
        seen: list[str] = []
        next_page: str | None = path
        while next_page:
            tree = page(client, next_page)
            seen += [text(one) for one in tree.cssselect(".entry h2")]
            found = tree.xpath("//a[@rel='next']/@href")
            next_page = found[0] if found else None
        assert len(seen) == len(set(seen)) == 36
        assert client.get(path + more.format(2)).status_code == 200
        assert client.get(path + more.format(3)).status_code == 404


def test_search_marks_what_it_found(reader: TestClient) -> None:
    """In titles and texts; what was typed stands in the form again."""
    tree = page(reader, "/archive/search?q=SÉCOND")
    assert [text(one) for one in tree.cssselect(".entry h2")] == ["Second"]
    assert {one.text for one in tree.cssselect("mark")} == {"Second", "second"}
    assert tree.cssselect("#q")[0].get("value") == "SÉCOND"
    assert "1 summary" in text(tree)


def test_search_says_what_it_did_not_find(reader: TestClient) -> None:
    """And what one may do."""
    assert "Try fewer" in text(page(reader, "/archive/search?q=first+nothing"))
    assert reader.get("/archive/search?q=x").headers["x-robots-tag"] == "noindex"


def test_a_correction_is_told(filled: Web, reader: TestClient) -> None:
    """On the summary that changed and on its month, with day and note; not on the others."""
    mended = study("first", "The first, mended")
    correct(filled.app.engine, "2021-01", mended, study("second"), note="The title was wrong.")
    words = "Corrected on 4 February 2021. The title was wrong."
    for path in ("/archive/2021-01", "/archive/2021-01/first"):
        tree = page(reader, path)
        assert text(tree.cssselect(".corrections")[0]) == words
        assert "The first, mended" in text(tree)
    assert not page(reader, "/archive/2021-01/second").cssselect(".corrections")


def test_old_addresses_lead_on(filled: Web, reader: TestClient) -> None:
    """A renamed summary to its new address, one that was taken out to its month."""
    renamed = study("a-better-name", citation=study("first").citation)
    correct(filled.app.engine, "2021-01", renamed)
    moved = reader.get("/archive/2021-01/first")
    assert (moved.status_code, moved.headers["location"]) == (301, "/archive/2021-01/a-better-name")
    assert reader.get("/archive/2021-01/second").headers["location"] == "/archive/2021-01"
    assert "lang=fr" in reader.get("/archive/2021-01/first?lang=fr").headers["location"]


def test_pages_speak_the_readers_language(reader: TestClient) -> None:
    """What we say is French, and what was sent is marked as the English it is."""
    tree = page(reader, "/archive/2021-01/first", **{"Accept-Language": "fr-CA"})
    assert tree.get("lang") == "fr"
    assert tree.cssselect("article")[0].get("lang") == "en"
    assert "Implications pour la pratique" in text(tree)
    assert "janvier 2021" in text(tree)
    chosen = page(reader, "/archive?lang=fr")
    assert all("lang=fr" in one for one in chosen.xpath("//ol//a/@href"))
    assert chosen.cssselect("form input[name=lang]")[0].get("value") == "fr"


def test_machines_are_told(reader: TestClient) -> None:
    """An article of ours, about a scholarly article with its DOI, and where it belongs."""
    tree = page(reader, "/archive/2021-01/first")
    (block,) = tree.xpath("//script[@type='application/ld+json']")
    told = json.loads(block.text)
    assert (told["@type"], told["headline"]) == ("Article", "First")
    assert told["url"] == f"{URL}/archive/2021-01/first"
    assert told["about"]["@type"] == "ScholarlyArticle"
    assert told["about"]["identifier"]["value"] == "10.1000/first"
    assert told["about"]["name"] == "A study of first"
    assert told["about"]["datePublished"] == "2020"
    assert told["about"]["isPartOf"]["name"] == "Journal of Studies"
    assert told["datePublished"].startswith("2021-02-01T")
    properties = {
        one.get("property"): one.get("content") for one in tree.xpath("//meta[@property]")
    }
    assert properties["og:type"] == "article"
    assert properties["og:title"] == "First"
    assert properties["og:url"] == told["url"]
    assert properties["og:description"].startswith("What first found")


@pytest.mark.parametrize("path", [*HTML, "/archive/2021-01/first?lang=fr"])
def test_each_page_has_one_address(reader: TestClient, path: str) -> None:
    """The canonical one, absolute and without a choice of language, and the feed's."""
    tree = page(reader, path)
    assert tree.xpath("//link[@rel='canonical']/@href") == [URL + path.partition("?")[0]]
    feeds = tree.xpath("//link[@type='application/atom+xml']/@href")
    assert feeds[0].partition("?")[0] == "/feed.xml"


def test_no_link_is_dead(filled: Web, reader: TestClient) -> None:
    """Every link of every page, followed from the front page, leads somewhere."""
    mended = (study("new-name", citation=study("first").citation), study("second"))
    correct(filled.app.engine, "2021-01", *mended)
    waiting, seen = ["/archive", "/sitemap.xml"], {"/archive", "/sitemap.xml"}
    while waiting:
        path = waiting.pop()
        answer = reader.get(path)
        assert answer.status_code == 200, path
        for link in links(answer.text, path):
            if link not in seen:
                seen.add(link)
                waiting.append(link)
    assert {"/archive/2021-01/new-name", "/archive/topics/training/feed.xml"} <= seen
    assert len(seen) > 20


def links(document: str, path: str) -> set[str]:
    """Return the paths on this site that a page leads to."""
    if urlsplit(path).path.endswith(".xml"):
        found = re.findall(rf"(?:<loc>|href=\"){re.escape(URL)}([^<\"]+)", document)
    else:
        tree = html.fromstring(document)
        found = [urljoin(path, one) for one in tree.xpath("//*/@href | //*/@src")]
        found = [one.removeprefix(URL) for one in found if one.startswith(("/", URL))]
    return {one.partition("#")[0] or path for one in found}


def test_the_sitemap_has_every_page(reader: TestClient) -> None:
    """Absolute, each once, with the moment of its last change where there is one."""
    document = reader.get("/sitemap.xml").text
    found = re.findall(r"<loc>([^<]+)</loc>", document)
    assert len(found) == len(set(found))
    for path in ("/archive", "/archive/2021", "/archive/2021-01", "/archive/2021-01/first"):
        assert URL + path in found
    for path in ("/archive/topics/training", "/archive/types/survey"):
        assert URL + path in found
    assert "<lastmod>2021-02-01T14:00:00Z</lastmod>" in document
    assert "search" not in document


def test_robots_are_kept_from_readers_own_pages(reader: TestClient) -> None:
    """And shown the sitemap."""
    lines = reader.get("/robots.txt").text.splitlines()
    own = ("/preferences/", "/unsubscribe/", "/confirm/", "/data/", "/move/")
    for path in (*own, "/archive/search"):
        assert f"Disallow: {path}" in lines
    assert f"Sitemap: {URL}/sitemap.xml" in lines


NASTY = (
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "{{ 7 * 7 }} {% raw %} ${7*7} #{7*7}",
    "\"><img src=x onerror=alert(3)>'",
    "<!--<script>",
    "\u202eevil\u202c 💥 \u0007\ufffe",
    "]]>&amp;&#x3c;script&#x3e;",
    "שלום <b>עולם</b>",
)


@pytest.mark.parametrize("nasty", NASTY)
def test_nothing_that_was_written_runs(web: Web, nasty: str) -> None:
    """Markup, templates and ends of blocks in any field are words, on every page and in feeds."""
    topic = Topic("training", f"Training {nasty}", group=f"People {nasty}")
    cited = Citation(f"Author {nasty} (2020). Title {nasty}. A Journal, 1, 2.", "10.1000/\"'<>x")
    one = study(
        "first",
        f"Title {nasty}",
        body=f"Body {nasty}\n\n[link](javascript:alert(4)) {nasty}",
        implications=f"So {nasty}",
        topics=(topic,),
        research_type=ResearchType("survey", f"Survey {nasty}"),
        author=f"Author {nasty}",
        citation=cited,
    )
    send(web.app.engine, "2021-01", replace(one, title="Before"), introduction=nasty)
    correct(web.app.engine, "2021-01", one, note=f"Note {nasty}", introduction=nasty)
    client = web.client()
    for path in HTML:
        tree = page(client, path)
        for script in tree.iter("script"):
            assert script.get("type") == "application/ld+json"
            assert "alert(1)" not in script.text or json.loads(script.text)
        assert not tree.xpath("//*/@*[starts-with(name(), 'on')]")
        assert not tree.xpath("//*[starts-with(@href, 'javascript:')]")
        assert not tree.cssselect("img, iframe, b, object")
        assert "49" not in text(tree).replace("7*7", "")
    for path in ("/feed.xml", "/archive/topics/training/feed.xml", "/sitemap.xml"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert b"<script" not in answer.content


def test_a_search_can_hold_anything(reader: TestClient) -> None:
    """What is asked stands on the page as words, cut to a length."""
    for asked in (*NASTY, "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "x" * 9000):
        tree = html.fromstring(reader.get("/archive/search", params={"q": asked}).content)
        assert not tree.cssselect("script, img, b")
        assert len(tree.cssselect("#q")[0].get("value")) <= 200


def test_an_empty_archive_says_so(web: Web) -> None:
    """Before the first month there is a page, a feed and a sitemap all the same."""
    client = web.client()
    for path in ("/archive", "/archive/topics", "/archive/types"):
        assert "Nothing has been sent yet" in text(page(client, path))
    for path in ("/archive/search?q=x", "/feed.xml", "/sitemap.xml", "/robots.txt"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "last-modified" not in answer.headers


def test_days_are_those_of_the_newsletters_zone(web: Web) -> None:
    """A month that goes out at night in UTC went out the evening before in Toronto."""
    send(web.app.engine, "2021-01", study("first"))
    night = datetime(2021, 2, 1, 3, tzinfo=UTC)
    with writing(web.app.engine) as connection:
        connection.execute(update(mailing).values(started_at=night))
    assert "31 January 2021" in text(page(web.client(), "/archive/2021-01"))


@contextmanager
def heard(web: Web) -> Iterator[list[str]]:
    """Write down every statement that reaches the database while the block runs."""
    statements: list[str] = []

    def hear(*given: Any) -> None:
        statements.append(given[2])

    event.listen(web.app.engine, "before_cursor_execute", hear)
    yield statements
    event.remove(web.app.engine, "before_cursor_execute", hear)


def test_nothing_is_written(filled: Web, reader: TestClient) -> None:
    """Whoever reads changes no row."""
    with heard(filled) as statements:
        for path in PAGES:
            reader.get(path)
    assert {one.split()[0] for one in statements} == {"SELECT"}


def test_pages_take_few_statements(filled: Web, reader: TestClient) -> None:
    """As many for two months as for twelve."""
    counts: list[list[int]] = []
    for months in (0, 10):
        for number in range(months):
            send(filled.app.engine, f"20{number + 10}-05", study("first"), study("second"))
        counts.append([])
        for path in PAGES:
            with heard(filled) as statements:
                assert reader.get(path).status_code == 200
            counts[-1].append(len(statements))
    assert counts[0] == counts[1]
    assert max(counts[1]) <= 8


def test_a_correction_changes_the_tag(filled: Web, reader: TestClient) -> None:
    """Who has the old page gets the new one, by tag and by date."""
    first = reader.get("/archive/2021-01/first")
    correct(filled.app.engine, "2021-01", study("first", "Mended"), study("second"))
    for name, header in (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified")):
        answer = reader.get("/archive/2021-01/first", headers={name: first.headers[header]})
        assert "Mended" in answer.text


def test_a_path_before_ours_stands_in_every_address(web: Web) -> None:
    """Where `public_url` has a path, links and canonical addresses have it too."""
    send(web.app.engine, "2021-01", study("first"))
    settings = web.app.settings
    own = settings.newsletter.model_copy(update={"public_url": f"{URL}/letters"})
    moved = Web(web.app.renewed(settings.model_copy(update={"newsletter": own})))
    tree = page(moved.client(), "/letters/archive")
    assert tree.xpath("//link[@rel='canonical']/@href") == [f"{URL}/letters/archive"]
    inner = [one for one in tree.xpath("//a/@href") if not one.startswith(("mailto:", "#"))]
    assert all(one.startswith("/letters/") for one in inner)
    robots = moved.client().get("/letters/robots.txt").text
    assert "Disallow: /letters/unsubscribe/" in robots


def test_time_passes_without_a_change(filled: Web, reader: TestClient) -> None:
    """A page is the same tomorrow: no clock is in it."""
    before = [reader.get(path).headers["etag"] for path in PAGES]
    filled.clock.moment += timedelta(days=400)
    assert [reader.get(path).headers["etag"] for path in PAGES] == before


def test_links_of_a_mail_work_as_it_lands(web: Web) -> None:
    """Web versions and month, from the bytes of a real letter; they carry nothing of its reader."""
    add_readers(Desk(web.app.engine), ["ann@example.org"], topics=["attachment"])
    month, now = Month(2021, 1), web.clock.now()
    publishing.freeze(web.app.settings, web.app.engine, web.app.renderer, month, now)
    client = web.client()
    assert client.get("/archive/2021-01").status_code == 404
    send_month(web.app.outfit, month, web.app.settings.zone)
    (path,) = web.app.settings.delivery.file.path.glob("*.eml")
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    found = {
        link
        for part in mail.walk()
        if part.get_content_maintype() == "text"
        for link in re.findall(rf"{URL}(/archive/[^\s\"<>]+)", part.get_content())
    }
    assert len(found) >= 3
    for link in found:
        assert client.get(link).status_code == 200
        assert re.fullmatch(r"/archive/2021-01(/[a-z0-9-]+)?", link)


def test_a_welcome_names_what_was_sent(filled: Web) -> None:
    """The newest month in the archive, as corrected; not the files, not what waits."""
    correct(filled.app.engine, "2021-01", study("first", "Mended"), study("second", topics=()))
    language = filled.app.languages.get("en")
    with reading(filled.app.engine) as connection:
        found = latest(connection, filled.app.settings, language, {"training"})
    assert found is not None
    assert (found.month, found.url) == ("January 2021", f"{URL}/archive/2021-01")
    assert [(one.title, one.yours) for one in found.summaries] == [
        ("Mended", True),
        ("Second", False),
    ]
    client = filled.client()
    assert all(client.get(one.url.removeprefix(URL)).status_code == 200 for one in found.summaries)


def test_the_form_leads_to_the_archive(reader: TestClient) -> None:
    """Whoever wonders whether to subscribe can read first."""
    assert "/archive" in page(reader, "/").xpath("//header//a/@href")
