"""Mails to single readers: sent once each, tried again, dropped in the end."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.delivery import Backend, Message, Receipt
from newsletter.errors import BackendError
from newsletter.post.ask import SignUp, sign_up
from newsletter.post.decide import decide_all
from newsletter.post.office import Office
from newsletter.post.round import LEASE, TOO_OLD, make_round, tidy
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

    return replace(web.app.office, open_backend=open_backend)


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
