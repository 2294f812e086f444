"""The archive as files: `newsletter archive build`."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from lxml import html

from newsletter.errors import OutsideError, UsageError
from newsletter.model import Topic
from newsletter.web.archive import building, folder
from newsletter.web.archive.filed import FiledPlace, file_of
from tests.support.archive import ATTACHMENT, TRAINING, correct, freeze, send, study
from tests.support.site import Site, make_site
from tests.support.web import URL, Web


@pytest.fixture
def filled(web: Web) -> Web:
    """Enough for lists of two pages, a correction, and a month that waits."""
    engine = web.app.engine
    for number in range(1, 9):
        names = (f"a-{number}", f"b-{number}", f"c-{number}")
        send(engine, f"2020-{number:02}", *map(study, names))
    send(engine, "2021-01", study("first", topics=(TRAINING, ATTACHMENT)), study("second"))
    renamed = study("a-new-name", citation=study("first").citation)
    correct(engine, "2021-01", renamed)
    freeze(engine, "2021-02", study("waiting", "A waiting platypus", topics=(Topic("wait", "W"),)))
    return web


@pytest.fixture
def files(filled: Web) -> Mapping[str, bytes]:
    return building.files(filled.app)


def test_every_page_is_there(files: Mapping[str, bytes]) -> None:
    """Months, summaries, topics, kinds, the search, feeds, sitemap, style; nothing that waits."""
    expected = {
        *("index.html", "archive/index.html", "archive/2020/index.html", "feed.xml"),
        *("archive/2021-01/index.html", "archive/2021-01/a-new-name/index.html"),
        *("archive/topics/index.html", "archive/topics/training/2/index.html"),
        *("archive/topics/training/feed.xml", "archive/types/survey/index.html"),
        *("archive/search/index.html", "archive/search/index.js", "sitemap.xml", "robots.txt"),
        *("static/site.css", "static/theme.css", "static/finder.js"),
    }
    assert expected <= files.keys()
    assert not [name for name, content in files.items() if b"platypus" in content]
    assert not [name for name in files if "wait" in name]


def test_no_link_is_dead(files: Mapping[str, bytes]) -> None:
    """Each leads to a file that is there, to a place on its page, or to somewhere public."""
    for name, content in files.items():
        if not name.endswith(".html"):
            continue
        tree = html.document_fromstring(content)
        for link in tree.xpath("//*/@href | //*/@src | //form/@action"):
            assert leads_somewhere(link, name, files), f"{name}: {link}"
        for element in tree.xpath("//*[@aria-labelledby]"):
            assert tree.get_element_by_id(element.get("aria-labelledby")) is not None


def leads_somewhere(link: str, name: str, files: Mapping[str, bytes]) -> bool:
    if link.startswith(("mailto:", "https://doi.org/", "data:,")):
        return True
    if link.startswith(URL):  # what is no file, and the canonical address of what is one
        path = urlsplit(link).path
        return path in ("", "/") or file_of(path) in files
    target = urlsplit(urljoin(f"https://x.invalid/{name}", link))
    found = files.get(unquote(target.path).lstrip("/"))
    if found is None or not target.fragment:
        return found is not None
    return html.document_fromstring(found).get_element_by_id(target.fragment, None) is not None


def test_links_are_relative(files: Mapping[str, bytes]) -> None:
    """So that it works in a sub-folder and from a disk; the canonical address is the public one."""
    for name, content in files.items():
        if name.endswith(".html"):
            tree = html.document_fromstring(content)
            assert not [one for one in tree.xpath("//*/@href | //*/@src") if one.startswith("/")]
            (canonical,) = tree.xpath("//link[@rel='canonical']/@href")
            assert canonical.startswith(f"{URL}/archive")


def test_every_page_is_reached(files: Mapping[str, bytes]) -> None:
    """Following links from the first page finds every page but those that lead on."""
    waiting, seen = ["index.html"], {"index.html"}
    while waiting:
        name = waiting.pop()
        for link in html.document_fromstring(files[name]).xpath("//a/@href"):
            target = urlsplit(urljoin(f"https://x.invalid/{name}", link))
            path = target.path.lstrip("/")
            if target.netloc == "x.invalid" and path not in seen:
                seen.add(path)
                waiting += [path] if path.endswith(".html") else []
    missed = {name for name in files if name.endswith(".html")} - seen
    assert missed == {"archive/2021-01/first/index.html", "archive/2021-01/second/index.html"}


def test_old_addresses_lead_on(files: Mapping[str, bytes]) -> None:
    """By a refresh of their own; a summary that was taken out leads to its month."""
    moved = files["archive/2021-01/first/index.html"].decode()
    assert 'content="0; url=../a-new-name/index.html"' in moved
    gone = files["archive/2021-01/second/index.html"].decode()
    assert 'content="0; url=../index.html"' in gone


def test_pages_bring_their_own_policy(files: Mapping[str, bytes]) -> None:
    """No server is there to say what a page may do."""
    for name, content in files.items():
        if name.endswith(".html") and b'http-equiv="refresh"' not in content:
            tree = html.document_fromstring(content)
            (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
            assert "default-src 'none'" in policy
            assert not tree.xpath("//script[not(@src) and not(@type='application/ld+json')]")
            assert not tree.xpath("//*/@style | //style")


def test_the_index_is_json_in_a_script(files: Mapping[str, bytes]) -> None:
    """Every summary once, with an address that leads to it from the search's page."""
    text = files["archive/search/index.js"].decode()
    entries = json.loads(text.removeprefix("globalThis.archiveIndex = ").rstrip(";\n"))
    assert len(entries) == 25
    for one in entries:
        assert leads_somewhere(one["href"], "archive/search/index.html", files)
        assert one.keys() == {"title", "href", "language", "month", "kicker", "cited", "text"}


def test_addresses_for_elsewhere_are_absolute(files: Mapping[str, bytes]) -> None:
    """In feeds and in the sitemap."""
    for name in ("feed.xml", "archive/topics/training/feed.xml", "sitemap.xml"):
        document = files[name].decode()
        found = re.findall(r'(?:<loc>|href="|<id>)([^<"]+)', document)
        assert found
        assert all(one.startswith(("http", "tag:")) for one in found)


def test_the_same_archive_makes_the_same_bytes(filled: Web, files: Mapping[str, bytes]) -> None:
    """A day later, and by another process's settings of hashes."""
    filled.clock.move(days=1)
    assert building.files(filled.app) == files


def test_an_empty_archive_is_built(web: Web) -> None:
    """With a first page, a feed and a search that finds nothing."""
    made = building.files(web.app)
    assert b"Nothing has been sent yet" in made["archive/index.html"]
    assert made["archive/search/index.js"] == b"globalThis.archiveIndex = [\n\n];\n"


@pytest.mark.parametrize(
    ("here", "there", "link"),
    [
        ("/archive", "/archive/2021-01", "2021-01/index.html"),
        ("/archive/2021-01/a", "/archive/2021-01/b", "../b/index.html"),
        ("/archive/2021-01/a", "/archive", "../../index.html"),
        ("/archive/topics/x/2", "/archive/topics/x", "../index.html"),
        ("/archive", "/feed.xml", "../feed.xml"),
        ("/", "/archive", "archive/index.html"),
        ("/archive", "/archive#months", "index.html#months"),
        ("/archive", "/", "https://example.org/"),
        ("/archive", "/archived", "https://example.org/archived"),
    ],
)
def test_a_file_leads_to_another(web: Web, here: str, there: str, link: str) -> None:
    """By the way between their folders; to what is no file, by its public address."""
    language = web.app.languages.get("en")
    place = FiledPlace(language, here, public_url="https://example.org")
    assert place.href(there) == link


# Into a folder.

FILES = {"index.html": b"one", "archive/2021/index.html": b"two", "feed.xml": b"three"}


def names(target: Path) -> set[str]:
    return {str(one.relative_to(target)) for one in target.rglob("*") if one.is_file()}


def test_files_are_written_once(tmp_path: Path) -> None:
    """What is right already isn't touched again."""
    assert folder.write(tmp_path / "out", FILES) == folder.Written(3, 0, 0)
    before = {one: one.stat().st_mtime_ns for one in (tmp_path / "out").rglob("*.html")}
    assert folder.write(tmp_path / "out", FILES) == folder.Written(0, 3, 0)
    assert {one: one.stat().st_mtime_ns for one in (tmp_path / "out").rglob("*.html")} == before
    assert names(tmp_path / "out") == {*FILES, folder.LIST}


def test_what_is_no_more_is_taken_away(tmp_path: Path) -> None:
    """With the folders that it leaves empty; what somebody else put there stays."""
    folder.write(tmp_path, FILES)
    (tmp_path / "own.html").write_text("mine")
    (tmp_path / "archive/own").mkdir()
    fewer = {"index.html": b"new"}
    assert folder.write(tmp_path, fewer) == folder.Written(1, 0, 2)
    assert names(tmp_path) == {"index.html", "own.html", folder.LIST}
    assert not (tmp_path / "archive/2021").exists()
    assert (tmp_path / "archive/own").is_dir()


def test_what_somebody_changed_is_not_removed(tmp_path: Path) -> None:
    """A file of ours that was edited since isn't ours alone."""
    folder.write(tmp_path, FILES)
    (tmp_path / "feed.xml").write_text("edited")
    assert folder.write(tmp_path, {"index.html": b"one"}).removed == 1
    assert (tmp_path / "feed.xml").read_text() == "edited"


def test_a_file_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    """Nothing at all is written then; `--force` does it."""
    (tmp_path / "feed.xml").write_text("another feed")
    with pytest.raises(UsageError, match=r"feed\.xml is there already") as info:
        folder.write(tmp_path, FILES)
    assert "--force" in info.value.hint
    assert names(tmp_path) == {"feed.xml"}
    assert folder.write(tmp_path, FILES, force=True).written == 3
    assert (tmp_path / "feed.xml").read_bytes() == b"three"


def test_a_build_that_was_cut_off_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file is half written; the next build knows what is ours, and brings it up to date."""
    folder.write(tmp_path, FILES)
    newer = {name: content * 2 for name, content in FILES.items()}
    with monkeypatch.context() as patch:
        real, calls = Path.replace, []

        def cut_off(self: Path, target: Path) -> Path:
            calls.append(target)
            if len(calls) == 3:
                raise OSError(28, "No space left on device", str(target))
            return real(self, target)

        patch.setattr(Path, "replace", cut_off)
        with pytest.raises(OutsideError, match="No space left"):
            folder.write(tmp_path, newer)
    whole = {*FILES.values(), *newer.values()}
    assert all((tmp_path / name).read_bytes() in whole for name in FILES)
    newest = {name: content * 3 for name, content in FILES.items()}
    assert folder.write(tmp_path, newest).written == 3
    assert {name: (tmp_path / name).read_bytes() for name in FILES} == newest


def test_the_list_is_what_sha256sum_reads(tmp_path: Path) -> None:
    """Anybody can check a copy of the archive."""
    folder.write(tmp_path, FILES)
    check = ["sha256sum", "--check", "--quiet", folder.LIST]
    assert subprocess.run(check, cwd=tmp_path, check=False).returncode == 0
    (tmp_path / "index.html").write_text("other")
    done = subprocess.run(check, cwd=tmp_path, check=False, capture_output=True)
    assert done.returncode == 1


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "a/../../outside"])
def test_a_list_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    """A list that names a file outside its folder removes nothing there."""
    outside = tmp_path / "outside"
    outside.write_text("mine")
    inside = tmp_path / "in/side"
    folder.write(inside, FILES)
    print_ = folder.sha256(b"mine").hexdigest()
    (inside / folder.LIST).write_text(f"{print_}  {name}\n{print_}  ../{name}\n")
    folder.write(inside, FILES)
    assert outside.read_text() == "mine"


# By the command line.


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Site:
    made = make_site(tmp_path / "site", capsys)
    path = made.folder / "readers.csv"
    path.write_text("email\nann@example.org\n")
    assert made("subscribers", "import", str(path)) == 0, made.err
    assert made("send", "2021-01", "--yes") == 0, made.err
    return made


def test_the_command_says_what_it_did(site: Site, tmp_path: Path) -> None:
    """In words, and as one JSON document; built again, nothing is written."""
    target = tmp_path / "public"
    assert site("archive", "build", str(target)) == 0, site.err
    assert f"files in {target}" in site.out
    again = site.json("archive", "build", str(target))
    assert (again["written"], again["removed"]) == (0, 0)
    assert again["unchanged"] == len(names(target)) - 1
    (target / "archive/2021-01/index.html").unlink()
    assert site.json("archive", "build", str(target))["written"] == 1


def test_the_command_replaces_nothing_of_others(site: Site, tmp_path: Path) -> None:
    """It ends with 2, and says how to go on."""
    target = tmp_path / "public"
    target.mkdir()
    (target / "index.html").write_text("my home page")
    assert site("archive", "build", str(target)) == 2
    assert "--force" in site.err
    assert site("archive", "build", str(target), "--force") == 0, site.err


def test_a_correction_arrives_at_the_next_build(site: Site, tmp_path: Path) -> None:
    """Only what it changes is written."""
    target = tmp_path / "public"
    assert site("archive", "build", str(target)) == 0, site.err
    (path,) = (site.folder / "content/2021-01").glob("01-*.md")
    text = path.read_text("utf-8")
    path.write_text(re.sub(r"(?m)^title: .*$", "title: Mended", text), "utf-8")
    assert site("archive", "correct", "2021-01", "--note", "The title.") == 0, site.err
    built = site.json("archive", "build", str(target))
    assert 0 < built["written"] < built["unchanged"] + built["written"]
    page = (target / f"archive/2021-01/{path.name[3:-3]}/index.html").read_text("utf-8")
    assert "Mended" in page
    assert "The title." in page
