"""`newsletter months`: what comes when, and what to do for it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from newsletter import config
from newsletter.bootstrap import App
from newsletter.cli import months
from newsletter.cli.running import say_when
from newsletter.model import Month
from newsletter.store import leases
from newsletter.store.engine import writing
from newsletter.store.leases import Holder
from tests.support.ledger import HandClock
from tests.support.site import Site

NEW_YEAR = datetime(2021, 1, 1, 12, tzinfo=UTC)
"""December's time is the fourth of January, January's the first of February."""


@pytest.fixture
def app(site: Site) -> Iterator[App]:
    assert site("subscribers", "add", "ann@example.org", "--source", "a test") == 0, site.err
    app = App(config.load(site.folder / "config.toml"), HandClock(NEW_YEAR))
    yield app
    app.close()


def shown(app: App, capsys: pytest.CaptureFixture[str]) -> list[str]:
    months.show(app, months.rows(app))
    return capsys.readouterr().out.rstrip().splitlines()


def move(app: App, **by: float) -> None:
    assert isinstance(app.clock, HandClock)
    app.clock.move(**by)


def test_the_next_five_times(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its month and how that stands, over the end of the year."""
    lines = shown(app, capsys)
    start = lines.index("The next 5 times, by the clock in America/Toronto:")
    assert [" ".join(line.split()) for line in lines[start + 2 : start + 7]] == [
        "Mon 04 Jan 2021 09:00 2020-12 2 of 2 summaries are ready; not approved yet",
        "Mon 01 Feb 2021 09:00 2021-01 3 summaries are ready; not approved yet",
        "Mon 01 Mar 2021 09:00 2021-02 1 of 2 summaries is ready",
        "Mon 05 Apr 2021 09:00 2021-03 not begun",
        "Mon 03 May 2021 09:00 2021-04 not begun",
    ]
    assert lines[-1] == "Next: newsletter preview 2020-12, then: newsletter approve 2020-12"


def test_a_year_that_no_schedule_knows_is_passed_over(site: Site) -> None:
    """A folder with a slip in its year is no month: the others are listed."""
    (site.folder / "content/2021-01").rename(site.folder / "content/0021-01")
    assert [row["month"] for row in site.json("months")] == ["2020-12", "2021-02"]
    site.set("checks", spam="off")  # the filter takes seconds
    assert site.json("check")[-1]["code"] == "misnamed-month"
    assert site("send", "9999-12", "--yes") == 2
    assert "not a month" in site.err


def test_what_an_approved_month_still_wants(
    app: App, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """A service that runs; where one runs, nothing."""
    assert site("approve", "2020-12") == 0, site.err
    comes = "2020-12 goes out on Mon 04 Jan 2021 09:00"
    assert shown(app, capsys)[-1] == f"Next: newsletter run, for no service runs now; {comes}"
    with writing(app.engine) as connection:
        leases.take(connection, leases.SERVICE, Holder.this_process(), app.clock.now())
    assert shown(app, capsys)[-1] == f"Next: nothing; {comes}"


def test_an_approved_month_whose_time_is_past(
    app: App, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lately: it goes at once. Too long ago: a person sends it."""
    assert site("approve", "2020-12") == 0, site.err
    move(app, days=4)
    assert "at once" in next(line for line in shown(app, capsys) if line.startswith("2020-12"))
    move(app, days=7)
    words = "2020-12 is approved, and too late to go out by itself: newsletter send 2020-12"
    assert words in shown(app, capsys)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (40, "finish 2021-02, then: newsletter check 2021-02"),
        (90, "newsletter new --month 2021-03"),
    ],
)
def test_what_the_coming_month_wants(
    app: App, capsys: pytest.CaptureFixture[str], days: int, words: str
) -> None:
    """Too few summaries are to be finished, a month that isn't there to be begun."""
    move(app, days=days)
    assert shown(app, capsys)[-1].startswith(f"Next: {words}")


def test_a_month_with_errors_is_to_be_checked(
    app: App, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong with it is what the editor hears first."""
    path = min((site.folder / "content/2020-12").glob("0*.md"))
    path.write_text(path.read_text().replace("title:", "titel:"))
    assert shown(app, capsys)[-1] == "Next: newsletter check 2020-12 says what to mend"


def test_approval_of_a_month_of_years_ago(site: Site) -> None:
    """It does not go by itself any more: approval says so, and what sends it."""
    assert site("subscribers", "add", "ann@example.org", "--source", "a test") == 0, site.err
    assert site("approve", "2021-01") == 0, site.err
    assert "Its time is too long ago" in site.out
    assert site.out.rstrip().endswith("Next: newsletter send 2021-01")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "It goes out on Mon 04 Jan 2021 09:00 (America/Toronto)."),
        (4, "It was due on Mon 04 Jan 2021 09:00 and goes out as soon as the service looks."),
    ],
)
def test_when_an_approved_month_goes(
    app: App, capsys: pytest.CaptureFixture[str], days: int, words: str
) -> None:
    """Its time is named, to come or lately past; and that no service runs, while none does."""
    move(app, days=days)
    say_when(app, Month(2020, 12))
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [words, "No service runs now."]
    with writing(app.engine) as connection:
        leases.take(connection, leases.SERVICE, Holder.this_process(), app.clock.now())
    say_when(app, Month(2020, 12))
    lines = capsys.readouterr().out.splitlines()
    assert lines == [words, "Next: nothing; to send it now: newsletter send 2020-12"]


def test_approval_for_nobody_says_so(site: Site) -> None:
    """With an empty list it is approved all the same, and says what is missing."""
    assert site("approve", "2021-01") == 0, site.err
    assert site.out.rstrip().endswith("Next: newsletter subscribers import FILE.csv")
