"""Mails to single readers: sent once each, tried again, dropped in the end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from newsletter.delivery import Backend, Message, Receipt
from newsletter.errors import BackendError
from newsletter.model import Month
from newsletter.post.ask import SignUp, sign_up
from newsletter.post.decide import decide_all
from newsletter.post.office import Office
from newsletter.post.round import LEASE, TOO_OLD, make_round, tidy
from newsletter.sending import send
from newsletter.store import leases
from newsletter.store.engine import writing
from subscribers.address import parse
from subscribers.model import Mode
from subscribers.suppression import Reason
from tests.support.web import Web, opened

ANNA = "anna@example.org"


@pytest.fixture
def web(tmp_path: Path, site_url: str) -> Iterator[Web]:
    with opened(tmp_path / "site", site_url) as web:
        yield web


class Post:
    """A backend that answers as it is told, and keeps what it was given."""

    def __init__(self, code: int = 250, *, uncertain: bool = False) -> None:
        self.code, self.uncertain = code, uncertain
        self.given: list[Message] = []

    def deliver(self, messages: Iterator[Message]) -> Iterator[Sequence[Receipt]]:
        if self.code == 0 and not self.uncertain:
            raise BackendError("nobody listens")
        for one in messages:
            self.given.append(one)
            accepted = self.code == 250
            yield [Receipt(one.key, accepted, code=self.code, uncertain=self.uncertain)]

    def close(self) -> None:
        pass


def office(web: Web, post: Post) -> Office:
    def open_backend() -> Backend:
        return post

    def sleep(seconds: float) -> None:
        web.clock.move(seconds=seconds)

    return replace(web.app.office, open_backend=open_backend, sleep=sleep)


@contextmanager
def limited(folder: Path, **limits: object) -> Iterator[Web]:
    """Open a site with limits to sending."""
    with opened(folder, delivery=limits) as web:
        yield web


def ask(web: Web, email: str = ANNA) -> None:
    form = SignUp(parse(email), "", (), Mode.HIGHLIGHTS, "en", "yes")
    assert sign_up(web.app.office, form, "192.0.2.1")


def test_what_was_taken_is_gone(web: Web) -> None:
    """A mail goes once, and its row with it."""
    ask(web)
    post = Post()
    assert make_round(office(web, post)) == 1
    assert make_round(office(web, post)) == 0
    assert [one.recipient for one in post.given] == [ANNA]
    assert web.rows()["post"] == []


@pytest.mark.parametrize(("code", "uncertain"), [(451, False), (0, True)])
def test_what_was_put_off_is_tried_again(web: Web, code: int, uncertain: bool) -> None:
    """Later and later, the same bytes under the same Message-ID."""
    ask(web)
    post = Post(code, uncertain=uncertain)
    make_round(office(web, post))
    for minutes, tries in ((0.5, 1), (0.6, 2), (4, 2), (1.1, 3)):
        web.clock.move(minutes=minutes)
        make_round(office(web, post))
        assert len(post.given) == tries
    assert len({bytes(one) for one in post.given}) == 1


def test_a_refusal_for_good_is_the_end(web: Web) -> None:
    """5xx: nothing is tried again, and nothing is said to anybody."""
    ask(web)
    post = Post(550)
    assert make_round(office(web, post)) == 0
    web.clock.move(hours=5)
    make_round(office(web, post))
    assert len(post.given) == 1


def test_nobody_listens(web: Web) -> None:
    """The mail waits, and goes when somebody does."""
    ask(web)
    with pytest.raises(BackendError):
        make_round(office(web, Post(0)))
    web.clock.move(minutes=2)
    assert make_round(office(web, Post())) == 1


def test_after_a_day_it_is_dropped(web: Web) -> None:
    """Whoever still waits asks again."""
    ask(web)
    post = Post(451)
    make_round(office(web, post))
    web.clock.move(seconds=TOO_OLD.total_seconds() + 1)
    make_round(office(web, post))
    assert len(post.given) == 1
    assert web.rows()["post"] == []


def test_one_process_makes_rounds(web: Web) -> None:
    """While another one is at it nothing is sent twice; when it is gone, this one goes on."""
    ask(web)
    other = leases.Holder("other", "another host", 1)
    with writing(web.app.engine) as connection:
        leases.take(connection, LEASE, other, web.clock.now())
    post = Post()
    assert make_round(office(web, post)) == 0
    web.clock.move(minutes=2)
    assert make_round(office(web, post)) == 1


def test_a_reader_who_was_barred_meanwhile_gets_nothing(web: Web) -> None:
    """Suppression is read again just before a mail is made."""
    ask(web)
    decide_all(web.app.office)
    web.suppress(ANNA, Reason.COMPLAINT)
    post = Post()
    assert make_round(office(web, post)) == 0
    assert post.given == []
    assert web.rows()["post"] == []


def test_a_template_that_fails_stops_nobody_else(web: Web) -> None:
    """The mail that can't be made is dropped and said; the others go."""
    ask(web)
    web.add("bert@example.org")
    ask(web, "bert@example.org")
    own = web.app.settings.site / "templates/email/confirm"
    own.mkdir(parents=True)
    (own / "body.txt").write_text("{{ nobody.knows }}")
    post = Post()
    assert make_round(office(web, post)) == 1
    assert [one.recipient for one in post.given] == ["bert@example.org"]


def test_tidying_leaves_what_still_counts(web: Web) -> None:
    """Open links and today's limits stay; after their time they go."""
    ask(web)
    make_round(office(web, Post()))
    tidy(web.app.office)
    assert len(web.rows()["errand"]) == 1  # type: ignore[arg-type]
    web.clock.move(days=15)
    tidy(web.app.office)
    assert [web.rows()[name] for name in ("errand", "allowance", "subscriber")] == [[], [], []]


def readers(web: Web, number: int, domain: str = "example.org") -> None:
    for one in range(number):
        ask(web, f"reader{one}@{domain}")


def test_mails_keep_to_the_rate(tmp_path: Path) -> None:
    """One a second and an urgent one: of five, two go at once and the others a second apart."""
    with limited(tmp_path / "site", rate_per_second=1.0) as web:
        readers(web, 5)
        began, post = web.clock.now(), Post()
        assert make_round(office(web, post)) == 5
        assert web.clock.now() - began == timedelta(seconds=3)


def test_a_slow_rate_leaves_mails_for_later_rounds(tmp_path: Path) -> None:
    """No round waits for minutes with a connection open; each mail goes when its time has come."""
    with limited(tmp_path / "site", rate_per_second=0.01) as web:
        readers(web, 3)
        post = Post()
        assert make_round(office(web, post)) == 2
        assert make_round(office(web, post)) == 0
        web.clock.move(seconds=100)
        assert make_round(office(web, post)) == 1
        assert {one.recipient for one in post.given} == {f"reader{n}@example.org" for n in range(3)}


def test_a_domain_s_limit_holds_up_nobody_else(tmp_path: Path) -> None:
    """Mails to other domains go by; the domain's own go when it may have more."""
    with limited(tmp_path / "site", domain_rate={"slow.example": "1/h"}) as web:
        readers(web, 3, "slow.example")
        readers(web, 3)
        post = Post()
        assert make_round(office(web, post)) == 5
        assert sum(one.recipient.endswith("@slow.example") for one in post.given) == 2
        web.clock.move(hours=1)
        assert make_round(office(web, post)) == 1


def test_a_month_s_letters_wait_for_a_mail(tmp_path: Path) -> None:
    """What a mail used of the rate is not there for the month: together they keep to it."""
    with limited(tmp_path / "site", rate_per_second=0.01) as web:
        web.add("bert@example.org")
        ask(web)
        make_round(office(web, Post()))
        asked = web.clock.now()

        def sleep(seconds: float) -> None:
            web.clock.move(seconds=seconds)

        web.freeze("2021-01")
        send(replace(web.app.outfit, sleep=sleep), Month(2021, 1), web.app.settings.zone)
        assert web.clock.now() - asked >= timedelta(seconds=100)
        assert len(web.mails("bert@example.org")) == 1


def test_a_month_s_letters_hold_up_no_mail(tmp_path: Path) -> None:
    """Whoever waits before their mailbox comes first, although the month has used the rate up."""
    with limited(tmp_path / "site", rate_per_second=0.01) as web:
        web.add("bert@example.org")
        web.send("2021-01")
        began = web.clock.now()
        ask(web)
        assert make_round(office(web, Post())) == 1
        assert web.clock.now() == began


def test_quiet_hours_and_the_ramp_hold_no_mail(tmp_path: Path) -> None:
    """It was asked for a moment ago, at night, too."""
    with limited(tmp_path / "site", quiet="00:00-23:59", ramp=(1,)) as web:
        readers(web, 3)
        assert make_round(office(web, Post())) == 3


def test_each_mail_has_its_own_return_path(tmp_path: Path) -> None:
    """So that its bounce says whose it is; where none is configured, the From address is it."""
    for pattern, count in (("bounces+{token}@example.org", 2), ("", 1)):
        changes: dict[str, dict[str, object]] = {"bounces": {"return_path": pattern}}
        with opened(tmp_path / str(count), **changes) as web:
            readers(web, 2)
            post = Post()
            make_round(office(web, post))
            senders = {one.sender for one in post.given}
            assert len(senders) == count
            assert all(one.startswith("bounces+" if pattern else "digest@") for one in senders)
