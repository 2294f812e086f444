"""The service reads what comes back, again and again, and says when it can't."""

from dataclasses import replace
from pathlib import Path

import pytest

from newsletter import config
from newsletter.bootstrap import App
from newsletter.errors import MailboxError
from newsletter.service import alerts, mailbox
from newsletter.service.duty import Duty
from newsletter.service.metrics import Metrics
from newsletter.service.vitals import Vitals
from tests.support.ledger import HandClock
from tests.support.returned.refusals import REFUSALS
from tests.support.returned.servers import READER, SERVERS
from tests.support.site import Site


@pytest.fixture
def drop(site: Site, app: App, tmp_path: Path) -> Path:
    """A folder that the site's settings name, and a reader whose bounce may lie in it."""
    folder = tmp_path / "drop"
    folder.mkdir()
    site.set("bounces", mailbox=str(folder), every="5m", believe_addresses=True)
    assert site("subscribers", "add", READER) == 0, site.err
    return folder


def duty_of(site: Site, app: App) -> Duty:
    return Duty(app.renewed(config.load(site.folder / "config.toml")))


def put(drop: Path, name: str = "one", refusal: int = 0) -> None:
    (drop / f"{name}.eml").write_bytes(SERVERS["postfix"](REFUSALS[refusal]))


def test_it_is_read_in_its_turn(site: Site, app: App, drop: Path, clock: HandClock) -> None:
    """What lies there is read at once, and what comes later when `bounces.every` has passed."""
    put(drop)
    duty = duty_of(site, app)
    mailbox.read_returned(duty)
    assert site.json("subscribers", "show", READER)["suppressed"] == "bounce"
    put(drop, "two")
    clock.move(minutes=4)
    mailbox.read_returned(duty)
    assert (drop / "two.eml").exists()
    clock.move(minutes=1)
    mailbox.read_returned(duty)
    assert not (drop / "two.eml").exists()


def test_nothing_configured_is_no_trouble(app: App) -> None:
    """A site without a mailbox has nothing to read and nothing to say."""
    duty = Duty(app)
    mailbox.read_returned(duty)
    assert duty.vitals.mailbox == ""


def test_a_stop_is_heard(site: Site, app: App, drop: Path) -> None:
    """A service that is asked to end begins no other message."""
    for name in ("one", "two", "three"):
        put(drop, name)
    mailbox.read_returned(replace(duty_of(site, app), stop=lambda: True))
    assert len(list((drop / "done").iterdir())) == 1


def test_a_mailbox_that_is_down_is_told(site: Site, app: App, clock: HandClock) -> None:
    """After ten minutes the operator hears of it; when it is back, it is forgotten."""
    site.set("bounces.imap", host="127.0.0.1", port=1)
    seconds = [0.0]
    duty = replace(duty_of(site, app), vitals=Vitals(monotonic=lambda: seconds[0]))
    with pytest.raises(MailboxError):
        mailbox.read_returned(duty)
    assert not [one for one in alerts.conditions(duty) if one.key == "mailbox"]
    seconds[0] = 601
    (told,) = [one for one in alerts.conditions(duty) if one.key == "mailbox"]
    assert "127.0.0.1:1" in told.text
    duty.vitals.mailbox = ""
    assert not [one for one in alerts.conditions(duty) if one.key == "mailbox"]


def test_it_is_in_the_numbers(site: Site, app: App, drop: Path) -> None:
    """Monitoring sees what came back, by what it is and means."""
    put(drop)
    duty = duty_of(site, app)
    mailbox.read_returned(duty)
    text = Metrics(lambda: duty.app, duty.vitals).text().decode()
    assert 'newsletter_feedback{kind="bounce",verdict="hard"} 1.0' in text
    assert "newsletter_set_aside 0.0" in text
