"""The studio's forms: a test letter, and approval; for our own pages alone, and once each."""

import email
import email.policy
import re
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest

from newsletter import config, publishing
from newsletter.bootstrap import App, application
from newsletter.checks.spam import Verdict
from newsletter.errors import AddressError
from newsletter.model import Mailing, MailingState, Month
from newsletter.sending import send, steer
from newsletter.store import mailings
from newsletter.store.engine import reading, writing
from newsletter.studio.trying import addresses_in
from subscribers import store
from subscribers.address import parse
from subscribers.consent import Evidence
from subscribers.intake import Entry
from tests.support.mailserver import MailServer
from tests.support.studio import Answer, Running, serving
from tests.support.waiting import until

FIRST = "content/2021-01/01-how-are-psychological-practitioners-faring-at-work.md"
MONTH = Month(2021, 1)
TEST, APPROVE = "/2021-01/test", "/2021-01/approve"


@contextmanager
def opened(site: Path) -> Iterator[App]:
    with application(config.load(site / "config.toml")) as app:
        yield app


@pytest.fixture
def readers(site: Path) -> None:
    with opened(site) as app, writing(app.engine) as connection:
        for name, topics in (("all", ()), ("one", ("training",))):
            entry = Entry(parse(f"{name}@example.org"), name, topics)
            store.add(connection, entry, Evidence("test"), app.clock.now())


def mailing(site: Path) -> Mailing | None:
    with opened(site) as app, reading(app.engine) as connection:
        return mailings.find(connection, MONTH)


def hidden(page: str) -> dict[str, str]:
    """The fields that a page's form sends by itself."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


def followed(studio: Running, answer: Answer) -> str:
    """The page that an answer leads to, as its text alone."""
    assert answer.status == 303, answer.text
    page = studio.get(answer.headers["location"])
    assert page.status == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def waited(studio: Running, path: str, words: str) -> str:
    """The page, once it says what a file that was saved has changed."""
    until(lambda: words in studio.get(path).text, f"{path} says {words}")
    return studio.get(path).text


def outbox(site: Path) -> list[email.message.EmailMessage]:
    return [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in sorted((site / "var/outbox").glob("*.eml"))
    ]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


# Test letters.


def test_a_test_letter_goes_to_each_address(studio: Running, site: Path) -> None:
    """Marked, inert, of the edition that was chosen, greeting whom one chose; not in the ledger."""
    fields = hidden(studio.get(TEST).text) | {
        "addresses": "a@example.org\nb@example.org, a@example.org",
        "edition": "1-in-full-2-and-3-in-brief",
        "reader": "quotes",
    }
    said = followed(studio, studio.post(TEST, fields))
    assert "2 of 2 sent" in said
    assert "a@example.org sent 250 2.0.0 written: " in said
    first, second = outbox(site)
    assert first["Subject"].startswith("[Test] ")
    assert {one["To"].addresses[0].addr_spec for one in (first, second)} == {
        "a@example.org",
        "b@example.org",
    }
    text = first.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert 'Dear Ann "The Hat" O\'Hara, Ph.D. <ann@example.org>,' in text
    assert "/unsubscribe/test" in text
    assert "In brief, because outside your topics." in text
    assert mailing(site) is None


@pytest.mark.usefixtures("readers")
def test_a_test_letter_of_a_reader_on_the_list(studio: Running, site: Path) -> None:
    """Their edition and their name, sent to whom the editor says and never to them."""
    page = studio.get(f"{TEST}?reader=listed&address=one@example.org").text
    assert '<option value="3-in-full-1-and-2-in-brief" selected>' in page
    fields = hidden(page) | {"addresses": "me@example.org", "reader": "listed"}
    assert "1 of 1 sent" in followed(studio, studio.post(TEST, fields))
    (sent,) = outbox(site)
    assert "Dear one," in sent.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert sent["To"].addresses[0].addr_spec == "me@example.org"


def test_a_form_that_is_sent_twice_sends_once(studio: Running, site: Path) -> None:
    """A double click, or a page that is loaded again, tells the same and sends nothing more."""
    fields = hidden(studio.get(TEST).text) | {"addresses": "a@example.org"}
    first, second = studio.post(TEST, fields), studio.post(TEST, fields)
    assert followed(studio, first) == followed(studio, second)
    assert len(outbox(site)) == 1


def test_the_server_s_words_are_shown(site: Path) -> None:
    """What was refused, and why; what went before that counts as sent."""
    with MailServer() as server:
        text = (site / "config.toml").read_text().replace('backend = "file"', 'backend = "smtp"')
        own = f'[delivery.smtp]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\n'
        (site / "config.toml").write_text(f"{text}\n{own}")
        with serving(site / "config.toml") as studio:
            fields = hidden(studio.get(TEST).text)
            fields["addresses"] = "a@example.org ümlaut@example.org"
            said = followed(studio, studio.post(TEST, fields))
    assert "1 of 2 sent" in said
    assert "a@example.org sent 250 2.0.0 taken as 1" in said
    assert "ümlaut@example.org refused" in said


def test_a_server_that_is_away_is_said(site: Path) -> None:
    """With what to do about it; the page stays a page."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    text = (site / "config.toml").read_text().replace('backend = "file"', 'backend = "smtp"')
    own = f'[delivery.smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
    (site / "config.toml").write_text(f"{text}\n{own}")
    with serving(site / "config.toml") as studio:
        fields = hidden(studio.get(TEST).text) | {"addresses": "a@example.org"}
        said = followed(studio, studio.post(TEST, fields))
    assert f"127.0.0.1:{port}" in said or f"127.0.0.1 port {port}" in said


@pytest.mark.parametrize("addresses", ["", "nobody", "a@example.org <script>"])
def test_what_is_no_address_is_said(studio: Running, site: Path, addresses: str) -> None:
    """The form comes back with what was typed; nothing is sent to the others either."""
    answer = studio.post(TEST, hidden(studio.get(TEST).text) | {"addresses": addresses})
    assert answer.status == 422
    assert 'class="outcome bad"' in answer.text
    assert "<script>" not in answer.text
    assert outbox(site) == []


def test_a_test_is_for_a_few() -> None:
    """It is no way to mail a list."""
    with pytest.raises(AddressError):
        addresses_in("\n".join(f"r{number}@example.org" for number in range(21)))


def test_a_month_with_errors_can_not_be_tested(studio: Running, site: Path) -> None:
    """As on the command line: the error is told, nothing is sent."""
    fields = hidden(studio.get(TEST).text) | {"addresses": "a@example.org"}
    edit(site / FIRST, "doi: 10.", "doi: ten.")
    assert "is not a DOI" in followed(studio, studio.post(TEST, fields))
    assert outbox(site) == []


# Approval.


@pytest.mark.usefixtures("readers")
def test_a_month_is_approved(studio: Running, site: Path) -> None:
    """What was looked at is frozen; it says when it goes out, and to whom."""
    page = studio.get(APPROVE).text
    assert "Looking after the therapist" in page
    assert re.search(r'edition=3-in-full-1-and-2-in-brief">3 in full.*?class="number">1<', page)
    said = followed(studio, studio.post(APPROVE, hidden(page)))
    assert "2021-01 is frozen and approved." in said
    assert "Nothing. It is approved as it stands." in said
    found = mailing(site)
    assert found
    assert found.state is MailingState.SCHEDULED


def test_approving_twice_freezes_once(studio: Running, site: Path) -> None:
    """A double click, or a page that is loaded again, leaves the mailing that was made."""
    fields = hidden(studio.get(APPROVE).text)
    first = studio.post(APPROVE, fields)
    made = mailing(site)
    assert followed(studio, studio.post(APPROVE, fields)) == followed(studio, first)
    assert mailing(site) == made


def test_what_was_not_looked_at_is_not_frozen(studio: Running, site: Path) -> None:
    """A file that was saved between looking and approving stops it."""
    fields = hidden(studio.get(APPROVE).text)
    edit(site / FIRST, "Three things together", "Four things together")
    said = followed(studio, studio.post(APPROVE, fields))
    assert "2021-01 has changed since you looked at it; nothing was frozen" in said
    assert mailing(site) is None


def test_it_shows_what_changed_since(studio: Running, site: Path) -> None:
    """Word by word, by summary; approved anew, there is nothing any more."""
    studio.post(APPROVE, hidden(studio.get(APPROVE).text))
    edit(site / FIRST, "Three things together", "Four things together")
    page = waited(studio, APPROVE, "<ins>Four</ins>")
    assert "<del>Three</del>" in page
    assert "1. How Are Psychological Practitioners Faring at Work?" in page
    said = followed(studio, studio.post(APPROVE, hidden(page)))
    assert "Nothing. It is approved as it stands." in said
    with opened(site) as app, reading(app.engine) as connection:
        found = mailings.find(connection, MONTH)
        assert found
        frozen = mailings.editions(connection, found.id).values()
    assert all("Four things together" in one.html for one in frozen if 0 in one.key.full)


def test_it_shows_that_the_looks_changed(studio: Running, site: Path) -> None:
    """The same words in other colours are not what was approved."""
    studio.post(APPROVE, hidden(studio.get(APPROVE).text))
    with (site / "config.toml").open("a") as file:
        file.write('\n[theme]\naccent = "#005c63"\n')
    assert "Not a word. The letter looks otherwise" in waited(studio, APPROVE, "Not a word.")


def test_it_shows_that_the_sender_changed(studio: Running, site: Path) -> None:
    """So is another sender."""
    studio.post(APPROVE, hidden(studio.get(APPROVE).text))
    edit(site / "config.toml", 'from = "digest@example.org"', 'from = "other@example.org"')
    assert waited(studio, APPROVE, "The sender, or where the links lead")


def test_a_month_with_errors_can_not_be_approved(studio: Running, site: Path) -> None:
    """The errors stand there instead of the button."""
    edit(site / FIRST, "doi: 10.", "doi: ten.")
    page = waited(studio, APPROVE, "is not a DOI")
    assert f"{FIRST}:4" in page
    assert "seen" not in hidden(page)
    assert "<button" not in page.partition("<main>")[2].partition("</main>")[0]


@pytest.mark.usefixtures("readers")
def test_a_correction_of_a_month_under_way(studio: Running, site: Path) -> None:
    """Paused, it can be frozen again for whoever hasn't had it, with a note for the archive."""
    with opened(site) as app:
        publishing.freeze(app.settings, app.engine, app.renderer, MONTH, app.clock.now())
        with writing(app.engine) as connection:
            found = mailings.find(connection, MONTH)
            assert found
            mailings.move(
                connection,
                found.id,
                (MailingState.SCHEDULED,),
                MailingState.SENDING,
                started_at=app.clock.now(),
            )
            steer.pause(connection, found)
    edit(site / FIRST, "Three things together", "Four things together")
    page = waited(studio, APPROVE, "Freeze the correction")
    assert "newsletter resume 2021-01" in page
    fields = hidden(page) | {"note": "Four, not three."}
    assert "Revision 2 of 2021-01 is frozen." in followed(studio, studio.post(APPROVE, fields))


@pytest.mark.usefixtures("readers")
def test_who_waits_for_a_correction(studio: Running, site: Path) -> None:
    """Of a month that everybody has, nobody: only the archive would change."""
    with opened(site) as app:
        publishing.freeze(app.settings, app.engine, app.renderer, MONTH, app.clock.now())
        send(app.outfit, MONTH, app.settings.zone)
    page = waited(studio, APPROVE, "Correct January 2021")
    assert "Nobody waits for it." in page


def test_a_month_that_is_being_sent_waits(studio: Running, site: Path) -> None:
    """Then there is nothing to approve; how to stop it is said."""
    with opened(site) as app:
        publishing.freeze(app.settings, app.engine, app.renderer, MONTH, app.clock.now())
        with writing(app.engine) as connection:
            found = mailings.find(connection, MONTH)
            assert found
            mailings.move(connection, found.id, (MailingState.SCHEDULED,), MailingState.SENDING)
    page = waited(studio, APPROVE, "January 2021 is sending")
    assert "newsletter pause 2021-01" in page
    assert "seen" not in hidden(page)


# Guards.


@pytest.mark.parametrize("path", [TEST, APPROVE])
@pytest.mark.parametrize("ticket", ["", "x" * 48, None])
def test_a_form_of_nobody_s_does_nothing(
    studio: Running, site: Path, path: str, ticket: str | None
) -> None:
    """Without a ticket that this studio gave for this very thing, nothing happens."""
    fields = hidden(studio.get(path).text) | {"addresses": "a@example.org", "seen": "x"}
    other = hidden(studio.get(APPROVE if path == TEST else TEST).text)["ticket"]
    fields["ticket"] = other if ticket is None else ticket
    assert studio.post(path, fields).status == 403
    assert outbox(site) == []
    assert mailing(site) is None


@pytest.mark.parametrize("path", [TEST, APPROVE])
def test_another_site_s_form_does_nothing(studio: Running, site: Path, path: str) -> None:
    """Even with a good ticket, a form that comes from elsewhere is refused."""
    fields = hidden(studio.get(path).text) | {"addresses": "a@example.org"}
    assert studio.post(path, fields, Origin="http://example.org").status == 403
    assert studio.post(path, fields, Origin="null").status == 403
    assert outbox(site) == []
    assert mailing(site) is None


def test_looking_changes_nothing(studio: Running, site: Path) -> None:
    """A GET of either page, with all the fields, sends and freezes nothing."""
    for path in (TEST, APPROVE):
        fields = hidden(studio.get(path).text) | {"addresses": "a@example.org"}
        assert studio.get(f"{path}?{urlencode(fields)}").status == 200
    assert outbox(site) == []
    assert mailing(site) is None


def test_a_form_that_is_too_large_is_refused(studio: Running, site: Path) -> None:
    """Nobody fills our memory."""
    fields = hidden(studio.get(TEST).text) | {"addresses": "a" * 70_000}
    assert studio.post(TEST, fields).status == 413


@pytest.mark.parametrize("wanted", ["auto", "off"])
def test_approval_asks_the_spam_filter(
    site: Path, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    """What it has against the letter stands there, and beneath the letter from then on."""
    monkeypatch.setenv("NEWSLETTER_CHECKS__SPAM", wanted)
    said = "SpamAssassin gives 6.1 points"
    verdict = Verdict("SpamAssassin", 6.1, 5.0, (("SUBJ_ALL_CAPS", 6.1),))
    monkeypatch.setattr("newsletter.checks.spam.ask", lambda _octets: verdict)
    with serving(site / "config.toml") as studio:
        assert said not in studio.get("/2021-01").text
        assert (said in studio.get(APPROVE).text) == (wanted == "auto")
        assert (said in studio.get("/2021-01").text) == (wanted == "auto")
