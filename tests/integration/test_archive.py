"""What the archive keeps of a month: as it was sent, and as the command line corrects it."""

from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter import config
from newsletter.model import Month
from newsletter.store import archive, search, texts
from newsletter.store.archive import KeptIssue
from newsletter.store.engine import open_engine, reading, writing
from newsletter.store.tables import mailing
from tests.support.site import Site, make_site

MONTH = "2021-02"


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str], site_url: str) -> Site:
    made = make_site(tmp_path / "site", capsys, site_url)
    path = made.folder / "readers.csv"
    path.write_text("email\nann@example.org\nbob@example.org\n")
    assert made("subscribers", "import", str(path)) == 0, made.err
    return made


def kept(site: Site, month: str = MONTH) -> KeptIssue | None:
    """Return what the archive says of a month."""
    engine = open_engine(config.load(site.folder / "config.toml").database.url)
    with reading(engine) as connection:
        found = archive.find(connection, Month.parse(month))
    engine.dispose()
    return found


def found(site: Site, words: str) -> int:
    """Return how many summaries a search finds."""
    engine = open_engine(config.load(site.folder / "config.toml").database.url)
    with reading(engine) as connection:
        total = search.find(connection, words).total
    engine.dispose()
    return total


def mend(site: Site, old: str, new: str, month: str = MONTH) -> None:
    (path,) = (site.folder / "content" / month).glob("01-*.md")
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def title(site: Site) -> str:
    issue = kept(site)
    assert issue is not None
    return issue.issue.summaries[0].title


def test_the_archive_has_what_was_sent(site: Site) -> None:
    """Files that are edited afterwards change nothing there."""
    assert site("send", MONTH, "--yes") == 0, site.err
    mend(site, "title: The COVID-19", "title: Another")
    assert title(site) == "The COVID-19 Telepsychology Revolution"
    assert found(site, "telepsychology pandemic") == 1


def test_what_waits_is_not_in_it(site: Site) -> None:
    """Approved, not yet sent: nothing is shown, and a new approval replaces the first."""
    assert site("approve", MONTH) == 0, site.err
    mend(site, "title: The COVID-19", "title: The Second")
    assert site("approve", MONTH) == 0, site.err
    assert kept(site) is None
    assert site("send", MONTH) == 0, site.err
    assert title(site) == "The Second Telepsychology Revolution"


def test_a_month_cancelled_before_its_start_never_comes(site: Site) -> None:
    """Nor do its words stay behind."""
    assert site("approve", MONTH) == 0, site.err
    assert site("cancel", MONTH) == 0, site.err
    assert kept(site) is None
    assert found(site, "telepsychology") == 0


def test_a_month_that_reached_nobody_leaves(site: Site) -> None:
    """Started, stopped by a server that takes nothing, and cancelled: nobody has it."""
    site.replace('backend = "file"', 'backend = "smtp"')
    site.set("delivery.smtp", host="127.0.0.1", port=9, security="none")
    assert site("send", MONTH, "--yes") == 3
    assert kept(site) is not None
    assert site("cancel", MONTH) == 0, site.err
    assert kept(site) is None


def test_a_month_that_somebody_has_stays(site: Site) -> None:
    """Cancelled after its first messages, its links must go on working."""
    site.set("delivery", ramp=[1, 500])
    assert site("send", MONTH, "--yes") == 0, site.err
    assert site.json("status", MONTH)["sent"] == 1
    assert site("cancel", MONTH) == 0, site.err
    assert title(site) == "The COVID-19 Telepsychology Revolution"


def test_a_month_that_was_sent_is_corrected(site: Site) -> None:
    """The mended text is shown, with the note; nobody is mailed."""
    assert site("send", MONTH, "--yes") == 0, site.err
    mend(site, "title: The COVID-19", "title: The Mended")
    mails = site.mails
    note = "The title was wrong."
    answer = site.json("archive", "correct", MONTH, "--note", f"  {note}\n")
    assert answer == {"month": MONTH, "page": f"http://127.0.0.1:8025/archive/{MONTH}"}
    assert title(site) == "The Mended Telepsychology Revolution"
    issue = kept(site)
    assert issue is not None
    assert [one.note for one in issue.corrections] == [note]
    assert site.mails == mails


def test_a_correction_says_what_it_did(site: Site) -> None:
    """And where to look."""
    assert site("send", MONTH, "--yes") == 0, site.err
    mend(site, "title: The COVID-19", "title: The Mended")
    assert site("archive", "correct", MONTH, "--note", "The title.") == 0, site.err
    assert f"/archive/{MONTH}" in site.out


def test_a_correction_needs_something_to_correct(site: Site) -> None:
    """What isn't sent, what didn't change, what has errors and what is not explained is refused."""
    correct = ("archive", "correct", MONTH, "--note", "A note.")
    assert site(*correct) == 1
    assert "not in the archive" in site.err
    assert site("approve", MONTH) == 0, site.err
    assert site(*correct) == 1
    assert site("send", MONTH) == 0, site.err
    assert site(*correct) == 1
    assert "mend the files first" in site.err
    assert site("archive", "correct", MONTH, "--note", " ") == 2
    mend(site, "topics: [", "topics: [no-such-topic, ")
    assert site(*correct) == 1
    assert f"newsletter check {MONTH}" in site.err
    issue = kept(site)
    assert issue is not None
    assert issue.corrections == ()


def test_a_month_under_way_is_corrected_for_those_who_wait(site: Site) -> None:
    """The archive alone would leave them with the mistake: the way for both is named, and works."""
    site.set("delivery", ramp=[1, 500])
    assert site("send", MONTH, "--yes") == 0, site.err
    mend(site, "title: The COVID-19", "title: The Mended")
    assert site("archive", "correct", MONTH, "--note", "The title.") == 1
    assert f"newsletter approve {MONTH} --again" in site.err
    assert site("pause", MONTH) == 0
    assert site("approve", MONTH, "--again", "--note", "The title.") == 0, site.err
    assert title(site) == "The Mended Telepsychology Revolution"
    issue = kept(site)
    assert issue is not None
    assert [one.note for one in issue.corrections] == ["The title."]


def forget_words(site: Site) -> None:
    """Leave the database as it is where a month was sent before its words were kept."""
    engine = open_engine(config.load(site.folder / "config.toml").database.url)
    with writing(engine) as connection:
        for number in connection.execute(select(mailing.c.id)).scalars().all():
            texts.discard(connection, number)
    engine.dispose()


def test_a_month_from_before_the_archive_is_brought_in(site: Site) -> None:
    """From its files, as if it had been kept when it was sent; then there is nothing missing."""
    assert site("send", MONTH, "--yes") == 0, site.err
    before = kept(site)
    forget_words(site)
    assert kept(site) is None
    assert site.json("archive", "add") == {"added": [MONTH]}
    after = kept(site)
    assert before is not None
    assert after is not None
    assert (after.issue, after.sent_at, after.corrections) == (
        before.issue,
        before.sent_at,
        before.corrections,
    )
    assert found(site, "telepsychology") > 0
    assert site.json("archive", "add") == {"added": []}


def test_only_what_was_sent_and_is_missing_is_brought_in(site: Site) -> None:
    """Neither a month that waits, nor one that reached nobody, nor one that is there."""
    assert site("archive", "add", MONTH) == 1
    assert "was not sent" in site.err
    assert site("approve", MONTH) == 0, site.err
    forget_words(site)
    assert site("archive", "add", MONTH) == 1
    assert site.json("archive", "add") == {"added": []}
    assert site("send", MONTH, "--yes") == 0, site.err
    assert site("archive", "add", MONTH) == 0, site.err
    assert site("archive", "add", MONTH) == 1
    assert "is in the archive" in site.err


def test_a_month_that_reached_nobody_is_not_missing(site: Site) -> None:
    """It was cancelled before anybody could have it: it stays out."""
    site.replace('backend = "file"', 'backend = "smtp"')
    site.set("delivery.smtp", host="127.0.0.1", port=9, security="none")
    assert site("send", MONTH, "--yes") == 3
    assert site("cancel", MONTH) == 0, site.err
    assert site.json("archive", "add") == {"added": []}


def test_a_note_needs_a_correction(site: Site) -> None:
    """The first approval has nothing to explain."""
    assert site("approve", MONTH, "--note", "Why?") == 2
    assert "--again" in site.err
