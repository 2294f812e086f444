"""The service: the month is sent when it is due, once, however often the clock strikes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import text

from newsletter.bootstrap import App
from newsletter.errors import BackendError
from newsletter.model import MailingState, Month
from newsletter.sending import Outfit
from newsletter.service import clockwork, jobs
from newsletter.service.decide import Act
from newsletter.service.duty import Duty, guarded, remember_first_start
from newsletter.service.notices import Audience, Notice
from newsletter.service.rota import TASKS
from newsletter.store import mailings
from newsletter.store.engine import reading, writing
from newsletter.store.leases import Holder, take
from tests.support.ledger import HandClock
from tests.support.site import Site

JANUARY = Month(2021, 1)


@dataclass
class Office:
    """The service's jobs, struck by hand, and what people were told."""

    app: App
    told: list[Notice] = field(default_factory=list)
    deaf: bool = False

    def __post_init__(self) -> None:
        self.duty = Duty(self.app, self.hear)

    def hear(self, notice: Notice) -> None:
        if self.deaf:
            raise BackendError("nothing listens")
        self.told.append(notice)

    def strike(self) -> None:
        for job in (jobs.watch, jobs.work):
            with guarded(job.__name__):
                job(self.duty)

    def keys(self) -> list[str]:
        return [notice.key for notice in self.told]


@pytest.fixture
def office(app: App) -> Office:
    return Office(app)


def state(app: App, month: Month = JANUARY) -> MailingState | None:
    with reading(app.engine) as connection:
        mailing = mailings.find(connection, month)
    return mailing.state if mailing else None


def with_schedule(app: App, **values: object) -> Office:
    """Return an office with another schedule, on the same database."""
    schedule = app.settings.schedule.model_copy(update=values)
    return Office(app.renewed(app.settings.model_copy(update={"schedule": schedule})))


def draft(folder: Path) -> None:
    """Make the last summary of a month a draft again."""
    path = max(folder.glob("0*.md"))
    path.write_text(path.read_text().replace("status: ready", "status: draft"))


def finish(folder: Path) -> None:
    """Make drafts ready."""
    for path in folder.glob("0*.md"):
        path.write_text(path.read_text().replace("status: draft", "status: ready"))


def test_the_month_that_is_due_is_sent_once(office: Office, site: Site) -> None:
    """However often the clock strikes, each reader gets one mail."""
    for _ in range(3):
        office.strike()
    assert state(office.app) is MailingState.SENT
    assert len(site.mails) == 1
    assert office.told == []


def test_nothing_is_sent_before_its_time(office: Office, site: Site, clock: HandClock) -> None:
    """Half an hour before the time, last month's own time is long past `late_by`."""
    clock.move(hours=-1)
    office.strike()
    assert site.mails == []


def test_a_service_that_was_down_sends_late(office: Office, site: Site, clock: HandClock) -> None:
    """Within `late_by` the missed month still goes out, exactly once."""
    clock.move(days=6)
    office.strike()
    office.strike()
    assert len(site.mails) == 1


def test_an_operator_hears_of_a_month_that_goes_out_late(office: Office, clock: HandClock) -> None:
    """A service that was down at the time says so, once; it has sent the month all the same."""
    clock.move(days=2)
    office.strike()
    office.strike()
    assert state(office.app) is MailingState.SENT
    (notice,) = office.told
    assert (notice.key, notice.to) == ("overslept/2021-01", (Audience.OPERATOR,))
    assert "was due on Monday 1 February 9:00 and goes out now" in notice.text


def test_who_knows_why_it_is_late_hears_no_more(app: App, site: Site, clock: HandClock) -> None:
    """A month that waited for its approval, or its summaries, is late for a reason."""
    office = with_schedule(app, approval="required")
    office.strike()
    clock.move(days=2)
    assert site("approve", "2021-01") == 0
    office.strike()
    assert state(app) is MailingState.SENT
    assert office.keys() == ["approval/2021-01"]


def test_a_clock_that_jumps_back_sends_nothing_twice(
    office: Office, site: Site, clock: HandClock
) -> None:
    """A day back and through the same time again: one mail."""
    office.strike()
    clock.move(days=-1)
    office.strike()
    clock.move(days=1)
    office.strike()
    assert len(site.mails) == 1


def test_a_month_too_late_is_asked_about(office: Office, site: Site, clock: HandClock) -> None:
    """Past `late_by` nothing goes out by itself, and somebody is asked, once."""
    clock.move(days=8)
    office.strike()
    office.strike()
    assert site.mails == []
    assert office.keys() == ["decision/2021-01"]
    assert "newsletter send 2021-01" in office.told[0].text


def test_every_minute_is_still_once_a_month(app: App, site: Site, clock: HandClock) -> None:
    """With `*` for day, hour and minute a new site sends the current month at once, and only it."""
    with writing(app.engine) as connection:
        connection.execute(text("DELETE FROM milestone"))
    remember_first_start(app)
    finish(site.folder / "content/2021-02")
    office = with_schedule(_wanting(app, 1).app, day="*", hour="*", minute="*", month="current")
    for _ in range(5):
        office.strike()
        clock.move(minutes=1)
    assert state(app, Month(2021, 2)) is MailingState.SENT
    assert len(site.mails) == 1


def test_a_new_site_leaves_old_months_alone(app: App, site: Site, clock: HandClock) -> None:
    """What was due before the first start is not sent, unless somebody approves it."""
    with writing(app.engine) as connection:
        connection.execute(text("DELETE FROM milestone"))
    office = Office(app)
    remember_first_start(app)
    office.strike()
    clock.move(days=8)
    office.strike()
    assert (site.mails, office.told) == ([], [])
    clock.move(days=-7)
    assert site("approve", "2021-01") == 0
    office.strike()
    assert len(site.mails) == 1


def test_a_first_start_by_a_wrong_clock_is_mended(app: App, site: Site, clock: HandClock) -> None:
    """A first start that lies years ahead doesn't silence the service until then."""
    with writing(app.engine) as connection:
        connection.execute(text("DELETE FROM milestone"))
    clock.move(days=3650)
    remember_first_start(app)
    clock.move(days=-3651)
    remember_first_start(app)
    clock.move(days=1)
    Office(app).strike()
    assert len(site.mails) == 1


def test_a_month_waits_for_approval(app: App, site: Site, clock: HandClock) -> None:
    """Unapproved at its time: people are told once. Approved later: it goes at the next strike."""
    office = with_schedule(app, approval="required")
    office.strike()
    office.strike()
    assert site.mails == []
    assert office.keys() == ["approval/2021-01"]
    clock.move(days=2)
    assert site("approve", "2021-01") == 0
    office.strike()
    assert len(site.mails) == 1


def test_an_approved_month_waits_for_its_time(app: App, site: Site, clock: HandClock) -> None:
    """Approval sends nothing before the time, and nobody is reminded of what is approved."""
    office = with_schedule(app, approval="required")
    assert site("approve", "2021-01") == 0
    clock.move(hours=-1)
    office.strike()
    assert (site.mails, office.told) == ([], [])
    clock.move(hours=1)
    office.strike()
    assert len(site.mails) == 1


def test_too_few_summaries_send_nothing(office: Office, site: Site, clock: HandClock) -> None:
    """Nothing goes, people hear what is missing, and an hour later it is tried again."""
    folder = site.folder / "content/2021-01"
    draft(folder)
    office = _wanting(office.app, 3)
    office.strike()
    assert (state(office.app), office.keys()) == (None, ["too-few/2021-01"])
    assert "2 of 3 summaries are ready" in office.told[0].subject
    finish(folder)
    clock.move(minutes=59)
    office.strike()
    assert site.mails == []
    clock.move(minutes=1)
    office.strike()
    assert (len(site.mails), len(office.told)) == (1, 1)


def _wanting(app: App, number: int) -> Office:
    content = app.settings.content.model_copy(update={"min_summaries": number})
    return Office(app.renewed(app.settings.model_copy(update={"content": content})))


def test_a_person_may_send_fewer(office: Office, site: Site) -> None:
    """What the clock doesn't send for want of summaries, `newsletter send` does."""
    draft(site.folder / "content/2021-01")
    office = _wanting(office.app, 3)
    office.strike()
    assert site("send", "2021-01", "--yes") == 0, site.err
    assert len(site.mails) == 1


def test_a_month_with_errors_is_not_sent(office: Office, site: Site, clock: HandClock) -> None:
    """The editor hears of each error with file and line; mended, the month goes out."""
    path = site.folder / "content/2021-01"
    (first, *_) = sorted(path.glob("0*.md"))
    good = first.read_text()
    first.write_text(good.replace("title:", "titel:"))
    office = _wanting(office.app, 0)
    office.strike()
    assert state(office.app) is None
    (notice,) = office.told
    assert notice.key == "errors/2021-01"
    assert f"{first.name}:" in notice.text
    first.write_text(good)
    clock.move(hours=1)
    office.strike()
    assert len(site.mails) == 1


def test_a_month_without_a_folder_is_missing_everything(office: Office, clock: HandClock) -> None:
    """No folder at all is “0 of 2 summaries”."""
    clock.move(days=63)
    office.strike()
    (notice,) = [one for one in office.told if one.key == "too-few/2021-03"]
    assert "0 of 2 summaries are ready" in notice.subject


def test_it_asks_when_retrying_has_not_helped(office: Office, site: Site, clock: HandClock) -> None:
    """Tried every hour until `late_by`, then a decision is wanted; each is said once."""
    for path in (site.folder / "content/2021-01").glob("0*.md"):
        path.write_text(path.read_text().replace("status: ready", "status: draft"))
    for _ in range(9):
        office.strike()
        clock.move(days=1)
    assert office.keys() == ["too-few/2021-01", "decision/2021-01"]
    finish(site.folder / "content/2021-01")
    office.strike()
    assert site.mails == []


def test_a_reminder_some_days_before(office: Office, site: Site, clock: HandClock) -> None:
    """Three days before, the editor hears how the month stands, once."""
    draft(site.folder / "content/2021-01")
    office = _wanting(office.app, 3)
    clock.move(days=-3)
    office.strike()
    office.strike()
    assert office.keys() == ["reminder/2021-01"]
    assert "2 of 3 summaries are ready; it goes out on Monday 1 February 9:00" in (
        office.told[0].subject
    )


def test_a_notice_is_said_once_over_restarts(office: Office, clock: HandClock) -> None:
    """Another process, another day: what was said is not said again."""
    clock.move(days=8)
    office.strike()
    again = Office(office.app)
    again.strike()
    assert (len(office.told), again.told) == (1, [])


def test_a_notice_that_reached_nobody_comes_again(office: Office, clock: HandClock) -> None:
    """Where telling fails, it counts as not said."""
    clock.move(days=8)
    office.deaf = True
    office.strike()
    office.deaf = False
    office.strike()
    assert office.keys() == ["decision/2021-01"]


def test_an_error_nobody_foresaw_leaves_the_other_months_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that fails is said with its cause, and the clock goes on."""
    monkeypatch.setattr(jobs, "readiness", lambda *_: 1 / 0)
    office.strike()
    office.strike()
    assert state(office.app) is None


def test_a_relay_that_is_down_is_tried_less_and_less_often(
    app: App, site: Site, clock: HandClock
) -> None:
    """A minute, two, four, up to fifteen; then everybody gets one mail."""
    office, tries = Office(app), _Tries()
    broken = _no_backend(app, tries)
    office.duty = replace(office.duty, app=broken)
    for _ in range(60):
        office.strike()
        clock.move(minutes=1)
    assert 6 <= tries.number <= 8
    assert not (office.duty.vitals.last_run and office.duty.vitals.last_run.ok)
    office.duty = replace(office.duty, app=app)
    clock.move(minutes=15)
    office.strike()
    assert len(site.mails) == 1


class _Tries:
    number = 0

    def deliver(self, messages: object) -> object:
        self.number += 1
        raise BackendError("nothing listens there")

    def close(self) -> None:
        pass


def _no_backend(app: App, tries: _Tries) -> App:
    broken = app.renewed(app.settings)
    outfit: Outfit = replace(app.outfit, open_backend=lambda: tries)  # type: ignore[arg-type, return-value]
    broken.__dict__["outfit"] = outfit
    return broken


def test_another_sender_is_left_alone(app: App, site: Site, clock: HandClock) -> None:
    """While somebody else sends, nothing is sent; when they are done, it goes on."""
    with writing(app.engine) as connection:
        take(connection, "sender", Holder("other", "elsewhere", 1), clock.now())
    office = Office(app)
    office.strike()
    assert (site.mails, office.told) == ([], [])
    clock.move(minutes=2)
    office.strike()
    assert len(site.mails) == 1


def test_a_mailing_with_nobody_left_is_settled(office: Office, site: Site) -> None:
    """Killed between the last receipt and the end, a mailing doesn't stay `sending` for ever."""
    office.strike()
    with writing(office.app.engine) as connection:
        connection.execute(text("UPDATE mailing SET state = 'sending', finished_at = NULL"))
    office.strike()
    assert state(office.app) is MailingState.SENT
    assert len(site.mails) == 1


def test_a_stop_before_it_begins(app: App, site: Site) -> None:
    """Asked to stop, it freezes and sends nothing more."""
    office = Office(app)
    office.duty = replace(office.duty, stop=lambda: True)
    office.strike()
    assert site.mails == []


def test_a_paused_month_is_left_alone(office: Office, site: Site, clock: HandClock) -> None:
    """Neither sent on nor asked about: whoever paused it knows."""
    assert site("approve", "2021-01") == 0
    with writing(office.app.engine) as connection:
        connection.execute(text("UPDATE mailing SET state = 'paused'"))
    office.strike()
    clock.move(days=8)
    office.strike()
    assert (site.mails, office.told) == ([], [])


def test_the_job_store_is_disposable(app: App) -> None:
    """Jobs are textual references that are never too late; their table can go at any time."""
    first = started(app)
    jobs_ = {one.id: one for one in first.get_jobs()}
    assert jobs_.keys() == {*TASKS, "month"}
    for id_, job in jobs_.items():
        assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1)
        assert job.func_ref == "newsletter.service.run:fire"
        assert (job.args, job.kwargs) == ((id_ if id_ in TASKS else "work",), {})
    assert clockwork.runs(first)
    first.shutdown()
    assert not clockwork.runs(first)
    with writing(app.engine) as connection:
        connection.execute(text("DROP TABLE apscheduler_jobs"))
    again = started(app)
    assert {one.id for one in again.get_jobs()} == jobs_.keys()
    again.shutdown()


def started(app: App) -> BackgroundScheduler:
    """Return a clock that goes; nobody hears it strike, for no service runs."""
    clock = clockwork.wind_up(app.engine, app.settings)
    clockwork.start(clock, app.engine, app.settings)
    return clock


def test_the_first_start_waits_for_who_writes(app: App, site: Site) -> None:
    """The job table is made in its turn, while others write without a pause."""
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with writing(app.engine) as connection:
                connection.execute(text("UPDATE milestone SET at = at"))

    with ThreadPoolExecutor(2) as pool:
        writers = [pool.submit(write) for _ in range(2)]
        try:
            for _ in range(5):
                clock = started(app)
                clock.shutdown()
                with writing(app.engine) as connection:
                    connection.execute(text("DROP TABLE apscheduler_jobs"))
        finally:
            stop.set()
        for writer in writers:
            writer.result(60)


def test_jobs_of_another_version_are_swept_away(app: App) -> None:
    """What a crash left in the table, with words this version doesn't know, is not called."""
    before = started(app)
    clockwork._put(before, "old", "no such task", IntervalTrigger(hours=1))
    before.shutdown()
    again = started(app)
    assert {one.id for one in again.get_jobs()} == {*TASKS, "month"}
    again.shutdown()


def test_until_the_last_time_of_a_month(app: App) -> None:
    """With several times a month, it is `late_by` after the last of them that people are asked."""
    office = with_schedule(app, day="1,15")
    (due,) = [one.due for one in jobs.decisions(office.app) if one.act is Act.SEND]
    assert f"{jobs._until(office.app, due):%d %B %H:%M}" == "22 February 09:00"


def test_until_when(app: App) -> None:
    """`late_by` is counted in real time, also over a change of clocks."""
    (due,) = [one.due for one in jobs.decisions(app)]
    assert jobs._until(app, due) - due.at == timedelta(days=7)
