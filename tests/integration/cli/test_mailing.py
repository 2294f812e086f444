"""From import to who got it, on the command line."""

import csv
import email
import email.policy
import io
from pathlib import Path

import pytest

from tests.support.mailserver import MailServer
from tests.support.site import Site
from tests.wire import assert_conforms

READERS = """email,name,topics
all@example.org,Ada,
one@example.org,Béla,Training
two@example.org,,training;attachment
none@example.org,Dora,placebo-effect
"""


@pytest.fixture
def listed(site: Site) -> Site:
    """A site with four readers."""
    path = site.folder / "readers.csv"
    path.write_text(READERS)
    assert site("subscribers", "import", str(path)) == 0, site.err
    return site


def test_a_month_reaches_each_reader_in_their_edition(listed: Site) -> None:
    """January for readers of no topic, one, two, and one that isn't there."""
    result = listed.json("send", "2021-01", "--yes")
    assert result["planned"] == result["sent"] == 4
    assert result["month"] == "2021-01"
    answers = {one["email"]: one for one in listed.json("deliveries", "2021-01")}
    assert {who: one["edition"] for who, one in answers.items()} == {
        "all@example.org": "full=0,1,2;brief=;lang=en",
        "one@example.org": "full=2;brief=0,1;lang=en",
        "two@example.org": "full=1,2;brief=0;lang=en",
        "none@example.org": "full=;brief=0,1,2;lang=en",
    }


def test_every_message_conforms_byte_by_byte(listed: Site) -> None:
    """What lies in the outbox keeps the promises about messages."""
    listed("send", "2021-01", "--yes")
    assert len(listed.mails) == 4
    for path in listed.mails:
        assert_conforms(path.read_bytes())


def test_sending_twice_sends_once(listed: Site) -> None:
    """The second `send` reports the same numbers and writes nothing."""
    first = listed.json("send", "2021-01", "--yes")
    before = {path: path.stat().st_mtime_ns for path in listed.mails}
    assert listed.json("send", "2021-01", "--yes") == first
    assert {path: path.stat().st_mtime_ns for path in listed.mails} == before


def test_a_dry_run_writes_nothing(listed: Site) -> None:
    """`--dry-run` says who would get what; no mail, no mailing."""
    result = listed.json("send", "2021-01", "--dry-run")
    assert (result["planned"], result["sent"], result["editions"]) == (4, 0, 4)
    assert listed.mails == []
    assert listed.json("status") == []


@pytest.mark.parametrize("words", [("--yes",), ("--dry-run",)])
def test_settings_that_cannot_send_are_refused_before_anything_is_written(
    listed: Site, words: tuple[str, ...]
) -> None:
    """A backend there is not: usage error; the month is neither frozen nor begun."""
    listed.replace('backend = "file"', 'backend = "fiel"')
    assert listed("send", "2021-01", *words) == 2
    assert "did you mean `file`?" in listed.err
    assert listed.json("status") == []


def test_a_schedule_that_cannot_be_read_is_refused_before_anything_is_written(listed: Site) -> None:
    """An hour there is not: usage error; the month is not frozen, for it would have no time."""
    listed.replace('hour = "9"', 'hour = "25"')
    assert listed("approve", "2021-01") == 2
    assert "[schedule]" in listed.err
    assert listed.json("status") == []


def test_a_missing_secret_is_refused_before_anything_is_written(listed: Site) -> None:
    """Without it no reader's links could be made: the month is neither frozen nor begun."""
    (listed.folder / "var/secret").unlink()
    assert listed("send", "2021-01", "--yes") == 2
    assert "secret" in listed.err
    assert listed.json("status") == []


def test_a_dry_run_of_a_month_that_was_sent_names_nobody(listed: Site) -> None:
    """Its readers are frozen: who has joined since gets nothing of it, and nobody waits."""
    sent = listed.json("send", "2021-01", "--yes")
    assert listed("subscribers", "add", "late@example.org") == 0
    assert listed.json("send", "2021-01", "--dry-run") == sent
    assert listed("send", "2021-01", "--dry-run") == 0
    assert "0 readers are still to be sent to" in listed.out


def test_a_dry_run_of_an_approved_month_is_about_what_was_approved(listed: Site) -> None:
    """Its files may say something else by now, or nothing that could be sent."""
    before = listed.json("send", "2021-01", "--dry-run")
    assert listed("approve", "2021-01") == 0, listed.err
    for path in (listed.folder / "content/2021-01").glob("*.md"):
        path.unlink()
    assert listed.json("send", "2021-01", "--dry-run") == before
    assert listed("send", "2021-01", "--dry-run") == 0
    assert "2 and 3 in full, 1 in brief" in listed.out


def test_for_a_script_json_asks_nothing(listed: Site) -> None:
    """Where nobody could answer, `--json` stands for `--yes`."""
    assert listed.json("send", "2021-01")["sent"] == 4


def test_on_a_terminal_json_asks_all_the_same(
    listed: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form of the answer doesn't decide whether to send: a no sends nothing."""
    monkeypatch.setattr("sys.stdin", _Terminal("n\n"))
    assert listed("send", "2021-01", "--json") == 130
    assert "Send 2021-01 now?" in listed.err
    assert (listed.out, listed.mails) == ("", [])


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_terminal_send_asks_for_yes(listed: Site) -> None:
    """Nobody is there to confirm: usage error, nothing sent."""
    assert listed("send", "2021-01") == 2
    assert "--yes" in listed.err
    assert listed.mails == []


def test_edits_after_the_start_change_nothing(listed: Site) -> None:
    """The editions were frozen: a reader tried later gets what the others got."""
    listed("approve", "2021-01")
    for path in (listed.folder / "content/2021-01").glob("0*.md"):
        path.write_text(path.read_text().replace("therap", "THERAP"))
    listed("send", "2021-01", "--yes")
    assert all(b"THERAP" not in path.read_bytes() for path in listed.mails)


def test_approving_again_takes_the_newer_text(listed: Site) -> None:
    """Until it starts, an approved month can be approved anew."""
    listed("approve", "2021-01")
    path = sorted((listed.folder / "content/2021-01").glob("0*.md"))[0]
    path.write_text(path.read_text() + "\nA sentence that came later.\n")
    assert listed("approve", "2021-01") == 0
    listed("send", "2021-01", "--yes")
    assert any(b"A sentence that came later." in path.read_bytes() for path in listed.mails)


def test_a_month_with_errors_is_not_sent(listed: Site) -> None:
    """A lint error stops the month before anything is frozen."""
    path = sorted((listed.folder / "content/2021-01").glob("0*.md"))[0]
    path.write_text(path.read_text().replace("topics: [", "topics: [no-such-topic, "))
    assert listed("send", "2021-01", "--yes") == 1
    assert "newsletter check 2021-01" in listed.err
    assert listed.json("status") == []


def test_who_got_it_as_csv_is_safe_in_a_spreadsheet(listed: Site) -> None:
    """`deliveries --csv` has the same columns as the JSON."""
    listed("send", "2021-01", "--yes")
    listed("deliveries", "2021-01", "--csv")
    rows = list(csv.DictReader(io.StringIO(listed.out)))
    names = ["email", "state", "edition", "attempts", "code", "reply", "message_id", "sent_at"]
    assert list(rows[0]) == names
    assert {row["state"] for row in rows} == {"sent"}


def test_message_ids_in_the_ledger_are_those_that_were_sent(listed: Site) -> None:
    """`deliveries` gives each reader's Message-ID, and no two are the same."""
    listed("send", "2021-01", "--yes")
    sent = {
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)["Message-ID"]
        for path in listed.mails
    }
    assert {one["message_id"] for one in listed.json("deliveries", "2021-01")} == sent
    assert len(sent) == 4


def test_a_test_mail_is_marked_and_its_links_are_inert(listed: Site) -> None:
    """`test-send` leaves the ledger alone and carries no reader's token."""
    assert listed("test-send", "2021-01", "--to", "editor@example.org") == 0
    (path,) = listed.mails
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert mail["Subject"].startswith("[Test] ")
    assert "/unsubscribe/test>" in mail["List-Unsubscribe"]
    assert listed.json("status") == []


def test_a_test_mail_in_french_is_french_to_its_foot(listed: Site) -> None:
    """Since when its reader gets it, too, though no reader is there who asked for it."""
    words = ("test-send", "2021-01", "--to", "editor@example.org", "--language", "fr")
    assert listed(*words) == 0
    (path,) = listed.mails
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    text = mail.get_body(("plain",))
    assert text is not None
    assert "parce que vous l’avez demandé le jour de cet essai," in text.get_content()


def test_render_writes_four_files(listed: Site, tmp_path: Path) -> None:
    """The edition of one reader as HTML, text, mail and MJML."""
    assert listed("render", "2021-01", "--for", "one@example.org", "--output", str(tmp_path)) == 0
    assert {path.suffix for path in tmp_path.glob("digest.*")} == {".html", ".txt", ".eml", ".mjml"}
    assert "Dear Béla," in (tmp_path / "digest.txt").read_text()
    assert_conforms((tmp_path / "digest.eml").read_bytes())


def test_render_names_the_nearest_topic(site: Site, tmp_path: Path) -> None:
    """An unknown topic is a usage error with a hint."""
    assert site("render", "2021-01", "--topics", "trainin", "--output", str(tmp_path)) == 2
    assert "training" in site.err


def test_cancelling_skips_whoever_waits(listed: Site) -> None:
    """A cancelled mailing sends nothing more, and says so."""
    listed("approve", "2021-01")
    assert listed("cancel", "2021-01") == 0
    assert listed("send", "2021-01", "--yes") == 1
    assert listed.mails == []


def test_months_says_what_is_ready(site: Site) -> None:
    """Every month with its state and its counts."""
    rows = {row["month"]: row for row in site.json("months")}
    assert rows["2021-01"]["ready"] == 3
    assert rows["2020-12"]["state"] == "draft"


def test_secrets_are_not_shown(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """`config show` says that a secret is set, never what it is."""
    monkeypatch.setenv("NEWSLETTER_DELIVERY__SMTP__PASSWORD", "hunter2")
    shown = site.json("config", "show")
    assert shown["delivery.smtp.password"] == "(set)"
    assert "hunter2" not in site.out
    assert shown["delivery.give_up_after"] == "2d"


def test_a_month_is_not_sent_to_nobody(site: Site, tmp_path: Path) -> None:
    """Without readers it is refused, and goes out as it was approved when there are some."""
    assert site("send", "2021-01", "--yes") == 1
    assert "nobody" in site.err
    assert site("approve", "2021-01") == 0
    assert site("send", "2021-01", "--yes") == 1
    assert site("subscribers", "add", "late@example.org") == 0
    for path in (site.folder / "content/2021-01").glob("*.md"):
        path.unlink()
    assert site.json("send", "2021-01", "--yes")["sent"] == 1


def test_a_dry_run_refuses_what_send_would(listed: Site) -> None:
    """A theme nobody can read stops both."""
    listed.set("theme", ink="#fefefe")
    assert listed("send", "2021-01", "--dry-run") == 1
    assert "contrast" in listed.err


def test_test_mails_go_to_every_address_given(listed: Site) -> None:
    """`--to` may be repeated, and may be followed by more than one."""
    words = ("test-send", "2021-01", "--to", "a@example.org", "b@example.org")
    assert listed(*words, "--to", "c@example.org") == 0
    assert len(listed.mails) == 3


@pytest.mark.parametrize("name", ["2-in-full-1-and-3-in-brief", "2 in full, 1 and 3 in brief"])
def test_a_test_mail_of_any_edition(listed: Site, name: str) -> None:
    """`--edition` takes its code, or the words that the studio and `send` use."""
    assert listed("test-send", "2021-01", "--to", "a@example.org", "--edition", name) == 0
    text = listed.mails[0].read_text()
    assert "In brief, because outside your topics." in text
    assert "Practice implications" in text


def test_a_test_mail_of_a_reader_s_own(listed: Site) -> None:
    """`--for` gives their edition and greets them; it goes to whom it was asked for alone."""
    words = ("test-send", "2021-01", "--to", "a@example.org", "--for", "one@example.org")
    assert listed(*words) == 0
    (path,) = listed.mails
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    text = mail.get_body(("plain",))
    assert text is not None
    assert "Dear Béla," in text.get_content()
    assert mail["To"].addresses[0].addr_spec == "a@example.org"
    assert b"one@example.org" not in path.read_bytes()


def test_an_edition_there_is_not(listed: Site) -> None:
    """A wrong name is a usage error that names the nearest; so are two ways to choose at once."""
    assert listed("test-send", "2021-02", "--to", "a@example.org", "--edition", "2-in-full") == 2
    assert "everything-in-full" in listed.err
    both = ("--edition", "1-in-brief", "--topics", "training")
    assert listed("render", "2021-02", *both, "--output", "out") == 2
    assert listed.mails == []


def test_a_test_mail_tells_the_server_s_words(listed: Site) -> None:
    """Each address once, with what was answered for it; one that is refused is a failure."""
    with MailServer() as server:
        listed.set("delivery.smtp", host="127.0.0.1", port=server.port, security="none")
        listed.replace('backend = "file"', 'backend = "smtp"')
        words = ("test-send", "2021-01", "--to", "a@example.org", "a@example.org")
        assert listed(*words) == 0
        assert "a@example.org: sent: 250 2.0.0 taken as 1" in listed.out
        assert len(server.taken) == 1
        assert listed(*words, "üml@example.org") == 1
        assert "üml@example.org: refused:" in listed.out


def test_a_test_mail_needs_an_address(listed: Site) -> None:
    """What is no address is refused before anything is sent."""
    assert listed("test-send", "2021-01", "--to", "a@example.org", "nobody") == 1
    assert "nobody" in listed.err
    assert listed.mails == []


def test_a_spoiled_month_is_said_before_an_empty_list(site: Site) -> None:
    """What is wrong with the month is told with its file and line, readers or none."""
    path = sorted((site.folder / "content/2021-01").glob("0*.md"))[0]
    path.write_text(path.read_text().replace("status: ready", "status: redy"))
    assert site("send", "2021-01", "--yes") == 1
    assert f"{path.name}:7: “redy” is not a status" in site.err


def test_a_reader_of_french_gets_french(site: Site) -> None:
    """Who asked for French is greeted in French, and nobody else is."""
    path = site.folder / "readers.csv"
    path.write_text("email,name,language\nann@example.org,Ann,en\nbea@example.org,Béa,fr-CA\n")
    assert site("subscribers", "import", str(path)) == 0, site.err
    forecast = site.json("approve", "2021-01")["readers"]
    assert forecast == {"full=0,1,2;brief=;lang=en": 1, "full=0,1,2;brief=;lang=fr": 1}
    assert site.json("send", "2021-01", "--yes")["sent"] == 2
    texts = {
        message["To"]: message.get_body(("plain",)).get_content()
        for message in (
            email.message_from_bytes(one.read_bytes(), policy=email.policy.default)
            for one in site.mails
        )
    }
    greetings = {
        to: next(line for line in text.splitlines() if line.endswith(","))
        for to, text in texts.items()
    }
    assert sorted(greetings.values()) == ["Bonjour Béa,", "Dear Ann,"]
