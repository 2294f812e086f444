"""The list of readers, on the command line."""

import csv
import io
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from subscribers.preferences import months_later
from tests.support.site import ON_A_FILE, Site, make_site

READERS = """email,name,topics
ann@example.org,Ann,client-factors;Training
bad address,Nobody,
bob@example.org,"B
ob",
carl@example.org,Carl,client factor
"""


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str], site_url: str) -> Site:
    return make_site(tmp_path / "site", capsys, site_url)


@pytest.fixture
def file(site: Site) -> Path:
    path = site.folder / "readers.csv"
    path.write_text(READERS)
    return path


@pytest.fixture
def listed(site: Site) -> Site:
    path = site.folder / "good.csv"
    path.write_text("email,name\nann@example.org,Ann\nbob@example.org,Bob\n")
    assert site("subscribers", "import", str(path)) == 0, site.err
    return site


def test_import_answers_as_promised(site: Site, file: Path) -> None:
    """One JSON document with the counts and each rejected row; 1, for rows were rejected."""
    assert site("subscribers", "import", str(file), "--json") == 1
    report = json.loads(site.out)
    assert set(report) == {"added", "updated", "unchanged", "suppressed", "rejected"}
    assert [report[key] for key in ("added", "updated", "unchanged", "suppressed")] == [2, 0, 0, 0]
    assert [(one["line"], one["email"]) for one in report["rejected"]] == [
        (3, "bad address"),
        (6, "carl@example.org"),
    ]
    assert "did you mean “Client Factors”" in report["rejected"][1]["reason"]


def test_import_tells_a_person(site: Site, file: Path) -> None:
    """Without --json the counts and the bad rows are a table."""
    assert site("subscribers", "import", str(file)) == 1
    assert "bad address" in site.out
    assert "Importing" in site.err


def test_many_bad_rows(site: Site) -> None:
    """A terminal gets the first twenty and is told how many more; JSON has all."""
    path = site.folder / "bad.csv"
    path.write_text("email\n" + "nonsense\n" * 30)
    assert site("subscribers", "import", str(path)) == 1
    assert site.out.count("nonsense") == 20
    assert "and 10 more" in site.out
    assert site("subscribers", "import", str(path), "--json") == 1
    assert len(json.loads(site.out)["rejected"]) == 30


def test_the_source_is_the_consent_s(site: Site, file: Path) -> None:
    """--source is kept as it was written, else the file's name."""
    site("subscribers", "import", str(file))
    shown = site.json("subscribers", "show", "ann@example.org")
    assert [one["source"] for one in shown["consents"]] == ["import readers.csv"]
    path = site.folder / "more.csv"
    path.write_text("email\nzoe@example.org\n")
    site("subscribers", "import", str(path), "--source", "paper slips, May", "--wording", "Yes.")
    shown = site.json("subscribers", "show", "zoe@example.org")
    assert (shown["consents"][0]["source"], shown["consents"][0]["wording"]) == (
        "paper slips, May",
        "Yes.",
    )


def test_a_dry_run_changes_nothing(site: Site, file: Path) -> None:
    """The counts are those of the real import; the list stays empty."""
    assert site("subscribers", "import", str(file), "--dry-run", "--json") == 1
    assert json.loads(site.out)["added"] == 2
    assert site.json("subscribers", "list") == []


def test_import_from_standard_input(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads what another program writes."""
    data = io.TextIOWrapper(io.BytesIO(b"email\nann@example.org\n"))
    monkeypatch.setattr("sys.stdin", data)
    assert site("subscribers", "import", "-") == 0
    shown = site.json("subscribers", "show", "ann@example.org")
    assert shown["consents"][0]["source"] == "import standard input"


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [(None, 2, "can't be read"), (b"", 1, "empty"), (b"name\nAnn\n", 1, "no column “email”")],
)
def test_files_that_are_none(site: Site, content: bytes | None, code: int, words: str) -> None:
    """A missing file is a usage error, one that makes no sense a bad answer; both with a hint."""
    path = site.folder / "x.csv"
    if content is not None:
        path.write_bytes(content)
    assert site("subscribers", "import", str(path)) == code
    assert words in site.err
    assert "Hint:" in site.err


def test_list(listed: Site) -> None:
    """The list has the promised keys; --state and --topic narrow it."""
    listed("subscribers", "topics", "ann@example.org", "training")
    rows = listed.json("subscribers", "list")
    assert rows[0] == {
        "email": "ann@example.org",
        "name": "Ann",
        "state": "active",
        "topics": ["training"],
        "mode": "highlights",
    }
    assert [row["email"] for row in rows] == ["ann@example.org", "bob@example.org"]
    assert len(listed.json("subscribers", "list", "--topic", "Training")) == 1
    assert listed.json("subscribers", "list", "--state", "paused") == []
    assert listed("subscribers", "list") == 0
    assert "bob@example.org" in listed.out


def test_an_empty_list_is_json_too(site: Site) -> None:
    """No reader is an empty list, on a database that was made just now."""
    assert site.json("subscribers", "list") == []
    assert site.json("subscribers", "stats") == {
        "active": 0,
        "pending": 0,
        "paused": 0,
        "unsubscribed": 0,
        "suppressed": 0,
    }


def test_add(site: Site) -> None:
    """One reader with everything; the address may be spelt anyhow later."""
    words = ("--name", "Ann", "--topics", "training,Client Factors", "--mode", "only")
    assert site("subscribers", "add", "Ann@Example.org", *words) == 0, site.err
    shown = site.json("subscribers", "show", "ANN@example.org")
    assert shown["email"] == "Ann@example.org"
    assert (shown["topics"], shown["mode"]) == (["client-factors", "training"], "only")
    assert shown["consents"][0]["source"] == "command line"
    assert site("subscribers", "show", "ann@example.org") == 0
    assert "granted: command line" in site.out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("add", "nonsense"), 1, "not an address"),
        (("add", "a@example.org", "--topics", "nonsense-topic"), 2, "no topic"),
        (("list", "--topic", ","), 2, "not one topic"),
        (("list", "--topic", "training,depression"), 2, "not one topic"),
        (("add", "a@example.org", "--source", " "), 2, "--source is empty"),
        (("show", "nobody@example.org"), 1, "nobody on the list"),
        (("unsubscribe", "nobody@example.org"), 1, "nobody on the list"),
        (("erase", "nobody@example.org", "--yes"), 1, "nobody on the list"),
        (("topics", "ann@example.org", "training", "--everything"), 2, "exclude"),
        (("erase", "ann@example.org"), 2, "nobody is here to confirm"),
    ],
)
def test_refusals(listed: Site, words: tuple[str, ...], code: int, message: str) -> None:
    """Each mistake says what is wrong and what to do."""
    assert listed("subscribers", *words) == code
    assert message in listed.err
    assert "Hint:" in listed.err or "not an address" in message


def test_topics(listed: Site) -> None:
    """Shown, replaced, and taken away."""
    asked = ("subscribers", "topics", "ann@example.org")
    assert listed.json(*asked)["topics"] == []
    assert listed(*asked, "Training", "client-factors", "--mode", "only") == 0
    assert listed.json(*asked) == {
        "email": "ann@example.org",
        "topics": ["client-factors", "training"],
        "mode": "only",
    }
    assert listed(*asked, "--everything") == 0
    assert listed.out == "ann@example.org: everything (only)\n"


def test_leaving_and_coming_back(listed: Site) -> None:
    """Leaving twice is fine; adding doesn't bring back, --again does, with a consent of its own."""
    for said in ("unsubscribed", "had unsubscribed before"):
        assert listed("subscribers", "unsubscribe", "ann@example.org") == 0
        assert said in listed.out
    assert listed("subscribers", "add", "ann@example.org") == 1
    assert "--again" in listed.err
    again = ("--again", "--source", "asked by phone")
    assert listed("subscribers", "add", "ann@example.org", *again) == 0
    shown = listed.json("subscribers", "show", "ann@example.org")
    assert [one["kind"] for one in shown["consents"]] == ["granted", "withdrawn", "granted"]
    assert shown["state"] == "active"


def test_import_counts_those_who_left(listed: Site) -> None:
    """An import over an opt-out says so, and ends well: nothing is wrong with the file."""
    listed("subscribers", "unsubscribe", "ann@example.org")
    path = listed.folder / "good.csv"
    report = listed.json("subscribers", "import", str(path))
    assert (report["suppressed"], report["unchanged"], report["rejected"]) == (1, 1, [])
    assert listed.json("subscribers", "stats")["unsubscribed"] == 1


def test_suppressing(listed: Site) -> None:
    """An address is stopped, on the list or not; a stopped one can't be added; it can be lifted."""
    assert listed("subscribers", "suppress", "zoe@example.org", "--note", "wrote a letter") == 0
    assert listed("subscribers", "add", "zoe@example.org") == 1
    assert listed("subscribers", "show", "zoe@example.org") == 0
    assert "operator (wrote a letter)" in listed.out
    listed("subscribers", "suppress", "ann@example.org", "--reason", "complaint")
    assert listed.json("subscribers", "list", "--state", "suppressed")[0]["name"] == "Ann"
    assert listed.json("subscribers", "stats")["suppressed"] == 2
    assert listed("subscribers", "suppress", "zoe@example.org", "--lift") == 0
    assert listed("subscribers", "add", "zoe@example.org") == 0


def test_pausing(listed: Site) -> None:
    """A pause counts in months, and 0 ends it."""
    assert listed("subscribers", "pause", "ann@example.org", "--months", "2") == 0
    assert listed.json("subscribers", "stats")["paused"] == 1
    assert listed.json("subscribers", "show", "ann@example.org")["paused_until"]
    assert listed("subscribers", "pause", "ann@example.org", "--months", "0") == 0
    assert listed.json("subscribers", "stats")["paused"] == 0


def test_months_have_their_own_lengths() -> None:
    """The last day stands for a day that a shorter month doesn't have."""
    moment = datetime(2020, 12, 31, 9, tzinfo=UTC)
    assert months_later(moment, 2) == datetime(2021, 2, 28, 9, tzinfo=UTC)
    assert months_later(moment, 12) == datetime(2021, 12, 31, 9, tzinfo=UTC)


@ON_A_FILE
def test_erasing(listed: Site) -> None:
    """Nothing of the reader is left in the file, and no import brings them back."""
    assert listed("subscribers", "erase", "ann@example.org", "--yes") == 0, listed.err
    assert [row["email"] for row in listed.json("subscribers", "list")] == ["bob@example.org"]
    assert listed.json("subscribers", "show", "ann@example.org")["suppressed"] == "erased"
    with closing(sqlite3.connect(listed.folder / "var/newsletter.db")) as connection:
        dump = "\n".join(connection.iterdump())
    assert "ann@example.org" not in dump
    report = listed.json("subscribers", "import", str(listed.folder / "good.csv"))
    assert (report["added"], report["suppressed"], report["unchanged"]) == (0, 1, 1)


def test_export_comes_back(listed: Site) -> None:
    """An export is a private file that imports as unchanged; a second one needs --force."""
    listed("subscribers", "add", "eve@example.org", "--name", "=1+1")
    path = listed.folder / "out.csv"
    assert listed("subscribers", "export", str(path)) == 0
    assert path.stat().st_mode & 0o777 == 0o600
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert (rows[2]["email"], rows[2]["name"]) == ("eve@example.org", "'=1+1")
    report = listed.json("subscribers", "import", str(path))
    assert (report["unchanged"], report["rejected"]) == (3, [])
    assert listed("subscribers", "export", str(path)) == 2
    path.chmod(0o644)
    assert listed("subscribers", "export", str(path), "--force") == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert listed("subscribers", "export") == 0
    assert listed.out == path.read_text()


@ON_A_FILE
def test_an_old_database_is_not_touched(site: Site) -> None:
    """A database of another shape is refused with the command that mends it, and 3."""
    path = site.folder / "var/newsletter.db"
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE subscriber (id INTEGER)")
    assert site("subscribers", "list") == 3
    assert "newsletter db upgrade" in site.err


def test_database_commands(listed: Site) -> None:
    """Upgrade finds nothing to do, check finds nothing wrong."""
    assert listed("db", "upgrade") == 0
    assert "up to date" in listed.out
    assert listed.json("db", "check") == {"ok": True, "problems": []}
    assert listed("db", "check") == 0


@ON_A_FILE
def test_backup_and_restore(listed: Site) -> None:
    """The copy comes back; what was there is kept beside it."""
    copy = listed.folder / "copy.db"
    assert listed("db", "backup", str(copy)) == 0
    assert listed("db", "backup", str(copy)) == 2
    listed("subscribers", "add", "zoe@example.org")
    listed("subscribers", "unsubscribe", "ann@example.org")
    assert listed("db", "restore", str(copy)) == 2
    assert "--yes" in listed.err
    assert listed("db", "restore", str(copy), "--yes") == 0, listed.err
    assert "stays off the list: 1" in listed.out
    states = [row["state"] for row in listed.json("subscribers", "list")]
    assert states == ["unsubscribed", "active"]
    assert (listed.folder / "var/newsletter.db.before-restore").exists()


def test_a_language_is_a_code(site: Site) -> None:
    """What a file's row may not say, the command line may not either."""
    assert site("subscribers", "add", "a@example.org", "--language", "klingon!") == 2
    assert "fr-CA" in site.err
    assert site("subscribers", "add", "a@example.org", "--language", "fr-CA") == 0
