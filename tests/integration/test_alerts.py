"""Alerts: what is wrong is said once, by every way there is, with what to do."""

import email.message
import email.policy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from newsletter import config
from newsletter.bootstrap import App
from newsletter.errors import BackendRefused
from newsletter.model import DeliveryState, MailingState
from newsletter.service import alerts, telling
from newsletter.service.duty import Duty, remember_first_start, said
from newsletter.service.notices import Audience, Notice, NotToldYet
from newsletter.service.vitals import LastRun, Vitals
from newsletter.store import milestones
from newsletter.store.engine import writing
from newsletter.store.tables import delivery, feedback, mailing
from subscribers.tables import suppression
from tests.support.ledger import START, HandClock
from tests.support.relay import Relay
from tests.support.session import scripted
from tests.support.site import Site, make_site

ALERT = Notice("paused/2021-01", (Audience.OPERATOR,), "2021-01 has paused", "Do this.\n.dots\n")


class Hook:
    """A web address that keeps what it is sent."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.status = 200
        self.url = ""


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if hook.status == 200:
                hook.got.append(json.loads(body))
            self.send_response(hook.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        hook.url = f"http://127.0.0.1:{server.server_address[1]}/secret-part"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield hook
        server.shutdown()
        thread.join(10)


@pytest.fixture
def site(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Site:
    monkeypatch.setenv("no_proxy", "*")
    site = make_site(tmp_path / "site", capsys)
    site.set("alerts", to=["operator@example.org"])
    readers = "".join(f"r{number}@example.org\n" for number in range(40))
    (tmp_path / "readers.csv").write_text(f"email\n{readers}")
    assert site("subscribers", "import", str(tmp_path / "readers.csv")) == 0, site.err
    assert site("send", "2021-01", "--yes") == 0, site.err
    for path in site.mails:
        path.unlink()
    return site


@contextmanager
def duty(site: Site, clock: HandClock | None = None) -> Iterator[Duty]:
    """The service's duties, at the moment of the mailing, with the way to people."""
    clock = clock or HandClock(START)
    app = App(config.load(site.folder / "config.toml"), clock)
    with writing(app.engine) as connection:
        connection.execute(update(mailing).values(started_at=clock.now() - timedelta(hours=1)))
    try:
        yield Duty(app, telling.teller(lambda: app))
    finally:
        app.close()


def pause(app: App, reason: str = "the server refused us: 535 no, bob@example.org") -> None:
    set_state(app, MailingState.PAUSED, reason)


def set_state(app: App, state: MailingState, reason: str = "") -> None:
    with writing(app.engine) as connection:
        connection.execute(update(mailing).values(state=state, reason=reason))


def letters(site: Site) -> list[email.message.EmailMessage]:
    parse = email.message_from_bytes
    return [parse(path.read_bytes(), policy=email.policy.default) for path in site.mails]  # type: ignore[misc]


def test_a_pause_is_told_once(site: Site) -> None:
    """However often the clock strikes, the operator gets one letter that says what to do."""
    with duty(site) as own:
        pause(own.app)
        for _ in range(3):
            alerts.watch(own)
    (letter,) = letters(site)
    assert letter["To"] == "operator@example.org"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "newsletter resume 2021-01" in letter.get_content()


def test_a_letter_is_well_formed(site: Site) -> None:
    """Pure ASCII, short lines, one of each header, no line that begins with a dot."""
    with duty(site) as own:
        own.tell(ALERT)
    raw = site.mails[0].read_bytes()
    assert raw.isascii()
    assert all(len(line) <= 78 and line[:1] != b"." for line in raw.split(b"\r\n"))
    (letter,) = letters(site)
    assert ".dots" in letter.get_content()


def test_no_readers_address_is_told(site: Site, hook: Hook) -> None:
    """The server's words may hold an address; what is told does not."""
    site.set("alerts", webhook=hook.url)
    with duty(site) as own:
        pause(own.app)
        alerts.watch(own)
    assert "bob@" not in site.mails[0].read_text()
    assert "bob@" not in json.dumps(hook.got)


def test_the_webhook_may_be_a_secret_in_a_file(site: Site, hook: Hook) -> None:
    """Its address is read from a file that only its owner can read; else the letter goes alone."""
    file = site.folder / "var/webhook"
    file.touch(mode=0o600)
    file.write_text(f"{hook.url}\n")
    site.set("alerts", webhook_file="var/webhook")
    with duty(site) as own:
        own.tell(ALERT)
        file.chmod(0o644)
        with pytest.raises(NotToldYet):
            own.tell(replace(ALERT, key="paused/2021-02"))
    assert [one["key"] for one in hook.got] == ["paused/2021-01"]
    assert len(site.mails) == 2


def test_a_second_pause_is_told_again(site: Site) -> None:
    """What was mended and comes back is news."""
    with duty(site) as own:
        for state in (MailingState.PAUSED, MailingState.SENDING) * 2:
            set_state(own.app, state, "the server refused us" * (state is MailingState.PAUSED))
            alerts.watch(own)
    assert len(site.mails) == 2


def test_a_person_who_pauses_is_not_told(site: Site) -> None:
    """A pause without a reason of ours was somebody's wish."""
    with duty(site) as own:
        pause(own.app, "")
        alerts.watch(own)
    assert site.mails == []


@pytest.mark.parametrize(("failed", "told"), [(2, 0), (3, 1)])
def test_failures_past_the_threshold(site: Site, failed: int, told: int) -> None:
    """More than 5 in 100 failed deliveries are told, up to 5 are not."""
    with duty(site) as own:
        with writing(own.app.engine) as connection:
            some = delivery.c.id <= failed
            values = {"state": DeliveryState.FAILED, "reply": "550 no"}
            connection.execute(update(delivery).where(some).values(values))
        alerts.watch(own)
        alerts.watch(own)
    assert len(site.mails) == told


@pytest.mark.parametrize(("bounced", "told"), [(1, 0), (2, 1)])
def test_bounces_past_the_threshold(site: Site, bounced: int, told: int) -> None:
    """More than 3 in 100 addresses that bounced since the mailing began are told."""
    with duty(site) as own:
        with writing(own.app.engine) as connection:
            for number in range(bounced):
                row = {"address_hash": str(number), "reason": "bounce", "at": START}
                connection.execute(insert(suppression).values(row))
        alerts.watch(own)
    assert len(site.mails) == told


def test_few_readers_make_no_rate() -> None:
    """One failure of three readers is an accident, not a rate."""
    assert not alerts.past(1, 3, 5.0)
    assert alerts.past(2, 20, 5.0)


def test_a_server_that_stays_down_is_told(site: Site, hook: Hook) -> None:
    """Ten minutes are forgiven; then it is said, and said anew when it comes back."""
    site.set("alerts", webhook=hook.url)
    clock = HandClock(START)
    with duty(site, clock) as own:
        for minutes, ok in ((0, False), (9, False), (2, False), (1, False), (1, True), (1, False)):
            clock.move(minutes=minutes)
            own.vitals.last_run = LastRun(ok, "relay:587 can't be reached", clock.now())
            alerts.watch(own)
            if minutes == 9:
                assert hook.got == []
        assert [one["key"] for one in hook.got] == ["backend"]
        clock.move(minutes=11)
        alerts.watch(own)
    assert len(hook.got) == 2


def test_workers_that_reach_no_server_are_told_of(site: Site, hook: Hook) -> None:
    """Where workers send, the service goes by what they noted, and says it once each time."""
    site.set("alerts", webhook=hook.url)
    site.set("delivery", dispatcher="procrastinate")
    clock, name = HandClock(START), milestones.BACKEND_DOWN
    with duty(site, clock) as own:
        for told in (1, 2):
            with writing(own.app.engine) as connection:
                milestones.record(connection, name, clock.now())
            for minutes in (0, 9, 2, 5):
                clock.move(minutes=minutes)
                alerts.watch(own)
                assert len(hook.got) == (told if minutes in (2, 5) else told - 1)
            with writing(own.app.engine) as connection:
                milestones.forget(connection, name)
            alerts.watch(own)
    assert {one["key"] for one in hook.got} == {"backend"}


def test_a_new_start_does_not_tell_again(site: Site, hook: Hook) -> None:
    """What was told before a restart is not told after it, unless it was mended in between."""
    site.set("alerts", webhook=hook.url)
    clock = HandClock(START)
    down = LastRun(False, "relay:587 can't be reached", START)
    with duty(site, clock) as own:
        for last in (down, down, None, down, None):
            own = replace(own, vitals=Vitals(last_run=last))
            alerts.watch(own)
            clock.move(minutes=11)
        assert [one["key"] for one in hook.got] == ["backend"]


def test_a_late_month_is_told(site: Site) -> None:
    """More than an hour after its time, and tried for ten minutes, a month is late; told once."""
    clock, seconds = HandClock(START - timedelta(minutes=1)), [0.0]
    with duty(site, clock) as own:
        own = replace(own, vitals=Vitals(monotonic=lambda: seconds[0]))
        remember_first_start(own.app)
        set_state(own.app, MailingState.SCHEDULED)
        clock.move(hours=2)
        for told in (0, 0, 1, 1):
            alerts.watch(own)
            assert len(site.mails) == told
            seconds[0] += 300
        alerts.watch(replace(own, vitals=Vitals(monotonic=lambda: seconds[0])))
    (letter,) = letters(site)
    assert letter["Subject"] == "[Practice Research Digest] 2021-01 is late"


class Refusing:
    """A backend that refuses the login."""

    tries = 0

    def deliver(self, messages: object) -> Iterator[list[object]]:
        Refusing.tries += 1
        raise BackendRefused("relay:587 refused the login: 535", hint="see the password")
        yield []

    def close(self) -> None:
        """Nothing is held."""


def test_when_mail_itself_is_broken(
    site: Site, hook: Hook, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The webhook and the log have it at once and once; mail is tried later and later."""
    site.set("alerts", webhook=hook.url)
    clock = HandClock(START)
    monkeypatch.setattr(Refusing, "tries", 0)
    with duty(site, clock) as own:
        with monkeypatch.context() as patch:
            patch.setattr("newsletter.bootstrap.make_backend", lambda _settings: Refusing())
            pause(own.app)
            for _ in range(60):
                alerts.watch(own)
                clock.move(seconds=20)
        assert len(hook.got) == 1
        assert Refusing.tries == 5  # at 0, 1, 3, 7 and 15 of 20 minutes
        assert capsys.readouterr().out.count("event='notice'") <= 1
        assert site.mails == []
        clock.move(minutes=20)
        alerts.watch(own)
        alerts.watch(own)
    assert len(site.mails) == len(hook.got) == 1


def test_a_webhook_that_is_down_is_tried_again(
    site: Site, hook: Hook, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mail goes once meanwhile, and the hook's address stands in no log."""
    site.set("alerts", webhook=hook.url)
    hook.status = 500
    clock = HandClock(START)
    with duty(site, clock) as own:
        pause(own.app)
        alerts.watch(own)
        hook.status = 200
        clock.move(minutes=2)
        alerts.watch(own)
    assert len(site.mails) == len(hook.got) == 1
    assert "secret-part" not in capsys.readouterr().out


def test_a_webhook_that_is_no_address_keeps_no_letter_back(site: Site) -> None:
    """Mail goes whatever stands there."""
    site.set("alerts", webhook="https://[")
    with duty(site) as own:
        pause(own.app)
        alerts.watch(own)
    assert len(site.mails) == 1


def test_editors_are_told_what_is_theirs(site: Site) -> None:
    """A reminder goes to the editors; without any, to the operators."""
    site.set("alerts", editors=["editor@example.org"])
    for_editor = Notice("reminder/2021-02", (Audience.EDITOR,), "soon", "text")
    for_both = Notice("approval/2021-02", (Audience.EDITOR, Audience.OPERATOR), "now", "text")
    with duty(site) as own:
        own.tell(for_editor)
        assert [one["To"] for one in letters(site)] == ["editor@example.org"]
        assert telling.recipients(own.app, for_both) == (
            "editor@example.org",
            "operator@example.org",
        )


def test_a_relay_that_refuses_one_of_two(site: Site) -> None:
    """Whoever can be told is told, and that counts."""
    site.set("alerts", editors=["gone@example.org"])
    with Relay(scripted({"RCPT": ["550 5.1.1 no such user"]})) as relay:
        site.set("delivery.smtp", host="127.0.0.1", port=relay.port, security="none")
        path = site.folder / "config.toml"
        path.write_text(path.read_text().replace('backend = "file"', 'backend = "smtp"'))
        with duty(site) as own:
            both = Notice("approval/2021-02", (Audience.EDITOR, Audience.OPERATOR), "now", "text")
            own.tell(both)
    assert [one.recipients for one in relay.log.taken] == [["operator@example.org"]]


def test_nobody_to_tell(site: Site) -> None:
    """Without addresses the log has it, and it counts as said."""
    path = site.folder / "config.toml"
    path.write_text(path.read_text().replace('to = ["operator@example.org"]', ""))
    with duty(site) as own:
        pause(own.app)
        alerts.watch(own)
        assert said(own.app) == {"paused/2021-01"}
    assert site.mails == []


def come_back(app: App, number: int, kind: str, bearing: str) -> None:
    """Note that so many letters came back."""
    with writing(app.engine) as connection:
        ids = connection.execute(select(delivery.c.id).order_by(delivery.c.id)).scalars().all()
        for one in ids[:number]:
            values = {"delivery_id": one, "kind": kind, "bearing": bearing, "at": START}
            connection.execute(insert(feedback).values(values))


@pytest.mark.parametrize(
    ("kind", "verdict", "subject", "words"),
    [
        (
            "complaint",
            "none",
            "more than 0.3 % complained",
            "3 readers called 2021-01 spam (7.5 %)",
        ),
        ("bounce", "ours", "letters come back because of us", "3 of 40 letters of 2021-01"),
    ],
)
def test_what_comes_back_is_told_once(
    site: Site, kind: str, verdict: str, subject: str, words: str
) -> None:
    """Two of forty may be one bad day or somebody's opinion; three are ours to mend."""
    site.set("delivery", pause_after=2)
    with duty(site) as own:
        come_back(own.app, 2, kind, verdict)
        alerts.watch(own)
        assert not letters(site)
        come_back(own.app, 3, kind, verdict)
        for _ in range(3):
            alerts.watch(own)
    (letter,) = letters(site)
    assert letter["Subject"].endswith(f"2021-01: {subject}")
    assert words in letter.get_content()


def test_a_pause_for_our_faults_is_one_alert(site: Site) -> None:
    """A mailing that has paused says so; that letters came back is not said beside it."""
    site.set("delivery", pause_after=2)
    with duty(site) as own:
        come_back(own.app, 3, "bounce", "ours")
        pause(own.app, "3 letters came back for a reason that is ours: 550 5.7.1")
        for _ in range(3):
            alerts.watch(own)
    (letter,) = letters(site)
    assert letter["Subject"].endswith("2021-01 has paused")
